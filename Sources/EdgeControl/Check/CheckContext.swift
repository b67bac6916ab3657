// What the rungs look with: configuration, the agent's answers, the machine's files, and what other rungs found out.

import Contract
import Glibc
import ShopModel
import Synchronization

/// What a rung may use. It is shared by all threads of a check.
final class CheckContext: Sendable {
    let words: Words
    /// The agent's configuration file.
    let configurationPath: String
    /// What became of reading it.
    let reading: ConfigurationReading
    /// The environment of the tool.
    let environment: [String: String]
    /// What stands before the paths of `/proc`, `/sys`, `/etc`, `/usr`: empty on a box, a folder in a test.
    let root: String
    /// The program `edged` that checks a state which no agent has open; found beside this tool, else by `PATH`.
    let edged: String
    /// This tool itself, for what is done in a process of its own.
    let tool: String?
    /// The file of the shop broker's log; the journal's unit edged-broker when absent.
    let brokerLog: String?
    private let agent: AgentAnswers
    private let findings = Mutex<[String: Verdict]>([:])
    private let shared = Mutex<[String: Shared]>([:])

    /// A context.
    ///
    /// - Parameter configurationPath: read here and now, once.
    init(
        words: Words, configurationPath: String, socketPath: String?, environment: [String: String], root: String = "",
        edged: String = "edged", tool: String? = nil, brokerLog: String? = nil
    ) {
        self.words = words
        self.configurationPath = configurationPath
        self.environment = environment
        self.root = root
        self.edged = edged
        self.tool = tool
        self.brokerLog = brokerLog
        let reading = ConfigurationReading(configurationPath)
        self.reading = reading
        agent = AgentAnswers(
            path: socketPath ?? reading.configuration?.controlSocket ?? AgentOptions.socketDefault,
            language: words.language)
    }

    /// The configuration, when it could be read.
    var configuration: Configuration? { reading.configuration }
    /// The folder of the agent's state: the configuration's, else the usual one.
    var stateDirectory: String { configuration?.stateDirectory ?? "/var/lib/edged" }
    /// Where the agent is asked.
    var socketPath: String { agent.path }

    /// A path of the machine, as this check sees it.
    func machine(_ path: String) -> String { root + path }

    /// The text of a small file of the machine without its last line end; nil when it cannot be read.
    func text(_ path: String, max: Int = 65_536) -> String? {
        guard let bytes = SmallFile.bytes(machine(path), max: max) else { return nil }
        var text = String(decoding: bytes, as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }

    /// The names in a folder of the machine, sorted; none when there is no such folder.
    func names(in path: String) -> [String] { SmallFile.names(in: machine(path)) }

    /// Asks the agent. Each request is asked once a check, whoever asks.
    func ask(_ command: String, _ fields: (String, JSON?)...) -> Result<JSON, Failure> {
        let members = [JSON.Member("command", .string(command))]
        return agent.ask(.object(members + fields.compactMap { name, value in value.map { .init(name, $0) } }))
    }

    /// The agent's own word on how it fares, or why there is none.
    var health: Result<JSON, Failure> { ask("health") }

    /// What a rung before this one found, when it has been looked at; of a family, the worst.
    func verdict(of name: String) -> Verdict? { findings.withLock { $0[name] } }

    /// Something that several rungs want to know and that is found out once: the first who asks finds out, others wait.
    func shared<Value: Sendable>(_ name: String, _ findOut: () -> Value) -> Value {
        let box = shared.withLock { boxes in
            let box = boxes[name] ?? Shared()
            boxes[name] = box
            return box
        }
        return box.value(findOut)
    }

    /// Keeps what a rung found for those that come after it.
    func note(_ findings: [Finding], of rung: String) {
        self.findings.withLock { known in
            for finding in findings { known[finding.name] = finding.verdict }
            let worst = findings.map(\.verdict).max { $0.kind.weight < $1.kind.weight }
            if let worst { known[rung] = worst }
        }
    }

    private final class Shared: Sendable {
        private let content = Mutex<(any Sendable)?>(nil)

        func value<Value: Sendable>(_ findOut: () -> Value) -> Value {
            content.withLock { known in
                // Unwrapped first: nothing known is no known `nil` of a value that may be absent.
                if let known, let value = known as? Value { return value }
                let value = findOut()
                known = value
                return value
            }
        }
    }
}

extension Verdict.Kind {
    /// The worse, the more.
    var weight: Int {
        switch self {
        case .fine: 0
        case .unknown: 1
        case .skipped: 2
        case .warning: 3
        case .fault: 4
        }
    }
}

/// What the agent answered in this check: each request is asked once, and when nobody answers the first, none after it.
private final class AgentAnswers: Sendable {
    let path: String
    private let language: Language
    private let answers = Mutex<(known: [(JSON, Result<JSON, Failure>)], silence: Failure?)>(([], nil))

    /// A healthy agent answers within milliseconds, and says after 5 s that a loop of its own does not.
    private static let seconds = 6

    init(path: String, language: Language) {
        self.path = path
        self.language = language
    }

    func ask(_ request: JSON) -> Result<JSON, Failure> {
        answers.withLock { state in
            if let known = state.known.first(where: { $0.0 == request }) { return known.1 }
            if let silence = state.silence { return .failure(silence) }
            let answer: Result<JSON, Failure>
            do throws(Failure) {
                answer = .success(
                    try AgentConnection(path: path, language: language, seconds: Self.seconds).ask([request]))
            } catch {
                answer = .failure(error)
                // No socket, nobody listening, no answer in time: it would only be the same again, and take long.
                if error.status == .unreachable, error.code.hasPrefix("control."), error.code != "control.busy" {
                    state.silence = error
                }
            }
            state.known.append((request, answer))
            return answer
        }
    }
}
