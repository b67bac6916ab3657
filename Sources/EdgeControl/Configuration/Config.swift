// `edgectl config`: what the agent was told.

import ArgumentParser

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at the agent's configuration.",
        subcommands: [ConfigShow.self, ConfigCheck.self])
}
