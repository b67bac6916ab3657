// The shop's copy of the assortment on a simulated disk, which may lose its latest commits: the feeds fill it again.

import Contract
import EdgeAgent
import ShopModel

/// A catalogue in memory that behaves as one on disk without a sync at each commit (DESIGN §10: `NORMAL`).
///
/// When the power fails, commits since the last checkpoint may vanish, the latest first and each as a whole. Reads see
/// the open transaction: in a simulated world a turn of the link ends before anybody else looks.
public final class SimulatedCatalogue: SimulatedDisk, CatalogueReading, CatalogueWriting {
    /// How many commits vanished in crashes.
    public private(set) var vanishedCommits = 0
    /// How often the file was lost as a whole.
    public private(set) var losses = 0

    private let numbers: Table<FedKey, ProductNumbers, ProductIndexes>
    private let scopes: Table<FedKey, FedRow, ScopeIndexes>
    private var random: SeededRandom
    /// The ends of the commits since the last checkpoint, in the log.
    private var commits: [Int] = []
    /// After so many commits the log is cut by itself, as SQLite does.
    private static let commitsMax = 1_000

    /// An empty catalogue; the seed decides how many commits a crash takes.
    public init(random: SeededRandom) {
        self.random = random
        let log = UndoLog()
        numbers = Table(log)
        scopes = Table(log)
        super.init(log)
    }

    /// The box goes down and the file is opened again.
    public func crash(_ crash: Crash = .power) {
        rollback()
        if crash == .power, !commits.isEmpty {
            let kept = random.below(commits.count + 1)
            vanishedCommits += commits.count - kept
            log.undo(to: kept == 0 ? 0 : commits[kept - 1])
        }
        log.forget()
        commits.removeAll()
    }

    /// The file is bad and a new one is begun: everything in it is gone, the cursors too.
    public func lose() {
        rollback()
        losses += 1
        log.forget()
        log.wipe()
        commits.removeAll()
    }

    /// Ends the transaction: it is seen from now on, and on disk at the next checkpoint.
    public func commit() throws(StorageFailure) {
        guard !marks.isEmpty else { throw .broken("a commit without a transaction") }
        marks.removeAll()
        commits.append(log.mark)
        if commits.count >= Self.commitsMax { try checkpoint() }
    }

    /// Brings everything to disk; nothing inside a transaction.
    public func checkpoint() throws(StorageFailure) {
        guard marks.isEmpty else { return }
        log.forget()
        commits.removeAll()
    }

    /// Sets or removes a value; products are found by every GTIN of theirs.
    public override func setFed(
        _ feed: String, scope: String, key: String, _ value: [UInt8]?
    ) throws(StorageFailure) {
        try super.setFed(feed, scope: scope, key: key, value)
        let at = FedKey(scope, feed, key)
        if let value {
            scopes[at] = FedRow(at: at, value: [])
            if feed == "catalogue", SKU(key) != nil { numbers[at] = ProductNumbers(at: at, document: value) }
        } else {
            if scopes[at] != nil { scopes[at] = nil }
            if numbers[at] != nil { numbers[at] = nil }
        }
    }

    /// Takes the staged snapshot over: what it does not have is gone. Nothing when none was begun.
    public func adoptSnapshot(scope: String, feed: String) throws(StorageFailure) {
        try checkWriting()
        guard feeds.snapshots[FeedKey(scope, feed)] != nil else { return }
        let coming = feeds.values(feeds.staged, scope, feed)
        for old in feeds.values(feeds.living, scope, feed) { try setFed(feed, scope: scope, key: old.key, nil) }
        for new in coming { try setFed(feed, scope: scope, key: new.key, new.value) }
        feeds.dropSnapshot(scope, feed)
    }

    /// The product of a SKU; the shop's own record before a group's.
    public func product(_ sku: SKU) throws(StorageFailure) -> CatalogueProduct? {
        let key = FeedAndKey(feed: "catalogue", key: ByteText(sku.value))
        guard let scope = scopes.indexes.byKey[key].first else { return nil }
        return product(FedKey(scope.name.text, "catalogue", sku.value))
    }

