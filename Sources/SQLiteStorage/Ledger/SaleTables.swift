// Lines of tickets, by till, ticket and line.

import EdgeAgent
import ShopCore
import ShopModel

struct SaleStatements {
    let find: TableStatement
    let consumed: TableStatement
    let put: TableStatement
    let putConsumed: TableStatement
    let cutConsumed: TableStatement

    init(_ database: Database) {
        let columns = """
            till, ticket, line, kind, sku, units, returnedSKU, returnedUnits, originalTill, originalTicket,
            originalLine, orderID, businessDay, recordedAt, voided, consumed
            """
        find = TableStatement(
            database, "sale", key: 3, "SELECT \(columns) FROM sale WHERE till = ? AND ticket = ? AND line = ?")
        consumed = TableStatement(
            database, "saleConsumed", key: 4,
            """
            SELECT till, ticket, line, ordinal, reservation, units FROM saleConsumed
            WHERE till = ? AND ticket = ? AND line = ? ORDER BY ordinal
            """)
        put = TableStatement(
            database, "sale",
            """
            INSERT INTO sale (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (till, ticket, line) DO UPDATE SET kind = excluded.kind, sku = excluded.sku,
                units = excluded.units, returnedSKU = excluded.returnedSKU, returnedUnits = excluded.returnedUnits,
                originalTill = excluded.originalTill, originalTicket = excluded.originalTicket,
                originalLine = excluded.originalLine, orderID = excluded.orderID, businessDay = excluded.businessDay,
                recordedAt = excluded.recordedAt, voided = excluded.voided, consumed = excluded.consumed
            """)
        putConsumed = TableStatement(
            database, "saleConsumed",
            """
            INSERT INTO saleConsumed VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (till, ticket, line, ordinal)
            DO UPDATE SET reservation = excluded.reservation, units = excluded.units
            """)
        cutConsumed = TableStatement(
            database, "saleConsumed",
            "DELETE FROM saleConsumed WHERE till = ? AND ticket = ? AND line = ? AND ordinal >= ?")
    }
}

/// A line of a ticket whose consumed units are not read yet.
private struct SaleRow {
    let kind: SaleLine.Kind
    let sku: SKU?
    let units: Int
    let returned: Reservation.Units?
    let original: TicketLine?
    let order: OrderID?
    let businessDate: CivilDate?
    let recordedAt: Instant
    let voided: Bool
    let consumed: Int

    init?(_ row: borrowing Row) throws(StorageError) {
        kind = try row.choice(3)
        sku = try row.optionalName(4)
        units = try row.int(5)
        if let sku = try row.optionalName(6, as: SKU.self) {
            returned = Reservation.Units(sku: sku, count: try row.int(7))
        } else {
            returned = nil
        }
        if let till = try row.optionalText(8) {
            guard let line = TicketLine(till: till, ticket: try row.text(9), line: try row.int(10)) else { return nil }
            original = line
        } else {
            original = nil
        }
        order = try row.optionalName(11)
        businessDate = try row.optionalInt(12).map { CivilDate(daysSinceEpoch: $0) }
        recordedAt = try row.instant(13)
        voided = try row.bool(14)
        consumed = try row.int(15)
    }
}

extension SQLiteLedger {
    /// The line of that key, if it was recorded.
    public func sale(_ key: TicketLine) throws(StorageFailure) -> SaleLine? {
        let found = try sales.find.first(key.till, key.ticket, key.line) { (row) throws(StorageError) in
            try SaleRow(row)
        }
        guard let row = found else { return nil }
        var consumed: [SaleLine.Consumed] = []
        if row.consumed > 0 {
            consumed = try sales.consumed.all(key.till, key.ticket, key.line) { (row) throws(StorageError) in
                SaleLine.Consumed(reservation: try row.name(4), units: try row.int(5))
            }
        }
        return SaleLine(
            key: key, kind: row.kind, sku: row.sku, units: row.units, returned: row.returned, original: row.original,
            order: row.order, consumed: consumed, businessDate: row.businessDate, recordedAt: row.recordedAt,
            voided: row.voided)
    }

    /// Stores a line, new or voided since.
    public func put(_ sale: SaleLine) throws(StorageFailure) {
        let key = sale.key
        try sales.put.run(
            key.till, key.ticket, key.line, sale.kind.rawValue, sale.sku?.value, sale.units,
            sale.returned?.sku.value, sale.returned?.count, sale.original?.till, sale.original?.ticket,
            sale.original?.line, sale.order?.value, sale.businessDate?.daysSinceEpoch, sale.recordedAt, sale.voided,
            sale.consumed.count)
        for (ordinal, consumed) in sale.consumed.enumerated() {
            try sales.putConsumed.run(
                key.till, key.ticket, key.line, ordinal, consumed.reservation.value, consumed.units)
        }
        try sales.cutConsumed.run(key.till, key.ticket, key.line, sale.consumed.count)
    }
}
