// Reservations and their lines.

import EdgeAgent
import ShopCore
import ShopModel

struct ReservationStatements {
    let find: TableStatement
    let lines: TableStatement
    let put: TableStatement
    let putLine: TableStatement
    let cutLines: TableStatement
    let due: TableStatement
    let nextEnd: TableStatement
    let dueOfSKU: TableStatement
    let lockingSKU: TableStatement
    let awaitedOfSKU: TableStatement
    let heldCount: TableStatement
    let page: TableStatement
    let pageOpen: TableStatement
    let pageOfCustomer: TableStatement
    let pageOpenOfCustomer: TableStatement

    init(_ database: Database) {
        let columns = "id, state, until, since, reason, customer, channel, placedAt"
        func heads(_ condition: String) -> TableStatement {
            TableStatement(
                database, "reservation",
                "SELECT \(columns) FROM reservation WHERE \(condition) AND id > ? ORDER BY id LIMIT ?")
        }
        find = TableStatement(database, "reservation", "SELECT \(columns) FROM reservation WHERE id = ?")
        lines = TableStatement(
            database, "reservationLine", key: 2,
            """
            SELECT reservation, ordinal, sku, asked, locked, sold FROM reservationLine
            WHERE reservation = ? ORDER BY ordinal
            """)
        put = TableStatement(
            database, "reservation",
            """
            INSERT INTO reservation (id, state, until, since, reason, customer, channel, placedAt, isOpen)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state,
                until = excluded.until, since = excluded.since, reason = excluded.reason, customer = excluded.customer,
                channel = excluded.channel, placedAt = excluded.placedAt, isOpen = excluded.isOpen
            """)
        putLine = TableStatement(
            database, "reservationLine",
            """
            INSERT INTO reservationLine VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (reservation, ordinal)
            DO UPDATE SET sku = excluded.sku, asked = excluded.asked, locked = excluded.locked, sold = excluded.sold,
                dueAt = excluded.dueAt, awaitedSince = excluded.awaitedSince
            """)
        cutLines = TableStatement(
            database, "reservationLine", "DELETE FROM reservationLine WHERE reservation = ? AND ordinal >= ?")
        due = TableStatement(
            database, "reservation",
            "SELECT id FROM reservation WHERE until IS NOT NULL AND until <= ? ORDER BY until, id LIMIT ?")
        nextEnd = TableStatement(
            database, "reservation", "SELECT min(until) FROM reservation WHERE until IS NOT NULL")
        dueOfSKU = TableStatement(
            database, "reservationLine",
            """
            SELECT reservation FROM reservationLine WHERE sku = ? AND dueAt IS NOT NULL AND dueAt <= ?
            ORDER BY dueAt, reservation
            """)
        lockingSKU = TableStatement(
            database, "reservationLine",
            """
            SELECT reservation FROM (
                SELECT reservation FROM reservationLine WHERE sku = ?1 AND dueAt IS NOT NULL
                UNION SELECT reservation FROM reservationLine WHERE sku = ?1 AND awaitedSince IS NOT NULL)
            CROSS JOIN reservation ON id = reservation ORDER BY placedAt, reservation
            """)
        awaitedOfSKU = TableStatement(
            database, "reservationLine",
            """
            SELECT reservation FROM reservationLine WHERE sku = ? AND awaitedSince IS NOT NULL
            ORDER BY awaitedSince, reservation
            """)
        heldCount = TableStatement(
            database, "reservation", "SELECT count(*) FROM reservation WHERE customer = ? AND until IS NOT NULL")
        page = heads("true")
        pageOpen = heads("isOpen = 1")
        pageOfCustomer = heads("customer = ?")
        pageOpenOfCustomer = heads("customer = ? AND isOpen = 1")
    }
}

/// A reservation as its row alone has it.
private struct ReservationRow {
    let id: ReservationID
    let state: Reservation.State
    let customer: CustomerID?
    let channel: Reservation.Channel
    let placedAt: Instant

    init?(_ row: borrowing Row) throws(StorageError) {
        id = try row.name(0)
        switch try row.text(1) {
        case "held": state = .held(until: try row.instant(2))
        case "awaitingSale": state = .awaitingSale(since: try row.instant(3))
        case "sold": state = .closed(.sold)
        case "expired": state = .closed(.expired(at: try row.instant(3)))
        case "released": state = .closed(.released(try row.choice(4)))
        default: return nil
        }
        customer = try row.optionalName(5)
        channel = try row.choice(6)
        placedAt = try row.instant(7)
    }
}

/// How a state stands in its columns.
private struct ReservationStateColumns {
    var name: String
    var until: Instant?
    var since: Instant?
    var reason: String?
    var isOpen = false

