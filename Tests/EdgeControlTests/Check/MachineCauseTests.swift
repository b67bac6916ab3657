// Causes in the machine and in the report: deaths in a row, the first backup, rights of files, what a user may not see.

import Contract
import Glibc
import ShopModel
import Testing

@testable import EdgeControl

@Suite("The machine's rungs")
struct MachineCauseTests {
    @Test("warn of an agent that died three times within an hour, long before its tenth time in a month")
    func deaths() throws {
        func verdict(_ hour: Int, _ month: Int, power: Int = 0) throws -> Verdict {
            var found: Verdict?
            let stops = #""uncleanStops1h":\#(hour),"uncleanStops30d":\#(month),"powerLosses30d":\#(power)"#
            let health = #"{"version":"1","pid":1,\#(stops)}"#
            try withCheck(["health": health]) { context, _ in found = look("agent.running", context).first?.verdict }
            return try #require(found)
        }
        #expect(try verdict(2, 9).kind == .fine)
        #expect(try verdict(3, 3).code == "agent.diesOften")
        #expect(try verdict(3, 3).detail.contains("within the last hour"))
        #expect(try verdict(0, 10).detail.contains("30 days"))
        // What it died of decides what mends it.
        #expect(try verdict(0, 10).mend?.contains("journalctl") == true)
        let power = try verdict(0, 10, power: 8)
        #expect(power.cause == "in 30 days: 8 power cuts, 2 ends of the program itself")
        #expect(power.mend?.contains("power supply") == true)
    }

