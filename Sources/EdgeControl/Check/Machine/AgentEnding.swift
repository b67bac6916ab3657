// Why an agent does not answer: what systemd, the processes and the socket know of it.

import Contract

/// An agent that does not answer.
enum AgentEnding {
    /// What is known of it.
    static func verdict(_ failure: Failure, _ context: CheckContext) -> Verdict {
        let words = context.words
        let mine = Processes.all(context).filter { process in
            process.name == "edged" && process.state != "Z" && process.arguments.contains(context.configurationPath)
                && process.arguments.contains("--config") && process.arguments.count == 3
        }
        if let process = mine.first {
            if process.state == "T" || process.state == "t" {
                return .fault(
                    "agent.stopped",
                    words.say(
                        "edged (process \(process.id)) is halted", "edged (processus \(process.id)) est suspendu"),
                    cause: words.say(
                        "somebody sent it SIGSTOP, or a debugger has it",
                        "quelqu'un lui a envoyé SIGSTOP, ou un débogueur le tient"),
                    mend: words.say(
                        "sudo kill -CONT \(process.id), or: sudo systemctl restart edged",
                        "sudo kill -CONT \(process.id), ou : sudo systemctl restart edged"))
            }
            if ["control.noSocket", "control.notRunning"].contains(failure.code) {
                return .fault(
                    "agent.noSocket",
                    words.say(
                        "edged (process \(process.id)) runs, but not at \(context.socketPath)",
                        "edged (processus \(process.id)) tourne, mais pas à \(context.socketPath)"),
                    cause: words.say(
                        "it is starting, or the configuration was changed since",
                        "il démarre, ou la configuration a changé depuis"),
                    mend: words.say(
                        "ask again in a minute; then: sudo systemctl restart edged",
                        "redemandez dans une minute ; puis : sudo systemctl restart edged"))
            }
            return .fault(
                "agent.silent",
                words.say(
                    "edged (process \(process.id)) does not answer", "edged (processus \(process.id)) ne répond pas"),
                cause: words.say(
                    process.state == "D" ? "it waits for the disk" : "it is stuck",
                    process.state == "D" ? "il attend le disque" : "il est bloqué"),
                mend: words.say(
                    "sudo systemctl restart edged; then: journalctl -u edged",
                    "sudo systemctl restart edged ; puis : journalctl -u edged"))
        }
        return ended(failure, context)
    }

    private static func ended(_ failure: Failure, _ context: CheckContext) -> Verdict {
        let words = context.words
        let unit = SystemdUnit("edged.service", context)
        if unit.state == "activating" {
            return .fault(
                "agent.starting", words.say("systemd is starting it", "systemd est en train de le démarrer"),
                mend: words.say("ask again in a minute: edgectl check", "redemandez dans une minute : edgectl check"))
        }
        var seen = words.say("no agent runs", "aucun agent ne tourne")
        if let times = unit.restarts, times > 0 {
            seen += words.say(", after \(times) restarts", ", après \(times) redémarrages")
        }
        if unit.isMissing {
            return .fault(
                "agent.notInstalled", seen,
                cause: words.say("there is no edged.service", "il n'y a pas de edged.service"),
                mend: "sudo apt install --reinstall edged")
        }
        return .fault(
            "agent.notRunning", seen, cause: cause(unit, words) ?? failure.cause,
            mend: words.say(
                "sudo systemctl start edged; if it ends again: journalctl -u edged -n 30",
                "sudo systemctl start edged ; s'il s'arrête encore : journalctl -u edged -n 30"))
    }

    /// How a former run ended, as people say it.
    static func word(_ reason: String, _ words: Words) -> String {
        switch reason {
        case "stopped": words.say("as asked", "demandé")
        case "crashed": words.say("it crashed", "il s'est planté")
        case "watchdog":
            words.say("it was stuck, the watchdog ended it", "il était bloqué, le chien de garde y a mis fin")
        case "outOfMemory": words.say("it ran out of memory", "il n'avait plus de mémoire")
        case "powerLost": words.say("a power cut", "une coupure de courant")
        case "rebooted": words.say("a reboot", "un redémarrage de la machine")
        default: words.say("unknown", "inconnu")
        }
    }

    /// Why it ended; `nil` when systemd says nothing.
    private static func cause(_ unit: SystemdUnit, _ words: Words) -> String? {
        switch unit.result {
        case "oom-kill": return words.say("the machine ran out of memory", "la machine n'avait plus de mémoire")
        case "watchdog": return words.say("its watchdog found it stuck", "son chien de garde l'a trouvé bloqué")
        case "signal", "core-dump":
            return words.say(
                "it was ended by signal \(unit.exitStatus ?? "?")",
                "il a été terminé par le signal \(unit.exitStatus ?? "?")")
        case "exit-code": break
        default: return unit.state == "inactive" ? words.say("it was stopped", "il a été arrêté") : nil
        }
        switch unit.exitStatus {
        case "78":
            return words.say(
                "its configuration or state directory is wrong (it ended with 78)",
                "sa configuration ou son dossier d'état est faux (fin avec 78)")
        case "75": return words.say("another edged has the state (75)", "un autre edged tient l'état (75)")
        case "70": return words.say("the disk failed (70)", "le disque a failli (70)")
        case let status?: return words.say("it ended with \(status)", "il a fini avec \(status)")
        case nil: return nil
        }
    }
}
