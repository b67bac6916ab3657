// edge-bench commits: what one durable commit costs on this disk, with nothing around it.

import ArgumentParser
import Contract
import SQLiteStorage

/// `edge-bench commits`.
struct CommitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commits",
        abstract: "Commits one row after the other, each synced before the next.",
        discussion: "Prints {\"p50\", \"p99\", \"longest\"} in microseconds. The file is opened as edged's ledger is.")

    @Option(help: "The folder in which the database is made; one on the disk that is to be measured.")
    var folder: String
    @Option(help: "How many commits.")
    var count = 200

    func run() throws {
        let database = try Database(path: folder + "/commits.db", mode: .exclusiveFull)
        try database.execute("CREATE TABLE IF NOT EXISTS commits (id INTEGER PRIMARY KEY, content TEXT) STRICT")
        let insertion = try database.prepare("INSERT INTO commits (content) VALUES (?)")
        // About what a reservation's own rows come to.
        let content = String(repeating: "r", count: 500)
        // A log that still grows costs each sync the file's new length as well. A running shop's log has grown already and
        // is written from its start again and again, so the one measured here is too.
        try database.beginWriting()
        for _ in 0..<6_000 { _ = try insertion.run(content) }
        try database.commit()
        try database.checkpoint(.passive)
        var latencies = Latencies()
        for _ in 0..<count {
            let begin = Stopwatch.now()
            try database.beginWriting()
            _ = try insertion.run(content)
            try database.commit()
            latencies.add(Stopwatch.now() - begin)
        }
        tell(latencies.members())
    }
}
