// `edge-hq ledger`: what headquarters heard.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "Print every event received, in order, as NDJSON.",
        discussion: """
            Each line is the CloudEvent with `position`, `arrived` (how often it came so far), `lane`, `receivedAt` and,
            when it was not applied, `refused` in front.

              edge-hq ledger --follow | jq -r '[.type,.subject] | @tsv'
            """)

    @Flag(help: "Go on as events come, until Ctrl-C.") var follow = false
    @Option(help: "Only events of this shop.") var shop: String?
    @Option(help: "Begin behind this position.") var after: Int = 0
    @OptionGroup var socket: Socket

    func run() throws {
        var position = after
        while true {
            let lines = try socket.ask(
                object([
                    ("verb", "ledger"), ("after", .count(position)), ("shop", shop.map(JSON.string)),
                    ("limit", 200),
                ]))
            var text = ""
            for line in lines {
                guard let at = line["position"]?.integer else { continue }
                position = at
                text += String(decoding: line.encoded(), as: UTF8.self) + "\n"
            }
            write(text)
            guard text.isEmpty else { continue }
            guard follow else { return }
            usleep(200_000)
        }
    }
}
