// What happens because its time has come, dated at its own instant, whether or not anyone looked (DESIGN law 6).

import ShopCore
import ShopModel

extension Ledger {
    /// How many dues of a kind one turn records; the rest follow at once in the next turns.
    static let duesPerTurnMax = 200

    /// Records what is due at the start of a turn, so that every decision in it sees the shop as it is now.
    func recordDue(in turn: Turn) throws(StorageFailure) {
        do {
            let reservations = try storage.dueReservations(at: turn.now, limit: Self.duesPerTurnMax)
            for id in reservations { try expire(id, in: turn) }
            let pickups = try storage.duePickups(at: turn.now, limit: Self.duesPerTurnMax)
            for order in pickups { try markOverdue(order, in: turn) }
            let customers = try storage.expiredCustomers(at: turn.now, limit: Self.duesPerTurnMax)
            for customer in customers { try forget(customer, in: turn) }
            try endCodes(in: turn)
            turn.moreIsDue = max(reservations.count, pickups.count, customers.count) == Self.duesPerTurnMax
        } catch let failure as StorageFailure {
            throw failure
        } catch {
            throw StorageFailure.broken("What is due cannot be refused: \(error)")
        }
    }

    /// Records the end of a hold that was due, and frees its units.
    func expire(_ id: ReservationID, in turn: Turn) throws {
        guard var reservation = try storage.reservation(id), let event = reservation.dueExpiry(at: turn.now),
            case .expired(let at) = event
        else { return }
        var author = Author(seed: "expiry/\(id)/\(at.milliseconds)", by: "expiry", at: at)
        let reference = "reservation/\(id)"
        for units in reservation.locked {
            var line = try storage.stockLine(units.sku) ?? StockLine(sku: units.sku, home: home)
            try record(line.release(units.count), of: &line, reference: reference, author: &author, in: turn)
        }
        reservation.apply(event)
        try save(reservation, in: turn)
        try emit(
            "store.reservation.expired", subject: reference, ReservationMessages.event(reservation, author),
            author: &author, in: turn)
    }

    /// Records that a ready pickup's last moment has passed.
    private func markOverdue(_ order: OrderID, in turn: Turn) throws {
        guard var pickup = try storage.pickup(order), let event = pickup.dueOverdue(at: turn.now),
            case .overdue(let since) = event
        else { return }
        // A hand-over that was corrected makes it overdue once more: the revision tells the two apart.
        var author = Author(
            seed: "overdue/\(order)/\(since.milliseconds)/\(pickup.revision)", by: "expiry", at: since)
        pickup.apply(event)
        try save(pickup, in: turn)
        try emit(
            "store.pickup.overdue", subject: "order/\(order)", PickupMessages.event(pickup, author), author: &author,
            in: turn)
    }

    /// Forgets a customer's snippet whose time is up.
    private func forget(_ customer: CustomerID, in turn: Turn) throws {
        try ports.sealing.destroyKey(of: customer)
        try storage.removeCustomer(customer)
        turn.changedAnything = true
    }

    /// How long the contact of a pickup is kept once it is over: days, not more (RETAIL §6).
    static let contactMilliseconds: Int64 = 7 * 86_400_000

    /// Forgets name and telephone of pickups that have been over for their days, some at each sweep: their keys are
    /// destroyed, and with them what backups have.
    private func forgetContacts(in turn: Turn) throws(StorageFailure) {
        let orders = try storage.pickupsWithContact(
            overBefore: turn.now + (-Self.contactMilliseconds), limit: Self.duesPerTurnMax)
        for order in orders {
            guard var pickup = try storage.pickup(order) else { continue }
            pickup.forgetRecipient()
            try storage.put(pickup)
            turn.changedAnything = true
        }
    }

    /// Forgets, a little in each turn and at most once a minute, what has served its days: replies after 35, events
    /// that headquarters has after 30, acts of technicians, which are traces of people at work, after a year.
    func sweep(in turn: Turn) throws(StorageFailure) {
        if let sweptAt, turn.now - sweptAt < 60_000 { return }
        sweptAt = turn.now
        try forgetContacts(in: turn)
        let day: Int64 = 86_400_000
        let replies = try storage.forgetReplies(before: turn.now + (-35 * day), limit: 500)
        let events = try storage.forgetReceipted(before: turn.now + (-30 * day), limit: 500)
        let acts = try storage.forgetActs(before: turn.now + (-365 * day), limit: 500)
        // With a clock that is not trusted, what is committed is all the time that the next boot can prove.
        if replies + events + acts > 0 || clock.trust == .untrusted { turn.changedAnything = true }
    }
}
