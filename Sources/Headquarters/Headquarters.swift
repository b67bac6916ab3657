// The reference headquarters, without a socket or a clock: what comes in is decided, stored, and only then answered.

import Contract
import ShopCore
import ShopModel

/// A message from headquarters' broker.
public struct HeadquartersInbound: Equatable, Sendable {
    /// Where it came in.
    public let topic: String
    /// What it says.
    public let payload: [UInt8]

    /// A message from headquarters' broker.
    public init(topic: String, payload: [UInt8]) {
        self.topic = topic
        self.payload = payload
    }
}

/// A message for headquarters' broker.
public struct HeadquartersMessage: Equatable, Sendable {
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

/// What came of a turn. Everything in it may leave: the turn is on disk.
public struct HeadquartersOutcome: Sendable {
    /// What to publish, in this order.
    public var messages: [HeadquartersMessage] = []
    /// What those who look after headquarters should know.
    public var reports: [String] = []
    /// The answers to commands, in their order.
    public var answers: [Result<JSON, Refusal>] = []

    /// Nothing.
    public init() {}
}

/// What headquarters decides by itself.
public struct HeadquartersPolicy: Sendable {
    /// The shops, and the groups of each.
    public let shops: [Shop]
    /// How much of its free rights headquarters gives to a shop that asks, or with goods that come in, in percent:
    /// 0 to 100.
    public let grantShare: Int
    /// How many entries of a state feed are kept beside the living ones; who is further behind gets a snapshot.
    public let entriesKept: Int

    /// A shop.
    public struct Shop: Equatable, Sendable {
        /// Which shop.
        public let id: ShopID
        /// The groups whose feeds it follows.
        public let groups: [GroupID]

        /// A shop.
        public init(id: ShopID, groups: [GroupID] = []) {
            self.id = id
            self.groups = groups
        }
    }

    /// A policy; shops are put in the order of their names.
    public init(shops: [Shop], grantShare: Int = 100, entriesKept: Int = 20_000) {
        self.shops = shops.sorted { $0.id < $1.id }
        self.grantShare = min(100, max(0, grantShare))
        self.entriesKept = max(1, entriesKept)
    }

    /// The shop of an id.
    func shop(_ id: ShopID) -> Shop? { shops.first { $0.id == id } }
}

/// Headquarters' side of the link with its shops (DESIGN §7 and §8).
///
/// It does no input and output of its own but through `HeadquartersStorage`. Each call is one transaction: what it
/// returns may be published, what it throws happened to nobody, and the same messages may be taken again.
///
/// ```swift
/// let outcome = try headquarters.take(turn.messages.map { .init(topic: $0.topic, payload: $0.payload) }, now: now)
/// for message in outcome.messages { client.publish(topic: message.topic, payload: message.payload) }
/// ```
///
/// What is on its way to a shop is known in memory only: a shop tells where it stands at connect, after each batch and
/// every minute, and that alone decides what is sent.
public final class Headquarters {
    let storage: any HeadquartersStorage
    let policy: HeadquartersPolicy
    let digest: any Digesting
    let mint: () -> String
    /// This life's name. A shop that hears another one sends again what it lost.
    public internal(set) var epoch: String
    /// The version that echoes tell; `nil` tells none.
    public var version: String?

    /// Where the feeds of each shop are on their way.
    var links: [ShopID: FeedLink] = [:]
    /// How far each group's feed was published on the group's own topic.
    var groupSent: [FeedStream: Int64] = [:]
    /// The streams that grew in this turn, and where they ended before.
    var grown: [FeedStream: Int64] = [:]
    /// The availability that changed in this turn.
    var moved: Set<SKU> = []
    /// Who speaks as each shop.
    var boxes: [ShopID: SpeakingBoxes] = [:]
    /// Snapshots that are being sent.
    var snapshots: [FeedStream: SnapshotText] = [:]
    var outcome = HeadquartersOutcome()
    var now = Instant(milliseconds: 0)

    /// Opens headquarters on its storage; empty storage begins a life of its own.
    ///
    /// - Parameters:
    ///   - digest: verifies snapshots; SHA-256 in production.
    ///   - mint: makes names that nobody made before, 1 to 36 bytes; taken for a new epoch.
    public init(
        storage: any HeadquartersStorage, policy: HeadquartersPolicy, digest: any Digesting,
        mint: @escaping () -> String
    ) throws {
        self.storage = storage
        self.policy = policy
        self.digest = digest
        self.mint = mint
        if let known = try storage.value("epoch") {
            epoch = known
        } else {
            epoch = mint()
            try storage.begin()
            do {
                try storage.setValue("epoch", epoch)
                try storage.commit()
            } catch {
                storage.rollback()
                throw error
            }
        }
    }

    /// Takes messages of the broker in, in their order, as one transaction.
    ///
    /// - Throws: what the storage threw; nothing was taken in then.
    public func take(_ inbound: [HeadquartersInbound], now: Instant) throws -> HeadquartersOutcome {
        try turn(now: now) {
            var receipts = ReceiptWriter()
            for message in inbound { try take(message, receipts: &receipts) }
            try deriveNetwork()
            // A turn may have begun a new epoch; receipts say the one that holds when they leave.
            outcome.messages += receipts.messages(epoch: epoch)
        }
    }

