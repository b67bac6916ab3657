// The agent's side of headquarters' link, without a socket: what comes down is sorted, what goes up is packed.

import Contract
import ShopModel

/// A message for headquarters' broker.
public struct Publication: Equatable, Sendable {
    /// Where it goes.
    public let topic: String
    /// What it says.
    public let payload: [UInt8]

    /// A message for headquarters' broker.
    public init(topic: String, payload: [UInt8]) {
        self.topic = topic
        self.payload = payload
    }
}

/// What came of a message from headquarters.
public struct LinkOutcome: Sendable {
    /// What the ledger has to take in.
    public var forLedger: [Inbound] = []
    /// What headquarters is told at once.
    public var publications: [Publication] = []
    /// What went wrong, for those who look after the box.
    public var problems: [String] = []

    /// Nothing.
    public init() {}
}

/// Sorts what headquarters says: the assortment is written here, everything that counts goes to the ledger.
///
/// It belongs to the thread of headquarters' link, and is the only writer of the assortment.
public final class HeadquartersSession {
    private let shop: ShopID
    private let incarnation: Incarnation
    private let groups: [GroupID]
    private let keeper: CatalogueFeedKeeper
    private let digest: any Digesting
    private let board: FeedBoard?
    private var ledgerCursors: [FeedCursor]?

    /// The feeds that are kept in the assortment's database; the others are the ledger's.
    public static let catalogueFeeds: [Feed] = [.catalogue, .network, .offers, .media]

    /// A session.
    ///
    /// - Parameter board: where its feeds' standing is shown to other threads.
    public init(
        shop: ShopID, incarnation: Incarnation, groups: [GroupID], catalogue: any CatalogueWriting,
        digest: any Digesting, board: FeedBoard? = nil
    ) {
        self.shop = shop
        self.incarnation = incarnation
        self.groups = groups
        keeper = CatalogueFeedKeeper(catalogue: catalogue)
        self.digest = digest
        self.board = board
    }

    /// Shows where the feeds stand before anything came in.
    public func showFeeds() throws(StorageFailure) { try board?.show(keeper.catalogue) }

    /// The topics to follow.
    public var filters: [String] { HeadquartersTopic.filters(of: shop, groups: groups) }

    /// Takes a message of headquarters' broker in.
    ///
    /// - Throws: `.broken` when the assortment cannot be written, `.full` when there is no space for it: nothing of the
    ///   message was taken in, and headquarters sends it again.
    public func receive(topic: String, payload: [UInt8]) throws(StorageFailure) -> LinkOutcome {
        var outcome = LinkOutcome()
        let place: HeadquartersTopic
        let message: FeedMessage
        do throws(Refusal) {
            place = try HeadquartersTopic(topic)
            switch place {
            case .receipts(let to) where to == shop:
                outcome.forLedger = [.receipts(try ReceiptMessage(payload))]
                return outcome
            case .feed(let to, _) where to == shop: message = try FeedMessage(payload, on: place)
            case .groupFeed(let group, _) where groups.contains(group): message = try FeedMessage(payload, on: place)
            default:
                outcome.problems.append("a message on \(topic) is for somebody else")
                return outcome
            }
        } catch {
            // Never the sentence: it shows what was read, which may be about a person.
            outcome.problems.append("a message on \(topic) cannot be read: \(error.place)")
            return outcome
        }
        guard Self.catalogueFeeds.contains(message.feed) else {
            outcome.forLedger = [.feed(message)]
            return outcome
        }
        try keeper.catalogue.begin()
        let taken: FeedOutcome
        do throws(StorageFailure) {
            taken = try FeedIntake(keeper: keeper, digest: digest).take(message)
            try keeper.catalogue.commit()
        } catch {
            keeper.catalogue.rollback()
            throw error
        }
        try keeper.catalogue.checkpoint()
        try board?.show(keeper.catalogue)
        if let problem = taken.problem { outcome.problems.append(problem) }
        if taken.tellsCursors { outcome.publications = try cursorMessage().map { [$0] } ?? [] }
        return outcome
    }

    /// Packs what the ledger has for headquarters.
    public func send(_ events: [EventBatch], cursors: [FeedCursor]?) throws(StorageFailure) -> [Publication] {
        var publications = events.map {
            Publication(topic: HeadquartersTopic.events(shop, $0.lane).description, payload: $0.payload)
        }
        if let cursors {
            ledgerCursors = cursors
            if let message = try cursorMessage() { publications.append(message) }
        }
        return publications
    }

    /// Where every feed stands; `nil` before the ledger has told its own.
    public func cursorMessage() throws(StorageFailure) -> Publication? {
        guard let ledgerCursors else { return nil }
        let all = ledgerCursors + (try keeper.catalogue.cursors())
        let message = CursorMessage(
            incarnation: incarnation,
            cursors: all.compactMap { cursor in
                guard let scope = FeedScope(cursor.scope), let feed = Feed(rawValue: cursor.feed) else { return nil }
                return CursorMessage.Cursor(
                    scope: scope, feed: feed, epoch: cursor.epoch, sequence: cursor.sequence)
            })
        return Publication(topic: HeadquartersTopic.cursor(shop).description, payload: message.json.encoded())
    }
}

/// How the assortment's database keeps its feeds.
struct CatalogueFeedKeeper: FeedKeeper {
    let catalogue: any CatalogueWriting

    var feeds: any FeedStorage { catalogue }

    func apply(
        _ entry: FeedEntry, sequence: Int64, of feed: Feed, scope: String, epoch: String
    ) throws(StorageFailure) {
        guard case .state(let entry) = entry else {
            return try feeds.parkEntry(
                scope: scope, feed: feed.rawValue, sequence: sequence, reason: "the entry cannot be read",
                entry.json.encoded())
        }
        if let refusal = Self.problem(of: entry, in: feed) {
            return try feeds.parkEntry(
                scope: scope, feed: feed.rawValue, sequence: sequence, reason: refusal.sentence(in: .english),
                entry.json.encoded())
        }
        try feeds.setFed(feed.rawValue, scope: scope, key: entry.key, entry.value?.encoded())
    }

    /// Why a value could never be shown; found here, where headquarters can be told, rather than at the first scan.
    private static func problem(of entry: StateEntry, in feed: Feed) -> Refusal? {
        guard entry.value != nil else { return nil }
        do throws(Refusal) {
            switch feed {
            case .catalogue: _ = try ProductRecord(entry)
            case .network: _ = try NetworkRecord(entry)
            default: break
            }
            return nil
        } catch {
            return error
        }
    }

    func stage(_ entry: StateEntry, of feed: Feed, scope: String) throws(StorageFailure) {
        guard let value = entry.value else { return }
        if let refusal = Self.problem(of: entry, in: feed) {
            // A snapshot's entries have no numbers of their own.
            return try feeds.parkEntry(
                scope: scope, feed: feed.rawValue, sequence: 0, reason: refusal.sentence(in: .english),
                entry.json.encoded())
        }
        try feeds.stage(scope: scope, feed: feed.rawValue, key: entry.key, value.encoded())
    }

    func adopt(_ feed: Feed, scope: String) throws(StorageFailure) {
        try catalogue.adoptSnapshot(scope: scope, feed: feed.rawValue)
    }
}
