// What every message of a device has around the fields of its verb.

import ShopModel

/// Who sent a message, under which id, and what is to be echoed.
public struct Envelope: Equatable, Sendable {
    /// The id minted by the sender, the same when it sends again; `nil` for a bare scan only.
    public let id: CommandID?
    /// What is asked or to be done.
    public let verb: Verb
    /// When, by the sender's clock, which nobody trusts.
    public let at: Instant?
    /// The clerk who acts.
    public let clerk: ClerkID?
    /// The seat of a backend that serves many clerks: up to 32 bytes, echoed.
    public let seat: String?
    /// Whatever the sender wants back: up to 256 bytes, echoed.
    public let context: String?
    /// Fields that must be understood for the message to make sense; otherwise it is refused.
    public let must: [String]

    /// An envelope.
    public init(
        id: CommandID?, verb: Verb, at: Instant? = nil, clerk: ClerkID? = nil, seat: String? = nil,
        context: String? = nil, must: [String] = []
    ) {
        self.id = id
        self.verb = verb
        self.at = at
        self.clerk = clerk
        self.seat = seat
        self.context = context
        self.must = must
    }

    /// The same envelope under another id.
    public func identified(by id: CommandID) -> Envelope {
        Envelope(id: id, verb: verb, at: at, clerk: clerk, seat: seat, context: context, must: must)
    }

    /// Reads the envelope's fields.
    ///
    /// - Parameter topic: where the message came in; what it says and what the message says must agree.
    init(from reader: inout ObjectReader, on topic: DeviceTopic) throws(Refusal) {
        guard let idField = reader.optional("id") else { throw Refusal(.contractIDMissing, field: "/id") }
        guard case .string(let text) = idField.value, let id = CommandID(text) else {
            let seen = idField.value.text ?? idField.value.typeName
            throw Refusal(.contractIDMalformed, field: "/id", [.text("seen", String(seen.prefix(64)))])
        }
        self.id = id
        verb = try Self.verb(try reader.optionalText("verb", max: 64), on: topic)
        at = try reader.optionalInstant("at")
        clerk = try reader.optionalIdentifier("clerk", as: ClerkID.self)
        seat = try reader.optionalText("seat", max: 32)
        context = try reader.optionalText("context", max: 256)
        must = try reader.texts("must", max: 32, bytesMax: 64)
    }

    /// The verb that topic and message name together.
    ///
    /// - Throws: `contract.verbMissing`, `contract.verbMismatch`, `contract.unknownVerb`, `contract.wrongBranch`,
    ///   `contract.topic` for a presence.
    static func verb(_ named: String?, on topic: DeviceTopic) throws(Refusal) -> Verb {
        let text: String
        switch topic {
        case .presence:
            throw Refusal(
                .contractTopic,
                [.text("topic", topic.description), .text("expected", "shop/v1/<device>/ask|do/<verb>")])
        case .single:
            guard let named else {
                throw Refusal(.contractVerbMissing, field: "/verb", [.text("topic", topic.description)])
            }
            text = named
        case .ask(_, let verb), .command(_, let verb):
            if let named, named != verb {
                throw Refusal(
                    .contractVerbMismatch, field: "/verb", [.text("verb", named), .text("topicVerb", verb)])
            }
            text = verb
        case .stray(_, let topic): throw DeviceTopic.refusal(topic)
        }
        guard let verb = Verb(rawValue: text) else {
            throw Refusal(
                .contractUnknownVerb, field: named == nil ? nil : "/verb",
                [.text("verb", text), .text("nearest", Verb.nearest(to: text).rawValue)])
        }
        let fits =
            switch topic {
            case .ask: verb.isQuestion
            case .command: !verb.isQuestion
            case .single, .presence, .stray: true
            }
        guard fits else {
            throw Refusal(.contractWrongBranch, [.text("verb", verb.rawValue), .text("expected", verb.branch)])
        }
        return verb
    }

    /// The fields, `verb` only where the topic does not say it.
    func json(namingVerb: Bool) -> JSON {
        .fields(
            ("id", id?.json), ("verb", namingVerb ? verb.json : nil), ("at", at?.json), ("clerk", clerk?.json),
            ("seat", seat.map(JSON.string)), ("context", context.map(JSON.string)),
            ("must", must.isEmpty ? nil : .texts(must)))
    }
}
