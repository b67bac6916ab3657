// `edgectl customer`: what this box holds of somebody, and how it is forgotten.

import ArgumentParser

struct CustomerCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "customer",
            abstract: Help.say(
                "See what the box holds of a customer, or erase it.",
                "Voir ce que le boîtier garde d'un client, ou l'effacer."),
            subcommands: [CustomerShow.self, CustomerUnmask.self, CustomerErase.self])
    }
}
