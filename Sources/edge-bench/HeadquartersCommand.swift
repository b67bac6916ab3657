// edge-bench headquarters: feeds an assortment and its stock, and receipts every event.

import ArgumentParser

/// `edge-bench headquarters`.
struct HeadquartersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headquarters",
        abstract: "Feeds an assortment with its stock, and receipts every event, until it is stopped.",
        discussion: """
            It is as thin as the contract allows, so that it takes little of the machine that is measured: nothing is
            stored, events are known by their ids alone. Prints {"fed": true} once the shop has everything, and after
            each rest {"events", "perSecond"} of the events since the one before.
            """)

    @Option(help: "The port of headquarters' broker on loopback.")
    var port: Int
    @Option(help: "Which shop.")
    var shop = "bench"
    @Option(help: "How many products the assortment has; 0 feeds nothing.")
    var assortment = 100_000
    @Option(help: "Units of each product at the opening, rights included.")
    var units = 100_000

    func run() throws {
        try HeadquartersServer(self).run()
    }
}
