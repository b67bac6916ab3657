// The commands of edge-hq, and how they reach the serving one.

import ArgumentParser
import Contract
import ControlSocket
import Glibc
import ShopModel

/// The command itself.
struct EdgeHeadquarters: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge-hq", abstract: "The reference headquarters of connected shops.",
        discussion: """
            `edge-hq serve` runs headquarters over an MQTT broker. Every other command acts on a serving one through its
            control socket, so that an OMS, a PIM or a CRM joins by a pipe:

              edge-hq serve --config hq.json
              edge-hq feed load --csv assortment.csv
              edge-hq feed load --opening opening.csv
              pim-export | edge-hq feed load -
              edge-hq order place --shop paris-1 --line A-100=1 --customer-name "Marie Dupont"
              edge-hq ledger --follow

            Exit: 0 fine, 1 refused, 64 wrong use, 69 headquarters not reachable, 70 storage failed, 78 configuration.
            """, version: Release.version,
        subcommands: [
            Serve.self, FeedCommand.self, OrderCommand.self, StockCommand.self, RightsCommand.self,
            CustomerCommand.self, ClerkCommand.self, LedgerCommand.self, Status.self,
        ])
}

/// How the answer is shown.
enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

/// Options of every command that acts on a serving headquarters.
struct Socket: ParsableArguments {
    static let standardPath = "/run/edge-hq/control.sock"

    @Option(name: .customLong("socket"), help: "The control socket of the serving edge-hq (or EDGE_HQ_SOCKET).")
    var path: String?

    @Option(help: "How to show the answer: table or json.")
    var format: Format = .table

    private var place: String { path ?? getenv("EDGE_HQ_SOCKET").map { String(cString: $0) } ?? Self.standardPath }

    /// Asks, and gives the lines of the answer.
    func ask(_ request: JSON) throws -> [JSON] {
        let answer: [UInt8]
        do {
            answer = try ControlClient.request(path: place, line: request.encoded(), timeoutMilliseconds: 65_000)
        } catch {
            say("edge-hq: \(error.description)")
            say("Is headquarters running? Start it: edge-hq serve --config FILE; or name its socket with --socket.")
            throw ExitCode(69)
        }
        var lines: [JSON] = []
        for line in answer.split(separator: 0x0A) {
            lines.append(
                try JSONReader.read(line, limits: JSONLimits(bytesMax: 1 << 24, depthMax: 32, elementsMax: 100_000)))
        }
        if let problem = lines.first?["problem"], lines.first?["outcome"] == "refused" { throw refusal(problem) }
        return lines
    }

    /// Has one line of `feed load` carried out, and gives its result.
    func perform(_ line: JSON) throws -> JSON {
        let answer = try ask(["verb": "load", "lines": [line]])
        let first = answer.first?["answers"]?.elements?.first ?? .null
        if let problem = first["problem"] { throw refusal(problem) }
        return first["result"] ?? .null
    }

    /// Shows an answer.
    func show(_ answer: JSON) {
        guard format == .table, case .object(let members) = answer else {
            return write(String(decoding: answer.encoded(), as: UTF8.self) + "\n")
        }
        let width = members.map(\.name.count).max() ?? 0
        for member in members {
            let value: String =
                switch member.value {
                case .string(let text): text
                case .object, .array: String(decoding: member.value.encoded(), as: UTF8.self)
                default: String(decoding: member.value.encoded(), as: UTF8.self)
                }
            write(member.name + String(repeating: " ", count: width - member.name.count + 2) + value + "\n")
        }
    }

    private func refusal(_ problem: JSON) -> ExitCode {
        let field = problem["field"]?.text.map { " at \($0)" } ?? ""
        say("edge-hq: \(problem["detail"]?.text ?? "refused")\(field) (\(problem["code"]?.text ?? "?"))")
        return ExitCode(1)
    }
}

/// An object of those members that are there.
func object(_ members: [(String, JSON?)]) -> JSON {
    .object(members.compactMap { name, value in value.map { JSON.Member(name, $0) } })
}
