// `edgectl log`: how much the agent logs.

import ArgumentParser

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Have the agent log more for a while.", subcommands: [LogLevel.self])
}