    /// Carries commands out, in their order, as one transaction; a refused one changes nothing and stops none behind it.
    ///
    /// - Throws: what the storage threw; nothing was carried out then.
    public func perform(_ commands: [HeadquartersCommand], now: Instant) throws -> HeadquartersOutcome {
        try turn(now: now) {
            for command in commands {
                do {
                    outcome.answers.append(.success(try perform(command)))
                } catch let refusal as Refusal {
                    outcome.answers.append(.failure(refusal))
                }
            }
        }
    }

    /// Goes on with what time alone moves: snapshots on their way. Call it at `nextTry`.
    public func poll(now: Instant) throws -> HeadquartersOutcome { try turn(now: now) {} }

    /// When `poll` has something to do although nothing happens.
    public var nextTry: Instant? {
        policy.shops.compactMap { links[$0.id]?.nextTry }.min()
    }

    /// The connection to the broker is new: what was on its way may not have arrived.
    public func linkChanged() {
        for shop in policy.shops { links[shop.id]?.startOver() }
    }

    /// What headquarters says to each shop when it is there: its epoch, in an empty message of receipts. A shop that
    /// knows another one sends again what was lost, and tells where it stands.
    public func greeting() -> [HeadquartersMessage] { policy.shops.map { epochMessage(for: $0.id) } }

    func epochMessage(for shop: ShopID) -> HeadquartersMessage {
        HeadquartersMessage(
            topic: HeadquartersTopic.receipts(shop).description,
            payload: ReceiptMessage(epoch: epoch, receipts: []).json.encoded())
    }

    /// One transaction, and what leaves after it.
    func turn(now: Instant, _ body: () throws -> Void) throws -> HeadquartersOutcome {
        self.now = now
        outcome = HeadquartersOutcome()
        grown.removeAll(keepingCapacity: true)
        moved.removeAll(keepingCapacity: true)
        let epochBefore = epoch
        try storage.begin()
        do {
            try body()
            try trim()
            try pump()
            try storage.commit()
        } catch {
            storage.rollback()
            // What memory believes of the ways to the shops may be ahead of the disk now.
            epoch = epochBefore
            links.removeAll()
            groupSent.removeAll()
            snapshots.removeAll()
            throw error
        }
        return outcome
    }

    private func take(_ message: HeadquartersInbound, receipts: inout ReceiptWriter) throws {
        do {
            switch try HeadquartersTopic(message.topic) {
            case .events(let shop, let lane):
                guard policy.shop(shop) != nil else { return report("shop \(shop) is not configured; it spoke anyway") }
                try take(try CloudEventBatch.decode(message.payload), of: shop, on: lane, receipts: &receipts)
                try storage.setValue(Self.lastEventName(shop), String(now.milliseconds))
            case .cursor(let shop):
                guard policy.shop(shop) != nil else { return report("shop \(shop) is not configured; it spoke anyway") }
                try take(try CursorMessage(message.payload), of: shop)
            case .echoRequest(let shop):
                guard policy.shop(shop) != nil else { return report("shop \(shop) is not configured; it spoke anyway") }
                try answer(try EchoRequest(message.payload), of: shop)
            case .receipts, .feed, .groupFeed, .echo:
                report("a message on \(message.topic) is headquarters' own, and somebody else sent it")
            }
        } catch let refusal as Refusal {
            report("a message on \(message.topic) cannot be read: \(refusal.sentence(in: .english))")
        }
    }

    func report(_ sentence: String) { outcome.reports.append(sentence) }
}

/// Collects receipts of a turn, by shop.
struct ReceiptWriter {
    private var receipts: [(shop: ShopID, receipts: [Receipt])] = []

    mutating func add(_ receipt: Receipt, for shop: ShopID) {
        if let index = receipts.firstIndex(where: { $0.shop == shop }) {
            receipts[index].receipts.append(receipt)
        } else {
            receipts.append((shop, [receipt]))
        }
    }

    /// The messages, each within the bound of a message.
    func messages(epoch: String) -> [HeadquartersMessage] {
        var messages: [HeadquartersMessage] = []
        for (shop, all) in receipts {
            let topic = HeadquartersTopic.receipts(shop).description
            var part: [Receipt] = []
            var bytes = 0
            for receipt in all {
                let size = receipt.json.encoded().count + 1
                if !part.isEmpty, bytes + size > FeedLink.messageBytesMax {
                    messages.append(
                        HeadquartersMessage(
                            topic: topic, payload: ReceiptMessage(epoch: epoch, receipts: part).json.encoded()))
                    part = []
                    bytes = 0
                }
                part.append(receipt)
                bytes += size
            }
            messages.append(
                HeadquartersMessage(topic: topic, payload: ReceiptMessage(epoch: epoch, receipts: part).json.encoded()))
        }
        return messages
    }
}
