// `edgectl config reload`: has the agent take a changed configuration, and says what came of it.

import ArgumentParser
import Contract
import ShopModel

struct ConfigReload: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "reload",
            abstract: Help.say(
                "Have the agent take a changed configuration.",
                "Faire prendre à l'agent une configuration modifiée."),
            discussion: Help.say(
                """
                What sudo systemctl reload edged does, with its outcome: a file that is refused
                changes nothing, and is told with its mend. What only a restart brings is named.

                Example:
                  sudo edgectl config reload
                """,
                """
                Ce que fait sudo systemctl reload edged, avec son résultat : un fichier refusé
                ne change rien, et la cause est dite avec le remède. Ce que seul un
                redémarrage apporte est nommé.

                Exemple :
                  sudo edgectl config reload
                """))
    }

    @OptionGroup var options: AgentOptions

    /// The agent takes its time when its ledger is busy.
    private static let secondsMin = 40

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let result = try ask(bench)
        bench.answer(result) { words in
            var page = Page()
            page.paragraph(
                words.say("The configuration is in force: ", "La configuration est en vigueur : ")
                    + result.plain("file"), hanging: 2)
            let pending = (result["pendingRestart"]?.list ?? []).map(\.plain)
            if !pending.isEmpty {
                page.paragraph(
                    words.say("Only a restart brings: ", "Seul un redémarrage apporte : ")
                        + pending.joined(separator: ", ") + words.say(". Then: ", ". Alors : ")
                        + "sudo systemctl restart edged", hanging: 2)
            }
            return page
        }
        return .fine
    }

    /// Asks at the usual socket, and where nobody is there and nobody named one, at the configuration's: the service's
    /// reload names none.
    private func ask(_ bench: Bench) throws(Failure) -> JSON {
        let seconds = max(options.timeout, Self.secondsMin)
        func ask(at path: String) throws(Failure) -> JSON {
            try AgentConnection(path: path, language: bench.words.language, seconds: seconds)
                .ask(.request("config.reload"))
        }
        do throws(Failure) {
            return try ask(at: bench.socketPath)
        } catch {
            guard error.status == .unreachable, bench.socketPath == AgentOptions.socketDefault,
                let other = ConfigurationReading(ConfigCheck.fileDefault).configuration?.controlSocket,
                other != bench.socketPath
            else { throw error }
            return try ask(at: other)
        }
    }
}
