// What a clerk may do to prepare a pickup, and when not.

import ShopModel

extension Pickup {
    /// Refuses a command that saw another revision than the present one.
    public func check(revision seen: Int?) throws(Refusal) {
        guard let seen, seen != revision else { return }
        throw Refusal(
            .pickupRevision,
            [.text("order", order.value), .integer("seen", seen), .integer("revision", revision)])
    }

    /// Leases the order to one clerk. A takeover has to be meant, and names the former.
    ///
    /// - Parameter formerName: the name of the clerk who has it, as the badge says it; their id is told without one.
    public func claim(
        by clerk: ClerkID, takeover: Bool, formerName: String? = nil, now: Instant
    ) -> Decision<Event> {
        guard !state.isOver else { return .refused(wrongState(now, expected: .open)) }
        if claimedBy == clerk { return .done([]) }
        if let former = claimedBy, !takeover {
            return .refused(
                Refusal(
                    .pickupClaimed,
                    [
                        .text("order", order.value), .text("clerk", former.value),
                        .text("name", formerName ?? former.value),
                    ]))
        }
        return .done([.claimed(by: clerk, from: claimedBy)])
    }

    /// The shop will prepare it.
    public func accept(now: Instant) -> Decision<Event> {
        guard case .received = state else { return .refused(wrongState(now, expected: .received)) }
        return .done([.accepted])
    }

    /// The shop cannot prepare it, and says why.
    public func reject(_ reason: RejectReason, now: Instant) -> Decision<Event> {
        switch state {
        case .received, .accepted, .picking, .picked: return .done(answeringCancel([.rejected(reason)]))
        default: return .refused(wrongState(now, expected: .received, .accepted, .picking, .picked))
        }
    }

    /// A unit was taken from the shelf. Each is checked against the order; a wrong one is refused with what is
    /// expected.
    public func pick(_ sku: SKU, _ units: Quantity, typedReason: String?, now: Instant) -> Decision<Event> {
        switch state {
        case .accepted, .picking: break
        default: return .refused(wrongState(now, expected: .accepted, .picking))
        }
        guard let line = lines.first(where: { $0.sku == sku }), line.toPick > 0 else {
            return .refused(
                Refusal(
                    .pickupWrongItem,
                    [
                        .text("order", order.value), .text("sku", sku.value),
                        .texts("expected", lines.filter { $0.toPick > 0 }.map { "\($0.toPick) × \($0.sku)" }),
                    ]))
        }
        guard units.units <= line.toPick else { return .refused(tooMany(sku, units.units, line.toPick)) }
        return .done([.picked(sku, units.units, typedReason: typedReason)])
    }

    /// A picked unit goes back to the shelf.
    public func unpick(_ sku: SKU, _ units: Quantity, now: Instant) -> Decision<Event> {
        switch state {
        case .picking, .picked, .staged: break
        default: return .refused(wrongState(now, expected: .picking, .picked, .staged))
        }
        let picked = lines.first { $0.sku == sku }?.picked ?? 0
        guard units.units <= picked else { return .refused(tooMany(sku, units.units, picked)) }
        return .done([.unpicked(sku, units.units)])
    }

    /// Units cannot be picked: the order becomes partial.
    public func short(_ sku: SKU, _ units: Quantity, _ reason: RejectReason, now: Instant) -> Decision<Event> {
        switch state {
        case .accepted, .picking: break
        default: return .refused(wrongState(now, expected: .accepted, .picking))
        }
        let open = lines.first { $0.sku == sku }?.toPick ?? 0
        guard units.units <= open else { return .refused(tooMany(sku, units.units, open)) }
        return .done(answeringCancel([.short(sku, units.units, reason, at: now)]))
    }

    /// The goods are put at a place; again, when they are moved.
    public func stage(at place: String, now: Instant) -> Decision<Event> {
        switch state {
        case .picked, .staged: return .done([.staged(place: place)])
        default: return .refused(wrongState(now, expected: .picked, .staged))
        }
    }

    /// The customer may come. Said once: a second notice is refused, not sent again.
    public func makeReady(now: Instant) -> Decision<Event> {
        guard case .staged = state else { return .refused(wrongState(now, expected: .staged)) }
        return .done([.ready(at: now)])
    }

    /// The customer is here.
    public func arrive(at place: Place, now: Instant) -> Decision<Event> {
        guard !state.isOver else { return .refused(wrongState(now, expected: .open)) }
        return .done(arrived == place ? [] : [.arrived(place)])
    }

    /// The refusal of a step that the present state does not allow.
    func wrongState(_ now: Instant, expected: Word...) -> Refusal {
        Refusal(
            .pickupState,
            [.text("order", order.value), .word("state", state(at: now).word), .words("expected", expected)])
    }

    /// The refusal of more units than there are.
    func tooMany(_ sku: SKU, _ asked: Int, _ open: Int) -> Refusal {
        Refusal(
            .pickupUnits,
            [
                .text("order", order.value), .text("sku", sku.value), .integer("asked", asked),
                .integer("open", open),
            ])
    }
}
