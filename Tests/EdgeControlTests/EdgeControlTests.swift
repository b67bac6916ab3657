// The technician's tool against a real socket: what it prints, and how it ends.

import Contract
import ControlSocket
import Glibc
import ShopModel
import Testing

@testable import EdgeControl

@Suite("edgectl")
struct EdgeControlTests {
    @Test("prints pages that fit 80 columns, in English and in French", arguments: Golden.all)
    func pages(_ golden: Golden) throws {
        try withAgent(language: golden.language, lineIsUp: golden.lineIsUp) { shop, ask in
            let code = try shop.day()
            try shop.feed(.orders, Golden.order)
            try shop.wait(minutes: 10)
            let outcome = ask(golden.arguments.map { $0 == "RESERVATION" ? code : $0 })
            #expect(outcome.complaint == "")
            #expect(outcome.status == golden.status)
            let seen = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
            let expected = (golden.page + "\n").split(separator: "\n", omittingEmptySubsequences: false)
            #expect(seen == expected, "\(outcome.output)")
            #expect(seen.allSatisfy { $0.count <= 80 })
        }
    }

    @Test("asks a GTIN when no SKU has that name, and complains once when nothing has")
    func unknownProduct() throws {
        try withAgent { _, ask in
            let outcome = ask(["stock", "show", "3400000000029"])
            #expect(outcome.status == .fault)
            #expect(outcome.output == "")
            #expect(
                outcome.complaint
                    == "product.unknown: 3400000000029 is not in this shop's assortment. Check the code; a new article comes once headquarters has sent it.\n"
            )
        }
    }

    @Test("prints a failure as JSON where a program looks for the answer, and as a sentence for people")
    func failureAsJSON() throws {
        try withAgent { _, ask in
            let outcome = ask(["stock", "show", "NO-SUCH", "--format", "json"])
            #expect(outcome.status == .fault)
            let json = try JSONReader.read(Array(outcome.output.utf8))
            #expect(json["outcome"] == "refused")
            #expect(json["problem"]?["code"] == "product.unknown")
            #expect(
                json["problem"]?["detail"]
                    == "NO-SUCH is not in this shop's assortment. Check the code; a new article comes once headquarters has sent it."
            )
            #expect(outcome.complaint.hasPrefix("product.unknown: "))
        }
        let gone = EdgeControl.run(
            ["status", "--format", "json", "--socket", "/nowhere/control.sock"], environment: [:])
        let json = try JSONReader.read(Array(gone.output.utf8))
        #expect(json["problem"]?["code"] == "control.noSocket")
        #expect(json["problem"]?["mend"]?.text?.contains("systemctl start edged") == true)
    }

    @Test("says which version it is of")
    func version() {
        let outcome = EdgeControl.run(["--version"], environment: [:])
        #expect(outcome == EdgeControl.Outcome(output: "edgectl \(Release.version)\n"))
    }

    @Test("says that nothing has a name that it was given")
    func unknownName() throws {
        try withAgent(language: "fr_FR") { _, ask in
            let outcome = ask(["explain", "R-00000000-0"])
            #expect(outcome.status == .fault)
            #expect(outcome.complaint.hasPrefix("control.unknownId: Rien n'est connu ici sous R-00000000-0."))
        }
    }

    @Test("pages on with the line that it prints")
    func paging() throws {
        try withAgent { shop, ask in
            _ = try shop.day()
            let first = ask(["queue", "list", "--lane", "stock", "--limit", "2"])
            let line = try #require(first.output.split(separator: "\n").last)
            #expect(line.hasPrefix("More: edgectl queue list --after "))
            #expect(line.hasSuffix(" --lane stock --limit 2"))
            let again = line.split(separator: " ").dropFirst(2).map(String.init)
            #expect(ask(again).output.contains("sku/SHIRT-M"))
        }
    }

    @Test("says that no agent is there, and how to start it, with status 69")
    func noAgent() {
        let outcome = EdgeControl.run(["status", "--socket", "/tmp/no-such-edged/control.sock"], environment: [:])
        #expect(outcome.status == .unreachable)
        #expect(outcome.status.rawValue == 69)
        #expect(
            outcome.complaint == """
                control.noSocket: No agent has a socket at /tmp/no-such-edged/control.sock. (it is not started, or its \
                configuration names another path)
                  To mend it: sudo systemctl start edged, or name its socket by --socket or EDGED_SOCKET.

                """)
    }

    @Test("says that the agent has stopped when its socket is left over")
    func deadAgent() throws {
        try withFolder { folder in
            let path = folder + "/control.sock"
            let left = try #require(LeftoverSocket(path))
            defer { left.close() }
            let outcome = EdgeControl.run(["status", "--language", "fr"], environment: ["EDGED_SOCKET": path])
            #expect(outcome.status == .unreachable)
            #expect(outcome.complaint.hasPrefix("control.notRunning: Personne ne répond à \(path)."))
            #expect(outcome.complaint.contains("\n  À faire : voir pourquoi avec : journalctl -u edged\n"))
        }
    }

    @Test("says who may ask when the caller may not")
    func mayNot() {
        let failure = Failure(
            ControlError.permissionDenied(path: "/run/edged/control.sock", group: "edged"), in: .english)
        #expect(failure.status == .unreachable)
        #expect(
            failure.text(in: .english) == """
                control.permissionDenied: You may not use /run/edged/control.sock. (it is for the group edged)
                  To mend it: sudo usermod -aG edged $USER, then sign in again; or ask with sudo.

                """)
        for group in ["root", "54321", nil] {
            let failure = Failure(
                ControlError.permissionDenied(path: "/run/edged/control.sock", group: group), in: .english)
            #expect(failure.mend == "ask with sudo.")
        }
    }

    @Test("does not take another program's answer for the agent's")
    func stranger() throws {
        try withFolder { folder in
            let path = folder + "/control.sock"
            let server = try ControlServer(path: path) { _, _ in Array("hello".utf8) }
            defer { server.stop() }
            let outcome = EdgeControl.run(["status", "--socket", path], environment: [:])
            #expect(outcome.status == .unreachable)
            #expect(outcome.complaint.hasPrefix("control.badAnswer: "))
        }
    }

    @Test("takes an agent whose ledger does not answer for one that cannot be reached")
    func stuckLedger() throws {
        try withFolder { folder in
            let path = folder + "/control.sock"
            let server = try ControlServer(path: path) { _, _ in
                Array(#"{"outcome":"refused","problem":{"code":"agent.stuck","detail":"no answer","facts":{}}}"#.utf8)
            }
            defer { server.stop() }
            let outcome = EdgeControl.run(["status", "--socket", path], environment: [:])
            #expect(outcome.status == .unreachable)
            #expect(outcome.complaint == "agent.stuck: no answer\n")
        }
    }

    @Test("refuses a path that no socket can have, with status 78")
    func longPath() {
        let path = "/" + String(repeating: "x", count: 120)
        let outcome = EdgeControl.run(["status"], environment: ["EDGED_SOCKET": path])
        #expect(outcome.status == .configuration)
        #expect(outcome.complaint.hasPrefix("control.pathTooLong: "))
    }

    @Test(
        "refuses wrong use with status 64 and says what is right",
        arguments: [
            (["stok"], "stok"), (["queue", "list", "--lane", "ordres"], "--lane"), (["explain"], "<id>"),
            (["stock", "list", "--limit", "0"], "1 to 200"), (["status", "--timeout", "0"], "1 to 600"),
        ])
    func wrongUse(_ arguments: [String], _ told: String) {
        let outcome = EdgeControl.run(arguments, environment: [:])
        #expect(outcome.status == .wrongUse)
        #expect(outcome.output == "")
        #expect(outcome.complaint.contains(told))
    }

    @Test("takes the options of every command before it too")
    func leadingOptions() throws {
        let moved = LeadingOptions.moved
        #expect(
            moved(["--socket", "s", "--format=json", "queue", "list"]) == [
                "queue", "list", "--socket", "s", "--format=json",
            ])
        #expect(moved(["--language", "fr", "explain", "--", "-1"]) == ["explain", "--language", "fr", "--", "-1"])
        for alone in [
            [], ["--help"], ["--version"], ["--socket"], ["--socket", "s"], ["--socket", "s", "--help"], ["status"],
        ] {
            #expect(moved(alone) == alone)
        }
        try withAgent { _, ask in
            #expect(ask(["--format", "json", "status"]).output.hasPrefix("{"))
        }
    }

    @Test(
        "explains itself with examples",
        arguments: [
            [], ["--help"], ["status", "--help"], ["queue", "list", "--help"], ["queue", "show", "--help"],
            ["explain", "--help"], ["stock", "show", "--help"], ["stock", "list", "--help"],
            ["queue", "retry", "--help"], ["queue", "park", "--help"], ["queue", "unpark", "--help"],
            ["customer", "show", "--help"], ["customer", "unmask", "--help"], ["customer", "erase", "--help"],
            ["scan", "--help"], ["export", "--help"],
        ])
    func help(_ arguments: [String]) {
        let outcome = EdgeControl.run(arguments, environment: [:])
        #expect(outcome.status == .fine)
        #expect(outcome.complaint == "")
        #expect(outcome.output.contains("edgectl "))
        #expect(outcome.output.contains("Examples:"))
        for line in outcome.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test("reads the language as POSIX does: LC_ALL before LC_MESSAGES before LANG")
    func language() {
        #expect(Words.language(of: [:]) == .english)
        #expect(Words.language(of: ["LANG": "fr_FR.UTF-8"]) == .french)
        #expect(Words.language(of: ["LANG": "fr_FR.UTF-8", "LC_ALL": "C"]) == .english)
        #expect(Words.language(of: ["LANG": "C", "LC_MESSAGES": "fr_BE", "LC_ALL": ""]) == .french)
    }

    @Test("tells ages in the largest unit that says something")
    func ages() {
        let now = Instant(milliseconds: 10_000_000_000)
        let words = Words(language: .english, now: now)
        func age(_ seconds: Int64) -> String { words.age(.string((now + -seconds * 1_000).description)) }
        #expect(age(0) == "0 s ago")
        #expect(age(119) == "119 s ago")
        #expect(age(180) == "3 min ago")
        #expect(age(7_200) == "2 h ago")
        #expect(age(86_400 * 4) == "4 days ago")
        #expect(age(-180) == "in 3 min")
        #expect(words.age(nil) == "–")
    }

    @Test("carries a cell on in the next line rather than cut what somebody has to copy")
    func wrapping() {
        var table = Table(.init("Event"), .init("About"), .init("Units", isNumber: true))
        table.add("reservation.placed", "reservation/R-4F7K92QX-3", "7")
        #expect(
            table.lines(width: 40) == [
                "EVENT            ABOUT             UNITS", "reservation.pla  reservation/R-4F      7",
                "ced              7K92QX-3",
            ])
    }
}

/// A socket file that nobody listens at any more.
private struct LeftoverSocket {
    private let path: String

    init?(_ path: String) {
        self.path = path
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { return nil }
    }

    func close() { unlink(path) }
}
