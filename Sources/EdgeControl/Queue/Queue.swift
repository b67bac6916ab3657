// `edgectl queue`: what waits for headquarters.

import ArgumentParser

struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "Look at the events for headquarters.",
        subcommands: [QueueList.self, QueueShow.self])
}
