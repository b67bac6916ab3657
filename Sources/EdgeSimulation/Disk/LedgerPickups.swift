// Pickups, lines of tickets, and clerks' sessions, on a simulated disk.

import EdgeAgent
import ShopCore
import ShopModel

/// Pickups by order, by the customer's code and by their last moment.
struct PickupIndexes: RowIndexes {
    var all = SortedElements<OrderID>()
    var open = SortedElements<OrderID>()
    /// Those of a code by when they were received.
    var byCode = SortedGroups<String, Ranked<OrderID>>()
    /// Ready ones by their last moment.
    var ending = SortedElements<Ranked<OrderID>>()
    /// Those with a contact by since when they are over.
    var withContact = SortedElements<Ranked<OrderID>>()

    mutating func insert(_ row: Pickup) {
        all.insert(row.order)
        byCode.insert(Ranked(row.receivedAt.milliseconds, row.order), in: row.code)
        if !row.state.isOver { open.insert(row.order) }
        if let end = Self.end(of: row) { ending.insert(end) }
        if let over = Self.contactOver(of: row) { withContact.insert(over) }
    }

    mutating func remove(_ row: Pickup) {
        all.remove(row.order)
        byCode.remove(Ranked(row.receivedAt.milliseconds, row.order), from: row.code)
        if !row.state.isOver { open.remove(row.order) }
        if let end = Self.end(of: row) { ending.remove(end) }
        if let over = Self.contactOver(of: row) { withContact.remove(over) }
    }

    private static func contactOver(of row: Pickup) -> Ranked<OrderID>? {
        guard row.recipient.hasContact, let since = row.overSince else { return nil }
        return Ranked(since.milliseconds, row.order)
    }

    private static func end(of row: Pickup) -> Ranked<OrderID>? {
        guard case .ready = row.state, let collectBy = row.collectBy else { return nil }
        return Ranked(collectBy.milliseconds, row.order)
    }
}

/// A seat of a device.
struct SeatKey: Hashable {
    let device: DeviceID
    let seat: String
}

extension SimulatedLedger {
    /// The pickup of an order.
    public func pickup(_ order: OrderID) throws(StorageFailure) -> Pickup? {
        try checkWorking()
        return pickups[order]
    }

    /// The pickup of a customer's code; the latest, when a code was given out twice.
    public func pickup(code: String) throws(StorageFailure) -> Pickup? {
        try checkWorking()
        return pickups.indexes.byCode[code].elements.last.flatMap { pickups[$0.name] }
    }

    /// Stores a pickup.
    public func put(_ pickup: Pickup) throws(StorageFailure) {
        try checkWriting()
        pickups[pickup.order] = pickup
    }

    /// Ready ones whose last moment has come, earliest first, then by order.
    public func duePickups(at now: Instant, limit: Int) throws(StorageFailure) -> [OrderID] {
        try checkWorking()
        return pickups.indexes.ending.prefix { $0.rank > now.milliseconds }.prefix(limit).map(\.name)
    }

    /// The earliest last moment of a ready one.
    public func nextPickupDeadline() throws(StorageFailure) -> Instant? {
        try checkWorking()
        return pickups.indexes.ending.first.map { Instant(milliseconds: $0.rank) }
    }

    /// Pickups that were over before a moment and still have a contact, the longest over first, then by order.
    public func pickupsWithContact(overBefore moment: Instant, limit: Int) throws(StorageFailure) -> [OrderID] {
        try checkWorking()
        return pickups.indexes.withContact.prefix { $0.rank >= moment.milliseconds }.prefix(limit).map(\.name)
    }

    /// All that are for a customer, by order.
    public func pickups(of customer: CustomerID) throws(StorageFailure) -> [Pickup] {
        try checkWorking()
        return pickups.indexes.all.after(nil).compactMap { pickups[$0] }.filter { $0.recipient.customer == customer }
    }

    /// Pickups behind an order, by order.
    public func pickups(openOnly: Bool, after: OrderID?, limit: Int) throws(StorageFailure) -> [Pickup] {
        try checkWorking()
        let chosen = openOnly ? pickups.indexes.open : pickups.indexes.all
        return chosen.after(after).prefix(limit).compactMap { pickups[$0] }
    }

    /// The line of a ticket.
    public func sale(_ key: TicketLine) throws(StorageFailure) -> SaleLine? {
        try checkWorking()
        return sales[key]
    }

    /// Stores a line of a ticket.
    public func put(_ sale: SaleLine) throws(StorageFailure) {
        try checkWriting()
        sales[sale.key] = sale
    }

    /// The session at a device's seat.
    public func session(device: DeviceID, seat: String) throws(StorageFailure) -> ClerkSession? {
        try checkWorking()
        return sessions[SeatKey(device: device, seat: seat)]
    }

    /// Opens or ends the session at a seat.
    public func setSession(device: DeviceID, seat: String, _ session: ClerkSession?) throws(StorageFailure) {
        try checkWriting()
        sessions[SeatKey(device: device, seat: seat)] = session
    }

    /// Wrong PINs of a badge; none when nothing is known.
    public func attempts(badge: String) throws(StorageFailure) -> SignInAttempts {
        try checkWorking()
        return attempts[badge] ?? SignInAttempts()
    }

    /// Remembers wrong PINs of a badge.
    public func setAttempts(badge: String, _ attempts: SignInAttempts) throws(StorageFailure) {
        try checkWriting()
        self.attempts[badge] = attempts
    }
}
