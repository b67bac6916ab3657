// The agent: does it run, in which release, do its commits come through, do its loops turn?

import Contract
import Glibc
import ShopModel

extension CheckContext {
    /// Whether the agent answers.
    var isAgentAlive: Bool { if case .success = health { true } else { false } }
}

/// What may be wrong with the agent.
enum AgentRungs {
    static let all = [running, version, configuration, commit, watchdog]

    /// What keeps an agent from starting: when one of these is at fault, that it does not run is no news.
    private static let reasons = [
        "configuration.file", "configuration.rights", "clock.zone", "state.directory", "state.secrets",
        "state.database", "state.schema",
        "disk.answers", "disk.readOnly", "disk.space", "disk.inodes", "disk.latency",
    ]

    /// For so long a bad end is told by itself, though the agent runs again.
    private static let notableMilliseconds: Int64 = 86_400_000

    /// It answers on its socket.
    private static let running = Rung("agent.running", explainedBy: reasons, seconds: 12) { context in
        let words = context.words
        switch context.health {
        case .success(let health):
            var seen = words.say(
                "edged \(health.plain("version")), process \(health.plain("pid")), since \(words.moment(health["since"]))",
                "edged \(health.plain("version")), processus \(health.plain("pid")), depuis \(words.moment(health["since"]))"
            )
            var isNotable = false
            if let stop = health["lastStop"], stop["clean"]?.truth == false {
                seen +=
                    words.say("; its last stop: ", " ; son dernier arrêt : ")
                    + AgentEnding.word(stop.plain("reason"), words)
                if let at = stop["at"]?.text.flatMap(Instant.init(rfc3339:)) {
                    seen += " (\(words.age(stop["at"])))"
                    isNotable = words.now - at < Self.notableMilliseconds
                }
            }
            let unclean = health["uncleanStops30d"]?.integer ?? 0
            let power = health["powerLosses30d"]?.integer ?? 0
            let lately = health["uncleanStops1h"]?.integer ?? 0
            guard unclean < 10, lately < 3 else {
                return .warning(
                    "agent.diesOften",
                    lately < 3
                        ? words.say("it died \(unclean) times in 30 days", "il est mort \(unclean) fois en 30 jours")
                        : words.say(
                            "it runs, and died \(lately) times within the last hour",
                            "il tourne, et est mort \(lately) fois dans la dernière heure"),
                    cause: words.say(
                        "in 30 days: \(power) power cuts, \(unclean - power) ends of the program itself",
                        "en 30 jours : \(power) coupures de courant, \(unclean - power) fins du programme lui-même"),
                    mend: power * 2 > unclean
                        ? words.say(
                            "another power supply, or a small UPS; it loses nothing, the shop waits each time.",
                            "une autre alimentation, ou un petit onduleur ; rien n'est perdu, le magasin attend chaque fois."
                        )
                        : words.say(
                            "journalctl -u edged -p warning, and for support: sudo edgectl bundle",
                            "journalctl -u edged -p warning, et pour le support : sudo edgectl bundle"))
            }
            var verdict = Verdict.fine(seen)
            verdict.isNotable = isNotable
            return verdict
        case .failure(let failure):
            if failure.code == "control.permissionDenied" {
                return .hidden("\(failure.message) \(failure.mend ?? "")")
            }
            if failure.code == "control.unknownCommand" {
                return .fine(words.say("an earlier release answers", "une version antérieure répond"))
            }
            return AgentEnding.verdict(failure, context)
        }
    }

    /// Tool and agent are of one release.
    private static let version = Rung("agent.version", needs: ["agent.running"]) { context in
        let words = context.words
        guard case .success(let health) = context.health, let agent = health["version"]?.text else {
            return .unknown(words.say("the agent does not say", "l'agent ne le dit pas"))
        }
        guard agent != Release.version else { return .fine(agent) }
        return .warning(
            "agent.otherVersion",
            words.say(
                "the agent is \(agent), this tool \(Release.version)",
                "l'agent est en \(agent), cet outil en \(Release.version)"),
            cause: words.say(
                "a package was installed and the agent not started again",
                "un paquet a été installé sans redémarrer l'agent"),
            mend: "sudo systemctl restart edged")
    }

