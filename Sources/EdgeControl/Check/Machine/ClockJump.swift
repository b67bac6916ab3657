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
        guard case .success(let health) = context.health, let clock = health["clock"] else {
            return seenByTheLedger(context)
        }
        return seenByTheAgent(health, clock, context)
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

    private static func seenByTheLedger(_ context: CheckContext) -> Verdict {
        let words = context.words
        var status = stat()
        guard stat(context.stateDirectory + "/ledger.db", &status) == 0 else {
            return .unknown(words.say("there is no ledger to compare with", "aucun registre auquel comparer"))
        }
        let behind = (status.st_mtim.tv_sec - time(nil)) * 1_000
        guard behind > behindMilliseconds else {
            return .fine(words.say("not behind the ledger", "pas en retard sur le registre"))
        }
        return .fault(
            "clock.behind",
            words.say(
                "the clock is \(words.length(behind)) behind the ledger's last write",
                "l'horloge retarde de \(words.length(behind)) sur la dernière écriture du registre"),
            cause: cause(words), mend: mend(words))
    }
}
