// The feeds that the ledger keeps: cursors, and the values of small state feeds.

import EdgeAgent

struct FedStatements {
    let find: TableStatement
    let listAll: TableStatement
    let put: TableStatement
    let remove: TableStatement
    let putStaged: TableStatement
    let listStaged: TableStatement
    let removeStaged: TableStatement

    init(_ database: Database) {
        find = TableStatement(
            database, "fed", "SELECT value FROM fed WHERE feed = ? AND scope = ? AND key = ?")
        listAll = TableStatement(
            database, "fed", "SELECT key, value FROM fed WHERE feed = ? AND scope = ? ORDER BY key")
        put = TableStatement(database, "fed", "INSERT OR REPLACE INTO fed VALUES (?, ?, ?, ?)")
        remove = TableStatement(database, "fed", "DELETE FROM fed WHERE feed = ? AND scope = ? AND key = ?")
        putStaged = TableStatement(database, "staged", "INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?)")
        listStaged = TableStatement(
            database, "staged", "SELECT key, value FROM staged WHERE feed = ? AND scope = ? ORDER BY key")
        removeStaged = TableStatement(database, "staged", "DELETE FROM staged WHERE feed = ? AND scope = ?")
    }
}

extension SQLiteLedger {
    /// How far a feed was taken in.
    public func cursor(scope: String, feed: String) throws(StorageFailure) -> FeedCursor? {
        try feeds.cursor(scope: scope, feed: feed)
    }

    /// Moves a cursor.
    public func setCursor(_ cursor: FeedCursor) throws(StorageFailure) { try feeds.setCursor(cursor) }

    /// All cursors, by scope and feed.
    public func cursors() throws(StorageFailure) -> [FeedCursor] { try feeds.cursors() }

    /// The value of a key of a state feed, as JSON bytes.
    public func fed(_ feed: String, scope: String, key: String) throws(StorageFailure) -> [UInt8]? {
        try fedValues.find.first(feed, scope, key) { (row) throws(StorageError) in try row.bytes(0) }
    }

    /// All keys and values of a state feed, by key.
    public func fedAll(_ feed: String, scope: String) throws(StorageFailure) -> [FedValue] {
        try fedValues.listAll.all(feed, scope, make: FedValue.init(row:))
    }

    /// Sets or, with `nil`, removes a value.
    public func setFed(_ feed: String, scope: String, key: String, _ value: [UInt8]?) throws(StorageFailure) {
        if let value {
            try fedValues.put.run(feed, scope, key, value)
        } else {
            try fedValues.remove.run(feed, scope, key)
        }
    }

    /// Begins a snapshot beside the living values; one of the same feed that was begun before is dropped.
    public func beginSnapshot(_ snapshot: FeedSnapshot) throws(StorageFailure) {
        try dropSnapshot(scope: snapshot.scope, feed: snapshot.feed)
        try feeds.setSnapshot(snapshot)
    }

    /// The snapshot of a feed that was begun.
    public func snapshot(scope: String, feed: String) throws(StorageFailure) -> FeedSnapshot? {
        try feeds.snapshot(scope: scope, feed: feed)
    }

    /// Notes progress of a snapshot: entries seen, hash so far.
    public func updateSnapshot(_ snapshot: FeedSnapshot) throws(StorageFailure) { try feeds.setSnapshot(snapshot) }

    /// Keeps a value of a snapshot aside.
    public func stage(scope: String, feed: String, key: String, _ value: [UInt8]) throws(StorageFailure) {
        try fedValues.putStaged.run(feed, scope, key, value)
    }

    /// The values kept aside, by key.
    public func staged(scope: String, feed: String) throws(StorageFailure) -> [FedValue] {
        try fedValues.listStaged.all(feed, scope, make: FedValue.init(row:))
    }

    /// Forgets a snapshot and what was kept aside for it.
    public func dropSnapshot(scope: String, feed: String) throws(StorageFailure) {
        try fedValues.removeStaged.run(feed, scope)
        try feeds.forgetSnapshot(scope: scope, feed: feed)
    }

    /// Sets aside what headquarters said and this agent cannot read, with why. Nothing of it is lost.
    public func parkEntry(
        scope: String, feed: String, sequence: Int64, reason: String, _ entry: [UInt8]
    ) throws(StorageFailure) {
        try feeds.park(scope: scope, feed: feed, sequence: sequence, reason: reason, entry)
    }

    /// How many entries were set aside.
    public func parkedEntryCount() throws(StorageFailure) -> Int { try feeds.parkedCount() }

    /// The same by scope, feed and code.
    public func parkedEntryCounts() throws(StorageFailure) -> [ParkedCount] { try feeds.parkedEntryCounts() }

    /// What was set aside behind a row, in the order of rows.
    public func setAsideEntries(afterRow row: Int64, limit: Int) throws(StorageFailure) -> [SetAsideEntry] {
        try feeds.setAside(afterRow: row, limit: limit)
    }

    /// Forgets what was set aside of a feed under numbers of a range.
    public func forgetParked(
        scope: String, feed: String, from: Int64, through: Int64
    ) throws(StorageFailure) {
        try feeds.forgetParked(scope: scope, feed: feed, from: from, through: through)
    }
}

extension FedValue {
    /// Reads a key and a value.
    init(row: borrowing Row) throws(StorageError) {
        self.init(key: try row.text(0), value: try row.bytes(1))
    }
}
