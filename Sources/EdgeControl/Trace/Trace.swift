// `edgectl trace` and `edgectl device tail`: what devices send and how it is answered, line by line.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct TraceCommand: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "trace",
            abstract: Help.say(
                "Show what a device sent lately, how long it took, and how it was answered.",
                "Montrer ce qu'un appareil a envoyé, en combien de temps, et la réponse."),
            discussion: Help.say(
                """
                The agent keeps the heads of the last 512 messages of all devices: when,
                what, how long, how it went. Never what was in them. Refusals are told in
                words; … stands for what the message had.

                Examples:
                  edgectl trace till-1
                  edgectl trace till-1 --follow
                  edgectl trace --limit 200              of all devices
                """,
                """
                L'agent garde l'en-tête des 512 derniers messages de tous les appareils :
                quand, quoi, en combien de temps, avec quelle issue. Jamais leur contenu. Les
                refus sont dits en toutes lettres ; … remplace ce que le message contenait.

                Exemples :
                  edgectl trace till-1
                  edgectl trace till-1 --follow
                  edgectl trace --limit 200              de tous les appareils
                """))
    }

    @Argument(
        help: .say(
            "The device; all devices when absent.", "L'appareil ; s'il manque, tous les appareils.", value: "appareil"),
        completion: Completions.devices)
    var device: String?
    @Flag(help: .say("Go on with what comes, until Ctrl-C.", "Continuer avec ce qui vient, jusqu'à Ctrl-C."))
    var follow = false
    @Option(help: .say("How many lines at most, 1 to 512.", "Combien de lignes au plus, de 1 à 512.", value: "nombre"))
    var limit: Int = 50
    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (1...512).contains(limit) else {
            throw ValidationError(Help.say("--limit takes 1 to 512.", "--limit va de 1 à 512."))
        }
        guard device.map({ DeviceID($0) != nil }) ?? true else {
            throw ValidationError(
                Help.say(
                    "'\(device ?? "")' cannot be a device's id.",
                    "« \(device ?? "") » ne peut pas être le nom d'un appareil."))
        }
    }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        try TraceReading(bench: bench, device: device, explains: true).read(limit: limit, follows: follow)
    }
}

struct DeviceTail: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "tail",
            abstract: Help.say(
                "Follow what a device sends, as it comes, until Ctrl-C.",
                "Suivre en direct ce qu'un appareil envoie, jusqu'à Ctrl-C."),
            discussion: Help.say(
                """
                Examples:
                  edgectl device tail scanner-7
                  edgectl device tail scanner-7 --format json | jq .outcome
                """,
                """
                Exemples :
                  edgectl device tail scanner-7
                  edgectl device tail scanner-7 --format json | jq .outcome
                """))
    }

    @OptionGroup var name: DeviceName
    @Option(
        help: .say(
            "How many earlier lines to begin with, 0 to 512.", "Combien de lignes déjà reçues au début, de 0 à 512.",
            value: "nombre"))
    var limit: Int = 10
    @Flag(
        inversion: .prefixedNo,
        help: .say(
            "Wait for more; otherwise end after the earlier lines.",
            "Attendre la suite ; sinon terminer après les lignes déjà reçues."))
    var follow = true
    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (0...512).contains(limit) else {
            throw ValidationError(Help.say("--limit takes 0 to 512.", "--limit va de 0 à 512."))
        }
    }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        try TraceReading(bench: bench, device: name.device, explains: false).read(limit: limit, follows: follow)
    }
}

/// Reads the trace, and goes on reading.
struct TraceReading {
    let bench: Bench
    /// Whose lines; everybody's when `nil`.
    let device: String?
    /// Whether refusals are told in words.
    let explains: Bool

    /// Between two looks: quick enough for somebody who scans and watches, and nothing for the agent.
    private static let pauseMicroseconds: UInt32 = 250_000

    /// Rows that are asked for at once: an answer of the agent's is a line, and a line has a limit.
    private static let pageMax = 128

    func read(limit: Int, follows: Bool) throws(Failure) -> ExitStatus {
        var latest = try showLatest(limit, follows: follows)
        guard follows else { return .fine }
        while true {
            usleep(Self.pauseMicroseconds)
            latest = try showNext(after: latest)
        }
    }

