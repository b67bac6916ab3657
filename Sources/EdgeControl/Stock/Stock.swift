// `edgectl stock`: what the books have, what may be promised, and why.

import ArgumentParser

struct StockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock", abstract: "Look at the stock of this shop.",
        subcommands: [StockShow.self, StockList.self], defaultSubcommand: StockList.self)
}
