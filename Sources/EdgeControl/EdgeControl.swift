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
    public static let environmentNames = ["EDGED_SOCKET", "LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR", "TERM"]

    /// Does what the arguments ask, and gathers what is printed.
    ///
    /// - Parameters:
    ///   - arguments: without the tool's own name.
    ///   - environment: of the variables in `environmentNames`, those that are set.
    ///   - typed: the lines that somebody types; `nil` when nobody sits there.
    public static func run(
        _ arguments: [String], environment: [String: String], typed: [String]? = nil
    ) -> Outcome {
        var outcome = Outcome()
        var lines = (typed ?? [])[...]
        let streams = Streams(
            isInteractive: typed != nil, write: { outcome.output += $0 }, complain: { outcome.complaint += $0 },
            readLine: { lines.popFirst() })
        outcome.status = run(arguments, environment: environment, streams)
        return outcome
    }

    /// Runs the tool in this process: real arguments, environment and standard streams.
    ///
    /// - Returns: the exit status of the process.
    public static func main() -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        var environment: [String: String] = [:]
        for name in environmentNames {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return run(Array(CommandLine.arguments.dropFirst()), environment: environment, .standard()).rawValue
    }

    private static func run(
        _ arguments: [String], environment: [String: String], _ streams: Streams
    ) -> ExitStatus {
        Help.$language.withValue(Help.language(of: arguments, environment)) {
            do {
                var command = try Edgectl.parseAsRoot(LeadingOptions.moved(arguments))
                if let job = command as? any Job { return perform(job, environment, streams) }
                // Help, or a noun without its verb.
                try command.run()
                return .fine
            } catch {
                if arguments.first == Completions.request {
                    // A shell reads this, a word a line.
                    streams.write(Edgectl.fullMessage(for: error) + "\n")
                    return .fine
                }
                return tell(error, streams)
            }
        }
    }

    /// Prints what the parser of arguments has to say: help, or why it did not understand.
    private static func tell(_ error: any Error, _ streams: Streams) -> ExitStatus {
        let width = max(streams.size()?.columns ?? Page.widthMax, Page.widthMin)
        let isHelp = Edgectl.exitCode(for: error).isSuccess
        var text = Edgectl.fullMessage(for: error, columns: width)
        if Help.language == .french {
            text = isHelp ? FrenchHelp.page(text, width: width) : FrenchComplaint.text(text)
        }
        text = UsageLine.wrapped(text).printable + "\n"
        guard isHelp else {
            streams.complain(text)
            return .wrongUse
        }
        streams.write(text)
        return .fine
    }

    private static func perform(
        _ job: some Job, _ environment: [String: String], _ streams: Streams
    ) -> ExitStatus {
        let bench = Bench(job.options, environment, streams)
        do throws(Failure) {
            return try job.perform(bench)
        } catch {
            // A program reads one stream, and finds the failure where it looks for the answer.
            if job.options.format == .json { bench.json(error.json) }
            streams.complain(error.text(in: bench.words.language).printable)
            return error.status
        }
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
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "edgectl",
            abstract: Help.say(
                "Look into the agent of this shop's box, and mend what is wrong.",
                "Examiner l'agent du boîtier de ce magasin, et réparer ce qui ne va pas."),
            discussion: Help.say(
                """
                It asks the agent over its control socket; numbers and stories are as of
                the agent's latest commit. Times are UTC. Members of the socket's group may
                look; only root and members of edged-technicians may change anything, and
                every change is kept with who made it.

                Examples:
                  edgectl status
                  sudo edgectl check
                  edgectl queue list --lane orders
                  edgectl explain R-4F7K92QX-H
                  edgectl stock show BLUE-SHIRT-M --format json

                Exit status: 0 fine, 1 a fault found or nothing of that name, 2 warnings
                only, 64 wrong use, 69 agent not reachable, 78 configuration.
                """,
                """
                edgectl interroge l'agent par son socket de contrôle ; chiffres et récits
                datent du dernier enregistrement de l'agent. Les heures sont en UTC. Les
                membres du groupe du socket peuvent regarder ; seuls root et les membres de
                edged-technicians peuvent changer quelque chose, et chaque changement est
                gardé avec son auteur.

                Exemples :
                  edgectl status
                  sudo edgectl check
                  edgectl queue list --lane orders
                  edgectl explain R-4F7K92QX-H
                  edgectl stock show BLUE-SHIRT-M --format json

                Codes de retour : 0 tout va bien, 1 panne trouvée ou nom inconnu, 2 seulement
                des avertissements, 64 mauvais usage, 69 agent injoignable, 78 configuration.
                """),
            version: "edgectl \(Release.version)",
            // In the order in which a technician needs them, a line each.
            subcommands: [
                StatusCommand.self,
                CheckCommand.self,
                WatchCommand.self,
                BundleCommand.self,
                QueueCommand.self,
                ExplainCommand.self,
                StockCommand.self,
                ScanCommand.self,
                CustomerCommand.self,
                DeviceCommand.self,
                TraceCommand.self,
                SimulateCommand.self,
                HeadquartersCommand.self,
                CertificateCommand.self,
                AuthorityCommand.self,
                ExportCommand.self,
                ConfigCommand.self,
                LogCommand.self,
                BackupCommand.self,
                RestoreCommand.self,
                ProbeDiskCommand.self,
            ])
    }
}
