// The journal: every change of a stock line with its cause, and sums over it through indexes.

import EdgeAgent
import ShopCore
import ShopModel

struct JournalStatements {
    let add: TableStatement
    let addGift: TableStatement
    let gifts: TableStatement
    let last: TableStatement
    let movedSincePosition: TableStatement
    let movedSinceEvent: TableStatement
    let ofSKU: TableStatement
    let about: TableStatement
    let page: TableStatement

    init(_ database: Database) {
        let columns = """
            position, sku, event, at, kind, cause, reference, command, device, clerk, onHand, inspection, damaged,
            display, missing, holds, owed, holder, created, spent, gifts
            """
        add = TableStatement(
            database, "journal",
            """
            INSERT INTO journal (sku, home, event, at, kind, cause, reference, command, device, clerk, onHand,
                inspection, damaged, display, missing, holds, owed, holder, created, spent, gifts)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        addGift = TableStatement(database, "journalGift", "INSERT INTO journalGift VALUES (?, ?, ?, ?)")
        gifts = TableStatement(
            database, "journalGift", "SELECT taker, units FROM journalGift WHERE position = ? ORDER BY ordinal")
        last = TableStatement(database, "journal", "SELECT coalesce(max(position), 0) FROM journal")
        movedSincePosition = TableStatement(
            database, "journal",
            """
            SELECT coalesce(sum(onHand), 0) FROM journal
            WHERE sku = ? AND position > ? AND kind NOT IN ('counted', 'restated')
            """)
        movedSinceEvent = TableStatement(
            database, "journal",
            "SELECT coalesce(sum(onHand), 0) FROM journal WHERE sku = ? AND home = ? AND event > ?")
        ofSKU = TableStatement(
            database, "journal", "SELECT \(columns) FROM journal WHERE sku = ? ORDER BY position DESC LIMIT ?")
        page = TableStatement(
            database, "journal", "SELECT \(columns) FROM journal WHERE position > ? ORDER BY position LIMIT ?")
        // As a union, both halves go through their index, whatever SQLite's planner guesses.
        about = TableStatement(
            database, "journal",
            """
            SELECT \(columns) FROM journal WHERE position IN (
                SELECT position FROM journal WHERE reference = ?1
                UNION SELECT position FROM journal WHERE command = ?1)
            ORDER BY position LIMIT ?2
            """)
    }
}

/// An entry as its row alone has it: holders still by their numbers, gifts not read yet.
private struct JournalRow {
    let position: Int64
    let sku: SKU
    var change: StockChange
    let holder: Int?
    let gifts: Int
    let cause: JournalEntry.Cause
    let at: Instant
    let event: Int64

    init(_ row: borrowing Row) throws(StorageError) {
        position = Int64(try row.int(0))
        sku = try row.name(1)
        event = Int64(try row.int(2))
        at = try row.instant(3)
        change = StockChange(try row.choice(4, as: StockChange.Kind.self))
        cause = JournalEntry.Cause(
            by: try row.text(5), reference: try row.text(6), command: try row.optionalName(7),
            device: try row.device(8), clerk: try row.optionalName(9))
        change.onHand = try row.int(10)
        change.inspection = try row.int(11)
        change.damaged = try row.int(12)
        change.display = try row.int(13)
        change.missing = try row.int(14)
        change.holds = try row.int(15)
        change.owed = try row.int(16)
        holder = try row.optionalInt(17)
        change.created = try row.int(18)
        change.spent = try row.int(19)
        gifts = try row.int(20)
    }
}

extension SQLiteLedger {
    /// Appends to the journal; returns the position given.
    public func append(_ entry: JournalEntry) throws(StorageFailure) -> Int64 {
        let change = entry.change
        let home = try holders.numbered(try presentHome())
        var holder: Int?
        if let rightsOf = change.rightsOf { holder = try holders.numbered(rightsOf) }
        try journal.add.run(
            entry.sku.value, home, entry.eventSequence, entry.at, change.kind.rawValue, entry.cause.by,
            entry.cause.reference, entry.cause.command?.value, entry.cause.device.value, entry.cause.clerk?.value,
            change.onHand, change.inspection, change.damaged, change.display, change.missing, change.holds,
            change.owed, holder, change.created, change.spent, change.given.count)
        let position = database.lastInsertedRow
        for (ordinal, gift) in change.given.enumerated() {
            try journal.addGift.run(position, ordinal, try holders.numbered(gift.to), gift.units)
        }
        return position
    }

    /// The last position of the journal; 0 when it is empty.
    public func lastJournalPosition() throws(StorageFailure) -> Int64 {
        Int64(try journal.last.first { (row) throws(StorageError) in try row.int(0) } ?? 0)
    }

    /// What `onHand` of a SKU moved behind that journal position.
    public func onHandMoved(_ sku: SKU, afterPosition: Int64) throws(StorageFailure) -> Int {
        try journal.movedSincePosition.first(sku.value, afterPosition) { (row) throws(StorageError) in
            try row.int(0)
        } ?? 0
    }

    /// What `onHand` of a SKU moved behind that event of subject `sku/<SKU>` in this incarnation.
    public func onHandMoved(_ sku: SKU, afterEvent: Int64) throws(StorageFailure) -> Int {
        guard let home = try holders.number(of: try presentHome()) else { return 0 }
        return try journal.movedSinceEvent.first(sku.value, home, afterEvent) { (row) throws(StorageError) in
            try row.int(0)
        } ?? 0
    }

    /// The latest entries of a SKU, newest first.
    public func journal(of sku: SKU, limit: Int) throws(StorageFailure) -> [JournalEntry] {
        try entries(
            try journal.ofSKU.all(sku.value, max(0, limit)) { (row) throws(StorageError) in try JournalRow(row) })
    }

    /// The entries behind a position, oldest first.
    public func journal(afterPosition: Int64, limit: Int) throws(StorageFailure) -> [JournalEntry] {
        try entries(
            try journal.page.all(afterPosition, max(0, limit)) { (row) throws(StorageError) in try JournalRow(row) })
    }

    /// The entries that have this reference or this command, oldest first.
    public func journal(about reference: String, limit: Int) throws(StorageFailure) -> [JournalEntry] {
        try entries(
            try journal.about.all(reference, max(0, limit)) { (row) throws(StorageError) in try JournalRow(row) })
    }

    private func entries(_ rows: [JournalRow]) throws(StorageFailure) -> [JournalEntry] {
        var entries: [JournalEntry] = []
        entries.reserveCapacity(rows.count)
        for row in rows {
            var change = row.change
            if let holder = row.holder { change.rightsOf = try holders.holder(holder) }
            if row.gifts > 0 {
                let gifts = try journal.gifts.all(row.position) { (gift) throws(StorageError) in
                    (taker: try gift.int(0), units: try gift.int(1))
                }
                for gift in gifts {
                    change.given.append(RightsRow.Gift(to: try holders.holder(gift.taker), units: gift.units))
                }
            }
            entries.append(
                JournalEntry(
                    position: row.position, sku: row.sku, change: change, cause: row.cause, at: row.at,
                    eventSequence: row.event))
        }
        return entries
    }
}
