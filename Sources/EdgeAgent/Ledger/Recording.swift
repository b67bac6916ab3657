// How a decision becomes rows: the line, its journal entry, the event for headquarters, what the front will see.

import Contract
import ShopCore
import ShopModel

extension Ledger {
    /// The line of a SKU, or an empty one, after recording the holds on it that are due.
    func stockLine(_ sku: SKU, in turn: Turn) throws -> StockLine {
        if turn.moreIsDue {
            for id in try storage.dueReservations(of: sku, at: turn.now) { try expire(id, in: turn) }
        }
        return try storage.stockLine(sku) ?? StockLine(sku: sku, home: home)
    }

    /// Stores a change of a line, with its cause, and tells headquarters and the front.
    func record(
        _ change: StockChange, of line: inout StockLine, reference: String, author: inout Author, in turn: Turn
    ) throws {
        line.apply(change)
        try storage.put(line)
        let subject = "sku/\(line.sku)"
        let sequence = try storage.nextSequence(of: subject, incarnation)
        let cause = author.cause(reference)
        let entry = JournalEntry(sku: line.sku, change: change, cause: cause, at: author.at, eventSequence: sequence)
        let position = try storage.append(entry)
        try storage.append(
            OutboxEvent(
                lane: .stock, id: author.nextEventID(), type: "store.stock.changed", subject: subject,
                subjectSequence: sequence, incarnation: incarnation, time: author.at,
                data: StockMessages.changed(line, entry, position: position).encoded()))
        turn.changes.lines.append(StockFigures(line))
        turn.changedAnything = true
    }

    /// Stores an event for headquarters.
    func emit(
        _ type: String, lane: Lane = .orders, subject: String, _ data: JSON, author: inout Author, in turn: Turn
    ) throws {
        let sequence = try storage.nextSequence(of: subject, incarnation)
        try storage.append(
            OutboxEvent(
                lane: lane, id: author.nextEventID(), type: type, subject: subject, subjectSequence: sequence,
                incarnation: incarnation, time: author.at, data: data.encoded()))
        turn.changedAnything = true
    }

    /// Stores a reservation and shows it to the front.
    func save(_ reservation: Reservation, in turn: Turn) throws {
        try storage.put(reservation)
        turn.changes.reservations.append(reservation)
        turn.changedAnything = true
    }

    /// Stores a pickup and shows it to the front.
    func save(_ pickup: Pickup, in turn: Turn) throws {
        try storage.put(pickup)
        turn.changes.pickups.append(pickup)
        turn.changedAnything = true
    }

    /// Tells headquarters when promises stand without rights behind them, with their names.
    ///
    /// - Returns: the shortfall, and the codes of the reservations at risk, oldest last: the newest promise is the
    ///   first that may have to be broken. So many are named that the event can be read by whoever it is for.
    func raiseShortfall(on line: StockLine, author: inout Author, in turn: Turn) throws -> Shortfall? {
        guard line.shortfall > 0 else { return nil }
        let promises = try storage.lockingReservations(of: line.sku)
        let named = promises.reversed().prefix(SaleResult.Shortfall.promisesMax)
        let shortfall = Shortfall(
            sku: line.sku, short: line.shortfall, promises: Array(named), morePromises: promises.count - named.count)
        try emit(
            "store.stock.shortfallRaised", lane: .stock, subject: "sku/\(line.sku)",
            StockMessages.shortfall(shortfall), author: &author, in: turn)
        return shortfall
    }

    /// The units kept back of a SKU: the most specific setting wins (DESIGN §8).
    func safety(of sku: SKU) throws -> Int { try ports.catalogue.product(sku)?.safety ?? settings.safety }

    /// The SKU that a message names.
    ///
    /// - Throws: `product.unknown` when neither the assortment nor the stock has it.
    func resolve(_ item: ItemSelector) throws -> SKU {
        switch item {
        case .sku(let sku):
            if try storage.stockLine(sku) == nil, try ports.catalogue.product(sku) == nil {
                throw Refusal(.productUnknown, [.text("item", sku.value)])
            }
            return sku
        case .gtin(let gtin):
            guard let product = try ports.catalogue.product(gtin) else {
                throw Refusal(.productUnknown, [.text("item", gtin.printed)])
            }
            return product.sku
        }
    }

    /// Units by SKU, in the order in which each SKU is first named: two lines of one SKU are one.
    func resolve(_ lines: [ItemLine]) throws -> [Reservation.Units] {
        var units: [Reservation.Units] = []
        for (index, line) in lines.enumerated() {
            let sku: SKU
            do {
                sku = try resolve(line.item)
            } catch var refusal as Refusal {
                refusal.field = "/lines/\(index)"
                throw refusal
            }
            if let known = units.firstIndex(where: { $0.sku == sku }) {
                units[known] = Reservation.Units(sku: sku, count: units[known].count + line.quantity.units)
            } else {
                units.append(Reservation.Units(sku: sku, count: line.quantity.units))
            }
        }
        return units
    }
}

/// Promises of a SKU that no right stands behind.
struct Shortfall {
    let sku: SKU
    let short: Int
    /// The reservations at risk, newest first.
    let promises: [ReservationID]
    /// How many older ones are at risk beside those named.
    let morePromises: Int
}
