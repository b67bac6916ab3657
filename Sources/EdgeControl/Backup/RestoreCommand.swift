// `edgectl restore`: says what will be lost, asks, and has edged put a backup in the ledger's place.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct RestoreCommand: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "restore",
            abstract: Help.say(
                "Put a backup in the place of the agent's ledger.",
                "Mettre une sauvegarde à la place du registre de l'agent."),
            discussion: Help.say(
                """
                The agent has to be stopped. The backup is looked through first, what is in
                the present ledger and not in it is told, and only then you are asked. The
                present ledger is set aside in a folder of its own, never deleted. The shop
                goes on as a new incarnation: it can promise nothing until headquarters grants
                it rights again.

                Examples:
                  sudo systemctl stop edged
                  sudo edgectl restore
                  sudo edgectl restore /media/stick/ledger-20261122T021300Z.db
                  sudo systemctl start edged
                """,
                """
                L'agent doit être arrêté. La sauvegarde est d'abord relue ; ce que le
                registre actuel contient de plus est affiché, et ensuite seulement une
                confirmation vous est demandée. Le registre actuel est mis à part dans un
                dossier à lui, jamais effacé. Le magasin continue sous une nouvelle
                incarnation : il ne peut rien promettre avant que le siège ne lui redonne des
                droits.

                Exemples :
                  sudo systemctl stop edged
                  sudo edgectl restore
                  sudo edgectl restore /media/stick/ledger-20261122T021300Z.db
                  sudo systemctl start edged
                """))
    }

    @OptionGroup var options: AgentOptions

    @Argument(
        help: .say(
            "The backup. (default: the newest in backups/ of the state directory)",
            "La sauvegarde. (par défaut : la plus récente de backups/ dans le dossier d'état)", value: "fichier"))
    var file: String?

    @Option(help: .say("The agent's configuration.", "La configuration de l'agent.", value: "fichier"))
    var config: String = "/etc/edged/edged.json"

    @Flag(help: .say("Do it without asking.", "Ne pas demander de confirmation."))
    var yes = false

    @Option(help: ArgumentHelp("The program edged.", visibility: .private))
    var edged: String?

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let words = bench.words
        let backup = if let file { file } else { try newest(words) }
        let plan = try edged([backup, "--config", config, "--dry-run"], words)
        let told = Words(language: words.language, now: plan["now"]?.text.flatMap(Instant.init(rfc3339:)) ?? words.now)
        var page = Page()
        page.paragraph(
            told.say("Backup of ", "Sauvegarde du ") + told.momentAndAge(plan["madeAt"])
                + told.say(", shop ", ", magasin ") + plan.plain("shop"), hanging: 2)
        for line in Self.loss(plan, told) { page.paragraph(line, hanging: 2) }
        if bench.format == .table { bench.show(page) }
        try bench.confirm(
            words.say("Put it in the ledger's place?", "La mettre à la place du registre ?"), isSure: yes)
        let result = try edged([backup, "--config", config], words)
        OperatorNote.write("backup of \(plan.plain("madeAt")) of shop \(plan.plain("shop")) restored")
        bench.answer(result) { words in
            var page = Page()
            page.paragraph(words.say("Done. The backup is the ledger now.", "Fait. La sauvegarde est le registre."))
            if let aside = result["aside"]?.text {
                page.paragraph(
                    words.say("The former ledger lies in ", "L'ancien registre est dans ") + aside, hanging: 2)
            }
            page.paragraph(
                words.say(
                    "Next: sudo systemctl start edged. Then headquarters has to grant this shop rights again, and stock should be counted where it was sold since.",
                    "Ensuite : sudo systemctl start edged. Puis le siège doit redonner ses droits à ce magasin, et il faut compter ce qui a été vendu depuis."
                ), hanging: 2)
            return page
        }
        return .fine
    }

    /// What is in the present ledger and not in the backup, in words.
    private static func loss(_ plan: JSON, _ words: Words) -> [String] {
        let after = words.say(
            "The shop can promise nothing afterwards until headquarters grants it rights again.",
            "Après, le magasin ne peut rien promettre avant que le siège ne lui redonne ses droits.")
        guard plan["hasLedger"]?.truth != false else {
            return [
                words.say(
                    "There is no ledger at present. Whatever happened after the backup is lost here.",
                    "Il n'y a pas de registre actuellement. Ce qui s'est passé après la sauvegarde est perdu ici."),
                after,
            ]
        }
        guard let loss = plan["loss"], loss != .null else { return unreadable(plan["readable"], words) + [after] }
        guard loss["isNothing"]?.truth != true else {
            return [
                words.say(
                    "It has all that the ledger has: nothing is lost.",
                    "Elle a tout ce qu'a le registre : rien n'est perdu."),
                after,
            ]
        }
        let counts = words.say(
            "commands: \(loss.plain("commands")), changes of stock: \(loss.plain("stockChanges")), reservations: \(loss.plain("reservations")), orders to collect: \(loss.plain("pickups"))",
            "commandes d'appareils : \(loss.plain("commands")), mouvements de stock : \(loss.plain("stockChanges")), réservations : \(loss.plain("reservations")), retraits : \(loss.plain("pickups"))"
        )
        return [
            words.say("LOST here, since it does not have them: ", "PERDU ici, car elle ne les a pas : ") + counts
                + (loss["until"]?.text == nil
                    ? "" : words.say("; the latest ", " ; le dernier ") + words.age(loss["until"])) + ".",
            words.say(
                "Events of these that are not yet at headquarters: \(loss.plain("unreceipted")). If the agent can start, start it with the line up first.",
                "Événements parmi eux pas encore au siège : \(loss.plain("unreceipted")). Si l'agent peut démarrer, démarrez-le d'abord, ligne établie."
            ), after,
        ]
    }

    /// What is told of a present ledger that is damaged.
    private static func unreadable(_ readable: JSON?, _ words: Words) -> [String] {
        let damaged = words.say(
            "The present ledger is damaged: what it has besides cannot be counted. Whatever happened after the backup is LOST here.",
            "Le registre actuel est abîmé : impossible de compter ce qu'il a en plus. Ce qui s'est passé après la sauvegarde est PERDU ici."
        )
        guard let readable else {
            return [
                damaged,
                words.say(
                    "No event that waits for headquarters can be read in it.",
                    "Aucun événement en attente pour le siège n'y est lisible."),
            ]
        }
        let count = readable.plain("unreceipted")
        var text =
            readable["isWhole"]?.truth == true
            ? words.say(
                "Events in it that are not yet at headquarters: \(count).",
                "Événements qui ne sont pas encore au siège : \(count).")
            : words.say(
                "Events in it that are not yet at headquarters: \(count) can be read, others cannot.",
                "Événements qui ne sont pas encore au siège : \(count) lisibles, d'autres non.")
        let promises = readable["promises"]?.list.map(\.plain) ?? []
        if !promises.isEmpty {
            text += words.say(
                " They are about \(promises.joined(separator: ", ")): tell headquarters, and write them down for the shop.",
                " Il s'agit de \(promises.joined(separator: ", ")) : prévenez le siège, et notez-les pour le magasin.")
        }
        return [damaged, text]
    }

    private func newest(_ words: Words) throws(Failure) -> String {
        let reading = ConfigurationReading(config)
        let folder = (reading.configuration?.stateDirectory ?? "/var/lib/edged") + "/backups"
        if case .forbidden = reading { throw Self.mayNotLook(config, words) }
        guard access(folder, R_OK | X_OK) == 0 || errno != EACCES else { throw Self.mayNotLook(folder, words) }
        let names = SmallFile.names(in: folder)
        guard let name = NewestBackup.name(among: names, now: .ofMachine) else {
            throw Failure(
                code: "restore.noBackup",
                message: words.say("There is no backup in \(folder).", "Il n'y a pas de sauvegarde dans \(folder)."),
                mend: words.say("name one, from a stick for instance.", "donnez-en une, d'une clé USB par exemple."),
                status: .fault)
        }
        return "\(folder)/\(name)"
    }

    /// Whoever may not look there does not know that there is nothing.
    private static func mayNotLook(_ path: String, _ words: Words) -> Failure {
        Failure(
            code: "restore.notReadable",
            message: words.say("You may not look into \(path).", "Vous n'avez pas le droit de voir \(path)."),
            mend: "sudo edgectl restore", status: .fault)
    }

    /// Has edged do it, and reads what it says.
    private func edged(_ arguments: [String], _ words: Words) throws(Failure) -> JSON {
        let program = edged ?? Programs.beside("edged")
        let run = ToolRun.run(program, ["--restore"] + arguments, environment: words.environment, seconds: 900)
        if let answer = try? JSONReader.read(run.output), let result = answer["result"] { return result }
        guard let problem = (try? JSONReader.read(run.output))?["problem"] else {
            throw Failure(
                code: "restore.notRun",
                message: words.say("\(program) could not be asked.", "\(program) n'a pas pu être interrogé."),
                cause: run.complaintLine.isEmpty ? nil : run.complaintLine,
                mend: words.say("as root? sudo edgectl restore", "en root ? sudo edgectl restore"),
                status: run.ending == .exited(78) ? .configuration : .fault)
        }
        throw Failure(
            code: problem.plain("code"),
            message: problem["sentences"]?[words.language.rawValue]?.text ?? problem.plain("detail"), status: .fault)
    }
}
