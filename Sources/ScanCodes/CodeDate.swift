// The six digits of a date on a label, and the century that they leave open.

import ShopModel

/// A date of a label: `YYMMDD`, where `DD` may be `00` for a whole month (GS1 General Specifications, 3.4).
public struct CodeDate: Equatable, Sendable {
    /// The six digits.
    public let digits: String
    /// The day, the last of the month for `DD` = `00`; `nil` when no reference year was given to find the century.
    public let day: CivilDate?
    /// Whether the label names a month only.
    public let isWholeMonth: Bool

    /// Reads six digits; `nil` when there is no such day.
    ///
    /// - Parameters:
    ///   - referenceYear: the present year, from which the century follows; without it 29 February needs a year
    ///     divisible by four.
    ///   - allowsWholeMonth: whether `DD` may be `00`, which depends on the identifier.
    init?(_ value: some Collection<UInt8>, referenceYear: Int?, allowsWholeMonth: Bool = true) {
        guard value.count == 6 else { return nil }
        var number = 0
        for byte in value {
            guard byte.isDigit else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        let (yearOfCentury, month, day) = (number / 10_000, number / 100 % 100, number % 100)
        guard day > 0 || allowsWholeMonth else { return nil }
        // Without a reference year any year of the right remainder by four will do for the calendar.
        let year = referenceYear.map { CodeDate.year(yearOfCentury, near: $0) } ?? 2000 + yearOfCentury
        guard let last = CodeDate.lastDay(year: year, month: month), day <= last,
            let resolved = CivilDate(year: year, month: month, day: day == 0 ? last : day)
        else { return nil }
        self.digits = String(decoding: value, as: UTF8.self)
        self.day = referenceYear == nil ? nil : resolved
        isWholeMonth = day == 0
    }

    /// The full year for two digits: 49 years back to 50 years ahead of the present one
    /// (GS1 General Specifications, 7.12).
    static func year(_ yearOfCentury: Int, near referenceYear: Int) -> Int {
        let century = referenceYear / 100 * 100
        let difference = yearOfCentury - referenceYear % 100
        if difference >= 51 { return century - 100 + yearOfCentury }
        if difference <= -50 { return century + 100 + yearOfCentury }
        return century + yearOfCentury
    }

    private static func lastDay(year: Int, month: Int) -> Int? {
        [31, 30, 29, 28].first { CivilDate(year: year, month: month, day: $0) != nil }
    }
}

extension UInt8 {
    /// Whether this is one of ASCII's digits.
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    /// Whether this is one of ASCII's letters.
    var isLetter: Bool { (0x41...0x5A).contains(self & 0xDF) }
    /// The capital of an ASCII letter, anything else as it is.
    var uppercase: UInt8 { (0x61...0x7A).contains(self) ? self - 0x20 : self }
    /// The group separator, as which FNC1 is transmitted.
    static let groupSeparator: UInt8 = 0x1D
}
