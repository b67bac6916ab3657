// Commands that the ledger answers are carried to its thread; the asker waits a bounded time.

import Contract
import DeviceBus
import EdgeAgent
import ShopModel

/// The ledger's own commands.
enum LedgerRoutes {
    static let table = Dictionary(
        uniqueKeysWithValues: LedgerCommand.all.map { command in
            (
                command.name,
                ControlRoute(journal: command.changes ? .ledger : .none) { request, asker, room throws(Refusal) in
                    try LedgerErrands.run(room) { ledger, lineIsUp throws(StorageFailure) in
                        let outcome = try ledger.control(
                            request, by: asker, lineIsUp: lineIsUp, version: Version.text, startedAt: room.startedAt)
                        return (.success(outcome.answer), outcome.turn)
                    }
                }
            )
        })
}

extension LedgerRoutes {
    /// Answers a request by the ledger, for a route that does more besides.
    static func answer(
        _ request: ControlRequest, _ asker: ControlAsker, _ room: SharedRoom
    ) throws(Refusal) -> ControlAnswer {
        guard let route = table[request.command] else {
            throw .unknownCommand(request.command, known: Array(table.keys))
        }
        return try route.answer(request, asker, room)
    }
}

/// Work for the ledger's thread that somebody on another one waits for.
enum LedgerErrands {
    /// How long an asker waits for the ledger: a healthy one answers within milliseconds.
    private static let waitMillisecondsMax: Int32 = 5_000

    /// Runs work between two turns of the ledger.
    ///
    /// - Returns: what the work found, once whatever it changed is on disk.
    /// - Throws: what the work refused; `agent.busy`, with nothing done, when too much waits already; `agent.stuck`
    ///   when no answer came in time: then the work may still be done later.
    static func run<Answer: Sendable>(
        _ room: SharedRoom, waitMilliseconds: Int32 = waitMillisecondsMax,
        _ work:
            @escaping @Sendable (_ ledger: Ledger, _ lineIsUp: Bool) throws(StorageFailure) -> (
                Result<Answer, Refusal>, TurnOutcome?
            )
    ) throws(Refusal) -> Answer {
        guard let letter = Letter<Result<Answer, Refusal>>() else { throw Refusal(.agentBusy) }
        let sent = room.errands.send(
            LedgerErrand { ledger, lineIsUp throws(StorageFailure) in
                let (answer, turn) = try work(ledger, lineIsUp)
                letter.put(answer)
                return turn
            })
        guard sent else { throw Refusal(.agentBusy) }
        guard let answer = letter.wait(milliseconds: waitMilliseconds) else {
            throw Refusal(.agentStuck, [.integer("seconds", Int(waitMilliseconds / 1_000))])
        }
        return try answer.get()
    }
}
