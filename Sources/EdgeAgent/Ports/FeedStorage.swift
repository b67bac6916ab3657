// What headquarters told the shop, as far as the ledger keeps it: cursors, and small state feeds.

import ShopModel

/// How far a feed has been taken in.
public struct FeedCursor: Equatable, Sendable {
    /// `shop`, or `group/<name>`.
    public let scope: String
    /// The feed's name.
    public let feed: String
    /// Headquarters' life that numbered the entries.
    public let epoch: String
    /// The last entry taken in; 0 for none.
    public let sequence: Int64
    /// When something was taken in last; `nil` when that was before agents noted it.
    public let takenAt: Instant?

    /// How far a feed has been taken in.
    public init(scope: String, feed: String, epoch: String, sequence: Int64, takenAt: Instant? = nil) {
        self.takenAt = takenAt
        self.scope = scope
        self.feed = feed
        self.epoch = epoch
        self.sequence = sequence
    }
}

/// Cursors of all feeds of the ledger, and the values of its state feeds (`clerks`, `hours`, `settings`).
public protocol FeedStorage {
    /// How far a feed was taken in.
    func cursor(scope: String, feed: String) throws(StorageFailure) -> FeedCursor?
    /// Moves a cursor.
    func setCursor(_ cursor: FeedCursor) throws(StorageFailure)
    /// All cursors, by scope and feed.
    func cursors() throws(StorageFailure) -> [FeedCursor]

    /// The value of a key of a state feed, as JSON bytes.
    func fed(_ feed: String, scope: String, key: String) throws(StorageFailure) -> [UInt8]?
    /// All keys and values of a state feed, by key.
    func fedAll(_ feed: String, scope: String) throws(StorageFailure) -> [FedValue]
    /// Sets or, with `nil`, removes a value.
    func setFed(_ feed: String, scope: String, key: String, _ value: [UInt8]?) throws(StorageFailure)

    /// Begins a snapshot beside the living values; one of the same feed that was begun before is dropped.
    func beginSnapshot(_ snapshot: FeedSnapshot) throws(StorageFailure)
    /// The snapshot of a feed that was begun.
    func snapshot(scope: String, feed: String) throws(StorageFailure) -> FeedSnapshot?
    /// Notes progress of a snapshot: entries seen, hash so far.
    func updateSnapshot(_ snapshot: FeedSnapshot) throws(StorageFailure)
    /// Keeps a value of a snapshot aside.
    func stage(scope: String, feed: String, key: String, _ value: [UInt8]) throws(StorageFailure)
    /// The values kept aside, by key.
    func staged(scope: String, feed: String) throws(StorageFailure) -> [FedValue]
    /// Forgets a snapshot and what was kept aside for it.
    func dropSnapshot(scope: String, feed: String) throws(StorageFailure)

    /// Sets aside what headquarters said and this agent cannot read, with why. Nothing of it is lost.
    func parkEntry(scope: String, feed: String, sequence: Int64, reason: String, _ entry: [UInt8])
        throws(StorageFailure)
    /// How many entries were set aside.
    func parkedEntryCount() throws(StorageFailure) -> Int
    /// The same by scope, feed and code, in that order.
    func parkedEntryCounts() throws(StorageFailure) -> [ParkedCount]
    /// What was set aside behind a row, in the order of rows.
    func setAsideEntries(afterRow row: Int64, limit: Int) throws(StorageFailure) -> [SetAsideEntry]
    /// Forgets what was set aside of a feed under numbers of a range: what replaces it has come.
    func forgetParked(scope: String, feed: String, from: Int64, through: Int64) throws(StorageFailure)
}

/// How many entries of a feed were set aside for one reason.
public struct ParkedCount: Equatable, Sendable {
    /// `shop`, or `group/<name>`.
    public let scope: String
    /// The feed's name.
    public let feed: String
    /// The refusal's code: what stands before the first colon of the reason.
    public let code: String
    /// How many.
    public let count: Int

    /// A count.
    public init(scope: String, feed: String, code: String, count: Int) {
        self.scope = scope
        self.feed = feed
        self.code = code
        self.count = count
    }
}

/// A key and a value of a state feed.
public struct FedValue: Equatable, Sendable {
    /// The key.
    public let key: String
    /// The value, JSON bytes.
    public let value: [UInt8]

    /// A key and a value.
    public init(key: String, value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// A snapshot that is coming in.
public struct FeedSnapshot: Equatable, Sendable {
    /// `shop`, or `group/<name>`.
    public let scope: String
    /// The feed's name.
    public let feed: String
    /// Headquarters' life.
    public let epoch: String
    /// The snapshot's id.
    public let id: String
    /// The cursor once it is taken over.
    public let sequence: Int64
    /// How many entries it has.
    public let count: Int
    /// What the hash over all entries must be.
    public let hash: [UInt8]
    /// How many entries have come in.
    public var seen: Int
    /// The hash over those.
    public var hashSoFar: [UInt8]

    /// A snapshot that is coming in.
    public init(
        scope: String, feed: String, epoch: String, id: String, sequence: Int64, count: Int, hash: [UInt8],
        seen: Int = 0, hashSoFar: [UInt8] = [UInt8](repeating: 0, count: 32)
    ) {
        self.scope = scope
        self.feed = feed
        self.epoch = epoch
        self.id = id
        self.sequence = sequence
        self.count = count
        self.hash = hash
        self.seen = seen
        self.hashSoFar = hashSoFar
    }
}