    init(_ state: Reservation.State) {
        switch state {
        case .held(let end):
            name = "held"
            until = end
            isOpen = true
        case .awaitingSale(let moment):
            name = "awaitingSale"
            since = moment
            isOpen = true
        case .closed(.sold): name = "sold"
        case .closed(.expired(let moment)):
            name = "expired"
            since = moment
        case .closed(.released(let why)):
            name = "released"
            reason = why.rawValue
        }
    }
}

extension SQLiteLedger {
    /// The reservation of that code.
    public func reservation(_ id: ReservationID) throws(StorageFailure) -> Reservation? {
        let found = try reservations.find.first(id.value) { (row) throws(StorageError) in try ReservationRow(row) }
        guard let row = found else { return nil }
        return try reservation(of: row)
    }

    private func reservation(of row: ReservationRow) throws(StorageFailure) -> Reservation {
        let lines = try reservations.lines.all(row.id.value) { (line) throws(StorageError) in
            Reservation.Line(
                sku: try line.name(2), asked: try line.int(3), locked: try line.int(4), sold: try line.int(5))
        }
        return Reservation(
            id: row.id, lines: lines, state: row.state, customer: row.customer, channel: row.channel,
            placedAt: row.placedAt)
    }

    /// Stores a reservation, new or changed.
    public func put(_ reservation: Reservation) throws(StorageFailure) {
        let state = ReservationStateColumns(reservation.state)
        try reservations.put.run(
            reservation.id.value, state.name, state.until, state.since, state.reason, reservation.customer?.value,
            reservation.channel.rawValue, reservation.placedAt, state.isOpen)
        for (ordinal, line) in reservation.lines.enumerated() {
            let isLocking = line.locked > 0
            try reservations.putLine.run(
                reservation.id.value, ordinal, line.sku.value, line.asked, line.locked, line.sold,
                isLocking ? state.until : nil, isLocking && state.isOpen ? state.since : nil)
        }
        try reservations.cutLines.run(reservation.id.value, reservation.lines.count)
    }

    /// Held ones whose end is at or before `now`, earliest end first, then by code.
    public func dueReservations(at now: Instant, limit: Int) throws(StorageFailure) -> [ReservationID] {
        try reservations.due.all(now, max(0, limit)) { (row) throws(StorageError) in try row.name(0) }
    }

    /// The earliest end of a held one.
    public func nextReservationEnd() throws(StorageFailure) -> Instant? {
        try reservations.nextEnd.first { (row) throws(StorageError) in .some(try row.optionalInstant(0)) } ?? nil
    }

    /// Held ones with units of a SKU locked whose end is at or before `now`, earliest end first.
    public func dueReservations(of sku: SKU, at now: Instant) throws(StorageFailure) -> [ReservationID] {
        try reservations.dueOfSKU.all(sku.value, now) { (row) throws(StorageError) in try row.name(0) }
    }

    /// Those with units of a SKU locked (held or awaiting their sale), oldest first.
    public func lockingReservations(of sku: SKU) throws(StorageFailure) -> [ReservationID] {
        try reservations.lockingSKU.all(sku.value) { (row) throws(StorageError) in try row.name(0) }
    }

    /// Those that await their sale with units of a SKU, longest waiting first.
    public func awaitedSales(of sku: SKU) throws(StorageFailure) -> [ReservationID] {
        try reservations.awaitedOfSKU.all(sku.value) { (row) throws(StorageError) in try row.name(0) }
    }

    /// How many a customer has held.
    public func heldCount(of customer: CustomerID) throws(StorageFailure) -> Int {
        try reservations.heldCount.first(customer.value) { (row) throws(StorageError) in try row.int(0) } ?? 0
    }

    /// Up to `limit` behind a code, by code; all, or the open ones only, or those of a customer.
    public func reservations(
        openOnly: Bool, customer: CustomerID?, after: ReservationID?, limit: Int
    ) throws(StorageFailure) -> [Reservation] {
        let after = after?.value ?? ""
        let limit = max(0, limit)
        let rows: [ReservationRow]
        if let customer {
            let statement = openOnly ? reservations.pageOpenOfCustomer : reservations.pageOfCustomer
            rows = try statement.all(customer.value, after, limit) { (row) throws(StorageError) in
                try ReservationRow(row)
            }
        } else {
            let statement = openOnly ? reservations.pageOpen : reservations.page
            rows = try statement.all(after, limit) { (row) throws(StorageError) in try ReservationRow(row) }
        }
        var result: [Reservation] = []
        result.reserveCapacity(rows.count)
        for row in rows { result.append(try reservation(of: row)) }
        return result
    }
}
