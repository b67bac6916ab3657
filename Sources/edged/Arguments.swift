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
        case noteEnd(file: String)
        case help
        case version
    }

    let action: Action

    init(_ words: [String]) throws(UsageError) {
        guard let first = words.first else {
            throw UsageError(
                "which configuration? Give --config FILE.", "quelle configuration ? Donnez --config FICHIER.")
        }
        switch first {
        case "--help", "-h": action = .help
        case "--version": action = .version
        case "--config", "--check-config":
            guard words.count == 2 else {
                throw UsageError(
                    "\(first) takes one file and nothing else.", "\(first) prend un fichier et rien d'autre.")
            }
            action = first == "--config" ? .run(configuration: words[1]) : .checkConfiguration(words[1])
        case "--check-state":
            guard words.count == 3, words[1] == "--config" else {
                throw UsageError(
                    "\(first) takes --config FILE and nothing else.", "\(first) prend --config FICHIER et rien d'autre."
                )
            }
            action = .checkState(configuration: words[2])
        case "--restore":
            guard (4...5).contains(words.count), words[2] == "--config", words.count == 4 || words[4] == "--dry-run"
            else {
                throw UsageError(
                    "\(first) takes a backup, --config FILE, and perhaps --dry-run.",
                    "\(first) prend une sauvegarde, --config FICHIER, et peut-être --dry-run.")
            }
            action = .restore(backup: words[1], configuration: words[3], isDryRun: words.count == 5)
        case "--watch-clock":
            guard words.count <= 2 else {
                throw UsageError("\(first) takes one file at most.", "\(first) prend un fichier au plus.")
            }
            action = .watchClock(file: words.count == 2 ? words[1] : ClockWitness.file)
        case "--note-end":
            guard words.count == 2 else {
                throw UsageError(
                    "\(first) takes one file and nothing else.", "\(first) prend un fichier et rien d'autre.")
            }
            action = .noteEnd(file: words[1])
        default: throw UsageError("'\(first)' is not known.", "« \(first) » n'est pas connu.")
        }
    }
}

/// Wrong words on the command line.
struct UsageError: Error {
    let english: String
    let french: String

    init(_ english: String, _ french: String) { (self.english, self.french) = (english, french) }

    func description(in language: Language) -> String {
        say("edged: \(english)\nedged --help tells more.", "edged : \(french)\nedged --help en dit plus.", in: language)
    }
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
