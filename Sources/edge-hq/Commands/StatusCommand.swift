// `edge-hq status`: headquarters and its shops at a glance, and what somebody should look after.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how headquarters is: epoch, broker, events, and for each shop its box, life, feeds and sales.",
        discussion:
            "Two boxes that act as one shop are told below the table. For programs: edge-hq status --format json")

    @OptionGroup var socket: Socket

    func run() throws {
        for line in try socket.ask(["verb": "status"]) {
            switch socket.format {
            case .json: socket.show(line)
            case .table: write(Self.page(line))
            }
        }
    }

    /// The answer for a person.
    static func page(_ status: JSON) -> String {
        let now = status["now"]?.text.flatMap(Instant.init(rfc3339:))
        var rows = [["SHOP", "LIFE", "STATE", "BOX", "HEARD", "LAST EVENT", "SOLD", "BACK"]]
        var notes: [String] = []
        for shop in status["shops"]?.elements ?? [] {
            let name = shop["shop"]?.text ?? "?"
            let lives = shop["lives"]?.elements ?? []
            let life = lives.last { $0["state"]?.text == "current" } ?? lives.last
            let box = shop["boxes"]?.elements?.first
            rows.append([
                name, life?["incarnation"]?.text.map(short) ?? "never heard", life?["state"]?.text ?? "–",
                box?["instance"]?.text ?? "–", age(of: box?["heardAt"], at: now), age(of: shop["lastEventAt"], at: now),
                "\(shop["sold"]?.integer ?? 0)", "\(shop["returned"]?.integer ?? 0)",
            ])
            notes += problems(of: shop, named: name)
        }
        var text =
            "epoch \(status["epoch"]?.text ?? "?"), broker \(status["broker"]?.text ?? "?"), "
            + "events \(status["events"]?.integer ?? 0)\n\n"
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            text += line + "\n"
        }
        if !notes.isEmpty { text += "\n" + notes.joined(separator: "\n") + "\n" }
        return text
    }

    private static func problems(of shop: JSON, named name: String) -> [String] {
        var notes: [String] = []
        if shop["twoBoxes"]?.truth == true {
            let names = (shop["boxes"]?.elements ?? []).prefix(2).compactMap { $0["instance"]?.text }
            notes.append("\(name): two boxes speak as this shop (\(names.joined(separator: ", "))). Stop one of them.")
        }
        let forked = (shop["lives"]?.elements ?? []).filter { $0["state"]?.text == "forked" }
        if let last = forked.last, last == shop["lives"]?.elements?.last {
            notes.append(
                "\(name): two boxes wrote as one ledger; it is granted no rights. Stop one, reinstall the other.")
        }
        return notes
    }

    private static func short(_ name: String) -> String { name.count > 13 ? name.prefix(12) + "…" : name }

    /// How long ago a moment was.
    private static func age(of moment: JSON?, at now: Instant?) -> String {
        guard let then = moment?.text.flatMap(Instant.init(rfc3339:)), let now else { return "–" }
        let seconds = max(0, (now - then) / 1_000)
        return switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min"
        case ..<86_400: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) d"
        }
    }
}
