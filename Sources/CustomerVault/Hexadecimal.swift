// Bytes as hexadecimal text and back.

/// The bytes as lower-case hexadecimal, two digits each.
func hexadecimal(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
        for (index, byte) in bytes.enumerated() {
            buffer[2 * index] = digit(byte >> 4)
            buffer[2 * index + 1] = digit(byte & 0x0F)
        }
        return bytes.count * 2
    }
}

/// The bytes that hexadecimal text of either case stands for; `nil` for an odd length or any other character.
func bytes(hexadecimal text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count.isMultiple(of: 2) else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(text.count / 2)
    var high: UInt8?
    for character in text {
        guard let value = value(ofDigit: character) else { return nil }
        if let first = high {
            result.append(first << 4 | value)
            high = nil
        } else {
            high = value
        }
    }
    return result
}

private func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }

private func value(ofDigit character: UInt8) -> UInt8? {
    switch character {
    case 0x30...0x39: character - 0x30
    case 0x61...0x66: character - 0x61 + 10
    case 0x41...0x46: character - 0x41 + 10
    default: nil
    }
}
