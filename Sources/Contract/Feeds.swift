// Messages of headquarters' feeds: entries, and snapshots of state feeds.

import ShopModel

/// A message on `down/feed/<feed>`, for one shop or a group of them.
public struct FeedMessage: Equatable, Sendable {
    /// Which feed.
    public let feed: Feed
    /// Whose numbering: a group's entries may be sent again to one shop alone.
    public let scope: FeedScope
    /// Headquarters' life that numbered the entries, 1 to 64 bytes.
    public let epoch: String
    /// What it brings.
    public let body: Body

    /// What a message brings.
    public enum Body: Equatable, Sendable {
        /// Entries; entry i has the sequence `first` + i.
        case entries(first: Int64, [FeedEntry])
        /// A snapshot begins.
        case begin(SnapshotBegin)
        /// A part of a snapshot; `index` is that of its first entry, from 0.
        case items(snapshot: String, index: Int, [StateEntry])
        /// All of a snapshot was sent.
        case end(snapshot: String)
        /// A log feed goes on under a new epoch: its entries up to a number are those of each of these epochs.
        case follows([Ancestor])
    }

    /// A former epoch of a log feed, as far as headquarters remembers it.
    public struct Ancestor: MessagePart {
        /// Headquarters' former life.
        public let epoch: String
        /// The last entry that the feed has in common with it; 0 for none.
        public let sequence: Int64

        /// A former epoch.
        public init(epoch: String, sequence: Int64) {
            self.epoch = epoch
            self.sequence = sequence
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            epoch = try reader.text("epoch", max: 64)
            sequence = Int64(try reader.integer("sequence", in: 0...JSONLimits.counterMax))
        }

        /// The fields.
        public var json: JSON { .fields(("epoch", .string(epoch)), ("sequence", .integer(sequence))) }
    }

    /// The announcement of a snapshot.
    public struct SnapshotBegin: Equatable, Sendable {
        /// The snapshot's id, 1 to 64 bytes.
        public let snapshot: String
        /// The cursor once it is taken over.
        public let sequence: Int64
        /// How many entries it has.
        public let count: Int
        /// What `SnapshotHash` over all entries must be: 32 bytes.
        public let hash: [UInt8]

        /// The announcement of a snapshot.
        public init(snapshot: String, sequence: Int64, count: Int, hash: [UInt8]) {
            self.snapshot = snapshot
            self.sequence = sequence
            self.count = count
            self.hash = hash
        }
    }

    /// A message of a feed.
    public init(feed: Feed, scope: FeedScope = .shop, epoch: String, body: Body) {
        self.feed = feed
        self.scope = scope
        self.epoch = epoch
        self.body = body
    }
}

/// One entry of a feed.
public enum FeedEntry: Equatable, Sendable {
    case state(StateEntry)
    case stock(StockFeedEntry)
    case order(OrderFeedEntry)
    case erasure(ErasureFeedEntry)
    /// A type that this version does not know: set aside under its name, nothing of it lost.
    case unknown(name: String, raw: JSON)
    /// An entry that breaks the rules of its type: set aside with the reason, those around it go on.
    case unreadable(Refusal, raw: JSON)

    /// The entry as it came, or as we write it.
    public var json: JSON {
        switch self {
        case .state(let entry): entry.json
        case .stock(let entry): entry.json
        case .order(let entry): entry.json
        case .erasure(let entry): entry.json
        case .unknown(_, let raw), .unreadable(_, let raw): raw
        }
    }

    /// Reads an entry of a feed; never fails, since one entry must not block those behind it.
    ///
    /// - Parameter shop: the shop of the topic; an entry that names another one is not for it.
    init(_ field: JSONField, of feed: Feed, for shop: ShopID?) {
        do throws(Refusal) {
            var reader = try field.object()
            try reader.refuseForeign(to: shop)
            let must = try reader.texts("must", max: 32, bytesMax: 64)
            self = try Self.read(&reader, of: feed, raw: field.value)
            if case .unknown = self { return }
            try reader.refuseUnlessUnderstood(must)
        } catch {
            self = .unreadable(error, raw: field.value)
        }
    }

    private static func read(
        _ reader: inout ObjectReader, of feed: Feed, raw: JSON
    ) throws(Refusal) -> FeedEntry {
        if feed.isState { return .state(try StateEntry(from: &reader)) }
        let type = try reader.text("type", max: 64)
        switch feed {
        case .stock: if let entry = try StockFeedEntry(type, from: &reader) { return .stock(entry) }
        case .orders: if let entry = try OrderFeedEntry(type, from: &reader) { return .order(entry) }
        default: if type == "erase" { return .erasure(try ErasureFeedEntry(from: &reader)) }
        }
        return .unknown(name: type, raw: raw)
    }
}

/// A key of a state feed and its value.
public struct StateEntry: MessagePart {
    /// The key, 1 to 128 bytes.
    public let key: String
    /// The value; `nil` removes the key.
    public let value: JSON?

    /// A key and its value.
    public init(key: String, value: JSON?) {
        self.key = key
        self.value = value
    }

