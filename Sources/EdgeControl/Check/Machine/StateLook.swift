// The agent's files while no agent has them: edged itself looks through copies of them, under its own lock.

import Contract

/// What `edged --check-state` said.
enum StateLook: Sendable {
    /// What it found, see `OfflineState` of edged.
    case found(JSON)
    /// An agent has the files.
    case inUse
    /// It could not look: a code of edged's and a sentence.
    case failed(code: String, detail: String)
    /// It could not be asked.
    case notAsked(ToolRun)

    /// Looks once a check, whoever wants to know.
    static func taken(_ context: CheckContext) -> StateLook {
        context.shared("state.look") {
            let run = ToolRun.run(
                context.edged, ["--check-state", "--config", context.configurationPath],
                environment: context.words.environment, seconds: 18)
            if run.ending == .exited(75) { return .inUse }
            guard let answer = try? JSONReader.read(run.output) else { return .notAsked(run) }
            if let problem = answer["problem"] {
                return .failed(code: problem.plain("code"), detail: problem.plain("detail"))
            }
            return .found(answer)
        }
    }

    /// What is found out about the files, or a verdict that says why nothing is.
    static func found(_ context: CheckContext) -> Result<JSON, Unable> {
        let words = context.words
        switch taken(context) {
        case .found(let answer): return .success(answer)
        case .inUse:
            return .failure(
                Unable(
                    verdict: .unknown(
                        words.say("an agent has it open and does not answer", "un agent l'a ouvert et ne répond pas"))))
        case .failed(_, let detail): return .failure(Unable(verdict: .unknown(detail)))
        case .notAsked(let run):
            let reason: String
            switch run.ending {
            case .timedOut:
                reason = words.say(
                    "too large to look through now: sudo edged --check-state --config \(context.configurationPath)",
                    "trop grand pour être parcouru maintenant : sudo edged --check-state --config \(context.configurationPath)"
                )
            case .notStarted:
                reason = words.say("the program edged is not found", "le programme edged est introuvable")
            default:
                reason =
                    run.complaintLine.isEmpty
                    ? words.say("edged said nothing", "edged n'a rien dit") : run.complaintLine
            }
            return .failure(Unable(verdict: .unknown(reason)))
        }
    }

    /// Why nothing could be found out.
    struct Unable: Error {
        let verdict: Verdict
    }
}
