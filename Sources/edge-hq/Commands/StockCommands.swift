// `edge-hq stock` and `edge-hq rights`: what is in a shop, and who may promise it.

import ArgumentParser
import Contract
import ShopModel

struct StockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock", abstract: "Bring stock in, or state what is there.",
        subcommands: [StockAdd.self, StockSet.self])
}

struct StockAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Units came to a shop, or left it (a negative quantity).",
        discussion: """
            What leaves uses headquarters' own rights, and is refused beyond them.

              edge-hq stock add --shop paris-1 --sku A-100 --quantity 12 --share 9
              edge-hq stock add --shop paris-1 --sku A-100 --quantity=-1 --cause transfer
            """)

    @Option(help: "The shop.") var shop: String
    @Option(help: "The SKU.") var sku: String
    @Option(help: "How many; below zero for units that left.") var quantity: Int
    @Option(help: "Why, as the shop's journal will say.") var cause = "opening"
    @Option(help: "How many of them the shop may promise; the configured part when absent.") var share: Int?
    @OptionGroup var socket: Socket

    func run() throws {
        socket.show(
            try socket.perform([
                "feed": "stock", "shop": .string(shop),
                "entry": object([
                    ("type", "delta"), ("sku", .string(sku)), ("quantity", .count(quantity)),
                    ("cause", .string(cause)), ("share", share.map(JSON.count)),
                ]),
            ]))
    }
}

struct StockSet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "State what a shop has; the difference falls on the shop's own rights.",
        discussion: """
            With --incarnation and --sequence it holds as of that event of subject sku/<SKU>; what moved in the shop
            since then is applied on top.

              edge-hq stock set --shop paris-1 --sku A-100 --quantity 7
            """)

    @Option(help: "The shop.") var shop: String
    @Option(help: "The SKU.") var sku: String
    @Option(help: "How many are there.") var quantity: Int
    @Option(help: "The life of the shop's ledger that the event is of.") var incarnation: String?
    @Option(help: "The event's subjectsequence.") var sequence: Int?
    @OptionGroup var socket: Socket

    func validate() throws {
        guard (incarnation == nil) == (sequence == nil) else {
            throw ValidationError("--incarnation and --sequence go together.")
        }
    }

    func run() throws {
        var asOf: JSON = .null
        if let incarnation, let sequence {
            asOf = ["incarnation": .string(incarnation), "sequence": .count(sequence)]
        }
        socket.show(
            try socket.perform([
                "feed": "stock", "shop": .string(shop),
                "entry": [
                    "type": "absolute", "sku": .string(sku), "onHand": .count(quantity), "asOf": asOf,
                ],
            ]))
    }
}

struct RightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rights", abstract: "See, give and ask for rights to promise units.",
        subcommands: [RightsShow.self, RightsGrant.self, RightsWant.self])
}

struct RightsShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show who may promise how many, as headquarters knows it.")

    @Option(help: "The shop.") var shop: String
    @Option(help: "The SKU; all when absent.") var sku: String?
    @OptionGroup var socket: Socket

    func run() throws {
        var after: String?
        while true {
            let lines = try socket.ask(
                object([
                    ("verb", "rights.show"), ("shop", .string(shop)), ("sku", sku.map(JSON.string)),
                    ("after", after.map(JSON.string)),
                ]))
            for line in lines where line["end"] == nil { socket.show(line) }
            guard sku == nil, let last = lines.last?["sku"]?.text else { return }
            after = last
        }
    }
}

struct RightsGrant: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Give rights of headquarters' own to a shop.")

    @Option(help: "The shop.") var shop: String
    @Option(help: "The SKU.") var sku: String
    @Option(help: "How many.") var units: Int
    @OptionGroup var socket: Socket

    func run() throws {
        socket.show(
            try socket.perform([
                "feed": "stock", "shop": .string(shop),
                "entry": ["type": "rights", "sku": .string(sku), "units": .count(units)],
            ]))
    }
}

struct RightsWant: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "want", abstract: "Ask a shop for rights until headquarters has so many; it gives what is free.")

    @Option(help: "The shop.") var shop: String
    @Option(help: "The SKU.") var sku: String
    @Option(help: "How many headquarters wants to have in all.") var level: Int
    @OptionGroup var socket: Socket

    func run() throws {
        socket.show(
            try socket.perform([
                "feed": "stock", "shop": .string(shop),
                "entry": ["type": "rightsWanted", "sku": .string(sku), "level": .count(level)],
            ]))
    }
}
