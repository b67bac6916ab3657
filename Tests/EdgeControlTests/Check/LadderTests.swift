// The ladder itself: order, needs, explanations, and an end whatever hangs.

import Contract
import Glibc
import ShopModel
import Synchronization
import Testing

@testable import EdgeControl

/// A context without a box around it.
func bareContext(_ language: Language = .english, root: String = "/nowhere") -> CheckContext {
    CheckContext(
        words: Words(language: language), configurationPath: "/nowhere/edged.json", socketPath: "/nowhere/socket",
        environment: [:], root: root)
}

@Suite("The ladder")
struct LadderTests {
    private static func broken(_ name: String) -> Verdict {
        .fault("\(name).broken", "it is broken", cause: "a cause", mend: "mend it")
    }

    @Test("skips what needs a rung that failed, names the root of it, and looks at all the rest")
    func needs() {
        let seen = Mutex<[String]>([])
        func rung(_ name: String, needs: [String] = [], _ verdict: Verdict = .fine("well")) -> Rung {
            Rung(name, needs: needs) { _ in
                seen.withLock { $0.append(name) }
                return verdict
            }
        }
        let ladder = Ladder(rungs: [
            rung("hq.name", Self.broken("name")), rung("hq.tcp", needs: ["hq.name"]), rung("hq.tls", needs: ["hq.tcp"]),
            rung("disk.space"), rung("feeds.age", needs: ["disk"]),
        ])
        let findings = ladder.climb(bareContext())
        #expect(findings.map(\.name) == ["hq.name", "hq.tcp", "hq.tls", "disk.space", "feeds.age"])
        #expect(findings.map(\.verdict.kind) == [.fault, .skipped, .skipped, .fine, .fine])
        #expect(findings[2].verdict.because == "hq.name")
        #expect(seen.withLock { Set($0) } == ["hq.name", "disk.space", "feeds.age"])
    }

    @Test("looks at a rung although one that it needs stands further up")
    func anyOrder() {
        let ladder = Ladder(rungs: [
            Rung("a", needs: ["b"]) { _ in .fine("a") }, Rung("b", needs: ["c"]) { _ in .fine("b") },
            Rung("c") { _ in LadderTests.broken("c") }, Rung("d", needs: ["e"]) { _ in .fine("d") },
            Rung("e", after: ["c"]) { $0.verdict(of: "c")?.kind == .fault ? .fine("e") : LadderTests.broken("e") },
        ])
        let findings = ladder.climb(bareContext())
        #expect(findings.map(\.verdict.kind) == [.skipped, .skipped, .fault, .fine, .fine])
    }

    @Test("counts a fault that another one explains as skipped, and only then")
    func explained() {
        func kinds(_ state: Verdict, _ agent: Verdict) -> [Verdict.Kind] {
            Ladder(rungs: [
                Rung("state.schema") { _ in state },
                Rung("agent.running", explainedBy: ["state"]) { _ in agent },
            ]).climb(bareContext()).map(\.verdict.kind)
        }
        #expect(kinds(Self.broken("state"), Self.broken("agent")) == [.fault, .skipped])
        #expect(kinds(Self.broken("state"), .fine("it runs")) == [.fault, .fine])
        #expect(kinds(.fine("well"), Self.broken("agent")) == [.fine, .fault])
    }

    @Test("ends although rungs hang for ever, names each of them, and still tells the others")
    func hanging() throws {
        let hanging = (1...4).map { number in
            Rung("hangs.\(number)", seconds: 0.3) { _ in
                while true { sleep(1_000) }
            }
        }
        let ladder = Ladder(
            rungs: hanging + [
                Rung("fine") { _ in .fine("well") }, Rung("above", needs: ["hangs.1"]) { _ in .fine("") },
            ],
            seconds: 20, lanesMax: 2)
        let began = monotonicMilliseconds()
        let findings = ladder.climb(bareContext())
        #expect(monotonicMilliseconds() - began < 15_000)
        #expect(findings.prefix(4).allSatisfy { $0.verdict.code == "check.timedOut" && $0.verdict.kind == .fault })
        #expect(findings[4].verdict.kind == .fine)
        #expect(findings[5].verdict.because == "hangs.1")
    }

    @Test("says of what it had no time for that it had no time")
    func noTime() {
        let rungs = (1...5).map { number in
            Rung("hangs.\(number)", seconds: 60) { _ in
                while true { sleep(1_000) }
            }
        }
        let findings = Ladder(rungs: rungs, seconds: 0.3, lanesMax: 2).climb(bareContext())
        #expect(findings.map(\.verdict.kind) == [.fault, .fault, .unknown, .unknown, .unknown])
    }

