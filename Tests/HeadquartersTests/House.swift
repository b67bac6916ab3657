// A headquarters with two shops in a group, and the words to speak to it.

import Contract
import Headquarters
import ShopCore
import ShopModel
import Testing

/// A digest good enough to see whether all entries arrived.
struct TestDigest: Digesting {
    func digest(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for seed in UInt64(1)...4 {
            var hash: UInt64 = 14_695_981_039_346_656_037 &* seed
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
            for shift in 0..<8 { result.append(UInt8(truncatingIfNeeded: hash >> UInt64(shift * 8))) }
        }
        return result
    }
}

extension Identifier {
    /// A name written in a test; a wrong one is the test's mistake.
    init(written value: String) {
        guard let name = Self(value) else { preconditionFailure("\(value) is no \(Self.self)") }
        self = name
    }
}

extension SKU: ExpressibleByStringLiteral {
    /// A SKU written in a test.
    public init(stringLiteral value: String) { self.init(written: value) }
}
extension ShopID: ExpressibleByStringLiteral {
    /// A shop written in a test.
    public init(stringLiteral value: String) { self.init(written: value) }
}
extension Incarnation: ExpressibleByStringLiteral {
    /// A life written in a test.
    public init(stringLiteral value: String) { self.init(written: value) }
}
extension GroupID: ExpressibleByStringLiteral {
    /// A group written in a test.
    public init(stringLiteral value: String) { self.init(written: value) }
}
extension OrderID: ExpressibleByStringLiteral {
    /// An order written in a test.
    public init(stringLiteral value: String) { self.init(written: value) }
}
extension CustomerID: ExpressibleByStringLiteral {
    /// A customer written in a test.
    public init(stringLiteral value: String) { self.init(written: value) }
}

/// Names for headquarters' lives, in their order.
final class EpochNames {
    private var names: [String]
    private var used = 0

    init(_ names: [String]) { self.names = names }

    func next() -> String {
        used += 1
        return used <= names.count ? names[used - 1] : "epoch-\(used)"
    }
}

/// Headquarters on memory, and a clock that only we move.
final class House {
    let storage = MemoryHeadquartersStorage()
    let policy: HeadquartersPolicy
    var headquarters: Headquarters
    var now = Instant(milliseconds: 1_800_000_000_000)
    private let names = EpochNames(["epoch-one", "epoch-two", "epoch-three"])

    init(grantShare: Int = 100, entriesKept: Int = 20_000) throws {
        policy = HeadquartersPolicy(
            shops: [.init(id: "P1", groups: ["france"]), .init(id: "P2", groups: ["france"])],
            grantShare: grantShare, entriesKept: entriesKept)
        headquarters = try Headquarters(
            storage: storage, policy: policy, digest: TestDigest(), mint: { [names] in names.next() })
    }

    /// Headquarters' process ends and begins again on what was committed.
    func restart() throws {
        storage.crash()
        headquarters = try Headquarters(
            storage: storage, policy: policy, digest: TestDigest(), mint: { "epoch-two" })
    }

    /// The shop sends events; what headquarters publishes comes back.
    func send(_ events: [CloudEvent], from shop: ShopID = "P1", lane: Lane = .stock) throws -> HeadquartersOutcome {
        try headquarters.take(
            [
                HeadquartersInbound(
                    topic: HeadquartersTopic.events(shop, lane).description,
                    payload: CloudEventBatch.encoded(events))
            ], now: now)
    }

    /// The shop tells where it stands.
    func tell(
        _ cursors: [(FeedScope, Feed, Int64)] = [], epoch: String? = nil, of incarnation: Incarnation = "one",
        from shop: ShopID = "P1"
    ) throws -> HeadquartersOutcome {
        let message = CursorMessage(
            incarnation: incarnation,
            cursors: cursors.map {
                CursorMessage.Cursor(scope: $0.0, feed: $0.1, epoch: epoch ?? headquarters.epoch, sequence: $0.2)
            })
        return try headquarters.take(
            [
                HeadquartersInbound(
                    topic: HeadquartersTopic.cursor(shop).description, payload: message.json.encoded())
            ], now: now)
    }

    @discardableResult
    func perform(_ commands: HeadquartersCommand...) throws -> HeadquartersOutcome {
        try headquarters.perform(commands, now: now)
    }

    func stock(_ sku: SKU, in shop: ShopID = "P1") throws -> ShopStock {
        try #require(try storage.stock(sku, in: shop))
    }
}

/// An event with a stock line, as a shop's ledger tells it.
func stockChanged(
    _ sku: SKU, _ sequence: Int64, id: String? = nil, of incarnation: Incarnation = "one", in shop: ShopID = "P1",
    onHand: Int, holds: Int = 0, created: Int = 0, given: Int = 0, spent: Int = 0
) -> CloudEvent {
    CloudEvent(
        id: id ?? "\(shop)-\(incarnation)-\(sku)-\(sequence)", shop: shop, type: "store.stock.changed",
        subject: "sku/\(sku)", time: Instant(milliseconds: 1_800_000_000_000 + sequence), incarnation: incarnation,
        subjectSequence: sequence,
        data: [
            "sku": .string(sku.value), "kind": "fed", "onHand": .count(onHand),
            "unsellable": ["inspection": 0, "damaged": 0, "display": 0, "missing": 0], "holds": .count(holds),
            "owed": 0,
            "rights": [
                "holder": .string("edge." + incarnation.value), "created": .count(created),
                "given": given == 0 ? [:] : ["hq": .count(given)], "spent": .count(spent),
            ],
        ])
}

