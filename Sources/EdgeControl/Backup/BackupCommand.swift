// `edgectl backup`: the agent makes a backup of its ledger while the shop works; it is copied elsewhere when that is asked.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct BackupCommand: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "backup",
            abstract: Help.say(
                "Back the agent's ledger up, while the shop works.",
                "Sauvegarder le registre de l'agent, pendant que le magasin travaille."),
            discussion: Help.say(
                """
                The agent makes the backup itself, a few pages between two turns, looks it
                through, and keeps the newest of each of seven days and of four weeks in
                backups/ of its state directory. Customers' keys are in no backup. A copy
                elsewhere (--to) survives this box's disk.

                Examples:
                  edgectl backup
                  sudo edgectl backup --to /media/stick
                  edgectl backup --list
                """,
                """
                L'agent fait lui-même la sauvegarde, quelques pages à la fois pendant qu'il
                travaille, la relit, et garde dans backups/ de son dossier d'état la plus
                récente de chaque jour pendant sept jours, puis de chaque semaine pendant
                quatre semaines. Les clés des clients ne sont dans aucune sauvegarde. Une
                copie ailleurs (--to) survit au disque de ce boîtier.

                Exemples :
                  edgectl backup
                  sudo edgectl backup --to /media/stick
                  edgectl backup --list
                """))
    }

    @OptionGroup var options: AgentOptions

    @Option(
        help: .say(
            "Copy the backup to this folder too.", "Copier aussi la sauvegarde dans ce dossier.", value: "dossier"))
    var to: String?

    @Flag(help: .say("Only list the backups that there are.", "Lister seulement les sauvegardes existantes."))
    var list = false

    @Flag(
        help: .say("When one is being made already, wait for that one.", "S'il s'en fait déjà une, attendre celle-là."))
    var wait = false

    /// A ledger of a gigabyte on a slow card takes some minutes.
    private static let secondsMax = 1_500

    func validate() throws {
        guard !(list && (to != nil || wait)) else {
            throw ValidationError(Help.say("--list goes with nothing else.", "--list va seul."))
        }
    }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        if list {
            let status = try bench.ask(.request("backup.status"))
            bench.answer(status) { Self.page(status, $0) }
            return .fine
        }
        var file: String?
        do throws(Failure) {
            file = try bench.ask(.request("backup"))["file"]?.text
        } catch {
            guard wait, error.code == "backup.running" else { throw error }
        }
        let made = try waited(for: file, bench)
        var result: [JSON.Member] = made.members
        if let to { result.append(.init("copy", .string(try copied(made.plain("file"), to: to, bench.words)))) }
        let answer = JSON.object(result)
        bench.answer(answer) { words in
            var page = Page()
            page.paragraph(
                words.say("Backup ", "Sauvegarde ") + made.plain("file")
                    + " (\(words.bytes(made.number("bytes"))))", hanging: 2)
            if let copy = answer["copy"]?.text { page.paragraph(words.say("Copy   ", "Copie  ") + copy, hanging: 2) }
            return page
        }
        return .fine
    }

    /// Waits until the backup is there.
    private func waited(for file: String?, _ bench: Bench) throws(Failure) -> JSON {
        let end = monotonicMilliseconds() + Self.secondsMax * 1_000
        while monotonicMilliseconds() < end {
            let status = try bench.ask(.request("backup.status"))
            if status["running"]?.truth != true {
                bench.progressLine("")
                let backups = status["backups"]?.list ?? []
                if let made = backups.first(where: { $0["file"]?.text == file }) ?? (file == nil ? backups.first : nil)
                {
                    return made
                }
                throw Self.failure(status["lastFailure"], bench.words)
            }
            let all = max(1, status.number("pages"))
            bench.progressLine(
                "\(bench.words.say("backup", "sauvegarde")) \((all - status.number("pagesLeft")) * 100 / all) %")
            usleep(200_000)
        }
        throw Failure(
            code: "backup.slow",
            message: bench.words.say(
                "The backup is not done after \(Self.secondsMax / 60) min.",
                "La sauvegarde n'est pas finie après \(Self.secondsMax / 60) min."),
            mend: bench.words.say(
                "look at the disk: edgectl check --only disk", "voir le disque : edgectl check --only disk"),
            status: .fault)
    }

    private static func failure(_ told: JSON?, _ words: Words) -> Failure {
        let sentence = told?["sentences"]?[words.language.rawValue]?.text
        return Failure(
            code: told?["code"]?.text ?? "backup.failed",
            message: sentence ?? words.say("The backup could not be made.", "La sauvegarde n'a pas pu être faite."),
            mend: words.say("edgectl check --only disk,state", "edgectl check --only disk,state"), status: .fault)
    }

    /// Copies backup and digest, and compares the copy with the digest: a stick that lies is found out here.
    private func copied(_ file: String, to folder: String, _ words: Words) throws(Failure) -> String {
        let name = file.split(separator: "/").last.map(String.init) ?? "ledger.db"
        let target = (folder.hasSuffix("/") ? String(folder.dropLast()) : folder) + "/" + name
        for suffix in ["", ".sha256"] {
            let run = ToolRun.run(
                "cp", ["--no-target-directory", file + suffix, target + suffix], seconds: 900)
            guard run.succeeded, ToolRun.run("sync", [target + suffix], seconds: 300).succeeded else {
                throw Failure(
                    code: "backup.notCopied",
                    message: words.say(
                        "The backup is made, but not copied to \(folder).",
                        "La sauvegarde est faite, mais pas copiée dans \(folder)."),
                    cause: run.complaintLine.isEmpty ? nil : run.complaintLine,
                    mend: words.say(
                        "as root? is there room? is it mounted?", "en root ? y a-t-il la place ? est-ce monté ?"),
                    status: .fault)
            }
        }
        guard
            ToolRun.run("sh", ["-c", "cd \"$0\" && sha256sum --status -c \"$1.sha256\"", folder, name], seconds: 300)
                .succeeded
        else {
            throw Failure(
                code: "backup.copyDiffers",
                message: words.say(
                    "What \(target) has is not what was written.",
                    "Ce que contient \(target) n'est pas ce qui a été écrit."),
                mend: words.say("use another stick or disk.", "prenez une autre clé ou un autre disque."),
                status: .fault)
        }
        return target
    }

    private static func page(_ status: JSON, _ words: Words) -> Page {
        var page = Page()
        var table = Table(
            .init(words.say("Made", "Faite")), .init(words.say("Size", "Taille"), isNumber: true),
            .init(words.say("File", "Fichier")))
        for backup in status["backups"]?.list ?? [] {
            table.add(words.age(backup["at"]), words.bytes(backup.number("bytes")), backup.plain("file"))
        }
        page.table(table, whenEmpty: words.say("There is no backup yet.", "Il n'y a pas encore de sauvegarde."))
        return page
    }
}