    @Test("looks only at what is asked for and what that needs, and tells of the latter why something was skipped")
    func selection() {
        let ladder = Ladder(rungs: [
            Rung("disk.space") { _ in .fine("") }, Rung("disk.latency", needs: ["disk.space"]) { _ in .fine("") },
            Rung("hq.name") { _ in LadderTests.broken("name") }, Rung("hq.tcp", needs: ["hq.name"]) { _ in .fine("") },
            Rung(family: "device") { _ in
                [
                    Finding(name: "device.scanner-1", verdict: .fine("")),
                    Finding(name: "device.till-1", verdict: .warning("device.lost", "lost", mend: "find it")),
                ]
            },
        ])
        func names(_ only: [String], skip: [String] = []) -> [String] {
            ladder.climb(bareContext(), Ladder.Selection(only: only, skip: skip)).map(\.name)
        }
        #expect(names(["disk.latency"]) == ["disk.latency"])
        #expect(names(["hq.tcp"]) == ["hq.name", "hq.tcp"])
        #expect(names(["device.scanner-1"]) == ["device.scanner-1"])
        #expect(names([], skip: ["hq", "device.till-1"]) == ["disk.space", "disk.latency", "device.scanner-1"])
        #expect(names(["disk"], skip: ["disk.space"]) == ["disk.latency"])
        #expect(ladder.unknown(["disk", "device.x", "dis", "hq.tcp"]) == ["dis"])
    }

    @Test("finds something out once for all rungs that want to know")
    func shared() {
        let times = Mutex(0)
        let rungs = (1...8).map { number in
            Rung("r\(number)") { context in
                .fine(
                    context.shared("dear") {
                        times.withLock { $0 += 1 }
                        usleep(20_000)
                        return "found"
                    })
            }
        }
        let findings = Ladder(rungs: rungs).climb(bareContext())
        #expect(findings.allSatisfy { $0.verdict.detail == "found" })
        #expect(times.withLock { $0 } == 1)
    }
}

@Suite("A report of a check")
struct CheckReportTests {
    private let findings = [
        Finding(name: "disk.space", verdict: .fine("12 GiB free")),
        Finding(name: "disk.inodes", verdict: .fine("many")),
        Finding(
            name: "clock.offset",
            verdict: .fault(
                "clock.wrong", "the clock is 3 h behind, by 3 servers that were asked for the time just now",
                cause: "the battery is empty", mend: "sudo systemctl restart chrony")),
        Finding(name: "hq.tcp", verdict: .skipped(because: "hq.name", Words(language: .english))),
        Finding(name: "hq.tls", verdict: .skipped(because: "hq.name", Words(language: .english))),
        Finding(name: "power.supply", verdict: .unknown("not measured")),
    ]

    @Test("folds what is fine and what was skipped for one reason, and spells out what is wrong")
    func folded() {
        let report = CheckReport(findings: findings, words: Words(language: .english), milliseconds: 4_250)
        let text = report.text(width: 80, isWhole: false, hasColours: false)
        #expect(
            text == """
                + fine     disk: space, inodes
                X FAULT    clock.offset: the clock is 3 h behind, by 3 servers that were asked
                           for the time just now [clock.wrong]
                           cause: the battery is empty
                           mend:  sudo systemctl restart chrony
                - skipped  hq.tcp, hq.tls: hq.name comes first
                ? unknown  power.supply: not measured

                1 fault, 2 skipped, 1 unknown, 2 fine; 4.2 s

                """)
        #expect(report.status == .fault)
        let whole = report.text(width: 80, isWhole: true, hasColours: true)
        #expect(whole.contains("\u{1B}[32m+ fine\u{1B}[0m     disk.space: 12 GiB free\n"))
    }

    @Test("speaks French")
    func french() {
        let report = CheckReport(findings: findings, words: Words(language: .french), milliseconds: 0)
        let text = report.text(width: 80, isWhole: false, hasColours: false)
        #expect(text.contains("X PANNE      clock.offset : the clock"))
        #expect(text.contains("             faire : sudo systemctl restart chrony\n"))
        #expect(text.hasSuffix("\n1 panne, 2 sautés, 1 inconnu, 2 corrects ; 0.0 s\n"))
    }

    @Test("ends with 0 when nothing is wrong, 2 with warnings only, 78 for the configuration")
    func statuses() {
        func status(_ verdicts: (String, Verdict)...) -> Int32 {
            CheckReport(
                findings: verdicts.map { Finding(name: $0.0, verdict: $0.1) }, words: Words(language: .english),
                milliseconds: 0
            ).status.rawValue
        }
        #expect(status(("a", .fine("")), ("b", .unknown(""))) == 0)
        #expect(status(("a", .fine("")), ("b", .warning("w", "", mend: ""))) == 2)
        #expect(status(("a", .fault("f", "", mend: "")), ("b", .warning("w", "", mend: ""))) == 1)
        #expect(status(("configuration.file", .fault("f", "", mend: ""))) == 78)
    }

    @Test("tells programs the same")
    func programs() {
        let report = CheckReport(findings: findings, words: Words(language: .english), milliseconds: 7)
        #expect(report.json["verdict"]?.text == "fault")
        #expect(report.json["counts"]?["skipped"]?.integer == 2)
        let rung = report.json["rungs"]?.list[2]
        #expect(rung?["name"]?.text == "clock.offset")
        #expect(rung?["code"]?.text == "clock.wrong")
        #expect(rung?["mend"]?.text == "sudo systemctl restart chrony")
    }
}

@Suite("What rungs share")
struct SharedFindingTests {
    @Test("is found out once, also when it turns out not to be there")
    func once() {
        let context = bareContext()
        let count = Mutex(0)
        for answer in [String?.none, "there"] {
            for _ in 0..<3 {
                let found: String? = context.shared("\(answer ?? "absent")") {
                    count.withLock { $0 += 1 }
                    return answer
                }
                #expect(found == answer)
            }
        }
        #expect(count.withLock { $0 } == 2)
    }
}
