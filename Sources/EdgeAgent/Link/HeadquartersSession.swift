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
    /// The word that headquarters' application was asked for.
    public var echo: EchoAnswer?

    /// Nothing.
    public init() {}
}

/// Sorts what headquarters says: the assortment is written here, everything that counts goes to the ledger.
///
/// It belongs to the thread of headquarters' link, and is the only writer of the assortment.
public final class HeadquartersSession {
    private let shop: ShopID
    private let incarnation: Incarnation
    private let instance: BoxInstance
    private let groups: [GroupID]
    private let keeper: CatalogueFeedKeeper
    private let digest: any Digesting
    private let board: LinkBoard
    private var ledgerCursors: [FeedCursor]?
    /// State feeds that headquarters was asked to send again from the beginning, until their snapshot has come.
    private var resyncing: Set<FeedName> = []

    private struct FeedName: Hashable {
        let scope: String
        let feed: String
    }

    /// The feeds that are kept in the assortment's database; the others are the ledger's.
    public static let catalogueFeeds: [Feed] = [.catalogue, .network, .offers, .media]

    /// A session.
    ///
    /// - Parameters:
    ///   - instance: this box, so that headquarters can tell two boxes that act as one shop.
    ///   - board: where it writes what others may want to know.
    public init(
        shop: ShopID, incarnation: Incarnation, instance: BoxInstance, groups: [GroupID],
        catalogue: any CatalogueWriting, digest: any Digesting, board: LinkBoard = LinkBoard()
    ) {
        self.shop = shop
        self.incarnation = incarnation
        self.instance = instance
        self.groups = groups
        keeper = CatalogueFeedKeeper(catalogue: catalogue)
        self.digest = digest
        self.board = board
    }

    /// The topics to follow.
    public var filters: [String] { HeadquartersTopic.filters(of: shop, groups: groups) }

    /// Takes a message of headquarters' broker in.
    ///
    /// - Parameter now: the machine's clock.
    /// - Throws: `.broken` when the assortment cannot be written, `.full` when there is no space for it: nothing of the
    ///   message was taken in, and headquarters sends it again.
    public func receive(topic: String, payload: [UInt8], now: Instant) throws(StorageFailure) -> LinkOutcome {
        var outcome = LinkOutcome()
        let message: FeedMessage
        do throws(Refusal) {
            let place = try HeadquartersTopic(topic)
            guard isOurs(place) else {
                let problem = "a message on \(topic) is for somebody else"
                board.write { $0.count(.foreign, of: Self.feedName(topic), problem, at: now) }
                outcome.problems.append(problem)
                return outcome
            }
            switch place {
            case .receipts:
                outcome.forLedger = [.receipts(try ReceiptMessage(payload))]
                return outcome
            case .echo:
                let answer = try EchoAnswer(payload)
                board.write { $0.echo = (answer, now) }
                outcome.echo = answer
                return outcome
            default: message = try FeedMessage(payload, on: place)
            }
        } catch {
            // Never the sentence: it shows what was read, which may be about a person.
            let problem = "a message on \(topic) cannot be read: \(error.place)"
            if let kind = FeedTrouble.Kind(error.code) {
                board.write { $0.count(kind, of: Self.feedName(topic), problem, at: now) }
            }
            outcome.problems.append(problem)
            return outcome
        }
        if case .end = message.body {
            resyncing.remove(FeedName(scope: message.scope.description, feed: message.feed.rawValue))
        }
        guard Self.catalogueFeeds.contains(message.feed) else {
            outcome.forLedger = [.feed(message)]
            return outcome
        }
        try keeper.catalogue.begin()
        let taken: FeedOutcome
        do throws(StorageFailure) {
            taken = try FeedIntake(keeper: keeper, digest: digest, now: now).take(message)
            try keeper.catalogue.commit()
        } catch {
            keeper.catalogue.rollback()
            throw error
        }
        try keeper.catalogue.checkpoint()
        try tellBoard()
        if let problem = taken.problem { outcome.problems.append(problem) }
        if taken.tellsCursors { outcome.publications = try cursorMessage().map { [$0] } ?? [] }
        return outcome
    }

    /// Whether a topic is one that headquarters says something to this shop on.
    private func isOurs(_ place: HeadquartersTopic) -> Bool {
        switch place {
        case .receipts(let to), .echo(let to), .feed(let to, _): to == shop
        case .groupFeed(let group, _): groups.contains(group)
        case .events, .cursor, .echoRequest: false
        }
    }

    /// The last level of a topic: the feed's name, also one that this version does not know.
    private static func feedName(_ topic: String) -> String {
        String(topic.utf8.split(separator: UInt8(ascii: "/")).last.map { Substring($0).prefix(64) } ?? "")
    }

