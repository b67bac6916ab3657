// The archive for support: what goes into it, and what never does.

import Contract
import Testing

@testable import EdgeControl

@Suite("A support archive")
struct BundleTests {
    @Test(
        "keeps moments, codes, ids and addresses of machines",
        arguments: [
            "2026-11-22T12:04:31.500Z", "store.reservation.placed", "28f013bf-d34d-43a2-aefd-d531761d2fb3",
            "28f013bf-d34d-43a2-aefd-d531761d2fb3/2", "R-4F7K92QX-3", "192.168.1.20:8883", "untrusted", "1.2.3",
            "/var/lib/edged", "reservation/R-4F7K92QX-3", "awaitingSale", "v1",
        ])
    func keeps(_ text: String) { #expect(text.isHarmless) }

    @Test(
        "holds back whatever could be a person's",
        arguments: [
            "Marie Dupont", "Dupont", "marie@example.org", "+33612345678", "0612345678", "M. D***",
            "the customer Marie called", "4970101234567890", "customer/C-1", "12 rue des Lilas",
            "Bearer eyJhbGciOi", "hunter2!", "",
        ])
    func holdsBack(_ text: String) { #expect(!text.isHarmless) }

    @Test("keeps no member that it does not know, at no level")
    func members() throws {
        let json = try JSONReader.read(
            Array(#"{"now":"x","deep":[{"code":"a.b","reason":"Marie"}],"secret":{"code":"c.d"}}"#.utf8))
        #expect(json.keeping(["deep", "code"]) == ["deep": [["code": "a.b"]]])
    }

    @Test("keeps ids of our own whatever their letters, and measures the texts that it holds back")
    func harmless() throws {
        let json: JSON = ["shop": "S1", "sku": "TEE-BLU-M", "reason": "Marie Dupont", "device": "a b"]
        #expect(
            json.harmless(naming: ["shop", "sku"], known: KnownNames(["till-1"]))
                == ["shop": "S1", "sku": "TEE-BLU-M", "reason": "(12 characters)", "device": "(another)"])
    }

    @Test("keeps verbs of the contract, and no word that a device sent as one")
    func verbs() throws {
        let json: JSON = [
            "rows": [
                ["verb": "sale.record"], ["verb": "presence"], ["verb": "marie-dupont.rue-de-lyon"], ["verb": "dupont"],
            ], "lastVerb": "dupont",
        ]
        #expect(
            json.harmless() == [
                "rows": [
                    ["verb": "sale.record"], ["verb": "presence"], ["verb": "(24 characters)"],
                    ["verb": "(6 characters)"],
                ], "lastVerb": "(6 characters)",
            ])
    }

    @Test("takes the broker's lines of known shape, without names that clients gave themselves")
    func broker() {
        let log = BrokerLog(known: KnownNames(["scanner-7", "till-1"])).lines(
            of: """
                1763800000: New connection from 192.168.1.7:51234 on port 8883.
                1763800000: New client connected from 192.168.1.7:51234 as scanner-7-a1 (p5, c1, k60, u'scanner-7').
                2026-11-22T12:00:00+0000 box mosquitto[812]: Client scanner-7 already connected, closing old connection.
                1763800001: Client Marie Dupont closed its connection.
                1763800001: New client connected from 192.168.1.9:4000 as dupont (p2, c1, k60, u'dupont').
                1763800001: Client scanner-7 has exceeded timeout, disconnecting.
                1763800002: Received PUBLISH from till-1 (d0, q1, r0, m1, 'shop/v1/till-1/do/sale.record', ... (99 bytes))
                1763800003: OpenSSL Error[0]: error:0A000418:SSL routines::tlsv1 alert unknown ca
                """)
        #expect(
            log.kept == [
                "1763800000: New connection from 192.168.1.7:51234 on port 8883.",
                "1763800000: New client connected from 192.168.1.7:51234 as scanner-7-a1 (p5, c1, k60, u'scanner-7').",
                "2026-11-22T12:00:00+0000 Client scanner-7 already connected, closing old connection.",
                "1763800001: Client (another) closed its connection.",
                "1763800001: New client connected from 192.168.1.9:4000 as (another) (p2, c1, k60, u'(another)').",
                "1763800001: Client scanner-7 has exceeded timeout, disconnecting.",
                "1763800003: OpenSSL Error[0]: error:0A000418:SSL routines::tlsv1 alert unknown ca",
            ])
        #expect(log.heldBack == 1)
        #expect(log.text.hasSuffix("# 1 lines of a shape that is not known were held back\n"))
    }

    @Test("takes events and facts of the agent's log that are words and numbers of ours, and no sentence")
    func agent() {
        let log = AgentLog(known: KnownNames(["till-1"])).lines(
            ofJournal: """
                {"__REALTIME_TIMESTAMP":"1763812800000000","PRIORITY":"4","EDGED_EVENT":"device.refused","EDGED_DEVICE":"till-1","EDGED_CODE":"sale.unknownItem","EDGED_CAUSE":"Marie Dupont","EDGED_COUNT":"12","MESSAGE":"Marie"}
                {"__REALTIME_TIMESTAMP":"1763812801000000","MESSAGE":"Swift/Crash: Marie Dupont 0612345678"}
                """)
        #expect(
            log.kept == ["2025-11-22T12:00:00Z <4> device.refused code=sale.unknownItem count=12 device=till-1"])
        #expect(log.heldBack == 1)
    }

    @Test("takes what systemd says of the unit, from nobody else and in no other words")
    func systemd() {
        func line(_ words: String, pid: String = "1") -> String {
            #"{"__REALTIME_TIMESTAMP":"1763812800000000","PRIORITY":"3","_PID":"\#(pid)","MESSAGE":"\#(words)"}"#
        }
        let told = [
            "edged.service: Watchdog timeout (limit 30s)!",
            "edged.service: Killing process 411 (edged) with signal SIGABRT.",
            "edged.service: Main process exited, code=killed, status=9/KILL",
            "edged.service: Failed with result 'oom-kill'.",
            "edged.service: A process of this unit has been killed by the OOM killer.",
            "edged.service: Scheduled restart job, restart counter is at 5.",
            "Started edged.service - The shop's agent, edged.",
        ]
        let log = AgentLog(known: KnownNames([])).lines(
            ofJournal: (told.map { line($0) } + [
                line(told[0], pid: "411"), line("Marie Dupont 0612345678"), line("edged.service: marie@example.org"),
            ]).joined(separator: "\n"))
        #expect(log.kept == told.map { "2025-11-22T12:00:00Z <3> systemd \($0)" })
        #expect(log.heldBack == 3)
    }
}
