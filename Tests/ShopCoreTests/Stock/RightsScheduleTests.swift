// Generated schedules of grants, transfers, spends and of rows that are lost, late, doubled or out of order: whatever
// arrives when, nobody promises what is not there, and all agree in the end (DESIGN §8).

import ShopCore
import ShopModel
import Testing

/// Headquarters and one or two edges, each with its own view, and the rows under way between them.
private struct World {
    let holders: [Holder]
    var views: [BoundedCounter]
    /// Units that each holder locked for promises and did not yet use up.
    var locked: [Int]
    var underway: [(row: RightsRow, of: Int, to: Int)] = []
    /// Units that truly exist, counted plainly: made less gone.
    var units = 0

    init(edges: Int) {
        holders = [.headquarters, .shop, .other].prefix(edges + 1).map { $0 }
        views = holders.map { _ in BoundedCounter() }
        locked = holders.map { _ in 0 }
    }

    /// What every owner wrote of itself: the truth that no single view may have.
    var truth: BoundedCounter {
        BoundedCounter(rows: holders.indices.map { .init(holder: holders[$0], row: views[$0][holders[$0]]) })
    }

    func free(_ index: Int) -> Int { views[index].localRights(of: holders[index]) - locked[index] }

    mutating func write(_ index: Int, _ change: (inout RightsRow) -> Void) {
        var row = views[index][holders[index]]
        change(&row)
        views[index].set(row, of: holders[index])
        for other in holders.indices where other != index { underway.append((row, index, other)) }
    }

    mutating func deliver(_ message: (row: RightsRow, of: Int, to: Int)) -> Refusal? {
        switch views[message.to].merge(message.row, of: holders[message.of], at: holders[message.to]) {
        case .refused(let refusal): return refusal
        case .done(let rows):
            for row in rows { views[message.to].set(row, of: holders[message.of]) }
            return nil
        }
    }

    mutating func step(_ random: inout SplitMix64) -> String? {
        let index = random.int(0...(holders.count - 1))
        let few = random.int(1...5)
        switch random.int(0...9) {
        case 0:  // Units come in.
            units += few
            write(index) { $0.created += few }
        case 1, 2:  // Rights are given, as far as they are free.
            let taker = random.int(0...(holders.count - 1))
            switch views[index].give(few, from: holders[index], to: holders[taker], free: free(index)) {
            case .refused(let refusal):
                let expected: Refusal.Code = taker == index ? .rightsToOneself : .rightsBeyond
                if refusal.code != expected { return "gift refused as \(refusal.code.name)" }
                if expected == .rightsBeyond, free(index) >= few { return "a free gift was refused" }
            case .done(let rows):
                if taker == index { return "a gift to oneself was done" }
                for row in rows { write(index) { $0 = row } }
            }
        case 3, 4:  // A promise is made, as far as it may.
            if free(index) >= few { locked[index] += few }
        case 5:  // A promise is kept: its units leave.
            let kept = min(few, locked[index])
            locked[index] -= kept
            units -= kept
            if kept > 0 { write(index) { $0.spent += kept } }
        case 6:  // A promise is given up.
            locked[index] -= min(few, locked[index])
        default:  // Something under way arrives: any of it, perhaps again later, perhaps never.
            guard !underway.isEmpty else { return nil }
            let at = random.int(0...(underway.count - 1))
            let message = underway[at]
            if !random.once(in: 3) { underway.remove(at: at) }
            if random.once(in: 10) { return nil }
            if let refusal = deliver(message) { return "a true row was refused: \(refusal.code.name)" }
        }
        return nil
    }

    /// What must hold at every moment.
    var broken: String? {
        let promised = locked.reduce(0, +)
        if promised > units { return "\(promised) promised of \(units) units" }
        if truth.total != units { return "rights of \(truth.total) for \(units) units" }
        for index in holders.indices {
            let known = views[index].localRights(of: holders[index])
            let rightful = truth.localRights(of: holders[index])
            if known > rightful { return "\(holders[index]) believes in \(known) rights and has \(rightful)" }
            if locked[index] > known { return "\(holders[index]) locked \(locked[index]) of \(known) rights" }
        }
        return nil
    }

