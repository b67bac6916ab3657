// There is a backup, and it is not old.

import Contract
import Glibc
import ShopModel

/// Backups of the ledger.
enum StateBackups {
    /// The timer runs once a night: before a day has passed it had no chance.
    private static let firstChanceSeconds = 26 * 3_600

    /// How many seconds ago the ledger's file was made; nil where the file system does not say.
    private static func ledgerAge(_ context: CheckContext) -> Int? {
        let run = ToolRun.run("stat", ["-c", "%W", context.stateDirectory + "/ledger.db"], seconds: 2)
        guard run.succeeded, let made = run.lines.first.flatMap({ Int($0) }), made > 0 else { return nil }
        return max(0, Int(context.machineTime.milliseconds / 1_000) - made)
    }

    /// The newest is of the last two days.
    static let rung = Rung("state.backup", needs: ["state.directory"], after: ["clock"]) { context in
        let words = context.words
        let folder = context.stateDirectory + "/backups"
        let newest: (file: String, at: Int)?
        if case .success(let status) = context.ask("backup.status") {
            let backups: [(file: String, at: Int)] = (status["backups"]?.list ?? []).compactMap { backup in
                guard let at = backup["at"]?.text.flatMap(Instant.init(rfc3339:)) else { return nil }
                return (backup.plain("file"), Int(at.milliseconds / 1_000))
            }
            // One from the future is of a day when the clock was ahead.
            newest = backups.first { $0.at <= Int(time(nil)) } ?? backups.first
        } else {
            guard access(context.stateDirectory, R_OK | X_OK) == 0 else {
                return .unknown(words.say("check as root", "vérifiez en tant que root"))
            }
            let names = SmallFile.names(in: folder)
            newest = NewestBackup.name(among: names, now: .ofMachine).flatMap { name in
                var status = stat()
                guard stat("\(folder)/\(name)", &status) == 0 else { return nil }
                return ("\(folder)/\(name)", status.st_mtim.tv_sec)
            }
        }
        let mend = words.say(
            "sudo edgectl backup; then why the timer does not: systemctl status edged-backup.timer edged-backup",
            "sudo edgectl backup ; puis voir pourquoi le minuteur ne le fait pas : systemctl status edged-backup.timer")
        let cause = words.say(
            "edged-backup.timer is off, or its run fails each night",
            "edged-backup.timer est arrêté, ou son passage échoue chaque nuit")
        guard let newest else {
            if let age = ledgerAge(context), age < firstChanceSeconds {
                return .fine(
                    words.say(
                        "none yet: the ledger is \(words.length(age * 1_000)) old, the first is made tonight",
                        "aucune encore : le registre a \(words.length(age * 1_000)), la première se fait cette nuit"))
            }
            return .warning(
                "state.noBackup",
                words.say("there is no backup of the ledger", "il n'y a pas de sauvegarde du registre"),
                cause: cause, mend: mend)
        }
        let age = max(0, Int(time(nil)) - newest.at)
        let seen = words.say(
            "the newest is \(words.length(age * 1_000)) old", "la dernière a \(words.length(age * 1_000))")
        let fact = JSON.Member("ageSeconds", .count(age))
        if age > 2 * 86_400, let clock = context.wrongClock { return .skipped(because: clock, words) }
        if age > 2 * 86_400 { return .warning("state.oldBackup", seen, cause: cause, mend: mend, fact) }
        return .fine(seen, fact)
    }
}
