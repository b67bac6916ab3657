// The agent's own files: the folder, the secrets, the database, its log, its schema, its backups.

import Contract
import Glibc
import ShopModel

/// What may be wrong with the agent's state.
enum StateRungs {
    static let all = [directory, StateSecrets.rung, database, schema, log, StateBackups.rung]

    /// The folder is there, and its files are the agent's.
    private static let directory = Rung("state.directory", needs: ["configuration.file", "disk.answers"]) { context in
        let words = context.words
        let path = context.stateDirectory
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == EACCES { return .hidden(words.say("check as root", "vérifiez en tant que root")) }
            return .fault(
                "state.missing", words.say("there is no folder \(path)", "il n'y a pas de dossier \(path)"),
                cause: words.say(
                    "its disk is not mounted, or stateDirectory names another place",
                    "son disque n'est pas monté, ou stateDirectory désigne un autre endroit"),
                mend: words.say(
                    "mount its disk; for a new box: sudo install -d -o edged -g edged -m 0750 \(path)",
                    "montez son disque ; sur une machine neuve : sudo install -d -o edged -g edged -m 0750 \(path)"))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return .fault(
                "state.noFolder", words.say("\(path) is no folder", "\(path) n'est pas un dossier"),
                mend: words.say("correct stateDirectory.", "corrigez stateDirectory."))
        }
        if status.st_mode & 0o002 != 0 {
            return .fault(
                "state.open", words.say("everybody may write to \(path)", "tout le monde peut écrire dans \(path)"),
                cause: words.say("its mode was changed by hand", "ses droits ont été changés à la main"),
                mend: "sudo chmod 0750 \(path)")
        }
        // What is in it is told by the agent to whoever may ask it, and by the files themselves to their owner alone.
        if !context.isAgentAlive, access("\(path)/ledger.db", R_OK) != 0, errno == EACCES {
            return .hidden(words.say("check as root", "vérifiez en tant que root"))
        }
        for name in ["ledger.db", "ledger.db-wal", "keys.db", "catalogue.db"] {
            var file = stat()
            guard lstat("\(path)/\(name)", &file) == 0 else { continue }
            guard file.st_uid == status.st_uid else {
                return .fault(
                    "state.fileOwner",
                    words.say(
                        "\(name) belongs to user \(file.st_uid), its folder to \(status.st_uid)",
                        "\(name) appartient à l'utilisateur \(file.st_uid), son dossier à \(status.st_uid)"),
                    cause: words.say(
                        "somebody ran edged or copied files as another user",
                        "quelqu'un a lancé edged ou copié des fichiers sous un autre utilisateur"),
                    mend: "sudo chown -R --reference=\(path) \(path)")
            }
            if file.st_mode & 0o077 != 0 {
                return .warning(
                    "state.fileOpen", words.say("others may read \(name)", "d'autres peuvent lire \(name)"),
                    cause: words.say("its mode was changed by hand", "ses droits ont été changés à la main"),
                    mend: "sudo chmod 0600 \(path)/\(name)")
            }
        }
        return .fine(path)
    }

    /// The files of the database are sound.
    private static let database = Rung("state.database", needs: ["state.directory"], seconds: 20) {
        context in
        let words = context.words
        if context.isAgentAlive {
            // What is read through while the agent works is what a backup copied.
            if case .success(let status) = context.ask("backup.status"), let failure = status["lastFailure"],
                failure["code"]?.text == "backup.ledgerDamaged"
            {
                return damaged("ledger.db", failure["sentences"]?[words.language.rawValue]?.text ?? "", words)
            }
            return .fine(
                words.say(
                    "the agent works with it; each backup is looked through",
                    "l'agent s'en sert ; chaque sauvegarde est parcourue"))
        }
        if access(context.stateDirectory + "/restore.pending", F_OK) == 0 {
            return .fault(
                "state.restoreInterrupted",
                words.say("a restore was begun and not finished", "une restauration a été commencée et pas finie"),
                cause: words.say(
                    "it was stopped half-way; what was there before is set aside, not lost",
                    "elle a été arrêtée à mi-chemin ; ce qui était là est mis de côté, pas perdu"),
                mend: "sudo edgectl restore")
        }
        let look: JSON
        switch StateLook.found(context) {
        case .failure(let unable):
            if case .failed(let code, let detail) = StateLook.taken(context), code == "storage.corrupt" {
                return damaged("ledger.db", detail, words)
            }
            return unable.verdict
        case .success(let found): look = found
        }
        for (name, file) in [("ledger", "ledger.db"), ("keys", "keys.db")] {
            guard let part = look[name], ["storage.corrupt", "storage.other"].contains(part["code"]?.text ?? "") else {
                continue
            }
            return damaged(file, part.plain("integrity"), words)
        }
        if look["ledger"]?["integrity"]?.text == "absent" {
            return .warning(
                "state.noLedger", words.say("there is no ledger yet", "il n'y a pas encore de registre"),
                cause: words.say(
                    "this box never ran, or its state lies elsewhere",
                    "cette machine n'a jamais tourné, ou son état est ailleurs"),
                mend: words.say(
                    "for a new box: sudo systemctl start edged; else sudo edgectl restore",
                    "machine neuve : sudo systemctl start edged ; sinon sudo edgectl restore"))
        }
        if let part = look["ledger"], part["code"]?.text == "storage.foreignFile" {
            return .fault(
                "state.foreign", words.say("ledger.db is another program's", "ledger.db est d'un autre programme"),
                cause: part["integrity"]?.text,
                mend: words.say("correct stateDirectory.", "corrigez stateDirectory."))
        }
        if look["catalogue"]?["code"]?.text == "storage.corrupt" {
            return .warning(
                "state.catalogueDamaged", words.say("catalogue.db is damaged", "catalogue.db est abîmé"),
                cause: look["catalogue"]?["integrity"]?.text,
                mend: words.say(
                    "nothing: the agent sets it aside at its start and headquarters fills it again.",
                    "rien : l'agent le met de côté au démarrage et le siège le remplit."))
        }
        let bytes = look["ledger"]?.number("bytes") ?? 0
        return .fine(
            words.say("looked through, \(words.bytes(bytes))", "parcouru, \(words.bytes(bytes))"),
            .init("bytes", .count(bytes)))
    }

    private static func damaged(_ file: String, _ reason: String, _ words: Words) -> Verdict {
        let mend =
            file == "keys.db"
            ? words.say(
                "set keys.db aside (mv); customers' data is fed again by headquarters.",
                "mettez keys.db de côté (mv) ; le siège redonne les données des clients.")
            : words.say(
                "look at the disk (dmesg, smartctl); then: sudo edgectl restore. It sets the damaged file aside.",
                "voir le disque (dmesg, smartctl) ; puis : sudo edgectl restore. Le fichier abîmé est mis de côté.")
        return .fault(
            "state.damaged", words.say("\(file) is damaged", "\(file) est abîmé"), cause: reason, mend: mend)
    }

    /// The schema is one that this release knows.
    private static let schema = Rung("state.schema", needs: ["state.database"], seconds: 20) { context in
        let words = context.words
        if case .success(let health) = context.health {
            return .fine(
                words.say(
                    "schema \(health["storage"]?.plain("schema") ?? "–")",
                    "schéma \(health["storage"]?.plain("schema") ?? "–")"))
        }
        switch StateLook.found(context) {
        case .failure(let unable): return unable.verdict
        case .success(let look):
            guard let found = look["schema"]?.integer, let known = look["known"]?.integer else {
                return .unknown(words.say("there is no ledger yet", "il n'y a pas encore de registre"))
            }
            if found > known {
                return .fault(
                    "state.newerSchema",
                    words.say(
                        "the ledger has schema \(found), this release knows \(known)",
                        "le registre a le schéma \(found), cette version connaît le \(known)"),
                    cause: words.say(
                        "a later release wrote it, and an earlier one was installed since; nothing was touched",
                        "une version plus récente l'a écrit, une plus ancienne a été installée depuis ; rien n'a été touché"
                    ),
                    mend: words.say(
                        "install the later release again: sudo apt install edged",
                        "réinstallez la version récente : sudo apt install edged"))
            }
            if found < known {
                return .fine(
                    words.say(
                        "schema \(found), taken to \(known) at the next start; a copy is kept",
                        "schéma \(found), porté au \(known) au prochain démarrage ; une copie est gardée"))
            }
            return .fine(words.say("schema \(found)", "schéma \(found)"))
        }
    }

    /// The write-ahead log is cut back, as it should be.
    private static let log = Rung("state.wal", needs: ["state.directory"]) { context in
        let words = context.words
        var bytes: Int?
        if case .success(let health) = context.health { bytes = health["storage"]?["walBytes"]?.integer }
        if bytes == nil {
            var status = stat()
            let path = context.stateDirectory + "/ledger.db-wal"
            if stat(path, &status) == 0 {
                bytes = Int(status.st_size)
            } else if errno == ENOENT {
                bytes = 0
            } else {
                return .unknown(words.say("check as root", "vérifiez en tant que root"))
            }
        }
        let size = bytes ?? 0
        let seen = words.say(
            "the ledger's log has \(words.bytes(size))", "le journal du registre fait \(words.bytes(size))")
        guard size > 64 << 20 else { return .fine(seen, .init("bytes", .count(size))) }
        return .warning(
            "state.walGrown", seen,
            cause: words.say(
                "it is not cut back: another program has the ledger open, or the agent was killed again and again",
                "il n'est pas raccourci : un autre programme a le registre ouvert, ou l'agent a été tué sans cesse"),
            mend: words.say(
                "sudo fuser -v \(context.stateDirectory)/ledger.db, end what is not edged; sudo systemctl restart edged",
                "sudo fuser -v \(context.stateDirectory)/ledger.db, arrêtez ce qui n'est pas edged ; sudo systemctl restart edged"
            ),
            .init("bytes", .count(size)))
    }
}
