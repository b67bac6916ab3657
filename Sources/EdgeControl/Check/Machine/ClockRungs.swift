// The clock: is it synchronised, right, kept over power cuts, free of jumps, and in a zone that this box knows?

import CLinux
import Contract
import Glibc
import ShopModel

/// What may be wrong with time.
enum ClockRungs {
    static let all = [ntp, synchronised, offset, battery, ClockJump.rung, ClockZone.rung]

    /// Off by less is no trouble for anybody.
    private static let fineMilliseconds = 2_000
    /// Off by more, and the agent itself stops to believe the clock (DESIGN law 6).
    private static let faultMilliseconds = 60_000

    private static func mendService(_ words: Words) -> String {
        words.say(
            "sudo timedatectl set-ntp true; which servers: /etc/systemd/timesyncd.conf or /etc/chrony/chrony.conf",
            "sudo timedatectl set-ntp true ; quels serveurs : /etc/systemd/timesyncd.conf ou /etc/chrony/chrony.conf")
    }

    /// Time servers answer.
    private static let ntp = Rung("clock.ntp", seconds: 14) { context in
        let words = context.words
        let time = NetworkTime.asked(context)
        let names = time.servers.prefix(3).map(\.host).joined(separator: ", ")
        if time.servers.isEmpty {
            if linux_clock_is_synchronised() == 1 {
                return .fine(words.say("the clock is synchronised another way", "l'horloge est synchronisée autrement"))
            }
            return .warning(
                "clock.noServer", words.say("no time server is configured", "aucun serveur de temps n'est configuré"),
                cause: words.say(
                    "neither systemd-timesyncd nor chrony is installed and set up",
                    "ni systemd-timesyncd ni chrony n'est installé et configuré"),
                mend: words.say("sudo apt install systemd-timesyncd", "sudo apt install systemd-timesyncd"))
        }
        if !time.aheadMilliseconds.isEmpty {
            return .fine(
                words.say(
                    "\(time.aheadMilliseconds.count) of \(min(3, time.servers.count)) servers answer",
                    "\(time.aheadMilliseconds.count) serveurs sur \(min(3, time.servers.count)) répondent"))
        }
        guard time.silent > 0 else {
            return .unknown(
                words.say("the names \(names) cannot be resolved", "les noms \(names) ne peuvent être résolus"))
        }
        guard headquartersIsReached(context) else {
            return .unknown(
                words.say(
                    "no time server answers, nor does headquarters: there is no line",
                    "aucun serveur de temps ne répond, le siège non plus : il n'y a pas de ligne"))
        }
        return .warning(
            "clock.ntpBlocked",
            words.say("no time server answers: \(names)", "aucun serveur de temps ne répond : \(names)"),
            cause: words.say(
                "the line works, but UDP port 123 does not pass: a firewall keeps it",
                "la ligne marche, mais le port UDP 123 ne passe pas : un pare-feu le retient"),
            mend: words.say(
                "open UDP 123 in the shop's router, or name a time server that is reached: /etc/systemd/timesyncd.conf",
                "ouvrez UDP 123 dans le routeur du magasin, ou nommez un serveur joignable : /etc/systemd/timesyncd.conf"
            ))
    }

    /// Whether a TCP connection to headquarters' broker can be made: then there is a line.
    private static func headquartersIsReached(_ context: CheckContext) -> Bool {
        guard let broker = context.configuration?.headquarters.broker else { return false }
        return Reach.tcp(broker.host, broker.port, milliseconds: 3_000)
    }

    /// The kernel follows a time server.
    private static let synchronised = Rung("clock.synchronised", explainedBy: ["clock.ntp"]) { context in
        let words = context.words
        switch linux_clock_is_synchronised() {
        case 1: return .fine(words.say("the kernel's clock is synchronised", "l'horloge du noyau est synchronisée"))
        case 0: break
        default:
            let run = ToolRun.run("timedatectl", ["show", "--property=NTPSynchronized", "--value"], seconds: 4)
            if run.lines.first == "yes" { return .fine(words.say("says timedatectl", "d'après timedatectl")) }
            if run.lines.first != "no" {
                return .unknown(words.say("the kernel may not be asked here", "le noyau ne peut être interrogé ici"))
            }
        }
        let services = ["chronyd", "systemd-timesyn", "ntpd"]
        let running = Processes.all(context).first { services.contains($0.name) }
        guard let running else {
            return .warning(
                "clock.noService", words.say("no time service runs", "aucun service de temps ne tourne"),
                cause: words.say(
                    "the clock runs free and drifts by seconds a day",
                    "l'horloge est livrée à elle-même et dérive de quelques secondes par jour"),
                mend: mendService(words))
        }
        // timedatectl knows more of its own service; it may also hang on a dead bus, and is not waited for then.
        let more = ToolRun.run("timedatectl", ["show-timesync", "--property=ServerName", "--value"], seconds: 4)
        let server = more.lines.first.map { " (\($0))" } ?? ""
        return .warning(
            "clock.notSynchronised",
            words.say("the clock is not synchronised", "l'horloge n'est pas synchronisée"),
            cause: words.say(
                "\(running.name) runs\(server) and has not had a good answer for long",
                "\(running.name) tourne\(server) et n'a pas eu de bonne réponse depuis longtemps"),
            mend: words.say(
                "timedatectl timesync-status, or: chronyc sources -v",
                "timedatectl timesync-status, ou : chronyc sources -v"))
    }

