// `edge-hq order`: paid orders for a shop to prepare.

import ArgumentParser
import Contract
import ShopModel

struct OrderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "order", abstract: "Place, cancel and look at orders.",
        subcommands: [OrderPlace.self, OrderCancel.self, OrderShow.self])
}

struct OrderPlace: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "place", abstract: "Place a paid order for a shop to prepare; prints its id and pickup code.",
        discussion: """
            Units are promised out of headquarters' own rights in that shop, never beyond them: see `rights show`.

              edge-hq order place --shop paris-1 --line A-100=1 --line B-200=2 --customer-name "Marie Dupont" \\
                --phone-last4 4711 --collect-by 2026-12-01T19:00:00Z
              edge-hq order place --shop paris-1 --line A-100=1 --parcel 376123450000000016
            """)

    @Option(help: "The shop.") var shop: String
    @Option(name: .customLong("line"), help: "A SKU and how many: SKU=Q. May be given again.") var lines: [String]
    @Option(help: "The order's id; minted when absent. The same id is never placed twice.") var order: String?
    @Option(help: "Who collects it.") var customerName: String?
    @Option(help: "The last four digits of their telephone.") var phoneLast4: String?
    @Option(help: "The customer's id, so that an erasure reaches the order.") var customer: String?
    @Option(help: "The last moment to collect it, RFC 3339.") var collectBy: String?
    @Option(help: "The goods come by a parcel of this SSCC, not from the shelf.") var parcel: String?
    @Flag(help: "A gift: no price is shown anywhere.") var gift = false
    @OptionGroup var socket: Socket

    func run() throws {
        var parts: [JSON] = []
        for line in lines {
            let halves = line.split(separator: "=", omittingEmptySubsequences: false)
            guard halves.count == 2, let quantity = Int(halves[1]) else {
                throw ValidationError("--line \(line): write SKU=Q, for example A-100=2.")
            }
            parts.append(["sku": .string(String(halves[0])), "quantity": .count(quantity)])
        }
        var person: JSON?
        if let customerName {
            person = object([
                ("name", .string(customerName)), ("phoneLast4", phoneLast4.map(JSON.string)),
                ("customer", customer.map(JSON.string)),
            ])
        } else if phoneLast4 != nil || customer != nil {
            throw ValidationError("--phone-last4 and --customer need --customer-name.")
        }
        let id = order ?? "ORD-" + String(UInt64.random(in: 1 << 44..<1 << 48), radix: 16).uppercased()
        socket.show(
            try socket.perform([
                "feed": "orders", "shop": .string(shop),
                "entry": object([
                    ("type", "placed"), ("order", .string(id)), ("lines", .array(parts)), ("customer", person),
                    ("source", parcel.map { ["fromParcel": .string($0)] }), ("gift", gift ? true : nil),
                    ("collectBy", collectBy.map(JSON.string)),
                ]),
            ]))
    }
}

struct OrderCancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Ask the shop to cancel an order; the shop confirms or refuses.")

    @Argument(help: "The order's id.") var order: String
    @Option(help: "Why.") var reason: String?
    @OptionGroup var socket: Socket

    func run() throws {
        socket.show(
            try socket.perform([
                "feed": "orders",
                "entry": object([
                    ("type", "cancelRequested"), ("order", .string(order)), ("reason", reason.map(JSON.string)),
                ]),
            ]))
    }
}

struct OrderShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an order: what was sent, and what the shop told last.")

    @Argument(help: "The order's id.") var order: String
    @OptionGroup var socket: Socket

    func run() throws {
        for line in try socket.ask(["verb": "order.show", "order": .string(order)]) { socket.show(line) }
    }
}
