// `edgectl log`: how much the agent logs.

import ArgumentParser

struct LogCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "log",
            abstract: Help.say(
                "Have the agent log more for a while.", "Faire journaliser davantage l'agent pendant un temps."),
            subcommands: [LogLevel.self])
    }
}
