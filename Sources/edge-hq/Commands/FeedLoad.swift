// `edge-hq feed load`: what an OMS, a PIM or a CRM has to say, by a pipe or as a table.

import ArgumentParser
import Contract
import Glibc
import Headquarters
import ShopModel

struct FeedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feed", abstract: "Tell shops what they have to know.", subcommands: [FeedLoad.self])
}

struct FeedLoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Load NDJSON lines, or a table.",
        discussion: """
            A line of a state feed (catalogue, customers, clerks, hours, settings, keys, offers, media):
              {"feed":"catalogue","key":"A-1","value":{"gtins":["3760123456784"],"name":{"fr":"Robe"}}}
              {"feed":"catalogue","scope":"group/france","key":"A-1","value":null}
            Without "scope" it is for every shop by itself; --scope names another default.
            A line of a log feed:
              {"feed":"stock","shop":"paris-1","entry":{"type":"delta","sku":"A-1","quantity":5,"cause":"opening","share":3}}
              {"feed":"stock","shop":"paris-1","entry":{"type":"absolute","sku":"A-1","onHand":4,"asOf":null}}
              {"feed":"orders","shop":"paris-1","entry":{"type":"placed","order":"O-1","lines":[{"sku":"A-1","quantity":1}]}}
              {"feed":"erasures","entry":{"type":"erase","customer":"C-1"}}

            Tables: --csv assortment.csv (columns sku, name_fr, name_en, gtin, price, currency, vat, image, attributes,
            safety) and --opening opening.csv (columns shop, sku, quantity, share).

            Lines are judged one by one; a refused one is told with its number and stops no other. Exit 1 if any was.
            """)

    @Argument(help: "A file of NDJSON lines; - is standard input.")
    var file: String?

    @Option(help: "An assortment as a table.")
    var csv: String?

    @Option(help: "Opening stock as a table.")
    var opening: String?

    @Option(help: "For whom lines without scope are: shop/<id> or group/<name>. Default: every shop by itself.")
    var scope: String?

    @OptionGroup var socket: Socket

    func validate() throws {
        guard [file, csv, opening].compactMap(\.self).count == 1 else {
            throw ValidationError("Give one of FILE (- for standard input), --csv FILE and --opening FILE.")
        }
    }

    func run() throws {
        var loader = Loader(socket: socket, scope: scope)
        do {
            if let csv {
                var table = try AssortmentTable(try bytes(ofFile: csv))
                while let product = try table.next() {
                    try loader.add(
                        [
                            "feed": "catalogue", "key": .string(product.sku.value),
                            "value": product.entry.value ?? .null,
                        ])
                }
            } else if let opening {
                var table = try OpeningTable(try bytes(ofFile: opening))
                while case .stockDelta(let shop, let sku, let units, let cause, let share) = try table.next() {
                    try loader.add([
                        "feed": "stock", "shop": .string(shop.value),
                        "entry": object([
                            ("type", "delta"), ("sku", .string(sku.value)), ("quantity", .count(units)),
                            ("cause", .string(cause)), ("share", share.map(JSON.count)),
                        ]),
                    ])
                }
            } else {
                try lines(of: file ?? "-", &loader)
            }
        } catch let refusal as Refusal {
            try loader.flush()
            say("edge-hq: \(refusal.sentence(in: .english)) (\(refusal.code.name)). What stands before it is loaded.")
            throw ExitCode(1)
        } catch let problem as Problem {
            say("edge-hq: \(problem.description)")
            throw ExitCode(problem.exitCode)
        }
        try loader.finish()
    }

    /// Reads lines as they come: a pipe may stay open for days.
    private func lines(of path: String, _ loader: inout Loader) throws {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Problem("\(path) cannot be read: \(String(cString: strerror(errno))). Check the path.")
        }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var rest: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Problem("\(path) cannot be read: \(String(cString: strerror(errno))).") }
            guard count > 0 else { break }
            rest += chunk[..<count]
            var start = 0
            while let end = rest[start...].firstIndex(of: 0x0A) {
                try loader.addLine(rest[start..<end])
                start = end + 1
            }
            rest.removeFirst(start)
            // What came is loaded before more is waited for.
            if count < chunk.count { try loader.flush() }
        }
        if !rest.isEmpty { try loader.addLine(rest[...]) }
    }
}

/// Sends lines in batches, and counts.
struct Loader {
    let socket: Socket
    let scope: String?
    private var lines: [(number: Int, json: JSON)] = []
    private var bytes = 0
    private var seen = 0
    private var loaded = 0
    private var unchanged = 0
    private var refused = 0
    private var told = 0

    init(socket: Socket, scope: String?) {
        self.socket = socket
        self.scope = scope
    }

    /// Adds a line of text; a blank one is passed over.
    mutating func addLine(_ text: ArraySlice<UInt8>) throws {
        let text = text.last == 0x0D ? text.dropLast() : text
        guard text.contains(where: { $0 != 0x20 && $0 != 0x09 }) else {
            seen += 1
            return
        }
        let json: JSON
        do throws(Refusal) {
            json = try JSONReader.read(text)
        } catch {
            seen += 1
            return refuse(seen, error.sentence(in: .english))
        }
        try add(json, size: text.count)
    }

    /// Adds a line; a full batch is carried out first.
    mutating func add(_ json: JSON) throws { try add(json, size: json.encoded().count) }

    private mutating func add(_ json: JSON, size: Int) throws {
        if bytes + size > 180_000 || lines.count == 1_000 { try flush() }
        seen += 1
        var json = json
        if let scope, case .object(let members) = json, json["scope"] == nil, json["shop"] == nil, json["key"] != nil {
            json = .object(members + [.init("scope", .string(scope))])
        }
        lines.append((seen, json))
        bytes += size
    }

    /// Has what was added carried out.
    mutating func flush() throws {
        guard !lines.isEmpty else { return }
        let batch = lines
        lines.removeAll(keepingCapacity: true)
        bytes = 0
        let answer = try socket.ask(["verb": "load", "lines": .array(batch.map(\.json))])
        for (line, result) in zip(batch, answer.first?["answers"]?.elements ?? []) {
            if let problem = result["problem"] {
                refuse(line.number, problem["detail"]?.text ?? "refused")
            } else {
                loaded += 1
                if result["result"]?["changed"] == false { unchanged += 1 }
            }
        }
        if seen - told >= 5_000 {
            told = seen
            say("\(seen) lines read, \(loaded) loaded, \(refused) refused")
        }
    }

    /// Has the rest carried out, and says the counts.
    mutating func finish() throws {
        try flush()
        say("\(loaded) loaded, \(unchanged) of them unchanged, \(refused) refused")
        if refused > 0 { throw ExitCode(1) }
    }

    private mutating func refuse(_ number: Int, _ sentence: String) {
        refused += 1
        if refused <= 20 { say("line \(number): \(sentence)") }
        if refused == 21 { say("more lines are refused; only their number is told") }
    }
}
