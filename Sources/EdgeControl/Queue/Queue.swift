// `edgectl queue`: what waits for headquarters.

import ArgumentParser

struct QueueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue", abstract: "Look at the events for headquarters, set them aside, let them go.",
        subcommands: [QueueList.self, QueueShow.self, QueueRetry.self, QueuePark.self, QueueUnpark.self],
        defaultSubcommand: QueueList.self)
}
