// The assortment, the neighbours' stock and other large state feeds, written by the loop of headquarters' link alone.

import EdgeAgent
import ShopModel

/// The one writer of `catalogue.db`. Commits survive the process; what the power takes, the feeds bring again.
///
/// ```swift
/// let catalogue = try SQLiteCatalogue(in: directory)
/// if let aside = catalogue.setAside { log.warning("\(aside.path): \(aside.reason)") }
/// try catalogue.begin()
/// try catalogue.setFed("catalogue", scope: "shop", key: "A-100", document)
/// try catalogue.setCursor(cursor)
/// try catalogue.commit()
/// try catalogue.checkpoint()
/// ```
public final class SQLiteCatalogue: CatalogueWriting {
    /// The former file, when it could not be used and a new one was begun: the feeds have to fill it from the start.
    public let setAside: SetAsideFile?

    /// Values of what is over that one `checkpoint` removes: some 20 ms of work.
    static let sweptValuesMax = 2_000
    /// A log that is larger than this is cut when no reader stands in the way.
    static let logBytesMax = 8 << 20

    private let file: CatalogueFile
    private let database: Database
    let feeds: FeedTables
    let products: ProductValues
    let network: PlainValues
    let entries: PlainValues
    let findGeneration: TableStatement
    let addGeneration: TableStatement
    let moveGeneration: TableStatement
    let nextOver: TableStatement
    let removeGeneration: TableStatement
    private var generations: [GenerationName: Int] = [:]

    private struct GenerationName: Hashable {
        let feed: String
        let scope: String
        let standing: GenerationStanding
    }

    /// Opens the file, made when there is none. One that is damaged or another program's is renamed, never deleted,
    /// and a new one begun.
    ///
    /// - Throws: `.newerSchema` with the file untouched, `.busy`, and what `Database` throws besides.
    public init(in directory: StateDirectory) throws(StorageError) {
        let file = CatalogueFile(in: directory)
        var settings = Database.Settings()
        settings.cacheKibibytesMax = 512
        settings.busyMilliseconds = 100
        let (database, setAside) = try file.openForWriting(settings)
        self.file = file
        self.database = database
        self.setAside = setAside
        let named: @Sendable (StorageError) -> StorageFailure = { file.failure($0) }
        feeds = FeedTables(database, named: named)
        products = ProductValues(database, named: named)
        network = PlainValues(database, "network", named: named)
        entries = PlainValues(database, "entry", named: named)
        func statement(_ sql: String) -> TableStatement { TableStatement(database, "generation", sql, named: named) }
        findGeneration = statement("SELECT id FROM generation WHERE feed = ? AND standing = ? AND scope = ?")
        addGeneration = statement("INSERT INTO generation (feed, standing, scope) VALUES (?, ?, ?) RETURNING id")
        moveGeneration = statement("UPDATE generation SET standing = ? WHERE id = ?")
        nextOver = statement("SELECT id, feed FROM generation WHERE standing = 2 ORDER BY id LIMIT 1")
        removeGeneration = statement("DELETE FROM generation WHERE id = ?")
    }

    /// Begins a transaction.
    public func begin() throws(StorageFailure) { try doing { () throws(StorageError) in try database.beginWriting() } }

    /// Ends it.
    public func commit() throws(StorageFailure) { try doing { () throws(StorageError) in try database.commit() } }

    /// Forgets it.
    public func rollback() {
        generations.removeAll()
        try? database.rollBack()
    }

    /// Lets the log of the database shrink, in small steps, and removes some of what is over. Outside a transaction.
    public func checkpoint() throws(StorageFailure) {
        try sweep()
        try doing { () throws(StorageError) in
            try database.checkpoint(.passive)
            if database.logBytes > Self.logBytesMax { try database.checkpoint(.truncate) }
        }
    }

    private func sweep() throws(StorageFailure) {
        let found = try nextOver.first { (row) throws(StorageError) in (id: try row.int(0), feed: try row.text(1)) }
        guard let over = found else { return }
        try begin()
        do throws(StorageFailure) {
            let count = try values(of: over.feed).sweep(over.id, limit: Self.sweptValuesMax)
            if count < Self.sweptValuesMax { try removeGeneration.run(over.id) }
            try commit()
        } catch {
            rollback()
            throw error
        }
    }