/// An event without an effect beyond the ledger.
func noted(_ subject: String, _ sequence: Int64, id: String, of incarnation: Incarnation = "one") -> CloudEvent {
    CloudEvent(
        id: id, shop: "P1", type: "store.moment.recorded", subject: subject,
        time: Instant(milliseconds: 1_800_000_000_000), incarnation: incarnation, subjectSequence: sequence, data: [:])
}

extension HeadquartersOutcome {
    /// What was receipted, as `id outcome reason`.
    var receipts: [String] {
        get throws {
            var texts: [String] = []
            for message in messages where message.topic.hasSuffix("down/receipts") {
                for receipt in try ReceiptMessage(message.payload).receipts {
                    texts.append(
                        [receipt.id, receipt.outcome.name, receipt.reason].compactMap(\.self).joined(separator: " "))
                }
            }
            return texts
        }
    }

    /// What was published of feeds, with its topic.
    func feeds(_ feed: Feed) throws -> [(topic: String, message: FeedMessage)] {
        try messages.filter { $0.topic.hasSuffix("down/feed/" + feed.rawValue) }.map {
            ($0.topic, try FeedMessage($0.payload, on: try HeadquartersTopic($0.topic)))
        }
    }

    /// The sequences of entries published of a feed, in order.
    func sequences(_ feed: Feed, on topic: String? = nil) throws -> [Int64] {
        try feeds(feed).filter { topic == nil || $0.topic == topic }.flatMap { part -> [Int64] in
            guard case .entries(let first, let entries) = part.message.body else { return [] }
            return entries.indices.map { first + Int64($0) }
        }
    }

    /// The refusal of the only command.
    var refusal: Refusal? {
        if case .failure(let refusal) = answers.first { refusal } else { nil }
    }
}

/// A shop's side of the feeds: takes entries in order, snapshots when they verify, and knows its cursors.
struct ShopSide {
    var cursors: [String: (scope: FeedScope, feed: Feed, sequence: Int64)] = [:]
    var values: [String: [String: JSON]] = [:]
    var logs: [Feed: [FeedEntry]] = [:]
    var open: [String: (begin: FeedMessage.SnapshotBegin, hash: [UInt8], entries: [StateEntry])] = [:]
    let shop: ShopID

    var told: [(FeedScope, Feed, Int64)] { cursors.keys.sorted().compactMap { cursors[$0] }.map { ($0.0, $0.1, $0.2) } }

    mutating func take(_ messages: [HeadquartersMessage], groups: [GroupID] = ["france"]) throws {
        for message in messages {
            let topic = try HeadquartersTopic(message.topic)
            switch topic {
            case .feed(shop, _): break
            case .groupFeed(let group, _) where groups.contains(group): break
            default: continue
            }
            try take(try FeedMessage(message.payload, on: topic))
        }
    }

    private mutating func take(_ message: FeedMessage) throws {
        let name = "\(message.scope) \(message.feed.rawValue)"
        let at = cursors[name]?.sequence ?? 0
        switch message.body {
        case .entries(let first, let entries):
            guard first <= at + 1 else { return }
            for (offset, entry) in entries.enumerated() where first + Int64(offset) > at {
                if case .state(let state) = entry {
                    values[name, default: [:]][state.key] = state.value
                } else {
                    logs[message.feed, default: []].append(entry)
                }
            }
            cursors[name] = (message.scope, message.feed, max(at, first + Int64(entries.count) - 1))
        case .follows(let ancestors):
            let shared = ancestors.map { min($0.sequence, at) }.max() ?? 0
            cursors[name] = (message.scope, message.feed, shared)
        case .begin(let begin): open[name] = (begin, [UInt8](repeating: 0, count: 32), [])
        case .items(let id, let index, let entries):
            guard open[name]?.begin.snapshot == id, open[name]?.entries.count == index else { return }
            for entry in entries {
                let before = open[name]?.hash ?? []
                open[name]?.hash = TestDigest().digest(before + entry.json.encoded())
                open[name]?.entries.append(entry)
            }
        case .end(let id):
            guard let snapshot = open.removeValue(forKey: name), snapshot.begin.snapshot == id else { return }
            try #require(snapshot.entries.count == snapshot.begin.count)
            try #require(snapshot.hash == snapshot.begin.hash)
            values[name] = [:]
            for entry in snapshot.entries { values[name]?[entry.key] = entry.value }
            cursors[name] = (message.scope, message.feed, snapshot.begin.sequence)
        }
    }
}