    /// Lets every holder's last row arrive everywhere, old rows still arriving among them.
    mutating func heal(_ random: inout SplitMix64) -> String? {
        for index in holders.indices { write(index) { _ in } }
        underway.shuffle(using: &random)
        for message in underway where deliver(message) != nil { return "a true row was refused" }
        let truth = truth
        for view in views {
            for holder in holders where view[holder] != truth[holder] { return "\(holder) is seen differently" }
        }
        return broken
    }
}

/// A shop's line and headquarters, joined by rows, orders and wishes that arrive in any order.
private struct Pair {
    enum Message {
        case delta(Int, RightsRow)
        case row(RightsRow)
        case order(Int, RightsRow)
        case wanted(Int)
        case edgeRow(RightsRow)
    }

    var line = StockLine(sku: "SCARF-RED", home: .shop)
    var counter = BoundedCounter()
    var toEdge: [Message] = []
    var toHeadquarters: [Message] = []
    var units = 0
    /// Units of orders that headquarters sold and the shop does not know of yet.
    var ordered = 0
    /// What went back to headquarters from orders that ended: never into the shop's own rights.
    var givenBack = 0

    mutating func writeHeadquarters(_ change: (inout RightsRow) -> Void) -> RightsRow {
        var row = counter[.headquarters]
        change(&row)
        counter.set(row, of: .headquarters)
        return row
    }

    mutating func apply(_ decision: Decision<StockChange>) -> String? {
        switch decision {
        case .refused(let refusal): return refusal.code == .stockShort ? nil : "refused as \(refusal.code.name)"
        case .done(let changes):
            for change in changes {
                line.apply(change)
                if change.rightsOf == .shop { toHeadquarters.append(.edgeRow(line.rights[.shop])) }
            }
            return nil
        }
    }

    mutating func step(_ random: inout SplitMix64) -> String? {
        let few = made(Quantity(random.int(1...4)))
        switch random.int(0...13) {
        case 0, 1:
            units += few.units
            let share = random.int(0...few.units)
            let row = writeHeadquarters {
                $0.created += few.units
                $0.setGiven(to: .shop, $0.given(to: .shop) + share)
            }
            toEdge.append(.delta(few.units, row))
        case 2:
            let free = counter.localRights(of: .headquarters)
            switch counter.give(few.units, from: .headquarters, to: .shop, free: free) {
            case .refused(let refusal): return refusal.code == .rightsBeyond ? nil : "gift: \(refusal.code.name)"
            case .done(let rows):
                for row in rows { toEdge.append(.row(writeHeadquarters { $0 = row })) }
            }
        case 3, 4:
            guard counter.localRights(of: .headquarters) >= few.units else { return nil }
            ordered += few.units
            toEdge.append(.order(few.units, writeHeadquarters { $0.spent += few.units }))
        case 5: toEdge.append(.wanted(random.int(0...6)))
        case 6, 7: return apply(line.hold(few, safety: 0))
        case 8:
            let sold = min(few.units, line.holds)
            units -= sold
            return apply(.done(Quantity(sold).map { [line.sell($0, awaited: sold)] } ?? []))
        case 9:
            let ended = min(few.units, line.owed)
            guard ended > 0 else { return nil }
            let own = line.localRights
            let before = line.rights.localRights(of: .headquarters)
            givenBack += ended
            if let problem = apply(.done([line.giveBack(ended)])) { return problem }
            if line.localRights != own { return "a release was credited to the shop's own rights" }
            if line.rights.localRights(of: .headquarters) != before + ended { return "a release was lost" }
        case 10:
            let given = min(few.units, line.owed)
            units -= given
            return apply(.done(given > 0 ? [line.handOver(given)] : []))
        case 11: return random.once(in: 2) ? apply(.done([line.release(min(few.units, line.holds))])) : nil
        default: return deliverOne(&random, mayDouble: true)
        }
        return nil
    }

