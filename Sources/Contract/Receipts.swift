// Headquarters' word on what it has of the shop's events.

import ShopModel

/// A message on `down/receipts`.
public struct ReceiptMessage: MessagePart {
    /// Headquarters' life: another one than before means that it was restored, and lost something. 1 to 64 bytes.
    public let epoch: String
    /// The receipts, at most 10,000.
    public let receipts: [Receipt]

    /// Receipts.
    public init(epoch: String, receipts: [Receipt]) {
        self.epoch = epoch
        self.receipts = receipts
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        epoch = try reader.text("epoch", max: 64)
        receipts = try reader.parts("receipts", as: Receipt.self, max: 10_000)
    }

    /// Reads a message.
    public init(_ payload: [UInt8]) throws(Refusal) {
        var reader = try ObjectReader(try JSONReader.read(payload, limits: .feed))
        try self.init(from: &reader)
    }

    /// The fields.
    public var json: JSON { .fields(("epoch", .string(epoch)), ("receipts", .parts(receipts))) }
}

/// What became of one event.
public struct Receipt: MessagePart {
    /// The event.
    public let id: String
    /// How long an id may be: longer than an event's, so that one which is too long can be refused by its name.
    public static let idBytesMax = 256
    /// What became of it.
    public let outcome: Outcome
    /// Why, when it is not durable: up to 1,024 bytes.
    public let reason: String?

    /// What can become of an event at headquarters.
    public enum Outcome: Equatable, Sendable {
        /// Headquarters has it on disk.
        case durable
        /// Headquarters will never take it.
        case refused
        /// One before it, of the same subject, is missing.
        case blocked
        /// A word of a later version: the event stays unreceipted, the word is noted.
        case unknown(String)

        /// The name in the message.
        public var name: String {
            switch self {
            case .durable: "durable"
            case .refused: "refused"
            case .blocked: "blocked"
            case .unknown(let name): name
            }
        }
    }

    /// A receipt.
    public init(id: String, outcome: Outcome, reason: String? = nil) {
        self.id = id
        self.outcome = outcome
        self.reason = reason
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        id = try reader.text("id", max: Self.idBytesMax)
        outcome =
            switch try reader.text("outcome", max: 64) {
            case "durable": .durable
            case "refused": .refused
            case "blocked": .blocked
            case let other: .unknown(other)
            }
        reason = try reader.optionalText("reason", max: 1_024)
    }

    /// The fields.
    public var json: JSON {
        .fields(("id", .string(id)), ("outcome", .string(outcome.name)), ("reason", reason.map(JSON.string)))
    }
}
