// A reservation's life: placed, prolonged, given up, collected, sold, and ended at its very instant.

import ShopCore
import ShopModel
import Testing

extension Reservation {
    /// Two scarves and a hat.
    static func placed(_ state: State) -> Reservation {
        Reservation(
            id: made(ReservationID("R-4F7K92QX-3")),
            lines: [
                Line(sku: "SCARF", asked: 2, locked: state.isClosed ? 0 : 2),
                Line(sku: "HAT", asked: 1, locked: state.isClosed ? 0 : 1),
            ], state: state, customer: nil, channel: .store, placedAt: "08:00")
    }

    static func held(until: Instant) -> Reservation { placed(.held(until: until)) }

    /// The reservation after a decision that was not refused.
    func after(_ decision: Decision<Event>) throws -> Reservation {
        var reservation = self
        for event in try decision.events() { reservation.apply(event) }
        return reservation
    }

    func after(_ event: Event) -> Reservation {
        var reservation = self
        reservation.apply(event)
        return reservation
    }
}

extension Reservation.State {
    fileprivate var isClosed: Bool { if case .closed = self { true } else { false } }
}

private func units(_ sku: SKU, _ count: Int) -> Reservation.Units { Reservation.Units(sku: sku, count: count) }

@Suite("A hold")
struct HoldTests {
    private let limits = HoldLimits()

    @Test("placed until 10:00 is free at 10:00, not at the next sweep")
    func endsAtItsInstant() {
        let hold = Reservation.held(until: "10:00")
        #expect(hold.state(at: "09:59:59.999") == .held(until: "10:00"))
        #expect(hold.state(at: "10:00") == .closed(.expired(at: "10:00")))
        #expect(hold.dueExpiry(at: "09:59:59.999") == nil)
    }

    @Test("that nobody looked at for a day ended at its own instant all the same")
    func datedAtItsInstant() throws {
        let hold = Reservation.held(until: "10:00")
        let event = try #require(hold.dueExpiry(at: "2026-11-25T12:00:00Z"))
        #expect(event == .expired(at: "10:00"))
        let ended = hold.after(event)
        #expect(ended.state == .closed(.expired(at: "10:00")))
        #expect(ended.locked.isEmpty)
        #expect(ended.dueExpiry(at: "2026-11-26T12:00:00Z") == nil)
    }

    @Test("is not placed for a moment that is not later than now", arguments: ["10:00", "09:59:59.999"] as [Instant])
    func termPast(until: Instant) {
        let refusal = refusal { () throws(Refusal) in
            try Reservation.checkTerm(until: until, asked: until, now: "10:00", limits: limits)
        }
        #expect(refusal?.code == .termPast)
        #expect(refusal?.fact("now") == "2026-11-24T10:00:00Z")
    }

    @Test("lasts as long as the limit allows and not a millisecond longer")
    func termTooLong() {
        let latest: Instant = "2026-11-27T10:00:00Z"
        func check(_ asked: Instant, until: Instant) -> Refusal? {
            refusal { () throws(Refusal) in
                try Reservation.checkTerm(until: until, asked: asked, now: "10:00", limits: limits)
            }
        }
        #expect(check(latest, until: latest) == nil)
        let refused = check(latest + 1, until: latest + 1)
        #expect(refused?.code == .termTooLong)
        #expect(refused?.fact("latest") == latest.description)
        // What moves an end to the next opening does not count against the customer.
        #expect(check(latest, until: latest + hours(40)) == nil)
    }

    @Test("can be prolonged while it lasts")
    func extend() throws {
        let hold = Reservation.held(until: "10:00")
        let longer = try hold.after(hold.extend(until: "12:00", asked: "12:00", now: "09:59:59.999", limits: limits))
        #expect(longer.state == .held(until: "12:00"))
        #expect(longer.locked == hold.locked)
    }

    @Test("that is over cannot be prolonged, and the refusal says how it ended")
    func overIsOver() {
        func extend(_ reservation: Reservation) -> Refusal? {
            reservation.extend(until: "12:00", asked: "12:00", now: "10:00", limits: limits).refusal
        }
        let expired = extend(.held(until: "10:00"))
        #expect(expired?.code == .reservationExpired)
        #expect(expired?.fact("at") == "2026-11-24T10:00:00Z")
        #expect(extend(.placed(.closed(.sold)))?.code == .reservationSold)
        let released = extend(.placed(.closed(.released(.noShow))))
        #expect(released?.code == .reservationReleased)
        #expect(released?.fact("reason") == "noShow")
        #expect(extend(.placed(.awaitingSale(since: "09:00")))?.code == .reservationCollected)
    }

    @Test(
        "is not prolonged to an end that is no later than the present one", arguments: ["11:00", "10:30"] as [Instant])
    func notLater(until: Instant) {
        let hold = Reservation.held(until: "11:00")
        let refusal = hold.extend(until: until, asked: until, now: "10:00", limits: limits).refusal
        #expect(refusal?.code == .termNotLater)
        #expect(refusal?.fact("present") == "2026-11-24T11:00:00Z")
    }

    @Test("is not prolonged beyond the limit, counted from now")
    func extendTooLong() {
        let hold = Reservation.held(until: "11:00")
        let late: Instant = "2026-11-27T10:00:00.001Z"
        #expect(hold.extend(until: late, asked: late, now: "10:00", limits: limits).refusal?.code == .termTooLong)
    }

