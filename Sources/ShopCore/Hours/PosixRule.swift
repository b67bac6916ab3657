// The rule at the end of a TZif file, for moments behind its last transition (POSIX TZ, `M` form; RFC 8536 §3.3).

import ShopModel

/// A zone's yearly rule such as `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixRule: Equatable, Sendable {
    private let standardOffset: Int
    private let summer: Summer?

    private struct Summer: Equatable, Sendable {
        let offset: Int
        let begins: YearDay
        let ends: YearDay
    }

    /// The `week`th (5 is the last) `weekday` (0 is Sunday) of a month, and a local time in seconds.
    private struct YearDay: Equatable, Sendable {
        let month: Int
        let week: Int
        let weekday: Int
        let seconds: Int

        func localSeconds(year: Int) -> Int64 {
            guard let first = CivilDate(year: year, month: month, day: 1) else { return 0 }
            let shift = (weekday - first.weekday % 7 + 7) % 7
            var day = first.daysSinceEpoch + shift + (week - 1) * 7
            let next = CivilDate(year: month == 12 ? year + 1 : year, month: month == 12 ? 1 : month + 1, day: 1)
            while let next, day >= next.daysSinceEpoch { day -= 7 }
            return Int64(day) * 86_400 + Int64(seconds)
        }
    }

    init?(_ text: String) {
        var scanner = Scanner(bytes: Array(text.utf8))
        guard scanner.skipName(), let standard = scanner.time() else { return nil }
        standardOffset = -standard
        guard !scanner.isAtEnd else {
            summer = nil
            return
        }
        guard scanner.skipName() else { return nil }
        var offset = standardOffset + 3600
        if !scanner.next(is: ",") {
            guard let stated = scanner.time() else { return nil }
            offset = -stated
        }
        guard scanner.accept(","), let begins = scanner.yearDay(), scanner.accept(","), let ends = scanner.yearDay(),
            scanner.isAtEnd
        else { return nil }
        summer = Summer(offset: offset, begins: begins, ends: ends)
    }

    func offsetSeconds(at seconds: Int64) -> Int {
        guard let summer else { return standardOffset }
        let day = CivilDate(daysSinceEpoch: Int((seconds + Int64(standardOffset)).floorDivided(by: 86_400)))
        let year = day.components.year
        let begins = summer.begins.localSeconds(year: year) - Int64(standardOffset)
        let ends = summer.ends.localSeconds(year: year) - Int64(summer.offset)
        let isSummer = begins < ends ? (begins..<ends).contains(seconds) : !(ends..<begins).contains(seconds)
        return isSummer ? summer.offset : standardOffset
    }

    private struct Scanner {
        let bytes: [UInt8]
        var at = 0

        var isAtEnd: Bool { at == bytes.count }
        func next(is character: Character) -> Bool { at < bytes.count && bytes[at] == character.asciiValue }
        mutating func accept(_ character: Character) -> Bool {
            guard next(is: character) else { return false }
            at += 1
            return true
        }
        mutating func skipName() -> Bool {
            let start = at
            if accept("<") {
                while at < bytes.count, bytes[at] != UInt8(ascii: ">") { at += 1 }
                return accept(">")
            }
            while at < bytes.count, (bytes[at] | 0x20) >= 0x61, (bytes[at] | 0x20) <= 0x7A { at += 1 }
            return at - start >= 3
        }
        mutating func number() -> Int? {
            let start = at
            var value = 0
            while at < bytes.count, (0x30...0x39).contains(bytes[at]), at - start < 4 {
                value = value * 10 + Int(bytes[at] - 0x30)
                at += 1
            }
            return at == start ? nil : value
        }
        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time() -> Int? {
            let negative = accept("-")
            if !negative { _ = accept("+") }
            guard let hours = number() else { return nil }
            var seconds = hours * 3600
            if accept(":") {
                guard let minutes = number() else { return nil }
                seconds += minutes * 60
                if accept(":") {
                    guard let rest = number() else { return nil }
                    seconds += rest
                }
            }
            return negative ? -seconds : seconds
        }
        mutating func yearDay() -> YearDay? {
            guard accept("M"), let month = number(), (1...12).contains(month), accept("."), let week = number(),
                (1...5).contains(week), accept("."), let weekday = number(), (0...6).contains(weekday)
            else { return nil }
            var seconds = 7200
            if accept("/") {
                guard let stated = time() else { return nil }
                seconds = stated
            }
            return YearDay(month: month, week: week, weekday: weekday, seconds: seconds)
        }
    }
}
