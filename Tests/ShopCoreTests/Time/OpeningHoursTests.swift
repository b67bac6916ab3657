// When the shop is open, where a hold ends, and what terms by opening hours mean.

import ShopCore
import ShopModel
import Testing

extension OpeningHours {
    /// Tuesday to Saturday from 9:30 to 12:30 and from 14:00 to 19:00, Sunday 10:00 to 13:00, Monday closed, in Paris.
    static func paris(exceptions: [CivilDate: [Range<Int>]] = [:]) throws -> OpeningHours {
        let day = [570..<750, 840..<1_140]
        return OpeningHours(
            weekly: [[], day, day, day, day, day, [600..<780]], exceptions: exceptions,
            zone: try .named("Europe/Paris"))
    }
}

@Suite("Opening hours")
struct OpeningHoursTests {
    // Tuesday 2026-11-24 is an hour ahead of UTC in Paris: open from 08:30 to 11:30 and from 13:00 to 18:00 UTC.

    @Test("begin with their first moment and end before their last")
    func isOpen() throws {
        let shop = try OpeningHours.paris()
        for (moment, open) in [
            ("08:29:59.999", false), ("08:30", true), ("11:29:59.999", true), ("11:30", false), ("12:00", false),
            ("13:00", true), ("18:00", false), ("2026-11-23T10:00:00Z", false), ("2026-11-22T09:00:00Z", true),
        ] as [(Instant, Bool)] {
            #expect(shop.isOpen(at: moment) == open, "\(moment)")
        }
    }

    @Test("let a hold end when they are open, or just as they end")
    func endWhileOpen() throws {
        let shop = try OpeningHours.paris()
        for end in ["08:30", "10:00", "11:30", "13:00", "17:59:59.999", "18:00"] as [Instant] {
            #expect(shop.endOfHold(end) == end, "\(end)")
        }
    }

    @Test("move the end of a hold that falls into a closed hour to an hour after the next opening")
    func endWhileClosed() throws {
        let shop = try OpeningHours.paris()
        for (end, moved) in [
            ("11:30:00.001", "14:00"), ("12:59:59.999", "14:00"), ("18:00:00.001", "2026-11-25T09:30:00Z"),
            ("08:00", "09:30"), ("2026-11-22T13:00:00Z", "09:30"), ("2026-11-23T10:00:00Z", "09:30"),
        ] as [(Instant, Instant)] {
            #expect(shop.endOfHold(end) == moved, "\(end)")
        }
    }

    @Test("until midnight let a hold end at midnight")
    func midnight() throws {
        let late = OpeningHours(
            weekly: Array(repeating: [600..<1_440], count: 7), zone: try .named("Europe/Paris"))
        #expect(late.endOfHold("23:00") == "23:00")
        #expect(late.endOfHold("23:00:00.001") == "2026-11-25T10:00:00Z")
        let always = OpeningHours(weekly: Array(repeating: [0..<1_440], count: 7), zone: .utc)
        #expect(always.endOfHold("2026-11-25T00:00:00Z") == "2026-11-25T00:00:00Z")
        #expect(try Term.openHours(48).end(from: "10:00", hours: always) == "2026-11-26T10:00:00Z")
    }

    @Test("know days that differ: closed ones, and ones open on a day of rest")
    func exceptions() throws {
        let shop = try OpeningHours.paris(exceptions: ["2026-11-24": [], "2026-11-23": [600..<660]])
        #expect(!shop.isOpen(at: "10:00"))
        #expect(shop.isOpen(at: "2026-11-23T09:30:00Z"))
        #expect(shop.endOfHold("10:00") == "2026-11-25T09:30:00Z")
        #expect(shop.nextOpening(after: "2026-11-22T20:00:00Z") == "2026-11-23T09:00:00Z")
    }

