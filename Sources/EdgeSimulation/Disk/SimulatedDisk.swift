// What the simulated ledger and the simulated catalogue have alike: transactions with a way back, and feeds.

import EdgeAgent

/// A disk with transactions, and what it keeps of headquarters' feeds.
///
/// Every change is logged with what stood there before. Writing outside a transaction is refused: no fault of a disk,
/// but one of the program.
public class SimulatedDisk: FeedStorage {
    let log: UndoLog
    let feeds: FeedTables
    /// Where the open transaction began, and each of its savepoints; empty outside a transaction.
    var marks: [Int] = []

    init(_ log: UndoLog) {
        self.log = log
        feeds = FeedTables(log)
    }

    /// Whether a transaction is open.
    public var isInTransaction: Bool { !marks.isEmpty }

    /// Begins a transaction.
    public func begin() throws(StorageFailure) {
        try checkWorking()
        guard marks.isEmpty else { throw .broken("a transaction began within another") }
        marks.append(log.mark)
    }

    /// Forgets the transaction; nothing without one.
    public func rollback() {
        guard let first = marks.first else { return }
        log.undo(to: first)
        marks.removeAll()
    }

    /// Refuses everything when the disk is beyond use.
    func checkWorking() throws(StorageFailure) {}

    /// Refuses to write outside a transaction.
    func checkWriting() throws(StorageFailure) {
        try checkWorking()
        guard !marks.isEmpty else { throw .broken("a write outside a transaction") }
    }

    // MARK: Feeds

    /// How far a feed was taken in.
    public func cursor(scope: String, feed: String) throws(StorageFailure) -> FeedCursor? {
        try checkWorking()
        return feeds.cursors[FeedKey(scope, feed)]
    }

    /// Moves a cursor.
    public func setCursor(_ cursor: FeedCursor) throws(StorageFailure) {
        try checkWriting()
        feeds.cursors[FeedKey(cursor.scope, cursor.feed)] = cursor
    }

    /// All cursors, by scope and feed.
    public func cursors() throws(StorageFailure) -> [FeedCursor] {
        try checkWorking()
        return feeds.cursors.indexes.all.elements.compactMap { feeds.cursors[$0] }
    }

    /// The value of a key of a state feed.
    public func fed(_ feed: String, scope: String, key: String) throws(StorageFailure) -> [UInt8]? {
        try checkWorking()
        return feeds.living[FedKey(scope, feed, key)]?.value
    }

    /// All keys and values of a state feed, by key.
    public func fedAll(_ feed: String, scope: String) throws(StorageFailure) -> [FedValue] {
        try checkWorking()
        return feeds.values(feeds.living, scope, feed)
    }

    /// Sets or removes a value.
    public func setFed(_ feed: String, scope: String, key: String, _ value: [UInt8]?) throws(StorageFailure) {
        try checkWriting()
        feeds.set(FedKey(scope, feed, key), value)
    }

    /// Begins a snapshot; one of the same feed that was begun before is dropped.
    public func beginSnapshot(_ snapshot: FeedSnapshot) throws(StorageFailure) {
        try checkWriting()
        feeds.dropSnapshot(snapshot.scope, snapshot.feed)
        feeds.snapshots[FeedKey(snapshot.scope, snapshot.feed)] = snapshot
    }

    /// The snapshot of a feed that was begun.
    public func snapshot(scope: String, feed: String) throws(StorageFailure) -> FeedSnapshot? {
        try checkWorking()
        return feeds.snapshots[FeedKey(scope, feed)]
    }

    /// Notes progress of a snapshot.
    public func updateSnapshot(_ snapshot: FeedSnapshot) throws(StorageFailure) {
        try checkWriting()
        feeds.snapshots[FeedKey(snapshot.scope, snapshot.feed)] = snapshot
    }

    /// Keeps a value of a snapshot aside.
    public func stage(scope: String, feed: String, key: String, _ value: [UInt8]) throws(StorageFailure) {
        try checkWriting()
        let at = FedKey(scope, feed, key)
        feeds.staged[at] = FedRow(at: at, value: value)
    }

    /// The values kept aside, by key.
    public func staged(scope: String, feed: String) throws(StorageFailure) -> [FedValue] {
        try checkWorking()
        return feeds.values(feeds.staged, scope, feed)
    }

    /// Forgets a snapshot and what was kept aside for it.
    public func dropSnapshot(scope: String, feed: String) throws(StorageFailure) {
        try checkWriting()
        feeds.dropSnapshot(scope, feed)
    }

    /// Sets aside what could not be read.
    public func parkEntry(
        scope: String, feed: String, sequence: Int64, reason: String, _ entry: [UInt8]
    ) throws(StorageFailure) {
        try checkWriting()
        feeds.parked[feeds.parked.count] = ParkedEntry(
            scope: scope, feed: feed, sequence: sequence, reason: reason, entry: entry)
    }

    /// How many entries were set aside.
    public func parkedEntryCount() throws(StorageFailure) -> Int {
        try checkWorking()
        return feeds.parked.count
    }

    /// The same by scope, feed and code.
    public func parkedEntryCounts() throws(StorageFailure) -> [ParkedCount] {
        try checkWorking()
        var counts: [[String]: Int] = [:]
        for number in 0..<feeds.parked.count {
            guard let entry = feeds.parked[number] else { continue }
            let code = entry.reason.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            counts[[entry.scope, entry.feed, code.count > 1 ? String(code[0]) : ""], default: 0] += 1
        }
        return counts.keys.sorted { $0.lexicographicallyPrecedes($1) }.map {
            ParkedCount(scope: $0[0], feed: $0[1], code: $0[2], count: counts[$0] ?? 0)
        }
    }

    /// What was set aside behind a row, in the order of rows.
    public func setAsideEntries(afterRow row: Int64, limit: Int) throws(StorageFailure) -> [SetAsideEntry] {
        try checkWorking()
        return (0..<feeds.parked.count).filter { $0 + 1 > row }.prefix(limit).compactMap { number in
            feeds.parked[number].map {
                SetAsideEntry(
                    row: Int64(number + 1), scope: $0.scope, feed: $0.feed, sequence: $0.sequence, reason: $0.reason)
            }
        }
    }

    /// Forgets what was set aside of a feed under numbers of a range.
    public func forgetParked(
        scope: String, feed: String, from: Int64, through: Int64
    ) throws(StorageFailure) {
        try checkWriting()
        let count = feeds.parked.count
        var kept = 0
        for number in 0..<count {
            guard let entry = feeds.parked[number] else { continue }
            let isOver =
                entry.scope == scope && entry.feed == feed && entry.sequence >= from && entry.sequence <= through
            guard !isOver else { continue }
            if kept != number { feeds.parked[kept] = entry }
            kept += 1
        }
        for number in kept..<count { feeds.parked[number] = nil }
    }

    /// What was set aside and why, oldest first: for the checkers.
    public var parkedEntries: [String] {
        (0..<feeds.parked.count).compactMap { number in
            feeds.parked[number].map { "\($0.scope) \($0.feed) \($0.sequence): \($0.reason)" }
        }
    }
}
