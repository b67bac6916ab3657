// Stock lines, deliveries, and counts that wait for approval.

import EdgeAgent
import ShopCore
import ShopModel

struct StockStatements {
    let find: TableStatement
    let rights: TableStatement
    let add: TableStatement
    let change: TableStatement
    let putRight: TableStatement
    let removeRights: TableStatement
    let listAll: TableStatement
    let page: TableStatement
    let addDelivery: TableStatement
    let findCount: TableStatement
    let putCount: TableStatement
    let removeCount: TableStatement

    init(_ database: Database) {
        let columns = "sku, id, onHand, inspection, damaged, display, missing, holds, owed"
        find = TableStatement(database, "stock", "SELECT \(columns) FROM stock WHERE sku = ?")
        rights = TableStatement(
            database, "rights", "SELECT giver, taker, units FROM rights WHERE stock = ? ORDER BY giver, taker")
        add = TableStatement(
            database, "stock",
            """
            INSERT INTO stock (sku, onHand, inspection, damaged, display, missing, holds, owed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
            """)
        change = TableStatement(
            database, "stock",
            """
            UPDATE stock SET onHand = ?, inspection = ?, damaged = ?, display = ?, missing = ?, holds = ?, owed = ?
            WHERE id = ?
            """)
        putRight = TableStatement(
            database, "rights",
            """
            INSERT INTO rights VALUES (?, ?, ?, ?) ON CONFLICT (stock, giver, taker)
            DO UPDATE SET units = excluded.units WHERE units <> excluded.units
            """)
        removeRights = TableStatement(database, "rights", "DELETE FROM rights WHERE stock = ?")
        listAll = TableStatement(
            database, "stock",
            """
            SELECT \(columns), giver, taker, units FROM stock LEFT JOIN rights ON rights.stock = stock.id
            ORDER BY sku, giver, taker
            """)
        page = TableStatement(database, "stock", "SELECT \(columns) FROM stock WHERE sku > ? ORDER BY sku LIMIT ?")
        addDelivery = TableStatement(database, "delivery", "INSERT OR IGNORE INTO delivery VALUES (?, ?, ?)")
        findCount = TableStatement(
            database, "pendingCount", "SELECT sku, counted, position, clerk, at FROM pendingCount WHERE sku = ?")
        putCount = TableStatement(
            database, "pendingCount", "INSERT OR REPLACE INTO pendingCount VALUES (?, ?, ?, ?, ?)")
        removeCount = TableStatement(database, "pendingCount", "DELETE FROM pendingCount WHERE sku = ?")
    }
}

/// What the file has of a line, so that rights that did not change are not written again: most changes move holds.
struct KnownLine {
    /// More lines than a turn of the loop touches; a transaction that loads a whole assortment forgets them in between.
    static let countMax = 512

    let id: Int
    let rights: [RightsNumber]
}

/// A line as its row alone has it.
private struct StockRow {
    let id: Int
    let sku: SKU
    let onHand: Int
    let unsellable: StockLine.Unsellable
    let holds: Int
    let owed: Int

    init(_ row: borrowing Row) throws(StorageError) {
        sku = try row.name(0)
        id = try row.int(1)
        onHand = try row.int(2)
        unsellable = StockLine.Unsellable(
            inspection: try row.int(3), damaged: try row.int(4), display: try row.int(5), missing: try row.int(6))
        holds = try row.int(7)
        owed = try row.int(8)
    }

    func line(home: Holder, rights: BoundedCounter) -> StockLine {
        StockLine(
            sku: sku, home: home, onHand: onHand, unsellable: unsellable, holds: holds, owed: owed, rights: rights)
    }
}

extension SQLiteLedger {
    /// Who this shop is; a broken storage when nobody has said so yet.
    func presentHome() throws(StorageFailure) -> Holder {
        guard let knownHome else {
            throw .broken(
                "The ledger was asked for stock before it was told its incarnation. Report it; this is a fault of the program."
            )
        }
        return knownHome
    }

    /// The line of a SKU, if the shop ever had one.
    public func stockLine(_ sku: SKU) throws(StorageFailure) -> StockLine? {
        let home = try presentHome()
        let found = try stock.find.first(sku.value) { (row) throws(StorageError) in try StockRow(row) }
        guard let row = found else { return nil }
        return try line(of: row, home)
    }

    private func line(of row: StockRow, _ home: Holder) throws(StorageFailure) -> StockLine {
        let numbers = try rightsNumbers(of: row.id)
        remember(row.sku, KnownLine(id: row.id, rights: numbers))
        return row.line(home: home, rights: try holders.counter(numbers))
    }

