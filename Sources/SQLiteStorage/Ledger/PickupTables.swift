// Pickups and their lines. A contact is sealed here, where values become rows, and opened where rows become values.

import EdgeAgent
import ShopCore
import ShopModel

struct PickupStatements {
    let find: TableStatement
    let findByCode: TableStatement
    let lines: TableStatement
    let put: TableStatement
    let putLine: TableStatement
    let cutLines: TableStatement
    let due: TableStatement
    let nextDeadline: TableStatement
    let page: TableStatement
    let pageOpen: TableStatement
    let ofCustomer: TableStatement
    let toForget: TableStatement

    init(_ database: Database) {
        let columns = """
            orderID, code, sscc, state, stateAt, reason, revision, claimedBy, cancelAt, cancelReason, arrived,
            stagedAt, customer, contact, gift, receivedAt, collectBy
            """
        find = TableStatement(database, "pickup", "SELECT \(columns) FROM pickup WHERE orderID = ?")
        // Codes are drawn at random; should headquarters ever give one twice, the order that came last is meant.
        findByCode = TableStatement(
            database, "pickup",
            "SELECT \(columns) FROM pickup WHERE code = ? ORDER BY receivedAt DESC, orderID DESC LIMIT 1")
        lines = TableStatement(
            database, "pickupLine", key: 2,
            """
            SELECT orderID, ordinal, sku, quantity, picked, short, handedOver, refused FROM pickupLine
            WHERE orderID = ? ORDER BY ordinal
            """)
        put = TableStatement(
            database, "pickup",
            """
            INSERT INTO pickup (\(columns), dueAt, isOpen)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (orderID) DO UPDATE SET
                code = excluded.code, sscc = excluded.sscc, state = excluded.state, stateAt = excluded.stateAt,
                reason = excluded.reason, revision = excluded.revision, claimedBy = excluded.claimedBy,
                cancelAt = excluded.cancelAt, cancelReason = excluded.cancelReason, arrived = excluded.arrived,
                stagedAt = excluded.stagedAt, customer = excluded.customer, gift = excluded.gift,
                receivedAt = excluded.receivedAt, collectBy = excluded.collectBy, dueAt = excluded.dueAt,
                isOpen = excluded.isOpen, contact = CASE WHEN ? THEN pickup.contact ELSE excluded.contact END
            """)
        putLine = TableStatement(
            database, "pickupLine",
            """
            INSERT INTO pickupLine VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (orderID, ordinal)
            DO UPDATE SET sku = excluded.sku, quantity = excluded.quantity, picked = excluded.picked,
                short = excluded.short, handedOver = excluded.handedOver, refused = excluded.refused
            """)
        cutLines = TableStatement(
            database, "pickupLine", "DELETE FROM pickupLine WHERE orderID = ? AND ordinal >= ?")
        due = TableStatement(
            database, "pickup",
            "SELECT orderID FROM pickup WHERE dueAt IS NOT NULL AND dueAt <= ? ORDER BY dueAt, orderID LIMIT ?")
        nextDeadline = TableStatement(database, "pickup", "SELECT min(dueAt) FROM pickup WHERE dueAt IS NOT NULL")
        page = TableStatement(
            database, "pickup", "SELECT \(columns) FROM pickup WHERE orderID > ? ORDER BY orderID LIMIT ?")
        pageOpen = TableStatement(
            database, "pickup",
            "SELECT \(columns) FROM pickup WHERE isOpen = 1 AND orderID > ? ORDER BY orderID LIMIT ?")
        ofCustomer = TableStatement(
            database, "pickup", "SELECT \(columns) FROM pickup WHERE customer = ? ORDER BY orderID")
        // The moment since which it is over: rejected ones have none of their own (`Pickup.overSince`).
        toForget = TableStatement(
            database, "pickup",
            """
            SELECT orderID FROM pickup
            WHERE contact IS NOT NULL AND isOpen = 0 AND coalesce(stateAt, receivedAt) < ?
            ORDER BY coalesce(stateAt, receivedAt), orderID LIMIT ?
            """)
    }
}

