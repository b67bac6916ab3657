// Moments and days, read and written.

import ShopModel
import Testing

@Suite("A moment")
struct InstantTests {
    @Test(
        "is written in UTC, milliseconds only when there are some, and read back the same",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"), (1_795_339_800_000, "2026-11-22T09:30:00Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (-62_135_596_800_000, "0001-01-01T00:00:00Z"),
        ])
    func roundTrip(milliseconds: Int64, text: String) {
        let instant = Instant(milliseconds: milliseconds)
        #expect(instant.description == text)
        #expect(Instant(rfc3339: text) == instant)
    }

    @Test("comes back from its text, wherever it lies in five centuries")
    func manyRoundTrips() {
        var milliseconds: Int64 = -4_000_000_000_000
        for _ in 0..<5_000 {
            let instant = Instant(milliseconds: milliseconds)
            #expect(Instant(rfc3339: instant.description) == instant)
            milliseconds += 3_141_592_653
        }
    }

    @Test(
        "is read with any offset, in small letters, with a blank, and with more than milliseconds",
        arguments: [
            "2026-11-22T10:30:00+01:00", "2026-11-22t09:30:00z", "2026-11-22 09:30:00Z", "2026-11-22T09:30:00-00:00",
            "2026-11-22T09:30:00.0Z", "2026-11-22T09:30:00.000999999Z", "2026-11-21T23:00:00-10:30",
            "2026-11-23T09:29:00+23:59",
        ])
    func forms(text: String) {
        #expect(Instant(rfc3339: text)?.description == "2026-11-22T09:30:00Z")
    }

    @Test("keeps the milliseconds of a longer fraction and fills a shorter one up")
    func fractions() {
        #expect(Instant(rfc3339: "1970-01-01T00:00:00.5Z")?.milliseconds == 500)
        #expect(Instant(rfc3339: "1970-01-01T00:00:00.1239Z")?.milliseconds == 123)
    }

    @Test(
        "that is impossible, cut short or written otherwise is none",
        arguments: [
            "", "2026-11-22", "2026-11-22T09:30Z", "2026-11-22T09:30:00", "2026-11-22T24:00:00Z",
            "2026-11-22T09:60:00Z", "2026-11-22T09:30:60Z", "2026-02-29T09:30:00Z", "2026-13-01T09:30:00Z",
            "2026-00-01T09:30:00Z", "2026-01-00T09:30:00Z", "0000-01-01T00:00:00Z", "2026-11-22T09:30:00.Z",
            "2026-11-22T09:30:00+0100", "2026-11-22T09:30:00+24:00", "2026-11-22T09:30:00+01:60",
            "2026-11-22T09:30:00Z ", " 2026-11-22T09:30:00Z", "26-11-22T09:30:00Z", "2026-11-22T9:30:00Z",
            "2026/11/22T09:30:00Z", "+026-11-22T09:30:00Z", "2026-11-22T09:30:00ZZ", "1795339800",
            "２０２６-11-22T09:30:00Z",
        ])
    func refused(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test("is so many milliseconds from another, and earlier or later")
    func arithmetic() {
        let opening = Instant(milliseconds: 1_000)
        #expect(opening + 500 == Instant(milliseconds: 1_500))
        #expect((opening + 500) - opening == 500)
        #expect(opening < opening + 1)
    }
}

@Suite("A day")
struct CivilDateTests {
    @Test("has its number, its weekday and its text, in four centuries without a gap")
    func everyDay() {
        var before: (year: Int, month: Int, day: Int) = (1899, 12, 31)
        for number in -25_567...120_000 {
            let date = CivilDate(daysSinceEpoch: number)
            let now = date.components
            let isNext =
                now.day == before.day + 1 && (now.year, now.month) == (before.year, before.month)
                || now.day == 1 && now.month == before.month + 1 && now.year == before.year
                || now.day == 1 && now.month == 1 && before.month == 12 && now.year == before.year + 1
            guard isNext, CivilDate(year: now.year, month: now.month, day: now.day) == date,
                CivilDate(date.description) == date
            else {
                Issue.record("\(date) after \(before)")
                return
            }
            before = now
        }
    }

    @Test(
        "knows its weekday, 1 for Monday",
        arguments: [("1970-01-01", 4), ("2026-11-22", 7), ("2026-11-23", 1), ("2000-02-29", 2), ("1900-01-01", 1)])
    func weekday(text: String, weekday: Int) {
        #expect(CivilDate(text)?.weekday == weekday)
    }

    @Test("of February is the 29th in leap years only")
    func leapYears() {
        for (year, isLeap) in [(2024, true), (2026, false), (1900, false), (2000, true), (2100, false)] {
            #expect((CivilDate(year: year, month: 2, day: 29) != nil) == isLeap, "\(year)")
        }
    }

    @Test("before the epoch is counted backwards")
    func beforeEpoch() {
        #expect(CivilDate(daysSinceEpoch: -1).description == "1969-12-31")
        #expect(CivilDate("0001-01-01")?.components.year == 1)
    }

    @Test(
        "that does not exist, or is written otherwise, is none",
        arguments: [
            "", "2026-11-31", "2026-1-01", "2026-11-1", "20261122", "2026-11-22 ", "2026-13-01", "2026-00-10",
            "0000-01-01", "2026/11/22", "+123-01-01", "2026-+1-01", "2026-01-+1", "2026--1-01", "-026-01-01",
        ])
    func refused(text: String) {
        #expect(CivilDate(text) == nil)
    }

    @Test("divides milliseconds downwards, before the epoch too")
    func floorDivision() {
        for (value, divisor, quotient, remainder) in [(7, 2, 3, 1), (-7, 2, -4, 1), (-8, 2, -4, 0), (0, 5, 0, 0)] {
            #expect(Int64(value).floorDivided(by: Int64(divisor)) == Int64(quotient))
            #expect(Int64(value).floorModulo(Int64(divisor)) == Int64(remainder))
        }
    }
}
