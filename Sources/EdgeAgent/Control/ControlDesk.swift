// Where questions of the control socket are answered: on the ledger's thread, between two turns, reading only.

import Contract
import ShopCore
import ShopModel

/// What the agent's surroundings know and the ledger does not.
struct AgentFacts {
    /// Whether headquarters' link is up.
    let lineIsUp: Bool
    /// The agent's version.
    let version: String
    /// When the process started.
    let startedAt: Instant
}

extension Ledger {
    /// Answers one line of the control socket. Nothing changes by it, and the work is bounded by the page asked for.
    ///
    /// - Parameters:
    ///   - line: a JSON object, see `ControlRequest`.
    ///   - lineIsUp: whether headquarters' link is up.
    ///   - version: the agent's version.
    ///   - startedAt: when the process started.
    /// - Returns: one line without its end, see `ControlAnswer`: what cannot be answered is refused in it.
    public func control(_ line: [UInt8], lineIsUp: Bool, version: String, startedAt: Instant) -> [UInt8] {
        var language = profile.language
        do {
            let request = try ControlRequest(line)
            if let asked = request.language { language = asked }
            try storage.begin()
            // Nothing was written, so there is nothing to commit; and a rollback cannot fail.
            defer { storage.rollback() }
            let facts = AgentFacts(lineIsUp: lineIsUp, version: version, startedAt: startedAt)
            return ControlAnswer.done(try result(of: request.command, facts, in: language)).encoded()
        } catch let refusal as Refusal {
            return ControlAnswer.refused(refusal, in: language).encoded()
        } catch {
            // A disk that is broken for good ends the process at the next turn; the question only says what it saw.
            let refusal = Refusal(.controlStorageFailed, [.text("reason", "\(error)")])
            return ControlAnswer.refused(refusal, in: language).encoded()
        }
    }

    private func result(
        of command: ControlRequest.Command, _ facts: AgentFacts, in language: Language
    ) throws -> JSON {
        switch command {
        case .status: try status(facts, in: language)
        case .queueList(let lane, let state, let after, let limit):
            try queue(lane: lane, state: state, afterRow: after, limit: limit)
        case .queueShow(let id): try queued(id)
        case .explain(let id): try explain(id)
        case .stockShow(let item, let entries): try stock(item, entries: entries)
        case .stockList(let after, let limit): try stockPage(after: after, limit: limit)
        }
    }
}
