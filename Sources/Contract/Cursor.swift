// How far the shop has heard headquarters' feeds.

import ShopModel

/// A message on `up/cursor`: at connect, after each batch, and every minute.
public struct CursorMessage: MessagePart {
    /// The life of the shop's ledger.
    public let incarnation: Incarnation
    /// The box that speaks; absent from agents that do not tell.
    public let instance: BoxInstance?
    /// A cursor for each feed that the shop follows; one never heard is there with sequence 0.
    public let cursors: [Cursor]

    /// How far one feed was heard.
    public struct Cursor: MessagePart {
        /// Whose numbering.
        public let scope: FeedScope
        /// The feed's name.
        public let feed: Feed
        /// Headquarters' life that numbered the entries; `nil` when the feed was never heard.
        public let epoch: String?
        /// The last entry taken in; 0 for none.
        public let sequence: Int64

        /// How far a feed was heard.
        public init(scope: FeedScope, feed: Feed, epoch: String?, sequence: Int64) {
            self.scope = scope
            self.feed = feed
            self.epoch = epoch
            self.sequence = sequence
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            scope = try FeedScope(from: &reader)
            feed = try reader.choice("feed", as: Feed.self)
            epoch = try reader.optionalText("epoch", max: 64, min: 1)
            sequence = Int64(try reader.integer("sequence", in: 0...JSONLimits.counterMax))
        }

        /// The fields; an epoch that is not known is `null`.
        public var json: JSON {
            .fields(
                ("scope", .string(scope.description)), ("feed", feed.json),
                ("epoch", epoch.map(JSON.string) ?? .null), ("sequence", .integer(sequence)))
        }
    }

    /// How far the feeds were heard.
    public init(incarnation: Incarnation, instance: BoxInstance? = nil, cursors: [Cursor]) {
        self.incarnation = incarnation
        self.instance = instance
        self.cursors = cursors
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        incarnation = try reader.identifier("incarnation", as: Incarnation.self)
        instance = try reader.optionalIdentifier("instance", as: BoxInstance.self)
        cursors = try reader.parts("cursors", as: Cursor.self, max: 1_000)
    }

    /// Reads a message.
    public init(_ payload: [UInt8]) throws(Refusal) {
        var reader = try ObjectReader(try JSONReader.read(payload))
        try self.init(from: &reader)
    }

    /// The fields.
    public var json: JSON {
        .fields(("incarnation", incarnation.json), ("instance", instance?.json), ("cursors", .parts(cursors)))
    }
}
