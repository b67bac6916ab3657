// Where the control socket's commands are done: on the ledger's thread, between two turns or as a turn of their own.

import Contract
import ShopCore
import ShopModel

/// What came of a command of the control socket.
public struct ControlOutcome: Sendable {
    /// What the asker is told. Whatever it tells of is on disk.
    public let answer: ControlAnswer
    /// What leaves for headquarters and devices after the answer's commit; `nil` when nothing was changed.
    public let turn: TurnOutcome?
}

extension Ledger {
    /// Answers a request of the control socket. A question changes nothing, and its work is bounded by the page asked
    /// for; an act is one transaction with its line in the journal of acts.
    ///
    /// - Returns: the answer, in the request's language; what cannot be answered is refused in it.
    /// - Throws: `.broken` while something was changed, upon which the process has to end without a word.
    public func control(
        _ request: ControlRequest, by asker: ControlAsker, lineIsUp: Bool, version: String, startedAt: Instant
    ) throws(StorageFailure) -> ControlOutcome {
        let language = request.language ?? profile.language
        let context = ControlContext(
            lineIsUp: lineIsUp, version: version, startedAt: startedAt, language: language)
        let act: ControlAct
        do throws(Refusal) {
            switch try work(of: request, by: asker) {
            case .question(let question):
                return ControlOutcome(answer: .done(try answer(question, context)), turn: nil)
            case .act(let asked): act = asked
            }
        } catch {
            return ControlOutcome(answer: .refused(error, in: language), turn: nil)
        }
        return try perform(act, request.command, by: asker, in: language)
    }

    private func work(
        of request: ControlRequest, by asker: ControlAsker
    ) throws(Refusal) -> LedgerCommand.Work {
        guard let command = LedgerCommand.named(request.command) else {
            throw .unknownCommand(request.command, known: LedgerCommand.all.map(\.name))
        }
        if command.changes { try asker.requireTechnician(for: command.name) }
        var fields = request.fields
        let work = try command.read(&fields)
        try fields.refuseUnknown()
        return work
    }

    /// Keeps in the journal what was changed outside of the ledger.
    ///
    /// - Throws: `.full` when there is no room for it, and `.broken`.
    public func journal(
        _ command: String, target: String, reason: String?, outcome: String, by asker: ControlAsker
    ) throws(StorageFailure) -> TurnOutcome {
        try takeTurn { (turn) throws(StorageFailure) in
            _ = try self.journal(command, target: target, reason: reason, outcome: outcome, by: asker, in: turn)
        }
    }

    private func answer(
        _ question: LedgerCommand.Question, _ context: ControlContext
    ) throws(Refusal) -> JSON {
        do {
            try storage.begin()
            // Nothing was written, so there is nothing to commit; and a rollback cannot fail.
            defer { storage.rollback() }
            return try question(self, context)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            // A disk that is broken for good ends the process at the next turn; the question only says what it saw.
            throw Refusal(.controlStorageFailed, [.text("reason", "\(error)")])
        }
    }

    /// Does an act and its line in the journal in one commit. An act that is refused leaves that line alone.
    private func perform(
        _ act: ControlAct, _ command: String, by asker: ControlAsker, in language: Language
    ) throws(StorageFailure) -> ControlOutcome {
        var answer: ControlAnswer?
        do throws(StorageFailure) {
            let outcome = try takeTurn { (turn) throws(StorageFailure) in
                answer = try decide(act, command, by: asker, in: language, turn)
            }
            guard let answer else { throw .broken("The act \(command) came to no end.") }
            return ControlOutcome(answer: answer, turn: outcome)
        } catch .full {
            return ControlOutcome(answer: .refused(Refusal(.agentDiskFull), in: language), turn: nil)
        }
    }

    private func decide(
        _ act: ControlAct, _ command: String, by asker: ControlAsker, in language: Language, _ turn: Turn
    ) throws(StorageFailure) -> ControlAnswer {
        let changesBefore = turn.changes
        let target = try act.target(self)
        func journal(_ outcome: String) throws(StorageFailure) -> Int64 {
            try self.journal(
                command, target: target, reason: act.reason, outcome: outcome, by: asker, in: turn)
        }
        try storage.savepoint()
        do {
            let number = try journal("done")
            var author = Author(seed: "act/\(incarnation)/\(number)", by: command, at: turn.now)
            let result = try act.perform(self, &author, turn)
            try storage.releaseSavepoint()
            return .done(.object([.init("act", .integer(number))] + result.objectMembers))
        } catch let refusal as Refusal {
            try storage.rollbackToSavepoint()
            turn.changes = changesBefore
            _ = try journal(refusal.code.name)
            return .refused(refusal, in: language)
        } catch let failure as StorageFailure {
            throw failure
        } catch {
            throw .broken("The act \(command) failed in a way that has no name: \(error)")
        }
    }

    private func journal(
        _ command: String, target: String, reason: String?, outcome: String, by asker: ControlAsker, in turn: Turn
    ) throws(StorageFailure) -> Int64 {
        turn.changedAnything = true
        return try storage.append(
            OperatorAct(
                at: turn.now, user: asker.user, name: asker.name, command: command, target: target, reason: reason,
                outcome: outcome))
    }
}

extension ControlAsker {
    /// Refuses a change by somebody who may only read.
    ///
    /// - Throws: `control.notTechnician`.
    public func requireTechnician(for command: String) throws(Refusal) {
        guard !mayChange else { return }
        throw Refusal(.controlNotTechnician, [.text("user", name), .text("command", command)])
    }
}

extension Refusal {
    /// A command that nobody here knows.
    public static func unknownCommand(_ command: String, known: [String]) -> Refusal {
        Refusal(
            .controlUnknownCommand, field: "/command", [.text("command", command), .texts("known", known.sorted())])
    }
}
