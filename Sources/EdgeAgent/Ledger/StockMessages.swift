// How stock is told to headquarters: each event has the whole line after the change, and the change with its cause.

import Contract
import ShopCore
import ShopModel

/// The data of events about a SKU's stock.
enum StockMessages {
    static func changed(_ line: StockLine, _ entry: JournalEntry, position: Int64) -> JSON {
        let row = line.rights[line.home]
        let change = entry.change
        var members: [JSON.Member] = [
            .init("sku", .string(line.sku.value)), .init("kind", .string(change.kind.rawValue)),
            .init("onHand", .count(line.onHand)),
            .init(
                "unsellable",
                [
                    "inspection": .count(line.unsellable.inspection), "damaged": .count(line.unsellable.damaged),
                    "display": .count(line.unsellable.display), "missing": .count(line.unsellable.missing),
                ]),
            .init("holds", .count(line.holds)), .init("owed", .count(line.owed)),
            .init(
                "rights",
                [
                    "holder": .string(line.home.value), "created": .count(row.created),
                    "given": .object(row.given.map { .init($0.to.value, .count($0.units)) }),
                    "spent": .count(row.spent),
                ]),
        ]
        let moved: [(String, Int)] = [
            ("onHand", change.onHand), ("inspection", change.inspection), ("damaged", change.damaged),
            ("display", change.display), ("missing", change.missing), ("holds", change.holds),
            ("owed", change.owed),
        ]
        members.append(
            .init("change", .object(moved.filter { $0.1 != 0 }.map { .init($0.0, .count($0.1)) })))
        members.append(.init("reference", .string(entry.cause.reference)))
        members.append(.init("position", .integer(position)))
        members.append(.init("by", .string(entry.cause.by)))
        if let command = entry.cause.command { members.append(.init("command", .string(command.value))) }
        if entry.cause.device != .agent { members.append(.init("device", .string(entry.cause.device.value))) }
        if let clerk = entry.cause.clerk { members.append(.init("clerk", .string(clerk.value))) }
        return .object(members)
    }

    static func shortfall(_ shortfall: Shortfall) -> JSON {
        var members: [JSON.Member] = [
            .init("sku", .string(shortfall.sku.value)), .init("short", .count(shortfall.short)),
            .init("promises", .array(shortfall.promises.map { .string($0.value) })),
        ]
        if shortfall.morePromises > 0 { members.append(.init("morePromises", .count(shortfall.morePromises))) }
        return .object(members)
    }
}
