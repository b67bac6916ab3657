// `edgectl customer`: what this box holds of somebody, and how it is forgotten.

import ArgumentParser

struct CustomerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customer", abstract: "See what the box holds of a customer, or erase it.",
        subcommands: [CustomerShow.self, CustomerUnmask.self, CustomerErase.self])
}