    /// The product of any of its GTINs; of several that claim one, the shop's own first, then by scope and SKU.
    public func product(_ gtin: GTIN) throws(StorageFailure) -> CatalogueProduct? {
        guard let place = numbers.indexes.byGTIN[gtin].first else { return nil }
        return product(FedKey(place.name.scope.text, "catalogue", place.name.key.text))
    }

    /// The neighbours' stock of a SKU; as the shop was told before as its group was.
    public func network(_ sku: SKU) throws(StorageFailure) -> [UInt8]? {
        let key = FeedAndKey(feed: "network", key: ByteText(sku.value))
        guard let scope = scopes.indexes.byKey[key].first else { return nil }
        return feeds.living[FedKey(scope.name.text, "network", sku.value)]?.value
    }

    private func product(_ at: FedKey) -> CatalogueProduct? {
        guard let row = feeds.living[at], let sku = SKU(at.key.text) else { return nil }
        let numbers = numbers[at]
        return CatalogueProduct(
            sku: sku, gtin: numbers?.gtins.first, safety: numbers?.safety, document: row.value)
    }
}

/// The numbers that lookups and decisions need of a product's document.
struct ProductNumbers {
    let at: FedKey
    private(set) var gtins: [GTIN] = []
    private(set) var safety: Int?

    /// Reads `gtins` and `safety`; what is no JSON, no GTIN or no number of units is left out.
    init(at: FedKey, document: [UInt8]) {
        self.at = at
        guard let json = try? JSONReader.read(document, limits: .feed) else { return }
        for element in json["gtins"]?.elements ?? [] {
            guard let digits = element.text, let gtin = GTIN(digits), !gtins.contains(gtin) else { continue }
            gtins.append(gtin)
        }
        if let units = json["safety"]?.integer, units >= 0 { safety = units }
    }
}

/// A key of a feed in whatever scope.
struct FeedAndKey: Hashable {
    let feed: String
    let key: ByteText
}

/// A scope and a key in it.
struct ScopeAndKey: Comparable {
    let scope: ByteText
    let key: ByteText

    static func < (a: ScopeAndKey, b: ScopeAndKey) -> Bool { a.scope != b.scope ? a.scope < b.scope : a.key < b.key }
}

/// The scopes that have a key, the shop's own first.
struct ScopeIndexes: RowIndexes {
    var byKey = SortedGroups<FeedAndKey, Ranked<ByteText>>()

    /// The shop's own scope stands before every group's.
    static func rank(_ scope: ByteText) -> Int64 { scope.text == "shop" ? 0 : 1 }

    mutating func insert(_ row: FedRow) {
        let scope = row.at.feed.scope
        byKey.insert(Ranked(Self.rank(scope), scope), in: FeedAndKey(feed: row.at.feed.feed.text, key: row.at.key))
    }

    mutating func remove(_ row: FedRow) {
        let scope = row.at.feed.scope
        byKey.remove(Ranked(Self.rank(scope), scope), from: FeedAndKey(feed: row.at.feed.feed.text, key: row.at.key))
    }
}

/// The products that claim a GTIN.
struct ProductIndexes: RowIndexes {
    var byGTIN = SortedGroups<GTIN, Ranked<ScopeAndKey>>()

    mutating func insert(_ row: ProductNumbers) {
        for gtin in row.gtins { byGTIN.insert(place(of: row), in: gtin) }
    }

    mutating func remove(_ row: ProductNumbers) {
        for gtin in row.gtins { byGTIN.remove(place(of: row), from: gtin) }
    }

    private func place(of row: ProductNumbers) -> Ranked<ScopeAndKey> {
        let scope = row.at.feed.scope
        return Ranked(ScopeIndexes.rank(scope), ScopeAndKey(scope: scope, key: row.at.key))
    }
}
