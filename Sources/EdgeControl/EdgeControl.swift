// The technician's tool: one question to the agent of this box, one answer, one exit status.

import ArgumentParser
import Contract
import Glibc
import ShopModel

/// `edgectl` as a function: arguments and environment in, texts and an exit status out.
public enum EdgeControl {
    /// What the tool prints and how it ends.
    public struct Outcome: Equatable, Sendable {
        /// For standard output.
        public var output = ""
        /// For standard error.
        public var complaint = ""
        /// The exit status, see `ExitStatus`.
        public var status = ExitStatus.fine
    }

    /// The variables that the tool looks at.
    public static let environmentNames = ["EDGED_SOCKET", "LC_ALL", "LC_MESSAGES", "LANG"]

    /// Does what the arguments ask.
    ///
    /// - Parameters:
    ///   - arguments: without the tool's own name.
    ///   - environment: of the variables in `environmentNames`, those that are set.
    public static func run(_ arguments: [String], environment: [String: String]) -> Outcome {
        do {
            var command = try Edgectl.parseAsRoot(arguments)
            if let question = command as? any Question { return answer(question, environment) }
            // Help, or a noun without its verb.
            try command.run()
            return Outcome()
        } catch {
            let text = Edgectl.fullMessage(for: error) + "\n"
            guard Edgectl.exitCode(for: error).isSuccess else { return Outcome(complaint: text, status: .wrongUse) }
            return Outcome(output: text)
        }
    }

    private static func answer(_ question: some Question, _ environment: [String: String]) -> Outcome {
        let language = question.options.language?.language ?? Words.language(of: environment)
        do throws(Failure) {
            let path = question.options.socketPath(environment)
            let result = try AgentConnection(path: path, language: language, seconds: question.options.timeout)
                .ask(question.requests)
            let now = result["now"]?.text.flatMap(Instant.init(rfc3339:))
            let words = Words(language: language, now: now ?? Instant(milliseconds: 0))
            let output: String
            switch question.options.format {
            case .json: output = String(decoding: result.encodedPretty(), as: UTF8.self) + "\n"
            case .table: output = question.page(result, words).text(width: Page.widthMax)
            }
            return Outcome(output: output, status: question.status(result))
        } catch {
            return Outcome(complaint: error.text(in: language), status: error.status)
        }
    }

    /// Runs the tool in this process: real arguments, environment and standard streams.
    ///
    /// A reader that goes away, as `head` does, ends the output and nothing else.
    ///
    /// - Returns: the exit status of the process.
    public static func main() -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        var environment: [String: String] = [:]
        for name in environmentNames {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        let outcome = run(Array(CommandLine.arguments.dropFirst()), environment: environment)
        let isWritten = write(outcome.output, to: STDOUT_FILENO)
        write(outcome.complaint, to: STDERR_FILENO)
        return (isWritten ? outcome.status : .fault).rawValue
    }

    /// Writes all of a text. `false` when it could not be, unless nobody wants it any more.
    @discardableResult
    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                return errno == EPIPE
            }
        }
        return true
    }
}

/// How the tool ends (DESIGN §13).
public enum ExitStatus: Int32, Sendable {
    /// Done, and nothing to look after.
    case fine = 0
    /// A fault was found, or what was asked for does not exist.
    case fault = 1
    /// Warnings only.
    case warnings = 2
    /// The question was not understood.
    case wrongUse = 64
    /// The agent did not answer.
    case unreachable = 69
    /// The configuration cannot be right.
    case configuration = 78
}

/// The root of all commands.
struct Edgectl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edgectl",
        abstract: "Look into the agent of this shop's box.",
        discussion: """
            Nothing that it does changes anything. It asks the agent over its control socket; numbers and
            stories are as of the agent's latest commit. Times are UTC.

            Examples:
              edgectl status
              edgectl queue list --lane orders
              edgectl explain R-4F7K92QX-3
              edgectl stock show BLUE-SHIRT-M --format json

            Exit status: 0 fine, 1 a fault found or nothing of that name, 2 warnings only, 64 wrong use,
            69 agent not reachable, 78 configuration.
            """,
        subcommands: [StatusCommand.self, QueueCommand.self, ExplainCommand.self, StockCommand.self])
}
