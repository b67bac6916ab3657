// `edgectl config check`: what is wrong with a configuration, as the agent itself would say at its start.

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct ConfigCheck: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "check",
            abstract: Help.say(
                "Say what is wrong with a configuration file.",
                "Dire ce qui ne va pas dans un fichier de configuration."),
            discussion: Help.say(
                """
                The agent's own program reads the file, looks at the secrets and certificates
                that it names, and connects to nothing. Check first, reload after:

                  sudo edgectl config check && sudo systemctl reload edged
                  edgectl config check ./edged-new.json

                Secrets can only be looked at by root and by the agent's own user.
                """,
                """
                Le programme même de l'agent lit le fichier, regarde les secrets et les
                certificats qu'il nomme, et ne se connecte à rien. Contrôlez d'abord,
                rechargez ensuite :

                  sudo edgectl config check && sudo systemctl reload edged
                  edgectl config check ./edged-new.json

                Les secrets ne peuvent être lus que par root et par l'utilisateur de l'agent.
                """))
    }

    /// Where the configuration lies when nobody says otherwise.
    static let fileDefault = "/etc/edged/edged.json"

    @Argument(
        help: .say(
            "The file. (default: \(Self.fileDefault))", "Le fichier. (par défaut : \(Self.fileDefault))",
            value: "fichier"))
    var file = Self.fileDefault
    @OptionGroup var options: AgentOptions

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let words = bench.words
        let program = Programs.beside("edged")
        let run = ToolRun.run(
            program, ["--check-config", file], environment: words.environment,
            seconds: 30)
        let said = String(decoding: run.output + run.complaint, as: UTF8.self)
        switch run.ending {
        case .exited(0), .exited(78):
            switch bench.format {
            case .table: bench.print(said)
            case .json: bench.json(["file": .string(file), "fine": .bool(run.succeeded), "said": .string(said)])
            }
            return run.succeeded ? .fine : .configuration
        case .notStarted(let number):
            throw Failure(
                code: "config.noAgent",
                message: words.say(
                    "The agent's program \(program) cannot be run.",
                    "Le programme de l'agent \(program) ne peut être lancé."),
                cause: String(cString: strerror(number)),
                mend: words.say("install the package edged.", "installez le paquet edged."), status: .fault)
        default:
            throw Failure(
                code: "config.notChecked",
                message: words.say("The check did not come to its end.", "La vérification n'est pas allée au bout."),
                cause: said.isEmpty ? nil : said, status: .fault)
        }
    }
}