    @Test("of a shop that never opens again move nothing, and no term can be counted in them")
    func closedForEver() throws {
        let shut = OpeningHours(weekly: Array(repeating: [], count: 7), zone: .utc)
        #expect(shut.endOfHold("10:00") == "10:00")
        #expect(shut.nextOpening(after: "10:00") == nil)
        for term in [Term.closing, .openHours(1)] {
            let refusal = refusal { () throws(Refusal) in _ = try term.end(from: "10:00", hours: shut) }
            #expect(refusal?.code == .termHoursUnknown)
        }
    }

    @Test("next opening is later than now, also just as the shop opens")
    func nextOpening() throws {
        let shop = try OpeningHours.paris()
        #expect(shop.nextOpening(after: "08:29") == "08:30")
        #expect(shop.nextOpening(after: "08:30") == "13:00")
        #expect(shop.nextOpening(after: "15:00") == "2026-11-25T08:30:00Z")
    }

    @Test("follow the clocks of the shop when they are changed")
    func summerTime() throws {
        let shop = try OpeningHours.paris()
        // Sundays 2026-03-29 and 2026-10-25, the last before and the first after the change at 01:00 UTC.
        #expect(shop.spans(on: "2026-03-22") == ["2026-03-22T09:00:00Z"..<"2026-03-22T12:00:00Z"])
        #expect(shop.spans(on: "2026-03-29") == ["2026-03-29T08:00:00Z"..<"2026-03-29T11:00:00Z"])
        #expect(shop.spans(on: "2026-10-25") == ["2026-10-25T09:00:00Z"..<"2026-10-25T12:00:00Z"])
        #expect(shop.endOfHold("2026-03-28T22:00:00Z") == "2026-03-29T09:00:00Z")
        let night = OpeningHours(
            weekly: Array(repeating: [105..<150, 150..<240], count: 7), zone: try .named("Europe/Paris"))
        #expect(
            night.spans(on: "2026-03-29")
                == ["2026-03-29T00:45:00Z"..<"2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"..<"2026-03-29T02:00:00Z"])
    }
}

@Suite("A term")
struct TermTests {
    @Test("by time or in minutes needs no opening hours")
    func plain() throws {
        #expect(try Term.until("12:00").end(from: "10:00", hours: nil) == "12:00")
        #expect(try Term.minutes(90).end(from: "10:00", hours: nil) == "11:30")
    }

    @Test("by opening hours is refused where none are known")
    func unknown() {
        for term in [Term.closing, .openHours(2)] {
            let refusal = refusal { () throws(Refusal) in _ = try term.end(from: "10:00", hours: nil) }
            #expect(refusal?.code == .termHoursUnknown)
        }
    }

    @Test("of opening hours counts only what is open, over noon, nights and days of rest")
    func openHours() throws {
        let shop = try OpeningHours.paris()
        #expect(try Term.openHours(1).end(from: "10:00", hours: shop) == "11:00")
        #expect(try Term.openHours(2).end(from: "10:00", hours: shop) == "13:30")
        #expect(try Term.openHours(8).end(from: "10:00", hours: shop) == "2026-11-25T10:00:00Z")
        #expect(try Term.openHours(1).end(from: "2026-11-22T20:00:00Z", hours: shop) == "09:30")
        #expect(try Term.openHours(3).end(from: "08:30", hours: shop) == "11:30")
    }

    @Test("until closing means the end of the day, not the break at noon; of the next day when the shop has closed")
    func closing() throws {
        let shop = try OpeningHours.paris()
        #expect(try Term.closing.end(from: "10:00", hours: shop) == "18:00")
        #expect(try Term.closing.end(from: "12:00", hours: shop) == "18:00")
        #expect(try Term.closing.end(from: "15:00", hours: shop) == "18:00")
        #expect(try Term.closing.end(from: "18:00", hours: shop) == "2026-11-25T18:00:00Z")
        #expect(try Term.closing.end(from: "2026-11-23T10:00:00Z", hours: shop) == "18:00")
    }
}
