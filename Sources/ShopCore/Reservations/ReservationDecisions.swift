// What may happen to a reservation, and when not.

import ShopModel

/// How long a hold may last, and how many a customer may have open. Set by headquarters' feed `settings`.
public struct HoldLimits: Equatable, Sendable {
    /// The longest a hold may last from now, in milliseconds.
    public var holdMillisecondsMax: Int64
    /// The length of a hold when nobody says, in milliseconds.
    public var holdMillisecondsDefault: Int64
    /// Open reservations that one known customer may have.
    public var openPerCustomerMax: Int

    /// Limits; the defaults are a hold of 24 hours, of 72 at most, and 5 open ones a customer (RETAIL §2).
    public init(
        holdMillisecondsMax: Int64 = 72 * 3_600_000, holdMillisecondsDefault: Int64 = 24 * 3_600_000,
        openPerCustomerMax: Int = 5
    ) {
        self.holdMillisecondsMax = holdMillisecondsMax
        self.holdMillisecondsDefault = holdMillisecondsDefault
        self.openPerCustomerMax = openPerCustomerMax
    }
}

extension Reservation {
    /// Checks the end of a hold that is about to be placed.
    ///
    /// - Parameter until: the end, exclusive, after any move to the next opening.
    /// - Parameter asked: the end before such a move, which is what the limit is about.
    public static func checkTerm(
        until: Instant, asked: Instant, now: Instant, limits: HoldLimits
    ) throws(Refusal) {
        guard until > now else { throw Refusal(.termPast, [.instant("asked", asked), .instant("now", now)]) }
        let latest = now + limits.holdMillisecondsMax
        guard asked <= latest else {
            throw Refusal(.termTooLong, [.instant("asked", asked), .instant("latest", latest)])
        }
    }

    /// Decides to prolong the hold.
    ///
    /// A hold that was due before `now` ended at its own instant, whether or not anyone looked: no sweeper has to
    /// run for that to be true.
    ///
    /// - Parameters:
    ///   - until: the new end, exclusive.
    ///   - asked: the end before any move to the next opening.
    ///   - now: the shop's time.
    /// - Returns: what happened, or why not. An end no later than the present one is refused rather than ignored,
    ///   since the clerk who asked believes something that is not so.
    public func extend(until: Instant, asked: Instant, now: Instant, limits: HoldLimits) -> Decision<Event> {
        guard case .held(let end) = state(at: now) else { return .refused(over(at: now)) }
        guard until > end else {
            return .refused(Refusal(.termNotLater, [.instant("asked", until), .instant("present", end)]))
        }
        do throws(Refusal) {
            try Self.checkTerm(until: until, asked: asked, now: now, limits: limits)
        } catch { return .refused(error) }
        return .done([.extended(until: until)])
    }

    /// Decides to give units free before the term: all, or those of some lines. Awaited sales may be given back too,
    /// which is the way out when the customer put the goods back.
    public func cancel(_ units: [Units]?, reason: ReleaseReason, now: Instant) -> Decision<Event> {
        if case .closed = state(at: now) { return .refused(over(at: now)) }
        guard let units else { return .done([.released(locked, reason)]) }
        if let refusal = refuse(units) { return .refused(refusal) }
        return .done([.released(units, reason)])
    }

    /// Decides that units are in the customer's hands: all that is held, or those named. What is not taken is freed.
    public func collect(_ units: [Units]?, now: Instant) -> Decision<Event> {
        guard case .held = state(at: now) else {
            if case .awaitingSale(let since) = state {
                return .refused(
                    Refusal(.reservationCollected, [.text("reservation", id.value), .instant("since", since)]))
            }
            return .refused(over(at: now))
        }
        let units = units ?? locked
        if let refusal = refuse(units) { return .refused(refusal) }
        return .done([.collected(units, at: now)])
    }

    /// Records that the till sold units of this reservation, at most as many as are awaited.
    public func sell(_ units: Units) -> Event { .sold([units]) }

    /// The expiry that is due at `now` and not yet recorded, dated at its own instant.
    public func dueExpiry(at now: Instant) -> Event? {
        if case .held(let end) = state, now >= end { .expired(at: end) } else { nil }
    }

    /// Units that `name` takes away from what is locked, when a line has not so many.
    private func refuse(_ units: [Units]) -> Refusal? {
        for unit in units {
            let locked = lines.first { $0.sku == unit.sku }?.locked ?? 0
            let asked = units.filter { $0.sku == unit.sku }.reduce(0) { $0 + $1.count }
            guard asked <= locked else {
                return Refusal(
                    .reservationUnits,
                    [
                        .text("reservation", id.value), .text("sku", unit.sku.value), .integer("asked", asked),
                        .integer("locked", locked),
                    ])
            }
        }
        return nil
    }

    private func over(at now: Instant) -> Refusal {
        switch state(at: now) {
        case .closed(.expired(let at)):
            Refusal(.reservationExpired, [.text("reservation", id.value), .instant("at", at)])
        case .closed(.sold): Refusal(.reservationSold, [.text("reservation", id.value)])
        case .closed(.released(let reason)):
            Refusal(.reservationReleased, [.text("reservation", id.value), .word("reason", reason.word)])
        case .awaitingSale(let since):
            Refusal(.reservationCollected, [.text("reservation", id.value), .instant("since", since)])
        case .held(let until):
            Refusal(.termNotLater, [.instant("asked", now), .instant("present", until)])
        }
    }
}
