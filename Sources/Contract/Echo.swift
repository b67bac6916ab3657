// The echo: a shop asks headquarters' application itself for a word, not the broker before it.

import ShopModel

/// Which box speaks as a shop: a short digest of the machine and of the place of its ledger, no secret, `[0-9a-z-]{1,32}`.
///
/// Two boxes that act as one shop have two of them, however alike their configurations are.
public struct BoxInstance: Identifier {
    /// The text of the name.
    public let value: String
    /// Reads a name; `nil` outside `[0-9a-z-]{1,32}`.
    public init?(_ value: String) {
        let bytes = value.utf8
        guard (1...32).contains(bytes.count),
            bytes.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
        else { return nil }
        self.value = value
    }

    private init(unchecked value: String) { self.value = value }

    /// A box whose digest could not be made.
    public static let unnamed = BoxInstance(unchecked: "unnamed")
}

/// A message on `up/echo`: who asks, and when by its own clock.
public struct EchoRequest: MessagePart {
    /// The question's id, 1 to 64 bytes; the answer has the same.
    public let id: String
    /// When it was asked, by the box's own clock: headquarters may see how far that is off.
    public let sentAt: Instant
    /// The life of the shop's ledger.
    public let incarnation: Incarnation
    /// The box.
    public let instance: BoxInstance

    /// A question.
    public init(id: String, sentAt: Instant, incarnation: Incarnation, instance: BoxInstance) {
        self.id = id
        self.sentAt = sentAt
        self.incarnation = incarnation
        self.instance = instance
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        id = try reader.text("id", max: 64)
        sentAt = try reader.instant("sentAt")
        incarnation = try reader.identifier("incarnation", as: Incarnation.self)
        instance = try reader.identifier("instance", as: BoxInstance.self)
    }

    /// Reads a message.
    public init(_ payload: [UInt8]) throws(Refusal) {
        var reader = try ObjectReader(try JSONReader.read(payload))
        try self.init(from: &reader)
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("id", .string(id)), ("sentAt", sentAt.json), ("incarnation", incarnation.json), ("instance", instance.json)
        )
    }
}

/// A message on `down/echo`: headquarters' application is there, and says what it sees of the shop.
public struct EchoAnswer: MessagePart {
    /// The question's id.
    public let id: String
    /// Headquarters' life, as its receipts and feeds have it. 1 to 64 bytes.
    public let epoch: String
    /// Headquarters' version, up to 64 bytes; absent when it does not tell.
    public let version: String?
    /// When it answered, by headquarters' clock.
    public let time: Instant
    /// What headquarters sees of the shop.
    public let sees: Sight

    /// What headquarters sees of a shop.
    public struct Sight: MessagePart {
        /// The life that is granted rights; absent before the first, and while two boxes run.
        public let incarnation: Incarnation?
        /// What headquarters thinks of the life that asked: `current`, `fenced`, `forked`; absent before its first cursor.
        public let state: String?
        /// The box that was heard last before this question.
        public let instance: BoxInstance?
        /// When an event of this shop came in last; absent before the first.
        public let lastEventAt: Instant?
        /// The other box that spoke as this shop in the last ten minutes; absent when there was none.
        public let otherInstance: OtherBox?
        /// Whether both go on speaking, by turns: then one of them is one too many. A box that was replaced speaks no more.
        public let twoBoxes: Bool

        /// What headquarters sees of a shop.
        public init(
            incarnation: Incarnation?, state: String?, instance: BoxInstance?, lastEventAt: Instant?,
            otherInstance: OtherBox?, twoBoxes: Bool
        ) {
            self.incarnation = incarnation
            self.state = state
            self.instance = instance
            self.lastEventAt = lastEventAt
            self.otherInstance = otherInstance
            self.twoBoxes = twoBoxes
        }

        /// Reads the fields; a state of a later version is passed on as it is.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            incarnation = try reader.optionalIdentifier("incarnation", as: Incarnation.self)
            state = try reader.optionalText("state", max: 32, min: 1)
            instance = try reader.optionalIdentifier("instance", as: BoxInstance.self)
            lastEventAt = try reader.optionalInstant("lastEventAt")
            otherInstance = try reader.optionalPart("otherInstance", as: OtherBox.self)
            twoBoxes = try reader.optionalTruth("twoBoxes") ?? false
        }

        /// The fields.
        public var json: JSON {
            .fields(
                ("incarnation", incarnation?.json), ("state", state.map(JSON.string)), ("instance", instance?.json),
                ("lastEventAt", lastEventAt?.json), ("otherInstance", otherInstance?.json),
                ("twoBoxes", .bool(twoBoxes)))
        }
    }

    /// Another box that speaks as the same shop.
    public struct OtherBox: MessagePart {
        /// Which.
        public let instance: BoxInstance
        /// The life of its ledger.
        public let incarnation: Incarnation
        /// When it was heard last, by headquarters' clock.
        public let heardAt: Instant

        /// Another box.
        public init(instance: BoxInstance, incarnation: Incarnation, heardAt: Instant) {
            self.instance = instance
            self.incarnation = incarnation
            self.heardAt = heardAt
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            instance = try reader.identifier("instance", as: BoxInstance.self)
            incarnation = try reader.identifier("incarnation", as: Incarnation.self)
            heardAt = try reader.instant("heardAt")
        }

        /// The fields.
        public var json: JSON {
            .fields(("instance", instance.json), ("incarnation", incarnation.json), ("heardAt", heardAt.json))
        }
    }

    /// An answer.
    public init(id: String, epoch: String, version: String?, time: Instant, sees: Sight) {
        self.id = id
        self.epoch = epoch
        self.version = version
        self.time = time
        self.sees = sees
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        id = try reader.text("id", max: 64)
        epoch = try reader.text("epoch", max: 64)
        version = try reader.optionalText("version", max: 64, min: 1)
        time = try reader.instant("time")
        sees = try reader.part("sees", as: Sight.self)
    }

    /// Reads a message.
    public init(_ payload: [UInt8]) throws(Refusal) {
        var reader = try ObjectReader(try JSONReader.read(payload))
        try self.init(from: &reader)
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("id", .string(id)), ("epoch", .string(epoch)), ("version", version.map(JSON.string)), ("time", time.json),
            ("sees", sees.json))
    }
}