    @Test("tell a bad end of the last day on a line of its own, though the agent runs again")
    func badEnd() throws {
        func told(_ hours: Int64) throws -> String {
            // The clock of these checks stands at zero.
            let at = Instant(milliseconds: -hours * 3_600_000)
            let stop = #"{"clean":false,"reason":"outOfMemory","at":"\#(at)"}"#
            var text = ""
            try withCheck(["health": #"{"version":"\#(Release.version)","pid":1,"lastStop":\#(stop)}"#]) { context, _ in
                let findings = look("agent.running", context) + look("agent.version", context)
                text = CheckReport(findings: findings, words: context.words, milliseconds: 1).text(
                    width: 200, isWhole: false, hasColours: false)
            }
            return text
        }
        let soon = try told(2)
        #expect(soon.contains("it ran out of memory (2 h ago)"), "\(soon)")
        #expect(try !told(30).contains("memory"))
    }

    @Test("miss a backup only once the nightly timer had its chance")
    func firstBackup() throws {
        let files = ["ledger.db": ""]
        try withCheck(["backup.status": #"{"backups":[]}"#], configuration: plainConfiguration, files: files) {
            context, folder in
            let verdict = try #require(look("state.backup", context).first?.verdict)
            #expect(verdict.kind == .fine && verdict.detail.contains("tonight"), "\(verdict)")
            // Of a ledger that is not there nobody knows its age.
            unlink(folder + "/ledger.db")
            #expect(look("state.backup", context).first?.verdict.code == "state.noBackup")
        }
    }

    @Test("know who may read a file by owner, group and mode, the first that fits being the one that counts")
    func rights() {
        var file = stat()
        file.st_uid = 0
        file.st_gid = 0
        file.st_mode = 0o600
        #expect(!ConfigurationRights.mayRead(file, user: 990, group: 980))
        file.st_gid = 980
        #expect(!ConfigurationRights.mayRead(file, user: 990, group: 980))
        file.st_mode = 0o640
        #expect(ConfigurationRights.mayRead(file, user: 990, group: 980))
        file.st_gid = 0
        #expect(!ConfigurationRights.mayRead(file, user: 990, group: 980))
        file.st_mode = 0o604
        #expect(ConfigurationRights.mayRead(file, user: 990, group: 980))
        file.st_uid = 990
        file.st_mode = 0o044
        #expect(!ConfigurationRights.mayRead(file, user: 990, group: 980))
    }

    @Test("know a lower bound of the time by the latest file of the agent's, and none where there is no file")
    func evidence() throws {
        try withCheck(configuration: plainConfiguration) { context, folder in
            #expect(ClockEvidence.ofState(context) == nil)
            for (name, time) in [("ledger.db", 4_000_000_000), ("run.json", 4_000_000_600), ("keys.db", 1_000)] {
                #expect(ToolRun.run("touch", ["-d", "@\(time)", "\(folder)/\(name)"]).succeeded)
            }
            let found = try #require(ClockEvidence.ofState(context))
            #expect(found.path == folder + "/run.json")
            #expect(found.milliseconds(after: Instant(milliseconds: 4_000_000_000_000)) == 600_000)
            #expect(found.milliseconds(after: Instant(milliseconds: 4_000_001_000_000)) == 0)
        }
    }

    @Test("make room where the state lies, and clean Debian's folders only where that helps")
    func room() {
        let words = Words(language: .english)
        #expect(DiskMends.room(at: "/", words).contains("sudo du -xh / |"))
        #expect(DiskMends.room(at: "/", words).hasSuffix("sudo apt clean"))
        let own = DiskMends.room(at: "/var/lib/edged", words)
        #expect(own.contains("sudo du -xh /var/lib/edged |") && !own.contains("apt clean"))
        #expect(DiskMends.inodes(at: "/srv", Words(language: .french)).contains("--inodes /srv"))
    }

    @Test("name the command by which the agent may read its configuration again")
    func closedConfiguration() throws {
        // Files can only be given to another user by root.
        try #require(geteuid() == 0)
        try withCheck(configuration: plainConfiguration) { context, folder in
            #expect(look("configuration.rights", context).first?.verdict.kind == .fine)
            chown(folder, 65_534, 65_534)
            chmod(folder + "/edged.json", 0o600)
            let verdict = try #require(look("configuration.rights", context).first?.verdict)
            #expect(verdict.kind == .fault && verdict.code == "configuration.closed")
            #expect(verdict.mend?.contains("sudo chgrp nogroup \(folder)/edged.json && sudo chmod 640") == true)
            chown(folder + "/edged.json", 0, 65_534)
            chmod(folder + "/edged.json", 0o640)
            #expect(look("configuration.rights", context).first?.verdict.kind == .fine)
        }
    }
}

@Suite("What a user may not see")
struct HiddenTests {
    private func climb(_ bottom: Verdict) -> [Finding] {
        Ladder(rungs: [
            Rung("configuration.file") { _ in bottom },
            Rung("broker.reachable", needs: ["configuration.file"]) { _ in .fine("") },
            Rung("hq.name", needs: ["broker.reachable"]) { _ in .fine("") },
            Rung("agent.running", explainedBy: ["configuration.file"]) { _ in .fault("a", "dead", mend: "start it") },
        ]).climb(bareContext())
    }

    @Test("is told once, and what rests on it is skipped for it; what is seen to be broken is told all the same")
    func once() {
        let findings = climb(.hidden("check as root"))
        #expect(findings.map(\.verdict.kind) == [.unknown, .skipped, .skipped, .fault])
        #expect(findings[2].verdict.because == "configuration.file")
        #expect(climb(.unknown("whatever")).map(\.verdict.kind) == [.unknown, .fine, .fine, .fault])
    }

    @Test("stands in one line, with the way to see it before everything else")
    func hint() {
        let findings = [
            Finding(name: "a.b", verdict: .hidden("check as root")),
            Finding(name: "c.d", verdict: .unknown("check as root")), Finding(name: "e.f", verdict: .unknown("why")),
        ]
        func text(_ language: Language, isRoot: Bool) -> String {
            CheckReport(
                findings: findings, words: Words(language: language), milliseconds: 0, isRoot: isRoot
            ).text(width: 80, isWhole: false, hasColours: false)
        }
        let english = text(.english, isRoot: false)
        #expect(english.hasPrefix("You may not see everything: sudo edgectl check."))
        #expect(english.contains("? unknown  a.b, c.d: check as root\n? unknown  e.f: why\n"))
        #expect(text(.french, isRoot: false).hasPrefix("Vous ne pouvez pas tout voir"))
        #expect(text(.english, isRoot: true).hasPrefix("? unknown"))
    }
}

@Suite("Lines with commands in them")
struct CommandLinesTests {
    @Test("keep a command whole, in English and in French")
    func whole() {
        let english =
            "look at the battery and the time service: edgectl check --only clock; journalctl -g 'time has been'"
        #expect(
            CommandLines.wrapped(english, to: 50) == [
                "look at the battery and the time service:", "edgectl check --only clock;",
                "journalctl -g 'time has been'",
            ])
        let french = "voir la pile et le service : edgectl check --only clock ; puis sudo systemctl restart edged"
        #expect(
            CommandLines.wrapped(french, to: 44) == [
                "voir la pile et le service :", "edgectl check --only clock ; puis", "sudo systemctl restart edged",
            ])
    }

    @Test("let a command that is longer than a line go on as a shell takes it")
    func long() {
        let key = "/etc/edged/secrets/vault-key"
        let command = "sudo sh -c 'umask 077; head -c 32 /dev/urandom > \(key)'"
        let lines = CommandLines.wrapped("Une neuve : \(command) rend les données illisibles.", to: 50)
        #expect(lines.first == "Une neuve :")
        let pasted = lines.dropFirst().joined(separator: "\n")
        #expect(!pasted.contains(">\n") && pasted.contains(" \\\n"))
        // The shell reads what stands there as the one command.
        let echo = ToolRun.run(
            "sh", ["-c", "printf '%s|' " + wrapped("sudo ls /tmp /usr /var /etc", 16).joined(separator: "\n")])
        #expect(echo.text == "sudo|ls|/tmp|/usr|/var|/etc|")
    }

    private func wrapped(_ text: String, _ width: Int) -> [String] { CommandLines.wrapped(text, to: width) }

    @Test("leave text without commands as it is")
    func plain() {
        #expect(CommandLines.wrapped("a worn card or disk", to: 10) == ["a worn", "card or", "disk"])
        #expect(CommandLines.wrapped("", to: 10) == [""])
        #expect(CommandLines.wrapped("abcdefghijkl", to: 5) == ["abcde", "fghij", "kl"])
    }
}
