// The commands of the control socket that the ledger answers: questions, which only read, and acts, which change.

import Contract
import ShopCore
import ShopModel

/// A command of the control socket that the ledger answers, on its own thread.
///
/// Each noun lists its commands in a file of its own:
///
/// ```swift
/// extension LedgerCommand {
///     static let queue = [
///         question("queue.show") { fields throws(Refusal) in
///             let id = try fields.text("id", max: 256)
///             return { ledger, _ in try ledger.queued(id) }
///         }
///     ]
/// }
/// ```
public struct LedgerCommand: Sendable {
    /// The name that a request has, `noun.verb`.
    public let name: String
    /// Whether it changes anything; then only technicians may use it, and it is journalled with who did.
    public let changes: Bool
    /// Reads the command's own fields, and says what is to be done. What is left unread is refused.
    let read: @Sendable (inout ObjectReader) throws(Refusal) -> Work

    /// What is to be done.
    enum Work {
        case question(Question)
        case act(ControlAct)
    }

    /// Reads from the ledger; throws a `Refusal` or a `StorageFailure`.
    typealias Question = (Ledger, ControlContext) throws -> JSON

    /// A command that only reads.
    static func question(
        _ name: String, _ read: @escaping @Sendable (inout ObjectReader) throws(Refusal) -> Question
    ) -> LedgerCommand {
        LedgerCommand(name: name, changes: false) { fields throws(Refusal) in .question(try read(&fields)) }
    }

    /// A command that changes something.
    static func act(
        _ name: String, _ read: @escaping @Sendable (inout ObjectReader) throws(Refusal) -> ControlAct
    ) -> LedgerCommand {
        LedgerCommand(name: name, changes: true) { fields throws(Refusal) in .act(try read(&fields)) }
    }

    /// All of them.
    public static let all: [LedgerCommand] =
        status + queue + queueActs + customers + explain + stock + devices + export + scan

    /// The command of that name.
    static func named(_ name: String) -> LedgerCommand? { all.first { $0.name == name } }
}

/// A change that a technician asks for.
struct ControlAct {
    /// What it is about, as the journal keeps it: never what was typed where that may be a person's card.
    let target: (Ledger) throws(StorageFailure) -> String
    /// Why, in the technician's words.
    let reason: String?
    /// Changes the rows of the turn. A refusal leaves nothing behind but the journal's word of it. The author's seed is
    /// the act's own, so that each event that it emits has an id of its own.
    let perform: (Ledger, inout Author, Turn) throws -> JSON

    /// The longest reason, in bytes.
    static let reasonBytesMax = 200

    init(
        target: String, reason: String? = nil, perform: @escaping (Ledger, inout Author, Turn) throws -> JSON
    ) {
        self.init(target: { _ in target }, reason: reason, perform: perform)
    }

    /// An act whose target only the ledger knows by its name.
    init(
        target: @escaping (Ledger) throws(StorageFailure) -> String, reason: String? = nil,
        perform: @escaping (Ledger, inout Author, Turn) throws -> JSON
    ) {
        self.target = target
        self.reason = reason
        self.perform = perform
    }
}

/// What a question may need beside the ledger.
public struct ControlContext: Sendable {
    /// Whether headquarters' link is up.
    public let lineIsUp: Bool
    /// The agent's version.
    public let version: String
    /// When the process started.
    public let startedAt: Instant
    /// The language of the answer.
    public let language: Language

    /// What a question may need beside the ledger.
    public init(lineIsUp: Bool, version: String, startedAt: Instant, language: Language) {
        self.lineIsUp = lineIsUp
        self.version = version
        self.startedAt = startedAt
        self.language = language
    }
}
