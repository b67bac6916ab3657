// Whether the clock leapt, or stands before what was committed already: seen by the agent, or by its ledger's last write.

import Contract
import Glibc
import ShopModel

/// Leaps of the clock.
enum ClockJump {
    /// The clock has not jumped, nor gone back behind what was committed.
    static let rung = Rung(
        "clock.jump", needs: ["clock.offset", "disk.answers"], after: ["clock.synchronised"]
    ) { context in
        let seen: Verdict
        if case .success(let health) = context.health, let clock = health["clock"] {
            seen = seenByTheAgent(health, clock, context)
        } else {
            seen = seenByTheLedger(context)
        }
        // A year that is wrong has to be told before all that only seems to be over for it, or not to have begun.
        return seen.kind == .fault ? seen : behindThePrograms(context) ?? seen
    }

    /// Behind by less, time waits for the clock and nobody notices (DESIGN law 6).
    private static let behindMilliseconds = 60_000

    private static func cause(_ words: Words) -> String {
        words.say(
            "somebody set it, or it was wrong at a start", "quelqu'un l'a réglée, ou elle était fausse à un démarrage")
    }

    private static func mend(_ words: Words) -> String {
        words.say(
            "look at the battery and the time service: edgectl check --only clock; journalctl -g 'time has been changed'",
            "voir la pile et le service de temps : edgectl check --only clock ; journalctl -g 'time has been changed'")
    }

    private static func seenByTheAgent(_ health: JSON, _ clock: JSON, _ context: CheckContext) -> Verdict {
        let words = context.words
        func moment(_ json: JSON?) -> Instant? { json?.text.flatMap(Instant.init(rfc3339:)) }
        if let shopTime = moment(clock["shopTime"]), let takenAt = moment(health["figures"]?["takenAt"]),
            shopTime - takenAt > behindMilliseconds
        {
            return behindTheShop(Int(shopTime - takenAt), isTrusted: clock["trust"]?.text == "trusted", words)
        }
        let steps = clock.number("stepsSeen")
        let size = clock["lastStepMilliseconds"]?.integer.map { words.length(abs($0)) } ?? ""
        if clock["trust"]?.text == "untrusted" { return untrusted(clock, context) }
        guard steps > 0 else {
            return .fine(words.say("no jump since the agent started", "aucun saut depuis le démarrage de l'agent"))
        }
        return .warning(
            "clock.jumped",
            words.say(
                "the clock was set \(steps) times since the agent started, last by \(size)",
                "l'horloge a été changée \(steps) fois depuis le démarrage de l'agent, en dernier de \(size)"),
            cause: cause(words), mend: mend(words), .init("steps", .count(steps)))
    }

    /// The agent's own time stands before none that it told already: it waits for the clock, or counts by itself.
    private static func behindTheShop(_ milliseconds: Int, isTrusted: Bool, _ words: Words) -> Verdict {
        let size = words.length(milliseconds)
        let seen = words.say(
            "the clock is \(size) behind what the agent committed",
            "l'horloge retarde de \(size) sur ce que l'agent a noté")
        let fact = JSON.Member("millisecondsBehind", .count(milliseconds))
        guard isTrusted else {
            return .fault(
                "clock.behind", seen, cause: cause(words),
                mend: words.say(
                    "let the box reach a time server: timedatectl; the agent counts time by itself meanwhile.",
                    "que la machine joigne un serveur de temps : timedatectl ; l'agent compte le temps lui-même d'ici là."
                ),
                fact)
        }
        return .fault(
            "clock.behind", seen,
            cause: words.say(
                "it is right now, and was ahead when that was committed: the shop's time stands still until then",
                "elle est juste, et avançait quand cela a été noté : l'heure du magasin est arrêtée jusque-là"),
            mend: words.say(
                "wait \(size): no hold ends before. If that is too long: headquarters, and a backup from before.",
                "attendre \(size) : aucune réservation ne finit avant. Si c'est trop : le siège, et une sauvegarde d'avant."
            ),
            fact)
    }

    private static func untrusted(_ clock: JSON, _ context: CheckContext) -> Verdict {
        let words = context.words
        let seen = words.say(
            "the agent does not trust the clock: holds may end late",
            "l'agent ne se fie pas à l'horloge : des réservations peuvent finir en retard")
        switch context.verdict(of: "clock.synchronised") {
        case let other? where other.kind == .fine:
            // The agent may not ask the kernel itself under its unit's system-call filter.
            return .fault(
                "clock.untrusted", seen,
                cause: words.say(
                    "it is synchronised, but the agent is not told so: its witness edged-clock does not speak",
                    "elle est synchronisée, mais l'agent ne l'apprend pas : son témoin edged-clock se tait"),
                mend: words.say(
                    "sudo systemctl restart edged-clock; if it ends again: journalctl -u edged-clock -n 30",
                    "sudo systemctl restart edged-clock ; s'il s'arrête encore : journalctl -u edged-clock -n 30"))
        case let other? where other.kind != .unknown:
            // That nothing synchronises the clock is why, and is told on its own rung.
            return .skipped(because: other.because ?? "clock.synchronised", words)
        default: return .fault("clock.untrusted", seen, cause: cause(words), mend: mend(words))
        }
    }

    /// Behind the box's own programs by more, and not only by what another machine's clock was off when it built them.
    private static let behindProgramsMilliseconds = 86_400_000

    /// The clock stands before the box's programs were made, while nobody vouches for it; `nil` when it does not.
    private static func behindThePrograms(_ context: CheckContext) -> Verdict? {
        guard context.verdict(of: "clock.offset")?.kind != .fine,
            context.verdict(of: "clock.synchronised")?.kind != .fine,
            let evidence = ClockEvidence.ofPrograms(context)
        else { return nil }
        let behind = evidence.milliseconds(after: context.machineTime)
        guard behind > behindProgramsMilliseconds else { return nil }
        let words = context.words
        return .fault(
            "clock.behind",
            words.say(
                "the clock is at least \(words.length(behind)) behind",
                "l'horloge retarde d'au moins \(words.length(behind))"),
            cause: words.say(
                "it says \(context.machineTime.description.prefix(10)), and \(evidence.path) is of \(evidence.at.description.prefix(10))",
                "elle dit \(context.machineTime.description.prefix(10)), et \(evidence.path) est du \(evidence.at.description.prefix(10))"
            ),
            mend: words.say(
                "set it: sudo timedatectl set-time 'YYYY-MM-DD hh:mm:ss'; then its battery and a time server; then: sudo systemctl restart edged",
                "réglez-la : sudo timedatectl set-time 'AAAA-MM-JJ hh:mm:ss' ; puis sa pile et un serveur de temps ; puis : sudo systemctl restart edged"
            ),
            .init("millisecondsBehind", .count(behind)))
    }

    private static func seenByTheLedger(_ context: CheckContext) -> Verdict {
        let words = context.words
        guard let evidence = ClockEvidence.ofState(context) else {
            return .unknown(words.say("there is no ledger to compare with", "aucun registre auquel comparer"))
        }
        let behind = evidence.milliseconds(after: context.machineTime)
        guard behind > behindMilliseconds else {
            return .fine(words.say("not behind the ledger", "pas en retard sur le registre"))
        }
        return .fault(
            "clock.behind",
            words.say(
                "the clock is \(words.length(behind)) behind the agent's last write",
                "l'horloge retarde de \(words.length(behind)) sur la dernière écriture de l'agent"),
            cause: cause(words), mend: mend(words))
    }
}
