// An assortment of our own making, the same in every process that is told its size.

import Contract
import ShopModel

/// Products by number, from 0. SKU, GTIN and everything else follow from the number, so that the load knows what
/// headquarters fed.
struct Assortment {
    /// How many products it has.
    let count: Int

    /// The SKU of a product.
    static func sku(_ number: Int) -> String { "BENCH-" + padded(number, to: 6) }

    /// The EAN-13 of a product, within the numbers that GS1 keeps for demonstrations (prefix 952).
    static func code(_ number: Int) -> String {
        let digits = "952" + padded(number, to: 9)
        return digits + String(GTIN.checkDigit(of: Array(digits.utf8)) ?? 0)
    }

    /// A number with zeros before it.
    static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// An entry of feed `catalogue`, with what a product of a fashion shop has.
    static func product(_ number: Int) throws -> FeedEntry {
        guard let sku = SKU(sku(number)), let gtin = GTIN(code(number)) else {
            throw BenchProblem("no product \(number)")
        }
        let value = JSON.object([
            .init("sku", .string(sku.value)), .init("gtins", [.string(gtin.description)]),
            .init("name", ["fr": .string("Chemise bleue \(number)"), "en": .string("Blue shirt \(number)")]),
            .init("price", ["amount": 4990, "currency": "EUR", "vatRate": 20, "country": "FR"]),
            .init("image", .string("/images/\(sku.value).webp")),
            .init("attributes", ["colour": "blue", "size": "M", "material": "cotton"]),
        ])
        return .state(StateEntry(key: sku.value, value: value))
    }

    /// An entry of feed `network`: two other shops have it.
    static func network(_ number: Int, asOf: Instant) -> FeedEntry {
        func shop(_ name: String, _ units: Int) -> JSON {
            ["shop": .string(name), "quantity": .count(units), "asOf": .string(asOf.description)]
        }
        return .state(
            StateEntry(key: sku(number), value: ["shops": .array([shop("lyon-2", number % 9), shop("lille-1", 1)])]))
    }

    /// An entry of feed `stock`: the opening stock, all of its rights given to the shop.
    static func opening(_ number: Int, units: Int, holder: String) throws -> FeedEntry {
        guard let sku = SKU(sku(number)) else { throw BenchProblem("no product \(number)") }
        let row = RightsRowMessage(
            holder: "hq", created: units, given: [.init(to: holder, units: units)], spent: 0)
        return .stock(.delta(sku, quantity: units, cause: "opening", rights: row))
    }
}

/// Why a measurement could not be made.
struct BenchProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
