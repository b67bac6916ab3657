// What happens to a pickup at the counter, after its term, and when headquarters wants it cancelled.

import ShopModel

extension Pickup {
    /// Gives goods to the customer.
    ///
    /// - Parameters:
    ///   - units: what is given; all that is outstanding when `nil`.
    ///   - proof: how the customer was known; checked by `check(code:)` or `check(facts:)` before.
    /// - Returns: refused when the goods are not ready, or were handed over before: nothing leaves twice. An overdue
    ///   pickup that nobody put back may still be handed over.
    public func handOver(_ units: [Reservation.Units]?, proof: Proof, now: Instant) -> Decision<Event> {
        switch state {
        case .ready, .overdue: break
        case .handedOver(let at):
            return .refused(Refusal(.pickupHandedOver, [.text("order", order.value), .instant("at", at)]))
        default: return .refused(wrongState(now, expected: .ready))
        }
        let units = units ?? outstanding
        if let refusal = refuse(units, { $0.outstanding }) { return .refused(refusal) }
        return .done(answeringCancel([.handedOver(units, proof, at: now)]))
    }

    /// Refuses a code that is not this pickup's.
    public func check(code shown: String) throws(Refusal) {
        guard shown == code else {
            throw Refusal(.pickupCodeWrong, field: "/proof/code", [.text("order", order.value)])
        }
    }

    /// What a clerk may compare at the counter when the customer has no code.
    public enum Fact: String, Sendable, CaseIterable { case name, phoneLast4, orderLast4 }

    /// Refuses a clerk's word unless it rests on two different facts, at least, that the order knows.
    public func check(facts: [Fact]) throws(Refusal) {
        var matching = 0
        for fact in Fact.allCases where facts.contains(fact) {
            switch fact {
            case .name: matching += recipient.name == nil ? 0 : 1
            case .phoneLast4: matching += recipient.phoneLast4 == nil ? 0 : 1
            case .orderLast4: matching += 1
            }
        }
        guard matching >= 2 else {
            if recipient.isContactUnreadable {
                throw Refusal(.pickupContactUnreadable, field: "/proof", [.text("order", order.value)])
            }
            throw Refusal(.pickupFacts, field: "/proof", [.text("order", order.value), .integer("matching", matching)])
        }
    }

    /// The customer does not want units of it.
    public func refuse(_ units: [Reservation.Units], reason: String, now: Instant) -> Decision<Event> {
        switch state {
        case .ready, .overdue: break
        default: return .refused(wrongState(now, expected: .ready))
        }
        if let refusal = refuse(units, { $0.outstanding }) { return .refused(refusal) }
        return .done(answeringCancel([.refused(units, reason: reason, at: now)]))
    }

    /// The goods go back to the shelf, since nobody came.
    public func putBack(now: Instant) -> Decision<Event> {
        guard case .overdue = state(at: now) else { return .refused(wrongState(now, expected: .overdue)) }
        return .done(answeringCancel([.putBack(at: now)]))
    }

    /// Takes a hand-over back that was recorded by mistake.
    ///
    /// - Parameter sameDay: whether `now` is on the business day of the hand-over; on another day it is a return.
    public func correct(reason: String, sameDay: (Instant) -> Bool, now: Instant) -> Decision<Event> {
        guard case .handedOver(let at) = state else { return .refused(wrongState(now, expected: .handedOver)) }
        guard sameDay(at) else {
            return .refused(Refusal(.pickupCorrectionLate, [.text("order", order.value), .instant("at", at)]))
        }
        let units = lines.filter { $0.handedOver > 0 }.map { Reservation.Units(sku: $0.sku, count: $0.handedOver) }
        return .done([.corrected(units, reason: reason, at: now)])
    }

    /// Headquarters wishes to cancel. What is already over answers by itself.
    public func requestCancel(reason: String?, now: Instant) -> [Event] {
        if case .received = state {
            return [.cancelRequested(CancelRequest(at: now, reason: reason)), .cancelConfirmed(at: now)]
        }
        if state.isOver {
            return [.cancelRequested(CancelRequest(at: now, reason: reason)), .cancelRefused(reason: state.name)]
        }
        return cancelRequest == nil ? [.cancelRequested(CancelRequest(at: now, reason: reason))] : []
    }

    /// The shop agrees: what was not handed over goes back.
    public func confirmCancel(now: Instant) -> Decision<Event> {
        if let refusal = refuseCancelAnswer(now) { return .refused(refusal) }
        return .done([.cancelConfirmed(at: now)])
    }

    /// The shop does not agree, and says why.
    public func refuseCancel(reason: String, now: Instant) -> Decision<Event> {
        if let refusal = refuseCancelAnswer(now) { return .refused(refusal) }
        return .done([.cancelRefused(reason: reason)])
    }

    /// The change to overdue that is due at `now` and not yet recorded, dated at its own instant.
    public func dueOverdue(at now: Instant) -> Event? {
        if case .ready = state, case .overdue(let since) = state(at: now) { .overdue(since: since) } else { nil }
    }

    /// The events of a step, and the answer to a wish to cancel that no clerk can answer any more after it.
    func answeringCancel(_ events: [Event]) -> [Event] {
        guard cancelRequest != nil else { return events }
        var after = self
        for event in events { after.apply(event) }
        return after.state.isOver ? events + [.cancelRefused(reason: after.state.name)] : events
    }

    private func refuseCancelAnswer(_ now: Instant) -> Refusal? {
        guard !state.isOver else { return wrongState(now, expected: .open) }
        return cancelRequest == nil ? Refusal(.pickupNoCancelRequest, [.text("order", order.value)]) : nil
    }

    private func refuse(_ units: [Reservation.Units], _ open: (Line) -> Int) -> Refusal? {
        for unit in units {
            let asked = units.filter { $0.sku == unit.sku }.reduce(0) { $0 + $1.count }
            let available = lines.first { $0.sku == unit.sku }.map(open) ?? 0
            if asked > available { return tooMany(unit.sku, asked, available) }
        }
        return nil
    }
}
