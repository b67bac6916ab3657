// Reservations on a simulated disk, and the orders in which the shop asks for them.

import EdgeAgent
import ShopCore
import ShopModel

/// Reservations by code, by end, by SKU and by customer.
struct ReservationIndexes: RowIndexes {
    var all = SortedElements<ReservationID>()
    var open = SortedElements<ReservationID>()
    var ofCustomer = SortedGroups<CustomerID, ReservationID>()
    var heldOfCustomer = SortedGroups<CustomerID, ReservationID>()
    /// Held ones by their end.
    var ending = SortedElements<Ranked<ReservationID>>()
    var endingOfSKU = SortedGroups<SKU, Ranked<ReservationID>>()
    /// Held or awaiting their sale, by when they were placed.
    var lockingSKU = SortedGroups<SKU, Ranked<ReservationID>>()
    /// Awaiting their sale, by since when.
    var awaitingSKU = SortedGroups<SKU, Ranked<ReservationID>>()

    mutating func insert(_ row: Reservation) {
        all.insert(row.id)
        if let customer = row.customer { ofCustomer.insert(row.id, in: customer) }
        switch row.state {
        case .closed: return
        case .held(let until):
            let end = Ranked(until.milliseconds, row.id)
            ending.insert(end)
            if let customer = row.customer { heldOfCustomer.insert(row.id, in: customer) }
            for line in row.lines where line.locked > 0 { endingOfSKU.insert(end, in: line.sku) }
        case .awaitingSale(let since):
            let start = Ranked(since.milliseconds, row.id)
            for line in row.lines where line.locked > 0 { awaitingSKU.insert(start, in: line.sku) }
        }
        open.insert(row.id)
        let placed = Ranked(row.placedAt.milliseconds, row.id)
        for line in row.lines where line.locked > 0 { lockingSKU.insert(placed, in: line.sku) }
    }

    mutating func remove(_ row: Reservation) {
        all.remove(row.id)
        if let customer = row.customer { ofCustomer.remove(row.id, from: customer) }
        switch row.state {
        case .closed: return
        case .held(let until):
            let end = Ranked(until.milliseconds, row.id)
            ending.remove(end)
            if let customer = row.customer { heldOfCustomer.remove(row.id, from: customer) }
            for line in row.lines where line.locked > 0 { endingOfSKU.remove(end, from: line.sku) }
        case .awaitingSale(let since):
            let start = Ranked(since.milliseconds, row.id)
            for line in row.lines where line.locked > 0 { awaitingSKU.remove(start, from: line.sku) }
        }
        open.remove(row.id)
        let placed = Ranked(row.placedAt.milliseconds, row.id)
        for line in row.lines where line.locked > 0 { lockingSKU.remove(placed, from: line.sku) }
    }
}

extension SimulatedLedger {
    /// The reservation of that code.
    public func reservation(_ id: ReservationID) throws(StorageFailure) -> Reservation? {
        try checkWorking()
        return reservations[id]
    }

    /// Stores a reservation.
    public func put(_ reservation: Reservation) throws(StorageFailure) {
        try checkWriting()
        reservations[reservation.id] = reservation
    }

    /// Held ones whose end has come, earliest first, then by code.
    public func dueReservations(at now: Instant, limit: Int) throws(StorageFailure) -> [ReservationID] {
        try checkWorking()
        return reservations.indexes.ending.prefix { $0.rank > now.milliseconds }.prefix(limit).map(\.name)
    }

    /// The earliest end of a held one.
    public func nextReservationEnd() throws(StorageFailure) -> Instant? {
        try checkWorking()
        return reservations.indexes.ending.first.map { Instant(milliseconds: $0.rank) }
    }

    /// Held ones of a SKU whose end has come, earliest first, then by code.
    public func dueReservations(of sku: SKU, at now: Instant) throws(StorageFailure) -> [ReservationID] {
        try checkWorking()
        return reservations.indexes.endingOfSKU[sku].prefix { $0.rank > now.milliseconds }.map(\.name)
    }

    /// Those that lock units of a SKU, oldest first, then by code.
    public func lockingReservations(of sku: SKU) throws(StorageFailure) -> [ReservationID] {
        try checkWorking()
        return reservations.indexes.lockingSKU[sku].elements.map(\.name)
    }

    /// Those that await their sale with units of a SKU, longest waiting first, then by code.
    public func awaitedSales(of sku: SKU) throws(StorageFailure) -> [ReservationID] {
        try checkWorking()
        return reservations.indexes.awaitingSKU[sku].elements.map(\.name)
    }

    /// How many a customer has held.
    public func heldCount(of customer: CustomerID) throws(StorageFailure) -> Int {
        try checkWorking()
        return reservations.indexes.heldOfCustomer[customer].elements.count
    }

    /// Reservations behind a code, by code.
    public func reservations(
        openOnly: Bool, customer: CustomerID?, after: ReservationID?, limit: Int
    ) throws(StorageFailure) -> [Reservation] {
        try checkWorking()
        let indexes = reservations.indexes
        let chosen =
            if let customer { indexes.ofCustomer[customer] } else { openOnly ? indexes.open : indexes.all }
        var found: [Reservation] = []
        for id in chosen.after(after) {
            guard found.count < limit else { break }
            guard let row = reservations[id] else { continue }
            if openOnly, case .closed = row.state { continue }
            found.append(row)
        }
        return found
    }
}
