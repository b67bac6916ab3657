// What systemd knows of a unit: how it ended, and how often it was started again.

/// The properties of a unit (systemctl(1), `show`); none where systemd does not run the machine.
struct SystemdUnit {
    private var properties: [String: String] = [:]

    init(_ name: String, _ context: CheckContext) {
        guard context.text("/proc/1/comm", max: 64) == "systemd" else { return }
        let asked = "LoadState,ActiveState,Result,ExecMainStatus,NRestarts"
        let run = ToolRun.run("systemctl", ["show", name, "--property=\(asked)"], seconds: 4)
        for line in run.lines {
            let halves = line.split(separator: "=", maxSplits: 1).map(String.init)
            if halves.count == 2 { properties[halves[0]] = halves[1] }
        }
    }

    var isMissing: Bool { properties["LoadState"] == "not-found" }
    var state: String? { properties["ActiveState"] }
    /// How its last run ended: `success`, `exit-code`, `oom-kill`, `watchdog`...
    var result: String? { properties["Result"] }
    /// The exit status, or the signal, of its last run.
    var exitStatus: String? { properties["ExecMainStatus"] }
    var restarts: Int? { properties["NRestarts"].flatMap { Int($0) } }
}