    mutating func deliverOne(_ random: inout SplitMix64, mayDouble: Bool) -> String? {
        if random.once(in: 2), !toHeadquarters.isEmpty {
            let message = toHeadquarters.remove(at: random.int(0...(toHeadquarters.count - 1)))
            guard case .edgeRow(let row) = message else { return nil }
            if mayDouble, random.once(in: 4) { toHeadquarters.append(message) }
            switch counter.merge(row, of: .shop, at: .headquarters) {
            case .refused(let refusal): return "a true row was refused: \(refusal.code.name)"
            case .done(let rows): for row in rows { counter.set(row, of: .shop) }
            }
            return nil
        }
        guard !toEdge.isEmpty else { return nil }
        let message = toEdge.remove(at: random.int(0...(toEdge.count - 1)))
        switch message {
        case .delta(let quantity, let row):
            if mayDouble, random.once(in: 4) { toEdge.append(.row(row)) }
            return apply(line.feed(quantity, headquarters: row))
        case .row(let row):
            if mayDouble, random.once(in: 4) { toEdge.append(.row(row)) }
            return apply(line.feed(0, headquarters: row))
        case .order(let quantity, let row):
            ordered -= quantity
            return apply(line.owe(made(Quantity(quantity)), headquarters: row))
        case .wanted(let level): return apply(line.give(toReach: level, safety: 0))
        case .edgeRow: return nil
        }
    }

    /// Promises are the holds, what is owed, and what headquarters sold and may still sell: never more than there is.
    var broken: String? {
        let promises = line.holds + line.owed + ordered
        if promises > units { return "\(promises) promised of \(units) units" }
        if line.shortfall > 0 { return "a shortfall of \(line.shortfall) without a physical fact" }
        let sellable = line.localRights + counter.localRights(of: .headquarters) + line.owed + ordered
        if sellable > units { return "\(sellable) might be sold of \(units) units" }
        return nil
    }

    mutating func heal(_ random: inout SplitMix64) -> String? {
        for _ in 0..<10_000 where !(toEdge.isEmpty && toHeadquarters.isEmpty) {
            if let problem = deliverOne(&random, mayDouble: false) ?? broken { return problem }
        }
        if !toEdge.isEmpty || !toHeadquarters.isEmpty { return "not healed" }
        if line.rights[.headquarters] != counter[.headquarters] { return "headquarters' row is seen differently" }
        if line.rights[.shop] != counter[.shop] { return "the shop's row is seen differently" }
        if line.onHand != units { return "\(line.onHand) on hand of \(units) units" }
        return line.isBalanced ? nil : "books and rights do not agree"
    }
}

@Suite("Rights under a bad line")
struct RightsScheduleTests {
    @Test("promise no more than there is at any step, and are seen the same by all once everything arrived")
    func schedules() {
        for seed in UInt64(1)...1_500 {
            var random = SplitMix64(seed: seed)
            var world = World(edges: 1 + Int(seed % 2))
            for step in 0..<80 {
                if let problem = world.step(&random) ?? world.broken {
                    Issue.record("Seed \(seed), step \(step): \(problem).")
                    return
                }
            }
            if let problem = world.heal(&random) {
                Issue.record("Seed \(seed), after healing: \(problem).")
                return
            }
        }
    }

    @Test("of a shop and headquarters agree with the shelf once all feeds arrived, in whatever order they came")
    func pairs() {
        var givenBack = 0
        for seed in UInt64(1)...1_500 {
            var random = SplitMix64(seed: seed)
            var pair = Pair()
            for step in 0..<80 {
                if let problem = pair.step(&random) ?? pair.broken {
                    Issue.record("Seed \(seed), step \(step): \(problem).")
                    return
                }
            }
            givenBack += pair.givenBack
            if let problem = pair.heal(&random) {
                Issue.record("Seed \(seed), after healing: \(problem).")
                return
            }
        }
        #expect(givenBack > 1_000, "releases of orders were hardly drawn")
    }
}
