// `edgectl stock`: what the books have, what may be promised, and why.

import ArgumentParser

struct StockCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "stock",
            abstract: Help.say(
                "Look at the stock of this shop.", "Voir le stock de ce magasin."),
            subcommands: [StockShow.self, StockList.self], defaultSubcommand: StockList.self)
    }
}