    /// Shows everybody where the assortment's feeds stand.
    public func tellBoard() throws(StorageFailure) {
        let cursors = try keeper.catalogue.cursors()
        let parked = try keeper.catalogue.parkedEntryCounts()
        let setAside = parked.isEmpty ? [] : try keeper.catalogue.setAsideEntries(afterRow: 0, limit: 50)
        board.write {
            $0.catalogueCursors = cursors
            $0.catalogueParked = parked
            $0.catalogueSetAside = setAside
        }
    }

    /// The question for a word of headquarters' application.
    public func echoRequest(id: String, now: Instant) -> Publication {
        let request = EchoRequest(id: id, sentAt: now, incarnation: incarnation, instance: instance)
        return Publication(topic: HeadquartersTopic.echoRequest(shop).description, payload: request.json.encoded())
    }

    /// Asks headquarters to send feeds again, by telling cursors: of a state feed that nothing was heard, which brings a
    /// snapshot; of a log feed the true one, since each of its entries counts once and none may be taken twice.
    ///
    /// - Parameter feed: which; all of them when `nil`.
    /// - Returns: the message, and what it asks for, in the order of the message; `nil` before the ledger told its cursors.
    public func resync(
        _ feed: Feed?
    ) throws(StorageFailure) -> (publication: Publication, asked: [(cursor: FeedCursor, fromStart: Bool)])? {
        guard let all = try allCursors() else { return nil }
        var asked: [(cursor: FeedCursor, fromStart: Bool)] = []
        for cursor in all {
            guard let name = Feed(rawValue: cursor.feed), feed == nil || feed == name else { continue }
            if name.isState { resyncing.insert(FeedName(scope: cursor.scope, feed: cursor.feed)) }
            asked.append((cursor, name.isState))
        }
        return try cursorMessage().map { ($0, asked) }
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
        guard let all = try allCursors() else { return nil }
        let message = CursorMessage(
            incarnation: incarnation, instance: instance,
            cursors: all.compactMap { cursor in
                guard let scope = FeedScope(cursor.scope), let feed = Feed(rawValue: cursor.feed) else { return nil }
                if resyncing.contains(FeedName(scope: cursor.scope, feed: cursor.feed)) {
                    return CursorMessage.Cursor(scope: scope, feed: feed, epoch: nil, sequence: 0)
                }
                return CursorMessage.Cursor(
                    scope: scope, feed: feed, epoch: cursor.epoch, sequence: cursor.sequence)
            })
        return Publication(topic: HeadquartersTopic.cursor(shop).description, payload: message.json.encoded())
    }

    private func allCursors() throws(StorageFailure) -> [FeedCursor]? {
        guard let ledgerCursors else { return nil }
        return ledgerCursors + (try keeper.catalogue.cursors())
    }
}

extension FeedTrouble.Kind {
    /// What a refusal of a whole message tells; `nil` when it is just malformed.
    init?(_ code: Refusal.Code) {
        if code == .contractForeignShop {
            self = .foreign
        } else if Refusal.Code.newerThanThisVersion.contains(code) {
            self = .newer
        } else {
            return nil
        }
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
            var reason = "the entry cannot be read"
            if case .unreadable(let refusal, _) = entry { reason = refusal.noted }
            return try feeds.parkEntry(
                scope: scope, feed: feed.rawValue, sequence: sequence, reason: reason, entry.json.encoded())
        }
        if let refusal = Self.problem(of: entry, in: feed) {
            return try feeds.parkEntry(
                scope: scope, feed: feed.rawValue, sequence: sequence, reason: refusal.noted,
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

    func stage(_ entry: StateEntry, sequence: Int64, of feed: Feed, scope: String) throws(StorageFailure) {
        guard let value = entry.value else { return }
        if let refusal = Self.problem(of: entry, in: feed) {
            try feeds.parkEntry(
                scope: scope, feed: feed.rawValue, sequence: sequence, reason: refusal.noted,
                entry.json.encoded())
            // What was known stays so, as it would had the entry come alone.
            guard let former = try feeds.fed(feed.rawValue, scope: scope, key: entry.key) else { return }
            return try feeds.stage(scope: scope, feed: feed.rawValue, key: entry.key, former)
        }
        try feeds.stage(scope: scope, feed: feed.rawValue, key: entry.key, value.encoded())
    }

    func adopt(_ feed: Feed, scope: String) throws(StorageFailure) {
        try catalogue.adoptSnapshot(scope: scope, feed: feed.rawValue)
    }
}
