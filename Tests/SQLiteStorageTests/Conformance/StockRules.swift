// Rules on stock lines and their journal.

import EdgeAgent
import ShopCore
import ShopModel
import Testing

extension LedgerConformance {
    /// A line with rights of this shop and of headquarters.
    static func line(_ name: String, onHand: Int, created: Int? = nil, holds: Int = 0) -> StockLine {
        StockLine(
            sku: sku(name), home: home, onHand: onHand,
            unsellable: .init(inspection: 1, damaged: 2, display: 3, missing: 4), holds: holds, owed: -1,
            rights: BoundedCounter(rows: [
                .init(
                    holder: home,
                    row: RightsRow(
                        created: created ?? onHand, given: [.init(to: .headquarters, units: 2)], spent: 1)),
                .init(holder: .headquarters, row: RightsRow(created: 50, given: [.init(to: home, units: 8)])),
            ]))
    }

    static let stockRules: [LedgerRule] = [
        .rule("a line comes back as it was stored, changed or not") { ledger in
            #expect(try ledger.stockLine(sku("A")) == nil)
            try ledger.put(line("A", onHand: 5))
            #expect(try ledger.stockLine(sku("A")) == line("A", onHand: 5))
            try ledger.put(line("A", onHand: -3, created: 12, holds: 2))
            #expect(try ledger.stockLine(sku("A")) == line("A", onHand: -3, created: 12, holds: 2))
        },
        .rule("a line with no numbers and no rights is a line") { ledger in
            let empty = StockLine(sku: sku("A"), home: home)
            try ledger.put(empty)
            #expect(try ledger.stockLine(sku("A")) == empty)
        },
        .rule("rows of zeros, gifts of nothing and many lives of the shop come back") { ledger in
            let former = Holder.edge(Incarnation.named("life-0"))
            let many = StockLine(
                sku: sku("A"), home: home,
                rights: BoundedCounter(rows: [
                    .init(holder: home, row: RightsRow()),
                    .init(holder: former, row: RightsRow(created: 3, given: [.init(to: home, units: 0)], spent: 3)),
                    .init(
                        holder: .headquarters,
                        row: RightsRow(
                            created: 1 << 40, given: [.init(to: former, units: 4), .init(to: home, units: 5)],
                            spent: 1 << 40)),
                ]))
            try ledger.put(many)
            #expect(try ledger.stockLine(sku("A")) == many)
            let fewer = StockLine(
                sku: sku("A"), home: home, rights: BoundedCounter(rows: [.init(holder: home, row: RightsRow(spent: 1))])
            )
            try ledger.put(fewer)
            #expect(try ledger.stockLine(sku("A")) == fewer)
        },
        .rule("all lines are listed by SKU, and by pages") { ledger in
            let names = ["b", "a", "B", "a-1", "Z", "~"]
            for (index, name) in names.enumerated() { try ledger.put(line(name, onHand: index)) }
            let sorted = names.map(sku).sorted()
            var seen: [StockLine] = []
            try ledger.forEachStockLine { seen.append($0) }
            #expect(seen.map(\.sku) == sorted)
            #expect(seen.allSatisfy { $0 == line($0.sku.value, onHand: $0.onHand) })
            #expect(try ledger.stockLines(after: nil, limit: 100) == seen)
            #expect(try ledger.stockLines(after: sorted[1], limit: 2) == Array(seen[2...3]))
            #expect(try ledger.stockLines(after: sorted.last, limit: 2) == [])
            #expect(try ledger.stockLines(after: nil, limit: 0) == [])
        },
        .rule("goods of a delivery are received once a SKU") { ledger throws in
            #expect(try ledger.recordDelivery("D-1", sku("A"), at: at(0)) == false)
            #expect(try ledger.recordDelivery("D-1", sku("B"), at: at(0)) == false)
            #expect(try ledger.recordDelivery("D-1", sku("A"), at: at(9)) == true)
            #expect(try ledger.recordDelivery("D-2", sku("A"), at: at(9)) == false)
        },
        .rule("one count of a SKU waits at a time") { ledger in
            let first = PendingCount(counted: 3, position: 9, by: ClerkID("c-1"), at: at(1))
            let second = PendingCount(counted: 0, position: 10, by: nil, at: at(2))
            try ledger.setPendingCount(sku("A"), first)
            #expect(try ledger.pendingCount(sku("A")) == first)
            try ledger.setPendingCount(sku("A"), second)
            #expect(try ledger.pendingCount(sku("A")) == second)
            #expect(try ledger.pendingCount(sku("B")) == nil)
            try ledger.setPendingCount(sku("A"), nil)
            try ledger.setPendingCount(sku("A"), nil)
            #expect(try ledger.pendingCount(sku("A")) == nil)
        },
    ]

