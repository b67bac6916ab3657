// `edgectl check`: says what is wrong with this box, why, and what mends it, whether or not the agent runs.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct CheckCommand: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "check",
            abstract: Help.say(
                "Say what is wrong with this box, why, and what mends it.",
                "Dire ce qui ne va pas sur ce boîtier, pourquoi, et quoi faire."),
            discussion: Help.say(
                """
                Climbs a ladder from the power plug to headquarters. A rung that depends on
                one that failed is skipped and names it, so that one cause is told once. Works
                with the agent dead, changes nothing, and ends within 30 s whatever hangs. Run
                it as root to see everything.

                Rungs:
                \(rungs)

                Examples:
                  sudo edgectl check
                  sudo edgectl check --only disk,clock.offset --verbose
                  sudo edgectl check --skip device --format json

                Exit status: 0 fine, 1 a fault, 2 warnings only, 78 the configuration cannot
                be right.
                """,
                """
                Monte une échelle, de la prise de courant jusqu'au siège. Un échelon qui
                dépend d'un autre en panne est sauté et le nomme : chaque cause n'est dite
                qu'une fois. Marche avec l'agent arrêté, ne change rien, et finit en 30 s
                même si quelque chose bloque. Lancé en root, il voit tout.

                Échelons :
                \(rungs)

                Exemples :
                  sudo edgectl check
                  sudo edgectl check --only disk,clock.offset --verbose
                  sudo edgectl check --skip device --format json

                Codes de retour : 0 tout va bien, 1 une panne, 2 seulement des
                avertissements, 78 configuration incorrecte.
                """))
    }

    @OptionGroup var options: AgentOptions

    @Option(help: .say("The agent's configuration.", "La configuration de l'agent.", value: "fichier"))
    var config: String = "/etc/edged/edged.json"

    @Option(
        help: .say(
            "Only these rungs and what they need: names or groups, parted by commas.",
            "Seulement ces échelons et ce qu'il leur faut : noms ou groupes, séparés par des virgules.",
            value: "échelons"), completion: Completions.rungs)
    var only: String?

    @Option(
        help: .say(
            "All but these rungs: names or groups, parted by commas.",
            "Tout sauf ces échelons : noms ou groupes, séparés par des virgules.", value: "échelons"),
        completion: Completions.rungs)
    var skip: String?

    @Flag(
        name: .shortAndLong,
        help: .say(
            "Show each rung on a line of its own, with what was seen.",
            "Montrer chaque échelon sur sa ligne, avec ce qui a été vu."))
    var verbose = false

    @Option(
        help: .say(
            "The log of the shop's broker, where it is not in the journal of edged-broker.",
            "Le journal du broker du magasin, s'il n'est pas dans celui d'edged-broker.", value: "fichier"))
    var brokerLog: String?

    @Option(help: ArgumentHelp("Look at the machine's files below this folder.", visibility: .private))
    var root: String = ""

    @Option(help: ArgumentHelp("The program edged that checks a state which is not in use.", visibility: .private))
    var edged: String?

    /// The names of the rungs, as lines of help.
    private static let rungs = CheckRungs.names.joined(separator: " ").wrapped(to: 76).joined(separator: "\n")

    /// The groups of rungs, each once, in their order.
    private static let groups = CheckRungs.names.map { $0.prefix { $0 != "." } }
        .reduce(into: [Substring]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ")

    private static func patterns(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
    }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let began = monotonicMilliseconds()
        let ladder = Ladder(rungs: CheckRungs.all)
        let selection = Ladder.Selection(only: Self.patterns(only), skip: Self.patterns(skip))
        if let slip = ladder.unknown(selection.only + selection.skip).first {
            throw Failure(
                code: "check.unknownRung",
                message: bench.words.say("There is no rung \(slip).", "Il n'y a pas d'échelon \(slip)."),
                mend: bench.words.say(
                    "groups: \(Self.groups). edgectl check --help names each rung.",
                    "groupes : \(Self.groups). edgectl check --help nomme chaque échelon."),
                status: .wrongUse)
        }
        let context = CheckContext(
            words: bench.words, configurationPath: config, socketPath: namedSocket(bench),
            environment: bench.environment, root: root, edged: edged ?? Programs.beside("edged"),
            tool: Programs.own, brokerLog: brokerLog)
        let findings = ladder.climb(context, selection) { rung, done, all in
            bench.progressLine("\(done)/\(all) \(rung)")
        }
        bench.progressLine("")
        let report = CheckReport(
            findings: findings, words: bench.words, milliseconds: monotonicMilliseconds() - began,
            isRoot: geteuid() == 0)
        switch bench.format {
        case .json: bench.json(report.json)
        case .table:
            bench.paint(report.text(width: bench.width, isWhole: verbose, hasColours: bench.hasColours))
        }
        return report.status
    }

    /// The socket that somebody named; otherwise the configuration knows it.
    private func namedSocket(_ bench: Bench) -> String? {
        let named = options.socket ?? bench.environment["EDGED_SOCKET"]
        return named.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Programs of ours on this box.
enum Programs {
    /// The path of this tool; nil inside a test.
    static var own: String? {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.hasSuffix("/edgectl") ? path : nil
    }

    /// A program that lies beside this tool, or where the package puts daemons, which is in no user's `PATH`; its bare
    /// name, to be found by `PATH`, when it is in neither.
    static func beside(_ name: String) -> String {
        guard let own, let slash = own.lastIndex(of: "/") else { return name }
        let places = [String(own[...slash]) + name, "/usr/sbin/" + name]
        return places.first { access($0, X_OK) == 0 } ?? name
    }
}