    /// The agent works with the configuration that is in the file. That it refused a file which is wrong is no news.
    private static let configuration = Rung(
        "agent.configuration", needs: ["agent.running"], explainedBy: ["configuration"]
    ) { context in
        let words = context.words
        guard case .success(let health) = context.health, let loaded = health["configuration"] else {
            return .unknown(words.say("the agent does not say", "l'agent ne le dit pas"))
        }
        if let reason = loaded["refused"]?.text {
            return .warning(
                "agent.reloadRefused",
                words.say("the last reload was refused", "le dernier rechargement a été refusé"), cause: reason,
                mend: words.say(
                    "correct the file, then: sudo systemctl reload edged",
                    "corrigez le fichier, puis : sudo systemctl reload edged"))
        }
        let pending = loaded["pendingRestart"]?.list.map(\.plain) ?? []
        guard pending.isEmpty else {
            let keys = pending.joined(separator: ", ")
            return .warning(
                "agent.restartPending",
                words.say("changed, but not in effect: \(keys)", "changé, mais pas en vigueur : \(keys)"),
                cause: words.say(
                    "a reload does not take these over", "un rechargement ne suffit pas pour ces clés"),
                mend: "sudo systemctl restart edged")
        }
        return .fine(words.say("as in the file", "conforme au fichier"))
    }

    /// Commits come through quickly.
    private static let commit = Rung("agent.commit", needs: ["agent.running"], explainedBy: ["disk"]) { context in
        let words = context.words
        guard case .success(let health) = context.health, let commit = health["lastCommit"] else {
            return .unknown(
                words.say("nothing was committed since its start", "rien n'a été enregistré depuis son démarrage"))
        }
        let slowest = commit.number("slowestMilliseconds1h")
        let seen = words.say(
            "the last at \(words.moment(commit["at"])), the slowest of an hour took \(slowest) ms",
            "le dernier à \(words.moment(commit["at"])), le plus lent de l'heure a pris \(slowest) ms")
        let fact = JSON.Member("slowestMilliseconds", .count(slowest))
        guard slowest >= 2_000 else { return .fine(seen, fact) }
        return .warning(
            "agent.slowCommits", seen,
            cause: words.say("the disk was slow or busy", "le disque était lent ou occupé"),
            mend: words.say(
                "edgectl check --only disk -v; sudo dmesg | tail -30",
                "edgectl check --only disk -v ; sudo dmesg | tail -30"),
            fact)
    }

    /// Its loops turn.
    private static let watchdog = Rung("agent.watchdog", needs: ["agent.running"], explainedBy: ["disk"]) { context in
        let words = context.words
        guard case .success(let health) = context.health, let loops = health["loops"]?.list, !loops.isEmpty else {
            return .unknown(words.say("the agent does not say", "l'agent ne le dit pas"))
        }
        let stuck = loops.filter { $0["stuck"]?.truth == true }
        guard let first = stuck.first else {
            return .fine(
                words.say("\(loops.count) loops turn", "\(loops.count) boucles tournent"))
        }
        let names = stuck.map { $0.plain("loop") }.joined(separator: ", ")
        return .fault(
            "agent.loopStuck",
            words.say(
                "the loop \(names) has been stuck for \(words.length(first.number("ageMilliseconds")))",
                "la boucle \(names) est bloquée depuis \(words.length(first.number("ageMilliseconds")))"),
            cause: words.say(
                "it waits for the disk or the network, or the program is at fault",
                "elle attend le disque ou le réseau, ou le programme est en défaut"),
            mend: words.say(
                "systemd starts the agent again by itself; if not: sudo systemctl restart edged; then journalctl -u edged",
                "systemd relance l'agent de lui-même ; sinon : sudo systemctl restart edged ; puis journalctl -u edged")
        )
    }
}
