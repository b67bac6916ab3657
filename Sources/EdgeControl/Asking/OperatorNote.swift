// What a technician did to the box beside the agent goes to the system's log, with who did it.

import Glibc

/// A line in the system's log for an act that the agent takes no part in, as a restore is: the agent journals its own.
enum OperatorNote {
    /// Writes the line; a box without a log does the act all the same.
    ///
    /// - Parameter act: what was done, in a few words without anybody's data.
    static func write(_ act: String) {
        _ = ToolRun.run("logger", ["-t", "edgectl", "-p", "authpriv.notice", "--", "\(act), by \(who)"], seconds: 5)
    }

    /// The person behind sudo, else the user.
    private static var who: String {
        if let name = getenv("SUDO_USER"), let number = getenv("SUDO_UID") {
            return "\(String(cString: name)) (uid \(String(cString: number)), by sudo)"
        }
        return "uid \(getuid())"
    }
}
