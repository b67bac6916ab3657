// Where requests of the control socket come in: who asks, what for, whether they may, and who answers it.

import Contract
import ControlSocket
import EdgeAgent
import Logging
import ShopModel

/// Receives the lines of the control socket. Questions are answered beside each other, so that nobody waits for what
/// another asked; changes one after the other, in the order they came.
struct ControlCounter: Sendable {
    private let room: SharedRoom
    private let technicians: Technicians

    init(_ room: SharedRoom) {
        self.room = room
        technicians = Technicians()
    }

    /// Takes one line, and says how it is answered.
    func receive(_ line: [UInt8], from peer: Peer) -> Reception {
        var language = room.profile.language
        do throws(Refusal) {
            let request = try ControlRequest(line)
            if let asked = request.language { language = asked }
            guard let route = ControlRoutes.table[request.command] else {
                throw .unknownCommand(request.command, known: Array(ControlRoutes.table.keys))
            }
            return route.changes
                ? .inTurn { [language] in change(request, route, peer, in: language).encoded() }
                : .beside { [language] in look(request, route, peer, in: language).encoded() }
        } catch {
            return .answered(ControlAnswer.refused(error, in: language).encoded())
        }
    }

    private func look(
        _ request: ControlRequest, _ route: ControlRoute, _ peer: Peer, in language: Language
    ) -> ControlAnswer {
        do throws(Refusal) {
            // A name costs a look into the box's users, which only a change is worth.
            return try route.answer(request, technicians.asker(peer, isNamed: false), room)
        } catch {
            return .refused(error, in: language)
        }
    }

    /// Lets a technician change something, and says so in the log, whatever came of it.
    private func change(
        _ request: ControlRequest, _ route: ControlRoute, _ peer: Peer, in language: Language
    ) -> ControlAnswer {
        let asker = technicians.asker(peer, isNamed: true)
        var answer: ControlAnswer
        do throws(Refusal) {
            try asker.requireTechnician(for: request.command)
            answer = try route.answer(request, asker, room)
            if case .fields(let fields) = route.journal { try journal(request, fields, answer, asker) }
        } catch {
            answer = .refused(error, in: language)
        }
        // Never the reason: it is free text, and people write names.
        var facts: [(name: String, value: String)] =
            [
                ("command", request.command), ("user", asker.name), ("uid", "\(asker.user)"),
                ("pid", "\(asker.process)"), ("outcome", answer.outcome),
            ] + (answer.act.map { [("act", $0)] } ?? [])
        // What is refused anybody may ask for in a loop; what is done is done by people, and none of it is left out.
        // What was refused names whatever somebody typed, which may be a person: only what was done is shown.
        if case .done = answer {
            if let target = route.target(of: request) { facts.append(("target", target)) }
            room.log.logAlways(.notice, "control.changed", facts)
        } else {
            room.log.log(.warning, "control.refused", facts)
        }
        return answer
    }

    /// Journals what was changed outside of the ledger, before the answer leaves.
    private func journal(
        _ request: ControlRequest, _ fields: ControlRoute.JournalFields, _ answer: ControlAnswer,
        _ asker: ControlAsker
    ) throws(Refusal) {
        var request = request
        let target = request.fields.value(fields.target)?.text ?? request.command
        let reason = fields.reason.flatMap { request.fields.value($0)?.text }
        let outcome = answer.outcome
        let command = request.command
        try LedgerErrands.run(room) { ledger, _ throws(StorageFailure) in
            do throws(StorageFailure) {
                let turn = try ledger.journal(command, target: target, reason: reason, outcome: outcome, by: asker)
                return (.success(()), turn)
            } catch .full {
                return (.failure(Refusal(.controlNotJournalled, [.text("command", command)])), nil)
            }
        }
    }
}

extension ControlAnswer {
    /// Under which number the journal of acts has it, when the answer says so.
    fileprivate var act: String? {
        if case .done(let result) = self, let number = result["act"]?.integer { String(number) } else { nil }
    }

    /// `done`, or the code of the refusal.
    var outcome: String {
        switch self {
        case .done: "done"
        case .refused(let problem): problem.code
        }
    }
}