    private func doing(_ body: () throws(StorageError) -> Void) throws(StorageFailure) {
        do throws(StorageError) { try body() } catch { throw file.failure(error) }
    }
}

// MARK: - Generations

extension SQLiteCatalogue {
    private func values(of feed: String) -> any GenerationValues {
        switch feed {
        case "catalogue": products
        case "network": network
        default: entries
        }
    }

    private func generation(
        _ feed: String, _ scope: String, _ standing: GenerationStanding
    ) throws(StorageFailure) -> Int? {
        let name = GenerationName(feed: feed, scope: scope, standing: standing)
        if let id = generations[name] { return id }
        let id = try findGeneration.first(feed, standing.rawValue, scope) { (row) throws(StorageError) in
            try row.int(0)
        }
        generations[name] = id
        return id
    }

    private func made(_ feed: String, _ scope: String, _ standing: GenerationStanding) throws(StorageFailure) -> Int {
        if let id = try generation(feed, scope, standing) { return id }
        let id = try addGeneration.first(feed, standing.rawValue, scope) { (row) throws(StorageError) in
            try row.int(0)
        }
        guard let id else { throw addGeneration.unreadable("\(feed) \(scope)") }
        generations[GenerationName(feed: feed, scope: scope, standing: standing)] = id
        return id
    }

    /// Takes the staged snapshot over as the feed's living values, in one switch, whatever its size. Nothing happens
    /// when no snapshot was begun.
    public func adoptSnapshot(scope: String, feed: String) throws(StorageFailure) {
        guard let staged = try generation(feed, scope, .staged) else { return }
        if let living = try generation(feed, scope, .living) {
            try moveGeneration.run(GenerationStanding.over.rawValue, living)
        }
        try moveGeneration.run(GenerationStanding.living.rawValue, staged)
        generations.removeAll()
        try feeds.forgetSnapshot(scope: scope, feed: feed)
    }

    /// Forgets a snapshot and what was kept aside for it; its values are removed by later calls of `checkpoint`.
    public func dropSnapshot(scope: String, feed: String) throws(StorageFailure) {
        if let staged = try generation(feed, scope, .staged) {
            try moveGeneration.run(GenerationStanding.over.rawValue, staged)
            generations.removeAll()
        }
        try feeds.forgetSnapshot(scope: scope, feed: feed)
    }
}

// MARK: - Feeds

extension SQLiteCatalogue {
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
        guard let living = try generation(feed, scope, .living) else { return nil }
        return try values(of: feed).value(living, key)
    }

    /// All keys and values of a state feed, by key.
    public func fedAll(_ feed: String, scope: String) throws(StorageFailure) -> [FedValue] {
        guard let living = try generation(feed, scope, .living) else { return [] }
        return try values(of: feed).all(living)
    }

    /// Sets or, with `nil`, removes a value.
    public func setFed(_ feed: String, scope: String, key: String, _ value: [UInt8]?) throws(StorageFailure) {
        if let value {
            try values(of: feed).put(try made(feed, scope, .living), key, value)
        } else if let living = try generation(feed, scope, .living) {
            try values(of: feed).remove(living, key)
        }
    }

    /// Begins a snapshot beside the living values; one of the same feed that was begun before is dropped.
    public func beginSnapshot(_ snapshot: FeedSnapshot) throws(StorageFailure) {
        try dropSnapshot(scope: snapshot.scope, feed: snapshot.feed)
        _ = try made(snapshot.feed, snapshot.scope, .staged)
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
        try values(of: feed).put(try made(feed, scope, .staged), key, value)
    }

    /// The values kept aside, by key.
    public func staged(scope: String, feed: String) throws(StorageFailure) -> [FedValue] {
        guard let staged = try generation(feed, scope, .staged) else { return [] }
        return try values(of: feed).all(staged)
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

@available(*, unavailable)
extension SQLiteCatalogue: Sendable {}