    @Test("that the customer gives up frees everything and says why")
    func cancel() throws {
        let hold = Reservation.held(until: "10:00")
        let over = try hold.after(hold.cancel(nil, reason: .customer, now: "09:00"))
        #expect(over.state == .closed(.released(.customer)))
        #expect(over.locked.isEmpty)
        #expect(over.cancel(nil, reason: .customer, now: "09:01").refusal?.code == .reservationReleased)
    }

    @Test("given up in part keeps the rest")
    func cancelPart() throws {
        let hold = Reservation.held(until: "10:00")
        let less = try hold.after(hold.cancel([units("SCARF", 1)], reason: .mistake, now: "09:00"))
        #expect(less.state == .held(until: "10:00"))
        #expect(less.locked == [units("SCARF", 1), units("HAT", 1)])
        let none = try less.after(less.cancel([units("SCARF", 1), units("HAT", 1)], reason: .noShow, now: "09:00"))
        #expect(none.state == .closed(.released(.noShow)))
    }

    @Test("gives up no more units than it has, named once or in pieces")
    func tooManyUnits() {
        let hold = Reservation.held(until: "10:00")
        for asked in [[units("SCARF", 3)], [units("SCARF", 2), units("SCARF", 1)]] {
            let refusal = hold.cancel(asked, reason: .customer, now: "09:00").refusal
            #expect(refusal?.code == .reservationUnits)
            #expect(refusal?.fact("locked") == "2")
            #expect(refusal?.fact("asked") == "3")
            #expect(hold.collect(asked, now: "09:00").refusal?.code == .reservationUnits)
        }
        #expect(hold.collect([units("GLOVE", 1)], now: "09:00").refusal?.fact("locked") == "0")
    }

    @Test("at its end can be neither given up nor collected")
    func nothingAfterItsEnd() {
        let hold = Reservation.held(until: "10:00")
        #expect(hold.cancel(nil, reason: .customer, now: "10:00").refusal?.code == .reservationExpired)
        #expect(hold.collect(nil, now: "10:00").refusal?.code == .reservationExpired)
        #expect(hold.collect(nil, now: "09:59:59.999").refusal == nil)
    }

    @Test("collected whole awaits its sale, still locked, and no longer ends by itself")
    func collect() throws {
        let hold = Reservation.held(until: "10:00")
        let taken = try hold.after(hold.collect(nil, now: "09:30"))
        #expect(taken.state == .awaitingSale(since: "09:30"))
        #expect(taken.locked == hold.locked)
        #expect(taken.dueExpiry(at: "2026-12-24T10:00:00Z") == nil)
        let again = taken.collect(nil, now: "09:31").refusal
        #expect(again?.code == .reservationCollected)
        #expect(again?.fact("since") == "2026-11-24T09:30:00Z")
    }

    @Test("collected in part frees what was left behind")
    func collectPart() throws {
        let hold = Reservation.held(until: "10:00")
        let taken = try hold.after(hold.collect([units("SCARF", 1)], now: "09:30"))
        #expect(taken.locked == [units("SCARF", 1)])
        let pieces = try hold.after(hold.collect([units("SCARF", 1), units("SCARF", 1)], now: "09:30"))
        #expect(pieces.locked == [units("SCARF", 2)])
    }

    @Test("is sold unit by unit at the till, and over with the last")
    func sell() throws {
        let hold = Reservation.held(until: "10:00")
        var taken = try hold.after(hold.collect(nil, now: "09:30"))
        taken = taken.after(taken.sell(units("SCARF", 2)))
        #expect(taken.state == .awaitingSale(since: "09:30"))
        #expect(taken.lines[0].sold == 2)
        taken = taken.after(taken.sell(units("HAT", 1)))
        #expect(taken.state == .closed(.sold))
        #expect(taken.cancel(nil, reason: .customer, now: "09:40").refusal?.code == .reservationSold)
        #expect(taken.collect(nil, now: "09:40").refusal?.code == .reservationSold)
    }

    @Test("collected and put back by the customer is freed; sold in part, it counts as sold")
    func cancelAwaited() throws {
        let hold = Reservation.held(until: "10:00")
        let taken = try hold.after(hold.collect(nil, now: "09:30"))
        let back = try taken.after(taken.cancel(nil, reason: .notCollected, now: "23:00"))
        #expect(back.state == .closed(.released(.notCollected)))
        let part = taken.after(taken.sell(units("HAT", 1)))
        let rest = try part.after(part.cancel(nil, reason: .customer, now: "23:00"))
        #expect(rest.state == .closed(.sold))
        #expect(rest.locked.isEmpty)
    }

    @Test("with part of what was asked tells both, and locks only what it has")
    func partialLine() throws {
        let hold = Reservation(
            id: made(ReservationID("R-4F7K92QX-3")), lines: [Reservation.Line(sku: "SCARF", asked: 3, locked: 1)],
            state: .held(until: "10:00"), customer: nil, channel: .mirror, placedAt: "08:00")
        #expect(hold.collect([units("SCARF", 2)], now: "09:00").refusal?.fact("locked") == "1")
        #expect(try hold.after(hold.collect(nil, now: "09:00")).locked == [units("SCARF", 1)])
    }
}
