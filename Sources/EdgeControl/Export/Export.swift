// `edgectl export`: the shop's own facts, a line each, without a person in them.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct ExportCommand: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "export",
            abstract: Help.say(
                "Write the shop's own facts as JSON, a line each.", "Écrire les faits du magasin en JSON, un par ligne."
            ),
            discussion: Help.say(
                """
                No customer or clerk is named in it. It is read page by page while the shop
                works, so that it is no picture of one moment. The last line counts the
                lines before it: without that line the export was cut.

                Examples:
                  edgectl export --what stock
                  edgectl export --what journal --to journal.ndjson
                  edgectl export --what reservations | jq 'select(.state == "held")'
                """,
                """
                Aucun client ni vendeur n'y est nommé. Il est lu page par page pendant que le
                magasin travaille : ce n'est pas l'image d'un seul instant. La dernière ligne
                compte celles d'avant : sans elle, l'export a été coupé.

                Exemples :
                  edgectl export --what stock
                  edgectl export --what journal --to journal.ndjson
                  edgectl export --what reservations | jq 'select(.state == "held")'
                """))
    }

    enum What: String, CaseIterable, ExpressibleByArgument {
        case stock, reservations, pickups, events, journal, acts
    }

    @Option(help: .say("Which facts.", "Quels faits.", value: "quoi")) var what: What
    @Option(
        help: .say(
            "A new file, readable by its owner alone, instead of standard output.",
            "Un nouveau fichier, lisible de son seul propriétaire, au lieu de la sortie standard.", value: "fichier"))
    var to: String?
    @OptionGroup var options: AgentOptions

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let file = try to.map { (path) throws(Failure) in try ExportFile(path, bench.words) }
        var count = 0
        var after: JSON?
        repeat {
            let page = try bench.ask(
                .request("export", ("what", .string(what.rawValue)), ("after", after), ("limit", 200)))
            let records = page["records"]?.list ?? []
            if let file {
                try file.write(records.map { String(decoding: $0.encoded(), as: UTF8.self) + "\n" }.joined())
            } else {
                for record in records { bench.jsonLine(record) }
            }
            count += records.count
            after = page["next"]
            bench.progress("\(count)…")
        } while after != nil
        let last: JSON = ["export": .string(what.rawValue), "records": .count(count), "complete": true]
        guard let file else {
            bench.jsonLine(last)
            return .fine
        }
        try file.write(String(decoding: last.encoded(), as: UTF8.self) + "\n")
        try file.finish()
        if bench.format == .json {
            bench.json(.object(last.members + [.init("file", .string(file.path))]))
        } else {
            bench.print(
                bench.words.say("Written to ", "Écrit dans ") + file.path + bench.words.colon + "\(count)\n")
        }
        return .fine
    }
}

/// A new file for its owner alone.
final class ExportFile {
    let path: String
    private let words: Words
    private var descriptor: Int32

    /// Makes the file.
    ///
    /// - Throws: `export.file` when it is there already, or cannot be made.
    init(_ path: String, _ words: Words) throws(Failure) {
        self.path = path
        self.words = words
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw failure(errno)
            }
        }
    }

    /// Makes sure that it is on the disk.
    func finish() throws(Failure) {
        let isWritten = fsync(descriptor) == 0
        let number = errno
        close(descriptor)
        descriptor = -1
        if !isWritten { throw failure(number) }
    }

    private func failure(_ number: Int32) -> Failure {
        Failure(
            code: "export.file",
            message: words.say("\(path) cannot be written.", "\(path) ne peut pas être écrit."),
            cause: String(cString: strerror(number)),
            mend: number == EEXIST
                ? words.say(
                    "name another file, or remove this one.", "donnez un autre fichier, ou supprimez celui-ci.") : nil,
            status: .fault)
    }
}
