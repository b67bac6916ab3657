// A tool of the machine, run for a bounded time; a bounded piece of what it says is taken, and no child is left behind.

import Glibc

/// What became of a tool.
struct ToolRun: Equatable, Sendable {
    /// How it ended.
    enum Ending: Equatable, Sendable {
        /// By itself, with this exit status.
        case exited(Int32)
        /// By a signal that we did not send.
        case signalled(Int32)
        /// It was not finished in its time and was killed.
        case timedOut
        /// There is no such tool, or it cannot be run.
        case notStarted(errorNumber: Int32)
    }

    var ending: Ending
    /// What it wrote to standard output.
    var output: [UInt8] = []
    /// What it wrote to standard error.
    var complaint: [UInt8] = []
    /// Whether it had more to say than was taken.
    var isCut = false

    /// Whether it ended with 0.
    var succeeded: Bool { ending == .exited(0) }
    /// The output as text.
    var text: String { String(decoding: output, as: UTF8.self) }
    /// The lines of the output that are not empty.
    var lines: [String] { text.split(whereSeparator: \.isNewline).map(String.init) }
    /// The first line of what it complained of.
    var complaintLine: String {
        String(decoding: complaint, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }
    /// Whether there is no such tool here.
    var isMissing: Bool { ending == .notStarted(errorNumber: ENOENT) }

    /// Runs a tool with this process's environment, in English.
    ///
    /// It gets a process group of its own, and when its time is over the whole group is killed: a shell's children hold
    /// its pipes as well. A process that does not even die, since it waits for a dead disk, is left to the kernel.
    ///
    /// - Parameters:
    ///   - name: found by `PATH`, or a path.
    ///   - reading: what stands on its standard input.
    ///   - environment: variables besides those of this process, or instead of them.
    ///   - seconds: how long it may take.
    ///   - bytesMax: how much of each stream is taken; the rest is read and dropped.
    static func run(
        _ name: String, _ arguments: [String] = [], reading bytes: [UInt8] = [], environment: [String: String] = [:],
        seconds: Double = 5, bytesMax: Int = 1 << 20
    ) -> ToolRun {
        let end = monotonicMilliseconds() + Int(seconds * 1_000)
        let started = ChildProcess.start([name] + arguments, environment: ChildEnvironment.variables(environment))
        switch started {
        case .failure(let problem): return ToolRun(ending: .notStarted(errorNumber: problem.number))
        case .success(let child): return child.converse(giving: bytes, bytesMax: bytesMax, end: end)
        }
    }
}

/// The environment of children.
enum ChildEnvironment {
    /// The variables of this process, as the kernel has them, with tools made to speak plain English, and what is asked
    /// for besides.
    static func variables(_ asked: [String: String]) -> [String] {
        let fixed = asked.merging(["LC_ALL": "C", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"]) { asked, _ in asked }
        let own = (SmallFile.bytes("/proc/self/environ", max: 1 << 20) ?? [])
            .split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        let kept = own.filter { fixed[String($0.prefix { $0 != "=" })] == nil }
        return kept + fixed.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }
}
