// Whether a value is what its application identifier promises.

import ShopModel

extension ApplicationIdentifier {
    /// Checks characters and content of a value whose length is right.
    ///
    /// - Throws: `scan.fieldContent`, `scan.checkDigit` or `scan.date`, each with what was expected.
    func verify(_ value: ArraySlice<UInt8>, identifier: String) throws(Refusal) {
        let start = value.startIndex
        for index in value.indices {
            let characters = index < start + digits ? .digits : rest.characters
            guard characters.contains(value[index]) else { throw content(value, identifier) }
        }
        switch check {
        case .none:
            break
        case .checkDigit(let count):
            try checkDigit(value.prefix(count), identifier)
        case .date:
            guard CodeDate(value, referenceYear: nil) != nil else { throw date(value, identifier) }
        case .exactDates:
            guard value.count == 6 || value.count == 12,
                CodeDate(value.prefix(6), referenceYear: nil, allowsWholeMonth: false) != nil,
                value.count == 6 || CodeDate(value.suffix(6), referenceYear: nil, allowsWholeMonth: false) != nil
            else { throw date(value, identifier) }
        case .dateAndTime(let wholeMonth):
            let time = value.dropFirst(6)
            guard CodeDate(value.prefix(6), referenceYear: nil, allowsWholeMonth: wholeMonth) != nil,
                time.count % 2 == 0, pairs(of: time, areBelow: [24, 60, 60])
            else { throw date(value, identifier) }
        case .yesOrNo:
            guard value.first == UInt8(ascii: "0") || value.first == UInt8(ascii: "1") else {
                throw content(value, identifier)
            }
        case .piece:
            try checkDigit(value.prefix(14), identifier)
            let (piece, total) = (number(value.dropFirst(14).prefix(2)), number(value.suffix(2)))
            guard piece > 0, piece <= total else { throw content(value, identifier) }
        }
    }

    /// How a person would say what the value should be: `6 digits`, `1–20 characters`.
    var expectation: String {
        let unit = rest.maximum == 0 || rest.characters == .digits ? "N" : "X"
        return minimum == maximum ? "\(unit)\(maximum)" : "\(unit)\(minimum)–\(maximum)"
    }

    private func checkDigit(_ digits: ArraySlice<UInt8>, _ identifier: String) throws(Refusal) {
        guard let expected = GTIN.checkDigit(of: digits.dropLast()), let last = digits.last,
            last != 0x30 + expected
        else { return }
        throw Refusal.wrongCheckDigit(read: last - 0x30, expected: expected, in: digits)
    }

    private func content(_ value: ArraySlice<UInt8>, _ identifier: String) -> Refusal {
        Refusal(
            .scanFieldContent,
            [
                .text("identifier", identifier), .text("title", title),
                .text("value", String(decoding: value, as: UTF8.self)), .text("expected", expectation),
            ])
    }

    private func date(_ value: ArraySlice<UInt8>, _ identifier: String) -> Refusal {
        Refusal(
            .scanDate,
            [
                .text("identifier", identifier), .text("title", title),
                .text("value", String(decoding: value, as: UTF8.self)),
            ])
    }

    private func number(_ digits: ArraySlice<UInt8>) -> Int { digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } }

    private func pairs(of digits: ArraySlice<UInt8>, areBelow limits: [Int]) -> Bool {
        var rest = digits
        for limit in limits where !rest.isEmpty {
            guard number(rest.prefix(2)) < limit else { return false }
            rest = rest.dropFirst(2)
        }
        return rest.isEmpty
    }
}

extension Refusal {
    /// The refusal of a number whose check digit is wrong.
    static func wrongCheckDigit(read: UInt8, expected: UInt8, in digits: some Collection<UInt8>) -> Refusal {
        Refusal(
            .scanCheckDigit,
            [
                .integer("expected", Int(expected)), .integer("read", Int(read)),
                .text("code", String(decoding: digits, as: UTF8.self)),
            ])
    }
}

extension Refusal.Code {
    /// A number whose check digit is wrong.
    public static let scanCheckDigit = Refusal.Code(
        "scan.checkDigit", retry: .newId,
        en: "{code}: the check digit reads {read}, {expected} was expected. Scan again, or check what was typed.",
        fr: "{code} : la clé de contrôle lue est {read}, {expected} était attendue. "
            + "Scannez à nouveau ou vérifiez la saisie.")
    /// A field with characters, or a value, that its identifier does not allow.
    public static let scanFieldContent = Refusal.Code(
        "scan.fieldContent", retry: .newId,
        en: "Field ({identifier}) {title} reads “{value}”; expected {expected} (N digits, X letters and digits).",
        fr: "Le champ ({identifier}) {title} contient « {value} » ; attendu {expected} (N chiffres, X lettres et "
            + "chiffres).")
    /// A date or time that is in no calendar.
    public static let scanDate = Refusal.Code(
        "scan.date", retry: .newId,
        en: "Field ({identifier}) {title} reads “{value}”, which is no date; expected YYMMDD, as 261231 for "
            + "31 December 2026, and an hour as HHMM where there is one.",
        fr: "Le champ ({identifier}) {title} contient « {value} », qui n'est pas une date ; attendu AAMMJJ, comme "
            + "261231 pour le 31 décembre 2026, et l'heure en HHMM s'il y en a une.")
}
