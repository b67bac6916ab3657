// GS1 messages as printed for people: `(01)09521234543213(17)261231`.

import ShopModel

/// Reads the human-readable form, where brackets show each identifier (GS1 General Specifications, 4.14).
enum BracketedString {
    /// The elements of a text that begins with `(`. Blanks around values are dropped. A bracket inside a value is part
    /// of it unless it encloses a known identifier.
    ///
    /// - Throws: `scan.identifierUnknown`, `scan.fieldLength`, and what `verify` refuses.
    static func read(_ bytes: [UInt8], from start: Int, to end: Int) throws(Refusal) -> [GS1Element] {
        var elements: [GS1Element] = []
        var at = start
        while at < end {
            guard let (row, valueStart) = heading(bytes, at: at, end: end) else {
                let found = String(decoding: bytes[at..<min(end, at + 6)], as: UTF8.self)
                throw Refusal(.scanIdentifierUnknown, [.text("found", found), .integer("position", at + 1)])
            }
            var next = valueStart
            while next < end, heading(bytes, at: next, end: end) == nil { next += 1 }
            var value = bytes[valueStart..<next].drop { $0 == 0x20 }
            while value.last == 0x20 { value.removeLast() }
            let identifier = String(decoding: bytes[(at + 1)..<(valueStart - 1)], as: UTF8.self)
            guard (row.minimum...row.maximum).contains(value.count) else {
                throw ElementString.wrongLength(value, row, identifier)
            }
            try row.verify(value, identifier: identifier)
            try ElementString.append(
                GS1Element(identifier: identifier, value: String(decoding: value, as: UTF8.self)), to: &elements)
            at = next
        }
        return elements
    }

    /// A known identifier in brackets at `at`, and where its value begins.
    private static func heading(_ bytes: [UInt8], at: Int, end: Int) -> (ApplicationIdentifier, Int)? {
        guard bytes[at] == UInt8(ascii: "("),
            let (row, length) = ApplicationIdentifier.find(in: bytes, from: at + 1, to: end),
            at + length + 1 < end, bytes[at + length + 1] == UInt8(ascii: ")")
        else { return nil }
        return (row, at + length + 2)
    }
}
