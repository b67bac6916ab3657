// A moment in time, and the civil calendar needed to read and write it. No clock lives here.

/// A moment, in milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
public struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since the epoch.
    public let milliseconds: Int64

    /// A moment so many milliseconds after the epoch.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Earlier comes first.
    public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }
    /// The moment so many milliseconds later.
    public static func + (a: Instant, milliseconds: Int64) -> Instant {
        Instant(milliseconds: a.milliseconds &+ milliseconds)
    }
    /// The milliseconds from `b` to `a`.
    public static func - (a: Instant, b: Instant) -> Int64 { a.milliseconds &- b.milliseconds }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC, with milliseconds when there are some: `2026-11-22T09:30:00Z`.
    public var description: String {
        let date = CivilDate(daysSinceEpoch: Int(milliseconds.floorDivided(by: 86_400_000)))
        let inDay = Int(milliseconds - Int64(date.daysSinceEpoch) * 86_400_000)
        let (second, millisecond) = (inDay / 1000, inDay % 1000)
        // As bytes: a card tells several moments, and every scan is one.
        var text: [UInt8] = []
        text.reserveCapacity(24)
        date.append(to: &text)
        text.append(UInt8(ascii: "T"))
        append(second / 3600, 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(second / 60 % 60, 2, to: &text)
        text.append(UInt8(ascii: ":"))
        append(second % 60, 2, to: &text)
        if millisecond != 0 {
            text.append(UInt8(ascii: "."))
            append(millisecond, 3, to: &text)
        }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}

extension Instant {
    /// Reads an RFC 3339 date-time with any offset; fractions beyond milliseconds are cut.
    ///
    /// - Returns: `nil` for anything else, impossible dates and leap seconds (`:60`) included.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        var at = 0
        func digits(_ count: Int) -> Int? {
            guard at + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[at..<at + count] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            at += count
            return value
        }
        func accept(_ allowed: String) -> UInt8? {
            guard at < bytes.count, allowed.utf8.contains(bytes[at]) else { return nil }
            at += 1
            return bytes[at - 1]
        }
        guard let year = digits(4), accept("-") != nil, let month = digits(2), accept("-") != nil, let day = digits(2),
            let date = CivilDate(year: year, month: month, day: day), accept("Tt ") != nil,
            let hour = digits(2), hour < 24, accept(":") != nil, let minute = digits(2), minute < 60,
            accept(":") != nil, let second = digits(2), second < 60
        else { return nil }
        var millisecond = 0
        if accept(".") != nil {
            var scale = 100
            var seen = 0
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) {
                millisecond += Int(bytes[at] - 0x30) * scale
                scale /= 10
                seen += 1
                at += 1
            }
            guard seen > 0 else { return nil }
        }
        var offsetMinutes = 0
        if accept("Zz") == nil {
            guard let sign = accept("+-"), let hours = digits(2), hours < 24, accept(":") != nil,
                let minutes = digits(2), minutes < 60
            else { return nil }
            offsetMinutes = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -1 : 1)
        }
        guard at == bytes.count else { return nil }
        let seconds = date.daysSinceEpoch * 86_400 + hour * 3600 + (minute - offsetMinutes) * 60 + second
        self.init(milliseconds: Int64(seconds) * 1000 + Int64(millisecond))
    }
}

/// A day of the proleptic Gregorian calendar.
///
/// The conversion is Howard Hinnant's `days_from_civil` (https://howardhinnant.github.io/date_algorithms.html).
public struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01; negative before.
    public let daysSinceEpoch: Int

    /// The day so many days after 1970-01-01.
    public init(daysSinceEpoch: Int) { self.daysSinceEpoch = daysSinceEpoch }

    /// A day by its numbers; `nil` when there is no such day, or the year is outside 1 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(daysSinceEpoch: era * 146_097 + dayOfEra - 719_468)
    }

    /// Reads `YYYY-MM-DD`; `nil` for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        // `Int` alone would take a sign for the first digit.
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            [0, 5, 8].allSatisfy({ (0x30...0x39).contains(bytes[$0]) }),
            let year = Int(text.prefix(4)), let month = Int(text.dropFirst(5).prefix(2)), let day = Int(text.suffix(2))
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Year, month and day.
    public var components: (year: Int, month: Int, day: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthShifted = (5 * dayOfYear + 2) / 153
        let month = monthShifted < 10 ? monthShifted + 3 : monthShifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthShifted + 2) / 5 + 1)
    }

    /// The day of the week, 1 for Monday to 7 for Sunday (ISO 8601).
    public var weekday: Int { Int((Int64(daysSinceEpoch) + 3).floorModulo(7)) + 1 }

    /// Earlier comes first.
    public static func < (a: CivilDate, b: CivilDate) -> Bool { a.daysSinceEpoch < b.daysSinceEpoch }

    /// `YYYY-MM-DD`.
    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    fileprivate func append(to text: inout [UInt8]) {
        let (year, month, day) = components
        ShopModel.append(year, 4, to: &text)
        text.append(UInt8(ascii: "-"))
        ShopModel.append(month, 2, to: &text)
        text.append(UInt8(ascii: "-"))
        ShopModel.append(day, 2, to: &text)
    }
}

extension Int64 {
    /// Division that rounds towards minus infinity.
    public func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
    /// The remainder of `floorDivided(by:)`, never negative for a positive divisor.
    public func floorModulo(_ divisor: Int64) -> Int64 { self - floorDivided(by: divisor) * divisor }
}

/// Appends a number in so many digits at least.
private func append(_ value: Int, _ width: Int, to text: inout [UInt8]) {
    if value < 0 { text.append(UInt8(ascii: "-")) }
    var divisor: UInt = 1
    for _ in 1..<width { divisor *= 10 }
    let value = value.magnitude
    while value / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
        text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
        divisor /= 10
    }
}