/// A pickup whose lines are not read yet, and whose contact is not opened.
private struct PickupRow {
    let order: OrderID
    let code: String
    let sscc: String?
    let state: Pickup.State
    let revision: Int
    let claimedBy: ClerkID?
    let cancelRequest: Pickup.CancelRequest?
    let arrived: Pickup.Place?
    let stagedAt: String?
    let customer: CustomerID?
    let contact: [UInt8]?
    let isGift: Bool
    let receivedAt: Instant
    let collectBy: Instant?

    init?(_ row: borrowing Row) throws(StorageError) {
        order = try row.name(0)
        code = try row.text(1)
        sscc = try row.optionalText(2)
        switch try row.text(3) {
        case "received": state = .received
        case "accepted": state = .accepted
        case "rejected": state = .rejected(try row.choice(5))
        case "picking": state = .picking
        case "picked": state = .picked
        case "staged": state = .staged
        case "ready": state = .ready(since: try row.instant(4))
        case "overdue": state = .overdue(since: try row.instant(4))
        case "handedOver": state = .handedOver(at: try row.instant(4))
        case "putBack": state = .putBack(at: try row.instant(4))
        case "cancelled": state = .cancelled(at: try row.instant(4))
        case "closed": state = .nothingLeft(at: try row.instant(4))
        default: return nil
        }
        revision = try row.int(6)
        claimedBy = try row.optionalName(7)
        if let at = try row.optionalInstant(8) {
            cancelRequest = Pickup.CancelRequest(at: at, reason: try row.optionalText(9))
        } else {
            cancelRequest = nil
        }
        arrived = row.isNull(10) ? nil : try row.choice(10, as: Pickup.Place.self)
        stagedAt = try row.optionalText(11)
        customer = try row.optionalName(12)
        contact = try row.optionalBytes(13)
        isGift = try row.bool(14)
        receivedAt = try row.instant(15)
        collectBy = try row.optionalInstant(16)
    }

    func pickup(_ lines: [Pickup.Line], _ recipient: Pickup.Recipient) -> Pickup {
        Pickup(
            order: order, code: code, source: sscc.map { .fromParcel(sscc: $0) } ?? .fromStock, lines: lines,
            state: state, revision: revision, claimedBy: claimedBy, cancelRequest: cancelRequest, arrived: arrived,
            stagedAt: stagedAt, recipient: recipient, receivedAt: receivedAt, collectBy: collectBy)
    }
}

extension Pickup {
    /// The moment that its state has, if it has one.
    fileprivate var stateMoment: Instant? {
        switch state {
        case .ready(let moment), .overdue(let moment), .handedOver(let moment), .putBack(let moment),
            .cancelled(let moment), .nothingLeft(let moment):
            moment
        case .received, .accepted, .rejected, .picking, .picked, .staged: nil
        }
    }

    /// The reason that its state has, if it has one.
    fileprivate var stateReason: String? {
        if case .rejected(let reason) = state { reason.rawValue } else { nil }
    }

    /// When it is overdue, once it is ready.
    fileprivate var dueAt: Instant? { if case .ready = state { collectBy } else { nil } }

    fileprivate var sscc: String? { if case .fromParcel(let sscc) = source { sscc } else { nil } }
}

extension SQLiteLedger {
    /// The pickup of an order.
    public func pickup(_ order: OrderID) throws(StorageFailure) -> Pickup? {
        let found = try pickups.find.first(order.value) { (row) throws(StorageError) in try PickupRow(row) }
        guard let row = found else { return nil }
        return try pickup(of: row)
    }

    /// The pickup of a customer's code.
    public func pickup(code: String) throws(StorageFailure) -> Pickup? {
        let found = try pickups.findByCode.first(code) { (row) throws(StorageError) in try PickupRow(row) }
        guard let row = found else { return nil }
        return try pickup(of: row)
    }

