// A scanner that types, and a computer that understands another keyboard.

/// Undoes the two mistakes between QWERTY and the French AZERTY keyboard.
enum KeyboardLayout {
    /// What a scanner meant, and how its keyboard setting should read.
    struct Finding: Equatable {
        /// The text as the scanner meant it.
        let meant: [UInt8]
        /// The setting that the scanner has now.
        let scanner: String
        /// The setting of the computer, which the scanner should have.
        let computer: String
    }

    /// What each mistake makes of the text, when it can be undone; the first whose result is `readable` counts.
    ///
    /// Digits only (four at least) and the beginning of a link are proof enough; for the rest, the text as meant
    /// must be a code that is understood.
    static func find(in bytes: ArraySlice<UInt8>, readable: ([UInt8]) -> Bool) -> Finding? {
        let scalars = scalars(of: bytes)
        let azerty = ("US QWERTY", "AZERTY")
        let qwerty = ("AZERTY", "US QWERTY")
        for (map, (scanner, computer)) in [(typedOnAZERTY, azerty), (typedOnQWERTY, qwerty)] {
            guard let meant = undo(scalars, map), !meant.elementsEqual(bytes) else { continue }
            let isDigits = meant.count >= 4 && meant.allSatisfy(\.isDigit)
            let lower = meant.prefix(8).map { $0.isLetter ? $0 | 0x20 : $0 }
            let isLink = lower.starts(with: "http://".utf8) || lower.starts(with: "https://".utf8)
            if isDigits || isLink || readable(meant) {
                return Finding(meant: meant, scanner: scanner, computer: computer)
            }
        }
        return nil
    }

    /// The characters of a text in UTF-8, or else in Latin-1.
    private static func scalars(of bytes: ArraySlice<UInt8>) -> [Unicode.Scalar] {
        if let text = String(validating: bytes, as: UTF8.self) { return Array(text.unicodeScalars) }
        return bytes.map { Unicode.Scalar($0) }
    }

    private static func undo(_ scalars: [Unicode.Scalar], _ map: [Unicode.Scalar: UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        for scalar in scalars {
            if let meant = map[scalar] {
                result.append(meant)
            } else if scalar.isASCII {
                result.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                return nil
            }
        }
        return result
    }

    /// What appears on an AZERTY computer when a scanner presses the keys of a QWERTY one, and what was meant.
    private static let typedOnAZERTY = pairs(
        "&é\"'(-è_çà)qwazm,;:!§M.?/%ù1234567890°QWAZ$£",
        "1234567890-azqw;m,./?:<M>\"'!@#$%^&*()_AZQW]}")

    /// What appears on a QWERTY computer when a scanner presses the keys of an AZERTY one, and what was meant.
    private static let typedOnQWERTY = pairs(
        "!@#$%^&*()1234567890-qwazm,;./?:<M>_QWAZ]",
        "1234567890&é\"'(-è_çà)azqw,;m:!§M.?/°AZQW$")

    /// Characters that were meant but are no ASCII are left out: they are no part of a code.
    private static func pairs(_ seen: String, _ meant: String) -> [Unicode.Scalar: UInt8] {
        var map: [Unicode.Scalar: UInt8] = [:]
        for (seen, meant) in zip(seen.unicodeScalars, meant.unicodeScalars) where meant.isASCII {
            map[seen] = UInt8(truncatingIfNeeded: meant.value)
        }
        return map
    }
}
