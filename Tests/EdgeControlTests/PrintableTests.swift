// Text from elsewhere in a terminal: it gives no orders, and looks like no line of ours.

import Contract
import ControlSocket
import ShopModel
import Synchronization
import Testing

@testable import EdgeControl

@Suite("Text from elsewhere")
struct PrintableTests {
    /// A title of a window by C0 and by C1, a bell, DEL, and letters shown backwards.
    private static let hostile = "a\u{1B}]0;b\u{07}\u{9D}0;c\u{9C}\u{7F}\u{202E}d\u{2066}e"

    @Test("loses what a terminal would take as an order, and nothing else")
    func printable() {
        #expect(Self.hostile.printable == "a]0;b0;cde")
        let plain = "Théière 1 l — 49,90 €\nשלום 👩‍👩‍👧 …"
        #expect(plain.printable == plain)
        #expect("a\nb\tc\r\nd".printableLine == "a b c d")
    }

    @Test("stands in pages and tables as letters, each value in its own lines")
    func pages() {
        var page = Page()
        page.title(Self.hostile)
        page.facts([("name", Self.hostile + "\nqueue  empty")])
        page.paragraph(Self.hostile)
        page.verbatim(Self.hostile + "\nsecond")
        var table = Table(.init("Name"), .init("State"))
        table.add("\(Self.hostile)\nall fine", "x")
        page.table(table)
        let text = page.text(width: 80)
        #expect(text.printable == text)
        #expect(!text.contains("\nqueue") && !text.contains("\nall fine") && text.contains("\nsecond\n"))
        #expect(text.contains("a]0;b0;cde all fine  x\n"))
    }

    @Test("is escaped in JSON for programs, which read what was there")
    func json() throws {
        let value: JSON = ["name": .string(Self.hostile)]
        let text = String(decoding: value.encoded(), as: UTF8.self).printableJSON
        #expect(text.printable == text)
        #expect(text.contains(#"\u009d0;c\u009c\u007f\u202ed"#))
        #expect(try JSONReader.read(Array(text.utf8)) == value)
    }

    @Test("is harmless in a report of checks, whose own colours stay")
    func report() {
        let verdict = Verdict.fault("broker.x", Self.hostile, cause: Self.hostile + "\nX FAULT", mend: Self.hostile)
        let report = CheckReport(
            findings: [Finding(name: "broker.reachable", verdict: verdict)], words: Words(language: .english),
            milliseconds: 1)
        let plain = report.text(width: 80, isWhole: true, hasColours: false)
        #expect(plain.printable == plain && !plain.contains("\nX FAULT  X"))
        let coloured = report.text(width: 80, isWhole: true, hasColours: true)
        #expect(coloured.hasPrefix("\u{1B}[1;31mX FAULT\u{1B}[0m "))
        let rest = String(coloured.dropFirst(20))
        #expect(rest.printable == rest)
    }

    @Test("in 512 lines of a trace is fetched in pages that fit an answer, in order, and shown as letters")
    func trace() throws {
        try withFolder { folder in
            let asked = Mutex<[JSON]>([])
            let server = try ControlServer(path: folder + "/control.sock") { line, _ in
                guard let request = try? JSONReader.read(line) else { return [] }
                asked.withLock { $0.append(request) }
                return Self.rows(after: request["after"]?.integer ?? 0, limit: request["limit"]?.integer ?? 0)
            }
            defer { server.stop() }
            for format in ["table", "json"] {
                let outcome = EdgeControl.run(
                    ["trace", "--limit", "512", "--format", format],
                    environment: ["EDGED_SOCKET": folder + "/control.sock"])
                #expect(outcome.complaint == "" && outcome.status == .fine)
                #expect(outcome.output.printable == outcome.output)
                let lines = outcome.output.split(separator: "\n").filter { $0.contains("till-1") }
                #expect(lines.count == 512)
                #expect(lines.last?.contains("v600") == true && lines.first?.contains("v89") == true)
            }
            #expect(asked.withLock { $0 }.allSatisfy { $0["limit"]?.integer == 128 })
        }
    }

    /// An agent's answer: the rows 89 to 600, with verbs and sentences as long as they come.
    private static func rows(after: Int, limit: Int) -> [UInt8] {
        let first = max(after + 1, 89)
        let rows = (first..<max(first, min(first + limit, 601))).map { row -> JSON in
            [
                "row": .count(row), "at": "2026-11-22T12:04:31.500Z", "device": "till-1",
                "verb": .string("v\(row)" + String(repeating: "\u{1B}", count: 60)), "outcome": "refused",
                "code": "contract.unknownVerb", "detail": .string(String(repeating: "é\u{9B}", count: 200)),
                "microseconds": 900, "bytes": 99,
            ]
        }
        return
            (["outcome": "done", "result": ["rows": .array(rows), "latest": 600, "gap": false]] as JSON).encoded()
    }
}