    /// Shows the latest rows. Returns the number of the last one that there is, whosever it is.
    private func showLatest(_ limit: Int, follows: Bool) throws(Failure) -> Int {
        var answer = try ask(after: limit > Self.pageMax ? 0 : nil, limit: min(max(1, limit), Self.pageMax))
        var rows = answer["rows"]?.list ?? []
        // The agent has few enough of them for all to be fetched, page by page.
        var page = rows
        while limit > Self.pageMax, page.count == Self.pageMax, let last = page.last?["row"]?.integer {
            answer = try ask(after: last, limit: Self.pageMax)
            page = answer["rows"]?.list ?? []
            rows += page
        }
        show(Array(rows.suffix(limit)), isFirst: true)
        if rows.isEmpty, !follows, bench.format == .table {
            bench.print(bench.words.say("Nothing was heard yet.", "Rien n'a encore été entendu.") + "\n")
        }
        return answer["latest"]?.integer ?? 0
    }

    /// Shows a page of what came behind a row. Returns the number of the last row that was looked at.
    private func showNext(after known: Int) throws(Failure) -> Int {
        var answer = try ask(after: known, limit: Self.pageMax)
        if let latest = answer["latest"]?.integer, latest < known {
            // The agent was started anew, and counts anew.
            bench.progress(bench.words.say("– the agent was started anew –", "– l'agent a redémarré –"))
            answer = try ask(after: 0, limit: Self.pageMax)
        } else if answer["gap"]?.truth == true {
            bench.progress(
                bench.words.say(
                    "– more came than the agent remembers –", "– plus de messages que l'agent n'en garde –"))
        }
        let rows = answer["rows"]?.list ?? []
        show(rows, isFirst: false)
        let last = rows.count == Self.pageMax ? rows.last?["row"]?.integer : nil
        return last ?? answer["latest"]?.integer ?? known
    }

    private func ask(after: Int?, limit: Int) throws(Failure) -> JSON {
        try bench.ask(
            .request(
                "trace.read", ("device", device.map(JSON.string)), ("after", after.map { .count($0) }),
                ("limit", .count(limit))))
    }

    private func show(_ rows: [JSON], isFirst: Bool) {
        let words = bench.words
        if bench.format == .json {
            rows.forEach(bench.jsonLine)
            return
        }
        if isFirst, !rows.isEmpty { bench.print(heading(words)) }
        for row in rows { bench.print(line(row, words)) }
    }

    private func heading(_ words: Words) -> String {
        let titles = [words.say("TIME", "HEURE"), words.say("TOOK", "DURÉE"), words.say("WHAT", "QUOI")]
        return titles[0].column(14) + titles[1].column(10)
            + (device == nil ? words.say("DEVICE", "APPAREIL").column(14) : "")
            + titles[2].column(22) + words.say("ANSWER", "RÉPONSE") + "\n"
    }

    /// A line: the time of day, how long, who, what, and how it went; a refusal's sentence below.
    private func line(_ row: JSON, _ words: Words) -> String {
        let isPresence = row.plain("verb") == "presence"
        var answer = words.term(row.plain("outcome"))
        if isPresence {
            answer = row.plain("outcome") == "online" ? words.say("there", "présent") : words.term("offline")
        }
        if let code = row["code"]?.text { answer += " \(code)" }
        if row["replayed"]?.truth == true { answer += words.say(", again", ", à nouveau") }
        if row["simulated"]?.truth == true { answer += words.say(", simulated", ", simulé") }
        var text = String((row["at"]?.text ?? "").dropFirst(11).prefix(12)).column(14)
        text += (isPresence ? "" : Self.duration(row["microseconds"]?.integer ?? 0)).column(10)
        if device == nil { text += row.plain("device").column(14) }
        text += row.plain("verb").printableLine.column(22) + answer.printableLine + "\n"
        if explains, let detail = row["detail"]?.text {
            for part in detail.printableLine.wrapped(to: bench.width - 6) { text += "      \(part)\n" }
        }
        return text
    }

    private static func duration(_ microseconds: Int) -> String {
        if microseconds < 10_000 { return "\(microseconds / 1_000).\(microseconds / 100 % 10) ms" }
        return microseconds < 10_000_000 ? "\(microseconds / 1_000) ms" : "\(microseconds / 1_000_000) s"
    }
}

extension String {
    /// This with blanks behind it, one at least.
    fileprivate func column(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
