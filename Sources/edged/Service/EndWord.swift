// What systemd says of the end of a run, kept for the next one: what is killed cannot note it itself.

import Contract
import Glibc

/// The word of `edged.service` on how its process ended: `ExecStopPost=` writes one line, `SERVICE_RESULT EXIT_CODE
/// EXIT_STATUS` (systemd.exec(5)), and the next run reads it.
enum EndWord {
    /// Beside the record of the runs.
    static let fileName = "last-end"

    /// Writes down what systemd has put into this process's environment.
    ///
    /// - Returns: what the process ends with; 64 when nobody says anything.
    static func note(file: String) -> Int32 {
        let names = ["SERVICE_RESULT", "EXIT_CODE", "EXIT_STATUS"]
        let said = names.map { (name: String) -> String in getenv(name).map { String(cString: $0) } ?? "" }
        guard !said[0].isEmpty else {
            say("edged: --note-end is systemd's, which says in SERVICE_RESULT how the service ended.")
            return ExitCode.usage
        }
        // A start that fails afterwards says less: what is to be told is what ended the agent that served.
        if let last = word(in: file), last == "watchdog" || last == "oom-kill" { return 0 }
        let line = said.joined(separator: " ") + "\n"
        if let problem = SmallFile.replace(file, with: Array(line.utf8), mode: 0o600, isDurable: false) {
            say("edged: \(file) cannot be written: \(problem).")
            return ExitCode.storage
        }
        return 0
    }

    /// What ended a run that nobody had asked to stop while the box ran on: as the word in this folder has it, if it is of
    /// the watchdog or of memory.
    static func reason(in folder: String) -> RunEnd.Reason {
        switch word(in: "\(folder)/\(fileName)") {
        case "watchdog": .watchdog
        case "oom-kill": .outOfMemory
        default: .crashed
        }
    }

    /// The first word of a line that was noted.
    private static func word(in file: String) -> String? {
        guard case .success(let line) = ConfigurationFile.bytes(of: file, limit: 256) else { return nil }
        return String(decoding: line.prefix { $0 > 0x20 }, as: UTF8.self)
    }

    /// Forgets the word, once it is in the record: it is of one run.
    static func forget(in folder: String) { unlink("\(folder)/\(fileName)") }
}
