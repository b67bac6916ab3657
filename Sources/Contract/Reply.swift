// What a device is answered.

import ShopModel

/// The answer to a question or command.
public struct Reply: Equatable, Sendable {
    /// The id of what is answered; `nil` for a bare scan, and where no id could be read.
    public let id: CommandID?
    /// The verb as the sender named it.
    public let verb: String
    /// How it went.
    public let outcome: Outcome
    /// Whether this was decided before, and is told again.
    public let replayed: Bool
    /// The sender's own, echoed.
    public let context: String?
    /// The seat, echoed.
    public let seat: String?
    /// The verb's result, when done.
    public let result: JSON?
    /// Why not, otherwise.
    public let problem: Problem?

    /// How many bytes a reply may have: with its topic and properties it fits into the 262,144 of a packet that the shop's
    /// broker lets through. A longer one would be dropped there without a word, however often it is asked for.
    public static let bytesMax = 250_000
    /// How many bytes a result may have that is filled as far as it can be: the rest is for what stands around it.
    public static let resultBytesMax = 200_000

    /// How a request went.
    public enum Outcome: String, CaseIterable, Sendable {
        /// Done, and on disk.
        case done
        /// Not done, and nothing changed.
        case refused
        /// Not now: the same message may be sent again.
        case later
    }

    /// A reply.
    public init(
        id: CommandID?, verb: String, outcome: Outcome, replayed: Bool = false, context: String? = nil,
        seat: String? = nil, result: JSON? = nil, problem: Problem? = nil
    ) {
        self.id = id
        self.verb = verb
        self.outcome = outcome
        self.replayed = replayed
        self.context = context
        self.seat = seat
        self.result = result
        self.problem = problem
    }

    /// The answer to a request that was done.
    public static func done(_ envelope: Envelope, _ result: JSON) -> Reply {
        Reply(
            id: envelope.id, verb: envelope.verb.rawValue, outcome: .done, context: envelope.context,
            seat: envelope.seat, result: result)
    }

    /// The answer to a request that was refused. A refusal that allows the same id again is told as `later`.
    public static func refused(
        _ envelope: Envelope, _ refusal: Refusal, in language: Language, time: (Instant) -> String = { $0.description }
    ) -> Reply {
        Reply(
            id: envelope.id, verb: envelope.verb.rawValue, outcome: outcome(of: refusal), context: envelope.context,
            seat: envelope.seat, problem: Problem(refusal, in: language, time: time))
    }

    /// The answer to a message that could not be read.
    ///
    /// - Parameter verb: the verb of the topic; on a device's only topic what the message named, if anything.
    public static func unreadable(
        _ hint: EnvelopeHint, verb: String?, _ refusal: Refusal, in language: Language,
        time: (Instant) -> String = { $0.description }
    ) -> Reply {
        Reply(
            id: hint.id, verb: verb ?? hint.verb ?? "", outcome: outcome(of: refusal), context: hint.context,
            seat: hint.seat, problem: Problem(refusal, in: language, time: time))
    }

    private static func outcome(of refusal: Refusal) -> Outcome {
        refusal.code.retry == .sameId ? .later : .refused
    }

    /// The reply as JSON; `id` is always there, `null` for a bare scan.
    public var json: JSON {
        .fields(
            ("id", id?.json ?? .null), ("verb", .string(verb)), ("outcome", outcome.json),
            ("replayed", .bool(replayed)), ("context", context.map(JSON.string)), ("seat", seat.map(JSON.string)),
            ("result", result), ("problem", problem?.json))
    }

    /// The reply's bytes.
    public func encoded() -> [UInt8] { json.encoded() }

    /// A stored reply, told again: `replayed` becomes true, nothing else changes.
    ///
    /// - Parameter stored: bytes that `encoded()` gave.
    public static func replayed(_ stored: [UInt8]) throws(Refusal) -> Reply {
        let reply = try Reply(stored)
        return Reply(
            id: reply.id, verb: reply.verb, outcome: reply.outcome, replayed: true, context: reply.context,
            seat: reply.seat, result: reply.result, problem: reply.problem)
    }

    /// Reads a reply, as a device does.
    public init(_ payload: [UInt8]) throws(Refusal) {
        var reader = try ObjectReader(try JSONReader.read(payload, limits: .packet))
        id = try reader.optionalIdentifier("id", as: CommandID.self)
        verb = try reader.text("verb", max: 64, min: 0)
        outcome = try reader.choice("outcome", as: Outcome.self)
        replayed = try reader.truth("replayed")
        context = try reader.optionalText("context", max: 256)
        seat = try reader.optionalText("seat", max: 32)
        result = reader.value("result")
        problem = try reader.optionalPart("problem", as: Problem.self)
    }
}

/// Why a request was not done, for a person and for a program.
public struct Problem: MessagePart {
    /// The stable code; see `devices/contract/problems.json`.
    public let code: String
    /// A sentence for a person, in the shop's first language.
    public let detail: String
    /// Where in the message the cause lies, as a JSON pointer.
    public let field: String?
    /// What was seen and what was expected.
    public let facts: [JSON.Member]
    /// What the sender may do.
    public let retry: Refusal.Retry

    /// A refusal, told in a language.
    ///
    /// - Parameter time: how moments are written in the sentence; the facts have them in UTC.
    public init(_ refusal: Refusal, in language: Language, time: (Instant) -> String = { $0.description }) {
        code = refusal.code.name
        detail = refusal.sentence(in: language, time: time)
        field = refusal.field
        facts = refusal.facts.map { fact in
            switch fact.value {
            case .text(let text): JSON.Member(fact.name, .string(text))
            case .integer(let number): JSON.Member(fact.name, .count(number))
            case .instant(let instant): JSON.Member(fact.name, instant.json)
            case .texts(let texts): JSON.Member(fact.name, .texts(texts))
            case .words(let words): JSON.Member(fact.name, .string(words.names))
            }
        }
        retry = refusal.code.retry
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        code = try reader.text("code", max: 64)
        detail = try reader.text("detail", max: 65_536)
        field = try reader.optionalText("field", max: 4_096)
        facts = try reader.freeFields("facts", max: 64)
        retry = try reader.choice("retry", as: Refusal.Retry.self)
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("code", .string(code)), ("detail", .string(detail)), ("field", field.map(JSON.string)),
            ("facts", .object(facts)), ("retry", retry.json))
    }
}
