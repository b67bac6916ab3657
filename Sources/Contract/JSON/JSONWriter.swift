// Writes a JSON value as bytes: the same value gives the same bytes, always.

extension JSON {
    /// The text of this value: compact, members in their order, nothing escaped that need not be (RFC 8259, 7).
    public func encoded() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        append(to: &output)
        return output
    }

    /// Appends the text that `encoded()` gives.
    public func append(to output: inout [UInt8]) {
        switch self {
        case .array(let elements):
            output.append(0x5B)
            for index in elements.indices {
                if index > 0 { output.append(0x2C) }
                elements[index].append(to: &output)
            }
            output.append(0x5D)
        case .object(let members):
            output.append(0x7B)
            for index in members.indices {
                if index > 0 { output.append(0x2C) }
                JSON.append(members[index].name, to: &output)
                output.append(0x3A)
                members[index].value.append(to: &output)
            }
            output.append(0x7D)
        default: appendScalar(to: &output)
        }
    }

    /// The text of this value for people: a line for each element and member, two blanks a level, no newline at the end.
    public func encodedPretty() -> [UInt8] {
        var output: [UInt8] = []
        appendPretty(to: &output, level: 0)
        return output
    }

    private func appendPretty(to output: inout [UInt8], level: Int) {
        switch self {
        case .array(let elements) where !elements.isEmpty:
            output.append(0x5B)
            for index in elements.indices {
                if index > 0 { output.append(0x2C) }
                JSON.appendLine(to: &output, level: level + 1)
                elements[index].appendPretty(to: &output, level: level + 1)
            }
            JSON.appendLine(to: &output, level: level)
            output.append(0x5D)
        case .object(let members) where !members.isEmpty:
            output.append(0x7B)
            for index in members.indices {
                if index > 0 { output.append(0x2C) }
                JSON.appendLine(to: &output, level: level + 1)
                JSON.append(members[index].name, to: &output)
                output.append(contentsOf: ": ".utf8)
                members[index].value.appendPretty(to: &output, level: level + 1)
            }
            JSON.appendLine(to: &output, level: level)
            output.append(0x7D)
        default: append(to: &output)
        }
    }

    private static func appendLine(to output: inout [UInt8], level: Int) {
        output.append(0x0A)
        output.append(contentsOf: repeatElement(0x20, count: level * 2))
    }

    private func appendScalar(to output: inout [UInt8]) {
        switch self {
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): output.append(contentsOf: String(value).utf8)
        case .decimal(let lexeme):
            // What is no number would spoil the whole text for its reader; as a string it is seen where it stands.
            if JSON.isNumber(lexeme) {
                output.append(contentsOf: lexeme.utf8)
            } else {
                JSON.append(lexeme, to: &output)
            }
        case .string(let text): JSON.append(text, to: &output)
        case .null, .array, .object: output.append(contentsOf: "null".utf8)
        }
    }

    /// Whether the text is a number of RFC 8259, section 6.
    private static func isNumber(_ lexeme: String) -> Bool {
        var rest = lexeme.utf8[...]
        func takesDigits() -> Bool {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count > 0
        }
        if rest.first == 0x2D { rest = rest.dropFirst() }
        if rest.first == 0x30 {
            rest = rest.dropFirst()
        } else {
            guard takesDigits() else { return false }
        }
        if rest.first == 0x2E {
            rest = rest.dropFirst()
            guard takesDigits() else { return false }
        }
        if rest.first == 0x65 || rest.first == 0x45 {
            rest = rest.dropFirst()
            if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
            guard takesDigits() else { return false }
        }
        return rest.isEmpty
    }

    /// Appends a string in quotes. Only the quote, the backslash and controls below U+0020 are escaped.
    private static func append(_ text: String, to output: inout [UInt8]) {
        output.append(0x22)
        var isPlain = true
        for byte in text.utf8 where byte < 0x20 || byte == 0x22 || byte == 0x5C {
            isPlain = false
            break
        }
        if isPlain {
            output.append(contentsOf: text.utf8)
        } else {
            for byte in text.utf8 { append(byte, to: &output) }
        }
        output.append(0x22)
    }

    private static func append(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case 0x22, 0x5C: output.append(contentsOf: [0x5C, byte])
        case 0x08: output.append(contentsOf: "\\b".utf8)
        case 0x09: output.append(contentsOf: "\\t".utf8)
        case 0x0A: output.append(contentsOf: "\\n".utf8)
        case 0x0C: output.append(contentsOf: "\\f".utf8)
        case 0x0D: output.append(contentsOf: "\\r".utf8)
        case 0..<0x20:
            let low = byte & 0x0F
            output.append(contentsOf: "\\u00".utf8)
            output.append(0x30 + (byte >> 4))
            output.append(low < 10 ? 0x30 + low : 0x61 + low - 10)
        default: output.append(byte)
        }
    }
}
