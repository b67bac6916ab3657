// Tools of the machine: what they say, and that none of them can hold the check.

import Glibc
import Testing

@testable import EdgeControl

@Suite("A tool of the machine")
struct ToolRunTests {
    @Test("is heard on both streams, fed, and its status is told")
    func heard() {
        let run = ToolRun.run("sh", ["-c", "cat; echo sorry >&2; exit 3"], reading: Array("hello\nyou\n".utf8))
        #expect(run.ending == .exited(3))
        #expect(run.lines == ["hello", "you"])
        #expect(run.complaintLine == "sorry")
        #expect(!run.succeeded)
    }

    @Test("speaks English, and gets the variables that it is given")
    func environment() {
        let run = ToolRun.run("sh", ["-c", "echo $LC_ALL $SHOP"], environment: ["SHOP": "S1"])
        #expect(run.lines == ["C S1"])
    }

    @Test("that is not there is told apart from one that fails")
    func missing() {
        #expect(ToolRun.run("no-such-tool-of-ours").isMissing)
        #expect(ToolRun.run("false").ending == .exited(1))
        #expect(ToolRun.run("sh", ["-c", "kill -TERM $$"]).ending == .signalled(SIGTERM))
    }

    @Test("that never ends is killed with its children, and nobody waits for it")
    func hangs() throws {
        let began = monotonicMilliseconds()
        let run = ToolRun.run("sh", ["-c", "sleep 1000 & echo $!; wait"], seconds: 0.5)
        #expect(run.ending == .timedOut)
        #expect(monotonicMilliseconds() - began < 20_000)
        let child = try #require(run.lines.first.flatMap { Int32($0) })
        for _ in 0..<200 where kill(child, 0) == 0 && !Self.isZombie(child) { usleep(20_000) }
        #expect(kill(child, 0) != 0 || Self.isZombie(child))
    }

    @Test("that floods is drained and cut")
    func floods() {
        let run = ToolRun.run("sh", ["-c", "head -c 3000000 /dev/zero"], seconds: 30, bytesMax: 1_000)
        #expect(run.ending == .exited(0))
        #expect(run.output.count == 1_000)
        #expect(run.isCut)
    }

    /// Whether a process is dead and only waits for its parent.
    private static func isZombie(_ process: Int32) -> Bool {
        let stat = SmallFile.bytes("/proc/\(process)/stat", max: 4_096).map { String(decoding: $0, as: UTF8.self) }
        return stat?.contains(") Z ") == true
    }
}