    /// Reads the fields. `value` must be there, if only as `null`: a forgotten field must not delete anything.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        key = try reader.text("key", max: 128)
        guard let value = reader.value("value") else {
            _ = try reader.required("value")
            self.value = nil
            return
        }
        self.value = value == .null ? nil : value
    }

    /// `{"key", "value"}`.
    public var json: JSON { .fields(("key", .string(key)), ("value", value ?? .null)) }
}

extension ObjectReader {
    /// Refuses what names another shop than the one whose topic it came on.
    fileprivate mutating func refuseForeign(to shop: ShopID?) throws(Refusal) {
        guard let shop, let field = optional("shop") else { return }
        let named = try field.text(max: 64)
        guard named != shop.value else { return }
        throw field.refusal(.contractForeignShop, [.text("shop", named), .text("topic", shop.value)])
    }
}

extension FeedMessage {
    /// Reads a message.
    ///
    /// - Parameters:
    ///   - payload: its bytes, at most 262,144.
    ///   - topic: where it came in; what it says and what the message says must agree.
    /// - Throws: a refusal of the whole message; single entries never are a reason for one.
    public init(_ payload: [UInt8], on topic: HeadquartersTopic) throws(Refusal) {
        var reader = try ObjectReader(try JSONReader.read(payload, limits: .feed))
        let feedField = try reader.required("feed")
        feed = try Feed(name: try feedField.text(max: 64))
        let scopeField = reader.optional("scope")
        let named: FeedScope? = scopeField == nil ? nil : try FeedScope(from: &reader)
        let fits: Bool
        switch topic {
        case .feed(_, let feed):
            fits = feed == self.feed
            scope = named ?? .shop
        case .groupFeed(let group, let feed):
            fits = feed == self.feed && (named == nil || named == .group(group))
            scope = .group(group)
        default:
            fits = false
            scope = .shop
        }
        guard fits else {
            throw Refusal(
                .contractTopic, field: "/feed",
                [
                    .text("topic", topic.description),
                    .text("expected", "the topic of feed \(feed.rawValue) and scope \((named ?? scope).description)"),
                ])
        }
        epoch = try reader.text("epoch", max: 64)
        var shop: ShopID?
        if case .feed(let to, _) = topic { shop = to }
        try reader.refuseForeign(to: shop)
        let must = try reader.texts("must", max: 32, bytesMax: 64)
        body = try Self.body(from: &reader, feed: feed, shop: shop)
        try reader.refuseUnlessUnderstood(must)
    }

    private static func body(from reader: inout ObjectReader, feed: Feed, shop: ShopID?) throws(Refusal) -> Body {
        switch try reader.exactlyOne(of: feed.isState ? ["first", "begin", "snapshot", "end"] : ["first", "follows"]) {
        case "follows":
            return .follows(try reader.parts("follows", as: Ancestor.self, max: 64))
        case "begin":
            var begin = try reader.object("begin")
            let snapshot = try begin.text("snapshot", max: 64)
            let sequence = Int64(try begin.integer("sequence", in: 0...JSONLimits.counterMax))
            let count = try begin.integer("count", in: 0...10_000_000)
            let hash = try begin.required("hash")
            guard let bytes = bytes(ofHexadecimal: try hash.text(max: 64, min: 64)) else {
                throw hash.refusal(
                    .contractBadIdentifier,
                    [.text("kind", "64 hexadecimal digits"), .text("seen", hash.value.text ?? "")])
            }
            return .begin(SnapshotBegin(snapshot: snapshot, sequence: sequence, count: count, hash: bytes))
        case "snapshot":
            let snapshot = try reader.text("snapshot", max: 64)
            let index = try reader.integer("index", in: 0...10_000_000)
            return .items(
                snapshot: snapshot, index: index, try reader.parts("entries", as: StateEntry.self, max: 10_000))
        case "end":
            var end = try reader.object("end")
            return .end(snapshot: try end.text("snapshot", max: 64))
        default:
            let first = Int64(try reader.integer("first", in: 1...JSONLimits.counterMax))
            let fields = try reader.array("entries", max: 10_000, min: 1)
            return .entries(first: first, fields.map { FeedEntry($0, of: feed, for: shop) })
        }
    }

    private static func bytes(ofHexadecimal text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x61 + 10
            case 0x41...0x46: digit = byte - 0x41 + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }

    /// The message, as headquarters sends it; `scope` only where it is a group's.
    public var json: JSON {
        let head = JSON.fields(
            ("feed", feed.json), ("scope", scope == .shop ? nil : .string(scope.description)),
            ("epoch", .string(epoch)))
        return switch body {
        case .entries(let first, let entries):
            head.appending(.fields(("first", .integer(first)), ("entries", .array(entries.map(\.json)))))
        case .begin(let begin):
            head.appending(
                .fields(
                    (
                        "begin",
                        .fields(
                            ("snapshot", .string(begin.snapshot)), ("sequence", .integer(begin.sequence)),
                            ("count", .count(begin.count)),
                            ("hash", .string(hexadecimal(begin.hash))))
                    )))
        case .items(let snapshot, let index, let entries):
            head.appending(
                .fields(("snapshot", .string(snapshot)), ("index", .count(index)), ("entries", .parts(entries))))
        case .end(let snapshot): head.appending(.fields(("end", .fields(("snapshot", .string(snapshot))))))
        case .follows(let ancestors): head.appending(.fields(("follows", .parts(ancestors))))
        }
    }
}
