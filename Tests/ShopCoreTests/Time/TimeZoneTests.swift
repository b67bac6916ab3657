// The zones of the world, from the system's own files, held against the system's own reading of them.

import Foundation
import ShopCore
import ShopModel
import Testing

extension TimeZoneRules {
    /// A zone of this machine.
    static func named(_ name: String) throws -> TimeZoneRules {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/" + name)))
        return try #require(TimeZoneRules(tzif: bytes), "\(name)")
    }
}

@Suite("A zone")
struct TimeZoneTests {
    /// Zones with each habit: summer time on either side of the equator, half hours, none, Ramadan, negative summer.
    static let zones = [
        "Europe/Paris", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Nuuk", "America/Sao_Paulo",
        "Asia/Kolkata", "Asia/Tehran", "Asia/Kathmandu", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia",
        "Pacific/Chatham", "Pacific/Auckland", "Africa/Casablanca", "Africa/Cairo", "Asia/Gaza", "UTC", "Etc/GMT+12",
    ]

    /// What `zdump` tells of a zone: before and after every change.
    private struct Told {
        let instant: Instant
        let offset: Int
        let date: CivilDate
        let minute: Int

        init?(_ line: Substring) {
            // Europe/Paris  Sun Mar 29 00:59:59 2026 UT = Sun Mar 29 01:59:59 2026 CET isdst=0 gmtoff=3600
            let words = line.split(separator: " ")
            guard words.count == 16, words[6] == "UT", let offset = Int(words[15].dropFirst("gmtoff=".count)),
                let (utcDate, utcSecond) = Self.time(words[1...5]), let (date, second) = Self.time(words[8...12])
            else { return nil }
            instant = Instant(milliseconds: (Int64(utcDate.daysSinceEpoch) * 86_400 + Int64(utcSecond)) * 1000)
            self.offset = offset
            self.date = date
            minute = second / 60
        }

        private static func time(_ words: ArraySlice<Substring>) -> (CivilDate, second: Int)? {
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            let words = Array(words)
            let clock = words[3].split(separator: ":").compactMap { Int($0) }
            guard let month = months.firstIndex(of: String(words[1])), let day = Int(words[2]),
                let year = Int(words[4]), clock.count == 3,
                let date = CivilDate(year: year, month: month + 1, day: day)
            else { return nil }
            return (date, clock[0] * 3600 + clock[1] * 60 + clock[2])
        }
    }

    private func told(_ zone: String) throws -> [Told] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/zdump")
        process.arguments = ["-v", "-c", "1900,2150", zone]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap(Told.init)
    }

    @Test("changes its clocks at the very second at which the system does, from 1900 to 2150", arguments: zones)
    func changes(name: String) throws {
        let zone = try TimeZoneRules.named(name)
        let told = try told(name)
        #expect(name.contains("UTC") || name.contains("Etc") || told.count >= 4)
        for one in told {
            let civil = zone.civil(one.instant)
            guard zone.offsetSeconds(at: one.instant) == one.offset, civil.date == one.date,
                civil.minute == one.minute
            else {
                Issue.record("\(name) at \(one.instant): \(zone.offsetSeconds(at: one.instant)), not \(one.offset)")
                return
            }
        }
    }

    @Test("tells the moment of a minute of its clocks, and the minute of that moment", arguments: zones)
    func roundTrip(name: String) throws {
        let zone = try TimeZoneRules.named(name)
        var instant: Instant = "2000-01-01T00:00:00Z"
        while instant < "2060-01-01T00:00:00Z" {
            let civil = zone.civil(instant)
            let back = zone.instant(civil.date, minute: civil.minute)
            guard zone.civil(back).date == civil.date, zone.civil(back).minute == civil.minute, back <= instant else {
                Issue.record("\(name): \(instant) is minute \(civil.minute) of \(civil.date), which is \(back)")
                return
            }
            instant = instant + 7 * 3_600_000 + 13 * 60_000
        }
    }

    @Test("never tells a later minute of a day as an earlier moment", arguments: zones)
    func monotone(name: String) throws {
        let zone = try TimeZoneRules.named(name)
        for year in [2011, 2026, 2039] {
            for month in [3, 4, 10, 12] {
                for day in 1...28 {
                    let date = try #require(CivilDate(year: year, month: month, day: day))
                    let moments = stride(from: 0, through: 1_440, by: 15).map { zone.instant(date, minute: $0) }
                    guard zip(moments, moments.dropFirst()).allSatisfy({ $0 <= $1 }) else {
                        Issue.record("\(name): \(date)")
                        return
                    }
                }
            }
        }
    }

    @Test("whose clocks go forward over a time tells the moment of the change for it")
    func gap() throws {
        let paris = try TimeZoneRules.named("Europe/Paris")
        for minute in [120, 121, 150, 179, 180] {
            #expect(paris.instant("2026-03-29", minute: minute) == "2026-03-29T01:00:00Z", "\(minute)")
        }
        #expect(paris.instant("2026-03-29", minute: 119) == "2026-03-29T00:59:00Z")
        #expect(paris.instant("2026-03-29", minute: 181) == "2026-03-29T01:01:00Z")
        // Samoa left out a whole day when it crossed the date line.
        let apia = try TimeZoneRules.named("Pacific/Apia")
        #expect(apia.instant("2011-12-30", minute: 720) == "2011-12-30T10:00:00Z")
    }

    @Test("whose clocks show a time twice tells the earlier")
    func twice() throws {
        let paris = try TimeZoneRules.named("Europe/Paris")
        #expect(paris.instant("2026-10-25", minute: 150) == "2026-10-25T00:30:00Z")
        #expect(paris.instant("2026-10-25", minute: 180) == "2026-10-25T02:00:00Z")
        let newYork = try TimeZoneRules.named("America/New_York")
        #expect(newYork.instant("2037-11-01", minute: 90) == "2037-11-01T05:30:00Z")
        #expect(newYork.instant("2045-07-04", minute: 720) == "2045-07-04T16:00:00Z")
    }

    @Test("is UTC when it says so")
    func utc() throws {
        #expect(TimeZoneRules.utc.civil("23:59:59.999").minute == 1_439)
        #expect(TimeZoneRules.utc.instant("2026-11-24", minute: 600) == "10:00")
        #expect(try TimeZoneRules.named("UTC").offsetSeconds(at: "10:00") == 0)
    }

    @Test("is none when its bytes are cut anywhere, or are something else")
    func refused() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/Europe/Paris")))
        let footer = try #require(bytes.dropLast().lastIndex(of: 0x0A))
        for length in stride(from: 0, to: footer, by: 7) {
            #expect(TimeZoneRules(tzif: Array(bytes[..<length])) == nil, "\(length) bytes")
        }
        #expect(TimeZoneRules(tzif: Array("Europe/Paris".utf8)) == nil)
        var versionOne = bytes
        versionOne[4] = 0
        #expect(TimeZoneRules(tzif: versionOne) == nil)
    }

    @Test("survives any single byte of its file being wrong: it is read or refused, never a crash")
    func damaged() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/Europe/Paris")))
        for index in bytes.indices {
            for wrong in [0x00, 0x7F, 0xFF] as [UInt8] {
                var damaged = bytes
                damaged[index] = wrong
                guard let zone = TimeZoneRules(tzif: damaged) else { continue }
                _ = zone.civil("10:00")
                _ = zone.instant("2026-03-29", minute: 150)
                _ = zone.offsetSeconds(at: "2045-07-04T12:00:00Z")
            }
        }
    }
}
