// Codes and exports by the technician's tool, with the agent and without it.

import Contract
import EdgeAgent
import EdgeSimulation
import Glibc
import ShopModel
import Testing

@testable import EdgeControl

@Suite("edgectl, asked for codes and facts,")
struct ScanAndExportTests {
    @Test("reads a label alone when no agent is there, says so, and ends with status 2")
    func withoutAgent() throws {
        let outcome = EdgeControl.run(
            ["scan", "]d201034000000000121726113010A1{GS}21S-7", "--socket", "/nowhere/control.sock"], environment: [:])
        #expect(outcome.status == .warnings)
        #expect(
            outcome.output == """
                A product, by a GS1 element string
                Text    01034000000000121726113010A1{GS}21S-7
                Symbol  ]d2, GS1 Data Matrix
                GTIN    03400000000012

                AI  FIELD          VALUE
                01  GTIN           03400000000012
                17  expires        261130
                10  batch or lot   A1
                21  serial number  S-7

                Read from the label alone; the agent did not answer: No agent has a socket at
                /nowhere/control.sock.

                """)
        let json = EdgeControl.run(
            ["scan", "3400000000012", "--format", "json", "--socket", "/nowhere/control.sock"], environment: [:])
        let read = try JSONReader.read(Array(json.output.utf8))
        #expect(read["gtin"] == "03400000000012")
        #expect(read["problem"]?["code"] == "control.noSocket")
    }

    @Test("says what the shop knows of a code, in French too, and ends with status 1 for one that it does not know")
    func withAgentThere() throws {
        try withAgent(language: "fr_FR.UTF-8") { shop, ask in
            let code = try shop.day()
            let outcome = ask(["scan", code])
            #expect(outcome.status == .fine)
            #expect(outcome.output.hasPrefix("Une réservation\nTexte"))
            #expect(outcome.output.contains("Réservation \(code) : attend sa vente"))
            #expect(outcome.output.contains("reservation.collect  vendeurs, caisse"))
            #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
            let unknown = ask(["scan", "3400000000029"])
            #expect(unknown.status == .fault)
            #expect(unknown.output.contains("Ce magasin n'en connaît rien."))
            #expect(ask(["scan", "3400000000028"]).complaint.hasPrefix("scan.checkDigit: "))
        }
    }

    @Test("exports a line each and counts them in the last one; into a file of its owner's alone, never over another")
    func export() throws {
        try withAgent { shop, ask in
            _ = try shop.day()
            let lines = ask(["export", "--what", "journal"]).output.split(separator: "\n")
            let last = try JSONReader.read(Array(wanted(lines.last).utf8))
            #expect(last == ["export": "journal", "records": .count(lines.count - 1), "complete": true])
            for line in lines { _ = try JSONReader.read(Array(line.utf8)) }
            try withFolder { folder in
                let path = folder + "/journal.ndjson"
                defer { unlink(path) }
                let outcome = ask(["export", "--what", "journal", "--to", path])
                #expect(outcome.status == .fine)
                #expect(outcome.output == "Written to \(path): \(lines.count - 1)\n")
                var facts = stat()
                #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
                let again = ask(["export", "--what", "stock", "--to", path])
                #expect(again.status == .fault)
                #expect(again.complaint.hasPrefix("export.file: \(path) cannot be written. (File exists)"))
                var after = stat()
                #expect(stat(path, &after) == 0 && after.st_size == facts.st_size)
            }
        }
    }

    @Test("tells what was parked before the story, with the line that lets it go, in French too")
    func parked() throws {
        try withAgent(language: "fr") { shop, ask in
            let code = try shop.day()
            #expect(ask(["queue", "park", "4", "--reason", "ticket 88"]).status == .fine)
            let page = ask(["explain", code]).output
            #expect(page.contains("Mis de côté, et la suite attend\n#4 reservation.placed : technicien : ticket 88\n"))
            #expect(page.contains("    edgectl queue retry 4\n"))
            #expect(page.contains("queue.park par nadia : fait"))
            #expect(ask(["explain", "tablet-1"]).output.hasPrefix("Appareil tablet-1 : rôle vendeur\n"))
            #expect(page.contains(", mis de côté"))
            #expect(page.split(separator: "\n").allSatisfy { $0.count <= 80 })
        }
    }
}