    static func entry(
        _ name: String, _ change: StockChange, event: Int64, reference: String = "ticket/T1/1", command: Int? = nil
    ) -> JournalEntry {
        JournalEntry(
            sku: sku(name), change: change,
            cause: .init(
                by: "sale.record", reference: reference, command: command.map(commandID), device: .agent,
                clerk: command == nil ? nil : ClerkID("c-1")), at: at(event), eventSequence: event)
    }

    static func moved(_ units: Int) -> StockChange {
        var change = StockChange(.sold)
        change.onHand = units
        return change
    }

    /// An entry as it comes back.
    private static func stored(_ entry: JournalEntry, _ position: Int64) -> JournalEntry {
        var entry = entry
        entry.position = position
        return entry
    }

    static let journalRules: [LedgerRule] = [
        .rule("positions are given out from 1 and without gaps, over all SKUs") { ledger in
            #expect(try ledger.lastJournalPosition() == 0)
            #expect(try ledger.append(entry("A", moved(1), event: 1)) == 1)
            try ledger.savepoint()
            #expect(try ledger.append(entry("A", moved(1), event: 2)) == 2)
            try ledger.rollbackToSavepoint()
            #expect(try ledger.append(entry("B", moved(1), event: 1)) == 2)
            #expect(try ledger.lastJournalPosition() == 2)
        },
        .rule("an entry comes back whole: every kind, every number, gifts in their order") { ledger in
            var position: Int64 = 0
            for kind in StockChange.Kind.allCases {
                var change = StockChange(kind)
                change.onHand = -1
                change.inspection = 2
                change.damaged = -3
                change.display = 4
                change.missing = -5
                change.holds = 6
                change.owed = -7
                change.rightsOf = .headquarters
                change.created = 8
                change.spent = 9
                change.given = [.init(to: home, units: 1), .init(to: .headquarters, units: 2)]
                let whole = entry("A", change, event: 1, command: 7)
                position = try ledger.append(whole)
                #expect(try ledger.journal(of: sku("A"), limit: 1) == [stored(whole, position)])
            }
            let bare = entry("A", StockChange(.held), event: 2)
            position = try ledger.append(bare)
            #expect(try ledger.journal(of: sku("A"), limit: 1) == [stored(bare, position)])
        },
        .rule("what moved behind a position or an event is summed, of that SKU alone") { ledger in
            #expect(try ledger.onHandMoved(sku("A"), afterPosition: 0) == 0)
            #expect(try ledger.onHandMoved(sku("A"), afterEvent: 0) == 0)
            for (name, units, event) in [("A", 10, 1), ("B", 100, 1), ("A", -3, 2), ("A", -2, 4)] {
                _ = try ledger.append(entry(name, moved(units), event: Int64(event)))
            }
            #expect(try ledger.onHandMoved(sku("A"), afterPosition: 0) == 5)
            #expect(try ledger.onHandMoved(sku("A"), afterPosition: 1) == -5)
            #expect(try ledger.onHandMoved(sku("A"), afterPosition: 3) == -2)
            #expect(try ledger.onHandMoved(sku("A"), afterPosition: 4) == 0)
            #expect(try ledger.onHandMoved(sku("A"), afterEvent: 0) == 5)
            #expect(try ledger.onHandMoved(sku("A"), afterEvent: 1) == -5)
            #expect(try ledger.onHandMoved(sku("A"), afterEvent: 2) == -2)
            #expect(try ledger.onHandMoved(sku("A"), afterEvent: 3) == -2)
            #expect(try ledger.onHandMoved(sku("A"), afterEvent: 4) == 0)
        },
        .rule("entries are listed of a SKU newest first, and about a thing or a command oldest first") { ledger in
            for event in 1...5 {
                _ = try ledger.append(
                    entry(
                        event % 2 == 0 ? "B" : "A", moved(event), event: Int64(event),
                        reference: event < 4 ? "order/1" : "order/2", command: event == 5 ? 1 : 2))
            }
            #expect(try ledger.journal(of: sku("A"), limit: 2).map(\.position) == [5, 3])
            #expect(try ledger.journal(of: sku("C"), limit: 2) == [])
            #expect(try ledger.journal(about: "order/1", limit: 9).map(\.position) == [1, 2, 3])
            #expect(try ledger.journal(about: "order/1", limit: 2).map(\.position) == [1, 2])
            #expect(try ledger.journal(about: commandID(2).value, limit: 9).map(\.position) == [1, 2, 3, 4])
            #expect(try ledger.journal(about: commandID(1).value, limit: 9).map(\.position) == [5])
            #expect(try ledger.journal(about: "order/3", limit: 9) == [])
        },
        .rule("the sum over the journal is the row, whatever was generated") { ledger in
            var numbers = RepeatableNumbers(seed: 20_261_122)
            var lines: [String: StockLine] = [:]
            for round in 0..<400 {
                let name = ["A", "B", "C"][Int.random(in: 0..<3, using: &numbers)]
                var change = StockChange(known(StockChange.Kind.allCases.randomElement(using: &numbers)))
                change.onHand = Int.random(in: -5...5, using: &numbers)
                change.inspection = Int.random(in: -2...2, using: &numbers)
                change.damaged = Int.random(in: -2...2, using: &numbers)
                change.display = Int.random(in: -2...2, using: &numbers)
                change.missing = Int.random(in: -2...2, using: &numbers)
                change.holds = Int.random(in: -3...3, using: &numbers)
                change.owed = Int.random(in: -3...3, using: &numbers)
                if Bool.random(using: &numbers) {
                    change.rightsOf = Bool.random(using: &numbers) ? home : .headquarters
                    change.created = Int.random(in: 0...9, using: &numbers)
                    change.spent = Int.random(in: 0...9, using: &numbers)
                    if Bool.random(using: &numbers) {
                        change.given = [.init(to: .headquarters, units: Int.random(in: 1...4, using: &numbers))]
                    }
                }
                try ledger.savepoint()
                var line = try ledger.stockLine(sku(name)) ?? StockLine(sku: sku(name), home: home)
                line.apply(change)
                _ = try ledger.append(entry(name, change, event: Int64(round)))
                try ledger.put(line)
                if Int.random(in: 0..<5, using: &numbers) == 0 {
                    try ledger.rollbackToSavepoint()
                } else {
                    try ledger.releaseSavepoint()
                    lines[name] = line
                }
            }
            for (name, line) in lines {
                var sum = StockLine(sku: sku(name), home: home)
                var moved = 0
                for entry in try ledger.journal(of: sku(name), limit: 1_000).reversed() {
                    sum.apply(entry.change)
                    // Corrections are no movements: a count that waits for approval must not count one twice.
                    if entry.change.kind != .counted, entry.change.kind != .restated { moved += entry.change.onHand }
                }
                #expect(sum == line)
                #expect(try ledger.stockLine(sku(name)) == line)
                #expect(try ledger.onHandMoved(sku(name), afterPosition: 0) == moved)
            }
        },
    ]
}
