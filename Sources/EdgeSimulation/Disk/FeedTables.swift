// What a simulated disk keeps of headquarters' feeds; the ledger and the catalogue have these alike.

import EdgeAgent

/// A feed of a scope.
struct FeedKey: Hashable, Comparable {
    let scope: ByteText
    let feed: ByteText

    init(_ scope: String, _ feed: String) {
        self.scope = ByteText(scope)
        self.feed = ByteText(feed)
    }

    static func < (a: FeedKey, b: FeedKey) -> Bool { a.scope != b.scope ? a.scope < b.scope : a.feed < b.feed }
}

/// A key of a feed.
struct FedKey: Hashable {
    let feed: FeedKey
    let key: ByteText

    init(_ scope: String, _ feed: String, _ key: String) {
        self.feed = FeedKey(scope, feed)
        self.key = ByteText(key)
    }
}

/// A value, and where it belongs.
struct FedRow {
    let at: FedKey
    let value: [UInt8]
}

/// Cursors by scope and feed.
struct CursorIndexes: RowIndexes {
    var all = SortedElements<FeedKey>()

    mutating func insert(_ row: FeedCursor) { all.insert(FeedKey(row.scope, row.feed)) }
    mutating func remove(_ row: FeedCursor) { all.remove(FeedKey(row.scope, row.feed)) }
}

/// Values of each feed by key.
struct FedIndexes: RowIndexes {
    var byFeed = SortedGroups<FeedKey, ByteText>()

    mutating func insert(_ row: FedRow) { byFeed.insert(row.at.key, in: row.at.feed) }
    mutating func remove(_ row: FedRow) { byFeed.remove(row.at.key, from: row.at.feed) }
}

/// An entry that could not be read.
struct ParkedEntry {
    let scope: String
    let feed: String
    let sequence: Int64
    let reason: String
    let entry: [UInt8]
}

/// Cursors, values, snapshots on their way, and what could not be read.
final class FeedTables {
    let cursors: Table<FeedKey, FeedCursor, CursorIndexes>
    let living: Table<FedKey, FedRow, FedIndexes>
    let snapshots: Table<FeedKey, FeedSnapshot, Unsorted<FeedSnapshot>>
    let staged: Table<FedKey, FedRow, FedIndexes>
    let parked: Table<Int, ParkedEntry, Unsorted<ParkedEntry>>

    init(_ log: UndoLog) {
        cursors = Table(log)
        living = Table(log)
        snapshots = Table(log)
        staged = Table(log)
        parked = Table(log)
    }

    func values(_ table: Table<FedKey, FedRow, FedIndexes>, _ scope: String, _ feed: String) -> [FedValue] {
        table.indexes.byFeed[FeedKey(scope, feed)].elements.compactMap { key in
            table[FedKey(scope, feed, key.text)].map { FedValue(key: key.text, value: $0.value) }
        }
    }

    /// Sets or removes a living value.
    func set(_ at: FedKey, _ value: [UInt8]?) {
        if let value {
            living[at] = FedRow(at: at, value: value)
        } else if living[at] != nil {
            living[at] = nil
        }
    }

    func dropSnapshot(_ scope: String, _ feed: String) {
        let key = FeedKey(scope, feed)
        if snapshots[key] != nil { snapshots[key] = nil }
        for value in values(staged, scope, feed) { staged[FedKey(scope, feed, value.key)] = nil }
    }
}
