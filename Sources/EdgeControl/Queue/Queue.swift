// `edgectl queue`: what waits for headquarters.

import ArgumentParser

struct QueueCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "queue",
            abstract: Help.say(
                "Look at the events for headquarters, set them aside, let them go.",
                "Voir les événements pour le siège, les mettre de côté, les laisser partir."),
            subcommands: [QueueList.self, QueueShow.self, QueueRetry.self, QueuePark.self, QueueUnpark.self],
            defaultSubcommand: QueueList.self)
    }
}
