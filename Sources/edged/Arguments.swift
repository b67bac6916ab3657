// What edged is told on its command line. It has few words, so that it needs no library for them (DESIGN law 9).

import Contract
import Glibc
import ShopModel

/// The words of the command line.
struct Arguments {
    enum Action {
        case run(configuration: String)
        case checkConfiguration(String)
        case checkState(configuration: String)
        case restore(backup: String, configuration: String, isDryRun: Bool)
        case watchClock(file: String)
        case help
        case version
    }

    let action: Action

    init(_ words: [String]) throws(UsageError) {
        guard let first = words.first else { throw UsageError("Which configuration? Give --config FILE.") }
        switch first {
        case "--help", "-h": action = .help
        case "--version": action = .version
        case "--config", "--check-config":
            guard words.count == 2 else { throw UsageError("\(first) takes one file and nothing else.") }
            action = first == "--config" ? .run(configuration: words[1]) : .checkConfiguration(words[1])
        case "--check-state":
            guard words.count == 3, words[1] == "--config" else {
                throw UsageError("\(first) takes --config FILE and nothing else.")
            }
            action = .checkState(configuration: words[2])
        case "--restore":
            guard (4...5).contains(words.count), words[2] == "--config", words.count == 4 || words[4] == "--dry-run"
            else {
                throw UsageError("\(first) takes a backup, --config FILE, and perhaps --dry-run.")
            }
            action = .restore(backup: words[1], configuration: words[3], isDryRun: words.count == 5)
        case "--watch-clock":
            guard words.count <= 2 else { throw UsageError("\(first) takes one file at most.") }
            action = .watchClock(file: words.count == 2 ? words[1] : ClockWitness.file)
        default: throw UsageError("'\(first)' is not known.")
        }
    }

    static let help = """
        edged: keeps a connected shop working when its network does not.

        USAGE
          edged --config FILE         run with this configuration until SIGTERM or SIGINT
          edged --check-config FILE   say what is wrong with a configuration, and end with 78 if something is
          edged --check-state --config FILE
                                      look through the state's files on copies, while no agent runs (edgectl check)
          edged --restore BACKUP --config FILE [--dry-run]
                                      put a backup in the ledger's place, while no agent runs (edgectl restore)
          edged --watch-clock [FILE]  write down for the agent whether the clock is synchronised (edged-clock.service)
          edged --version
          edged --help

        EXIT
          0 stopped as asked   64 wrong use   65 backup not usable   70 storage failed, start again   75 state in use by another edged
          78 configuration or state directory wrong

        EXAMPLE
          edged --check-config /etc/edged/edged.json && edged --config /etc/edged/edged.json
        """
}

/// Wrong words on the command line.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    init(_ cause: String) { description = "edged: \(cause)\nedged --help tells more." }
}

/// What edged ends with (sysexits.h).
enum ExitCode {
    static let usage: Int32 = 64
    static let data: Int32 = 65
    static let storage: Int32 = 70
    static let inUse: Int32 = 75
    static let configuration: Int32 = 78
}

/// The version of this build.
enum Version {
    static let text = Release.version
}

/// A sentence in the language of whoever reads it. The agent's own log is English.
func say(_ english: String, _ french: String, in language: Language) -> String {
    language == .french ? french : english
}

extension Language {
    /// The language of whoever started this process, by its environment.
    static var ofEnvironment: Language { Language(byLocale: { getenv($0).map { String(cString: $0) } }) }
}

/// Writes a line for a person to standard error.
func say(_ line: String) {
    var bytes = Array((line + "\n").utf8)
    bytes.withUnsafeMutableBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
