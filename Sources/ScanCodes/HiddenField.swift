// Whether a value of open length may have swallowed the next field, its separator lost.

/// Looks for a field inside another's value, where the standard can not tell and a person should.
enum HiddenField {
    /// What `element`'s value may hide, as `(17) 261231`; `nil` when nothing speaks for it.
    ///
    /// A tail that is a date or a GTIN with its right check digit is unlikely by chance and always told. The commonest
    /// loss, a serial number swallowed by a lot or the other way round, has nothing that can be checked: it is told
    /// only when the message shows no separator at all and at least four characters would follow. An identifier that
    /// the message has elsewhere hides nowhere.
    static func find(in element: GS1Element, among elements: [GS1Element], separatorsSeen: Bool) -> String? {
        let bytes = Array(element.value.utf8)
        guard let (own, _) = ApplicationIdentifier.find(element.identifier), !own.isPredefined,
            own.rest.characters != .digits, bytes.count > 3
        else { return nil }
        for start in 1..<bytes.count - 2 {
            guard let (row, length) = ApplicationIdentifier.find(in: bytes, from: start, to: bytes.count) else {
                continue
            }
            let identifier = String(decoding: bytes[start..<start + length], as: UTF8.self)
            guard !elements.contains(where: { $0.identifier == identifier }) else { continue }
            let valueStart = start + length
            switch row.check {
            case .date, .checkDigit:
                let valueEnd = valueStart + row.maximum
                guard row.isPredefined, valueEnd <= bytes.count,
                    (try? row.verify(bytes[valueStart..<valueEnd], identifier: identifier)) != nil,
                    valueEnd == bytes.count
                        || ApplicationIdentifier.find(in: bytes, from: valueEnd, to: bytes.count) != nil
                else { continue }
                return "(\(identifier)) \(String(decoding: bytes[valueStart..<valueEnd], as: UTF8.self))"
            default:
                guard !separatorsSeen, identifier == "21" || identifier == "10", bytes.count - valueStart >= 4 else {
                    continue
                }
                return "(\(identifier)) \(String(decoding: bytes[valueStart...], as: UTF8.self))"
            }
        }
        return nil
    }
}

extension ApplicationIdentifier {
    /// The row of a whole identifier; `nil` when it is none.
    static func find(_ identifier: String) -> (row: ApplicationIdentifier, length: Int)? {
        let bytes = Array(identifier.utf8)
        guard let found = find(in: bytes, from: 0, to: bytes.count), found.length == bytes.count else { return nil }
        return found
    }
}