    /// The clock is right.
    private static let offset = Rung("clock.offset", after: ["clock.ntp"], seconds: 14) { context in
        let words = context.words
        guard let ahead = NetworkTime.asked(context).ahead else {
            return .unknown(words.say("no time server answered", "aucun serveur de temps n'a répondu"))
        }
        let fact = JSON.Member("millisecondsBehind", .count(ahead))
        guard abs(ahead) >= fineMilliseconds else {
            return .fine(
                words.say("right to \(max(1, abs(ahead))) ms", "juste à \(max(1, abs(ahead))) ms"), fact)
        }
        let size = words.length(abs(ahead))
        let seen =
            ahead > 0
            ? words.say("the clock is \(size) behind", "l'horloge retarde de \(size)")
            : words.say("the clock is \(size) ahead", "l'horloge avance de \(size)")
        let cause = words.say(
            "it was set by hand, or wrong when the box started, and no time service has mended it",
            "elle a été réglée à la main, ou était fausse au démarrage, et aucun service ne l'a corrigée")
        let mend = words.say(
            "sudo systemctl restart systemd-timesyncd, or: sudo chronyc makestep; then: sudo systemctl restart edged",
            "sudo systemctl restart systemd-timesyncd, ou : sudo chronyc makestep ; puis : sudo systemctl restart edged"
        )
        if abs(ahead) >= faultMilliseconds {
            return .fault("clock.wrong", seen, cause: cause, mend: mend, fact)
        }
        return .warning("clock.inexact", seen, cause: cause, mend: mend, fact)
    }

    /// The battery-backed clock keeps the time while the box is off.
    private static let battery = Rung("clock.battery", after: ["clock.ntp", "clock.jump"], seconds: 14) { context in
        let words = context.words
        let folder = "/sys/class/rtc/rtc0"
        guard let seconds = context.text("\(folder)/since_epoch", max: 32).flatMap({ Int($0) }) else {
            return .unknown(
                words.say(
                    "this box has no clock with a battery: it needs the network to know the time",
                    "cette machine n'a pas d'horloge à pile : il lui faut le réseau pour savoir l'heure"))
        }
        let shown = Instant(milliseconds: Int64(seconds) * 1_000).description.prefix(10)
        let mend = words.say(
            "change the battery (most often a CR2032), then: sudo hwclock --systohc",
            "changez la pile (le plus souvent une CR2032), puis : sudo hwclock --systohc")
        let cause = words.say(
            "its battery is empty: after a power cut the box does not know the time",
            "sa pile est vide : après une coupure la machine ne sait plus l'heure")
        let seen = words.say("the battery's clock shows \(shown)", "l'horloge à pile indique \(shown)")
        // Chips begin at 1970 or 2000 when their battery was empty; nothing of ours ran before 2024.
        guard seconds > 1_704_067_200 else { return .fault("clock.batteryDead", seen, cause: cause, mend: mend) }
        let now = Int(time(nil)) + (NetworkTime.asked(context).ahead ?? 0) / 1_000
        let isLocal = context.text("/etc/adjtime", max: 256)?.hasSuffix("LOCAL") == true
        // A clock that keeps local time is off by its zone, which says nothing of its battery.
        guard abs(seconds - now) > (isLocal ? 15 * 3_600 : 300) else {
            return .fine(words.say("the battery's clock keeps the time", "l'horloge à pile garde l'heure"))
        }
        // It may well be the one that is right: nobody is to set it by a clock that is wrong.
        if context.verdict(of: "clock.jump")?.kind == .fault { return .skipped(because: "clock.jump", words) }
        return .warning(
            "clock.batteryWrong",
            words.say(
                "the battery's clock is off by \(words.length(abs(seconds - now) * 1_000))",
                "l'horloge à pile est fausse de \(words.length(abs(seconds - now) * 1_000))"),
            cause: words.say(
                "it was never set from the system's clock, or its battery is weak",
                "elle n'a jamais été réglée sur l'horloge système, ou sa pile faiblit"),
            mend: words.say(
                "sudo hwclock --systohc; if it is off again tomorrow, change the battery.",
                "sudo hwclock --systohc ; si c'est encore faux demain, changez la pile."))
    }
}

extension Words {
    /// A length of time: `3 h 20 min`, `90 s`.
    func length(_ milliseconds: Int) -> String {
        let seconds = milliseconds / 1_000
        if seconds < 120 { return "\(seconds) s" }
        if seconds < 3_600 { return "\(seconds / 60) min" }
        if seconds < 172_800 { return "\(seconds / 3_600) h \(seconds / 60 % 60) min" }
        return "\(seconds / 86_400) \(say("days", "jours"))"
    }
}
