// `edgectl config`: what the agent was told.

import ArgumentParser

struct ConfigCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "config",
            abstract: Help.say(
                "Look at the agent's configuration.", "Voir la configuration de l'agent."),
            subcommands: [ConfigShow.self, ConfigCheck.self, ConfigReload.self])
    }
}
