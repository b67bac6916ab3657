// `edge-hq customer` and `edge-hq clerk`.

import ArgumentParser
import Contract
import CustomerVault
import ShopModel

struct CustomerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "customer", abstract: "Forget customers.", subcommands: [CustomerErase.self])
}

struct CustomerErase: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Forget a customer here and in every shop.",
        discussion: "Each shop confirms by an event store.customer.erased: edge-hq ledger | grep erased")

    @Argument(help: "The customer's id.") var customer: String
    @Option(help: "The request that the shops' receipts answer.") var request: String?
    @OptionGroup var socket: Socket

    func run() throws {
        socket.show(
            try socket.perform([
                "feed": "erasures",
                "entry": object([
                    ("type", "erase"), ("customer", .string(customer)), ("request", request.map(JSON.string)),
                ]),
            ]))
    }
}

struct ClerkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clerk", abstract: "Let clerks sign in.", subcommands: [ClerkAdd.self])
}

struct ClerkAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Let a clerk sign in by badge and PIN. The PIN itself is kept nowhere.",
        discussion: "edge-hq clerk add --id c-ana --badge 1001 --name \"Ana\" --pin 4711 --role clerk --role manager")

    @Option(help: "The clerk's id.") var id: String
    @Option(help: "What the badge says when it is read.") var badge: String
    @Option(help: "The name on the badge.") var name: String
    @Option(help: "4 to 16 digits.") var pin: String
    @Option(name: .customLong("role"), help: "clerk or manager. May be given again.") var roles: [String] = ["clerk"]
    @Option(help: "For whom: shop/<id> or group/<name>. Default: every shop.") var scope: String?
    @Option(help: "How often the PIN is derived; more is slower for a thief and for the shop.") var iterations = 100_000
    @OptionGroup var socket: Socket

    func validate() throws {
        guard (4...16).contains(pin.utf8.count), pin.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw ValidationError("--pin has 4 to 16 digits.")
        }
        for role in roles where !["clerk", "manager"].contains(role) {
            throw ValidationError("--role \(role): clerk or manager.")
        }
        guard (10_000...1_000_000).contains(iterations) else {
            throw ValidationError("--iterations from 10000 to 1000000.")
        }
    }

    func run() throws {
        let check = try PINCheck.make(pin: pin, iterations: iterations, salt: try SecureRandom.bytes(16))
        socket.show(
            try socket.perform(
                object([
                    ("feed", "clerks"), ("scope", scope.map(JSON.string)), ("key", .string(id)),
                    (
                        "value",
                        [
                            "badge": .string(badge), "name": .string(name),
                            "roles": .array(roles.map(JSON.string)), "pin": .string(check.text),
                        ]
                    ),
                ])))
    }
}