    private func rightsNumbers(of id: Int) throws(StorageFailure) -> [RightsNumber] {
        try stock.rights.all(id) { (row) throws(StorageError) in try RightsNumber(row, from: 0) }
    }

    /// Stores a line, new or changed.
    public func put(_ line: StockLine) throws(StorageFailure) {
        let numbers = try holders.numbers(of: line.rights)
        var present = try knownLine(line.sku)
        if let present {
            try stock.change.run(
                line.onHand, line.unsellable.inspection, line.unsellable.damaged, line.unsellable.display,
                line.unsellable.missing, line.holds, line.owed, present.id)
        } else {
            let id = try stock.add.first(
                line.sku.value, line.onHand, line.unsellable.inspection, line.unsellable.damaged,
                line.unsellable.display, line.unsellable.missing, line.holds, line.owed,
                make: { (row) throws(StorageError) in try row.int(0) })
            guard let id else { throw stock.add.unreadable(line.sku.value) }
            present = KnownLine(id: id, rights: [])
        }
        guard let present else { return }
        if present.rights != numbers { try store(numbers, insteadOf: present) }
        remember(line.sku, KnownLine(id: present.id, rights: numbers))
    }

    private func remember(_ sku: SKU, _ line: KnownLine) {
        if known.count >= KnownLine.countMax { known.removeAll(keepingCapacity: true) }
        known[sku.value] = line
    }

    private func knownLine(_ sku: SKU) throws(StorageFailure) -> KnownLine? {
        if let line = known[sku.value] { return line }
        let found = try stock.find.first(sku.value) { (row) throws(StorageError) in try row.int(1) }
        guard let id = found else { return nil }
        return KnownLine(id: id, rights: try rightsNumbers(of: id))
    }

    private func store(_ numbers: [RightsNumber], insteadOf present: KnownLine) throws(StorageFailure) {
        let isSuperset = present.rights.allSatisfy { old in
            numbers.contains { $0.giver == old.giver && $0.taker == old.taker }
        }
        if !isSuperset { try stock.removeRights.run(present.id) }
        for number in numbers where !isSuperset || !present.rights.contains(number) {
            try stock.putRight.run(present.id, number.giver, number.taker, number.units)
        }
    }

    /// Hands every line to `body`, by SKU.
    public func forEachStockLine(_ body: (StockLine) -> Void) throws(StorageFailure) {
        let home = try presentHome()
        var current: StockRow?
        var numbers: [RightsNumber] = []
        try stock.listAll.each { (row) throws(StorageError) in
            // A line stands on as many rows of the result as it has rights; its own columns are read once.
            let id = try row.int(1)
            let line = id == current?.id ? nil : try StockRow(row)
            return (line, row.isNull(9) ? nil : try RightsNumber(row, from: 9))
        } _: { (row: (line: StockRow?, number: RightsNumber?)) throws(StorageFailure) in
            if let line = row.line {
                if let current { body(current.line(home: home, rights: try holders.counter(numbers))) }
                current = line
                numbers.removeAll(keepingCapacity: true)
            }
            if let number = row.number { numbers.append(number) }
        }
        if let current { body(current.line(home: home, rights: try holders.counter(numbers))) }
    }

    /// Up to `limit` lines behind a SKU, by SKU.
    public func stockLines(after: SKU?, limit: Int) throws(StorageFailure) -> [StockLine] {
        let home = try presentHome()
        let rows = try stock.page.all(after?.value ?? "", max(0, limit)) { (row) throws(StorageError) in
            try StockRow(row)
        }
        var lines: [StockLine] = []
        lines.reserveCapacity(rows.count)
        for row in rows {
            lines.append(row.line(home: home, rights: try holders.counter(try rightsNumbers(of: row.id))))
        }
        return lines
    }

    /// Whether goods of a delivery were received before; records it when not.
    public func recordDelivery(_ delivery: String, _ sku: SKU, at: Instant) throws(StorageFailure) -> Bool {
        try stock.addDelivery.run(delivery, sku.value, at) == 0
    }

    /// A count that waits for approval.
    public func pendingCount(_ sku: SKU) throws(StorageFailure) -> PendingCount? {
        try stock.findCount.first(sku.value) { (row) throws(StorageError) in
            PendingCount(
                counted: try row.int(1), position: Int64(try row.int(2)), by: try row.optionalName(3),
                at: try row.instant(4))
        }
    }

    /// Stores or, with `nil`, removes a count that waits for approval.
    public func setPendingCount(_ sku: SKU, _ count: PendingCount?) throws(StorageFailure) {
        if let count {
            try stock.putCount.run(sku.value, count.counted, count.position, count.by?.value, count.at)
        } else {
            try stock.removeCount.run(sku.value)
        }
    }
}
