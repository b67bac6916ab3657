// Text from elsewhere as a terminal may show it: devices, products, logs and headquarters give a terminal no orders.

extension Unicode.Scalar {
    /// Whether a terminal would take this as an order, or show what follows in another order than it stands: controls
    /// (C0 but for the end of a line, DEL, C1) and signs of direction (Trojan Source, CVE-2021-42574).
    fileprivate var isUnprintable: Bool {
        switch value {
        case 0x0A: false
        case 0..<0x20, 0x7F..<0xA0: true
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension String {
    /// This without what a terminal would take as an order; ends of lines stay.
    var printable: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.filter { !$0.isUnprintable }))
    }

    /// This in one line, so that no value looks like lines of ours: ends of lines and tabs become blanks.
    var printableLine: String {
        guard unicodeScalars.contains(where: { $0.isUnprintable || $0 == "\n" }) else { return self }
        let blanks = unicodeScalars.map { $0 == "\n" || $0 == "\t" ? " " : $0 }
        return String(String.UnicodeScalarView(blanks)).printable
    }

    /// JSON with the same meaning in which such signs are escaped. They can stand in strings only.
    var printableJSON: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            guard scalar.isUnprintable else { return text.unicodeScalars.append(scalar) }
            let digits = String(scalar.value, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}