    private func pickup(of row: PickupRow) throws(StorageFailure) -> Pickup {
        let lines = try pickups.lines.all(row.order.value) { (line) throws(StorageError) in
            Pickup.Line(
                sku: try line.name(2), quantity: try line.int(3), picked: try line.int(4), short: try line.int(5),
                handedOver: try line.int(6), refused: try line.int(7))
        }
        return row.pickup(lines, try recipient(of: row))
    }

    private func recipient(of row: PickupRow) throws(StorageFailure) -> Pickup.Recipient {
        var contact: PickupContact?
        if let sealed = row.contact { contact = try contacts.open(sealed, of: row.order).flatMap(PickupContact.init) }
        return Pickup.Recipient(
            customer: row.customer, name: contact?.name, phoneLast4: contact?.phoneLast4, gift: row.isGift,
            isContactUnreadable: row.contact != nil && contact == nil)
    }

    /// Stores a pickup, new or changed.
    public func put(_ pickup: Pickup) throws(StorageFailure) {
        let recipient = pickup.recipient
        // What cannot be read here stays as it is, for the box that has its key; it is not known here to be nothing.
        let keepsContact = recipient.isContactUnreadable
        var contact: [UInt8]?
        if let plain = PickupContact(recipient) {
            contact = try contacts.seal(plain.bytes, of: pickup.order)
        } else if !keepsContact {
            try contacts.destroyKey(of: pickup.order)
        }
        try pickups.put.run(
            pickup.order.value, pickup.code, pickup.sscc, pickup.state.name, pickup.stateMoment, pickup.stateReason,
            pickup.revision, pickup.claimedBy?.value, pickup.cancelRequest?.at, pickup.cancelRequest?.reason,
            pickup.arrived?.rawValue, pickup.stagedAt, recipient.customer?.value, contact,
            recipient.gift, pickup.receivedAt, pickup.collectBy, pickup.dueAt, !pickup.state.isOver, keepsContact)
        for (ordinal, line) in pickup.lines.enumerated() {
            try pickups.putLine.run(
                pickup.order.value, ordinal, line.sku.value, line.quantity, line.picked, line.short, line.handedOver,
                line.refused)
        }
        try pickups.cutLines.run(pickup.order.value, pickup.lines.count)
    }

    /// Ready ones whose last moment is at or before `now`, earliest first.
    public func duePickups(at now: Instant, limit: Int) throws(StorageFailure) -> [OrderID] {
        try pickups.due.all(now, max(0, limit)) { (row) throws(StorageError) in try row.name(0) }
    }

    /// The earliest last moment of a ready one.
    public func nextPickupDeadline() throws(StorageFailure) -> Instant? {
        try pickups.nextDeadline.first { (row) throws(StorageError) in .some(try row.optionalInstant(0)) } ?? nil
    }

    /// Pickups that were over before `moment` and still have a contact, the longest over first.
    public func pickupsWithContact(overBefore moment: Instant, limit: Int) throws(StorageFailure) -> [OrderID] {
        try pickups.toForget.all(moment, max(0, limit)) { (row) throws(StorageError) in try row.name(0) }
    }

    /// All that are for a customer, by order.
    public func pickups(of customer: CustomerID) throws(StorageFailure) -> [Pickup] {
        try pickups(
            of: try pickups.ofCustomer.all(customer.value) { (row) throws(StorageError) in try PickupRow(row) })
    }

    /// Up to `limit` behind an order, by order; all or the open ones only.
    public func pickups(openOnly: Bool, after: OrderID?, limit: Int) throws(StorageFailure) -> [Pickup] {
        let statement = openOnly ? pickups.pageOpen : pickups.page
        return try pickups(
            of: try statement.all(after?.value ?? "", max(0, limit)) { (row) throws(StorageError) in
                try PickupRow(row)
            })
    }

    private func pickups(of rows: [PickupRow]) throws(StorageFailure) -> [Pickup] {
        var result: [Pickup] = []
        result.reserveCapacity(rows.count)
        for row in rows { result.append(try pickup(of: row)) }
        return result
    }
}
