// The bounded counter: whose rights there are, and the known mistakes that it refuses (DESIGN §8).

import ShopCore
import ShopModel
import Testing

@Suite("Rights")
struct RightsTests {
    /// Headquarters made ten and gave the shop six.
    private let counter = BoundedCounter(rows: [
        BoundedCounter.Row(
            holder: .headquarters, row: RightsRow(created: 10, given: [RightsRow.Gift(to: .shop, units: 6)]))
    ])

    @Test("are what was made and received, less what was given and used")
    func local() {
        #expect(counter.localRights(of: .shop) == 6)
        #expect(counter.localRights(of: .headquarters) == 4)
        #expect(counter.localRights(of: .other) == 0)
        #expect(counter.total == 10)
    }

    @Test("of all holders together are always the total")
    func total() {
        var counter = counter
        counter.set(
            RightsRow(created: 3, given: [RightsRow.Gift(to: .other, units: 2)], spent: 4), of: .shop)
        let holders: [Holder] = [.headquarters, .shop, .other]
        #expect(holders.reduce(0) { $0 + counter.localRights(of: $1) } == counter.total)
    }

    @Test("cannot be given to oneself")
    func toOneself() {
        let refusal = counter.give(1, from: .shop, to: .shop, free: 6).refusal
        #expect(refusal?.code == .rightsToOneself)
        #expect(refusal?.fact("holder") == "edge.first")
    }

    @Test("are given one or more at a time", arguments: [0, -1, Int.min])
    func notPositive(units: Int) {
        #expect(counter.give(units, from: .shop, to: .headquarters, free: 6).refusal?.code == .rightsNotPositive)
    }

    @Test("beyond one's own cannot be given, nor beyond what is free of them")
    func beyond() {
        let own = counter.give(7, from: .shop, to: .headquarters, free: 100).refusal
        #expect(own?.code == .rightsBeyond)
        #expect(own?.fact("available") == "6")
        let free = counter.give(3, from: .shop, to: .headquarters, free: 2).refusal
        #expect(free?.fact("available") == "2")
        #expect(counter.give(1, from: .other, to: .headquarters, free: 9).refusal?.fact("available") == "0")
        #expect(counter.give(Int.max, from: .shop, to: .headquarters, free: 6).refusal?.code == .rightsBeyond)
    }

    @Test("that are given leave the giver and reach the taker, and the total stays")
    func give() throws {
        var after = counter
        let rows = try counter.give(6, from: .shop, to: .headquarters, free: 6).events()
        for row in rows { after.set(row, of: .shop) }
        #expect(after.localRights(of: .shop) == 0)
        #expect(after.localRights(of: .headquarters) == 10)
        #expect(after.total == counter.total)
    }

    @Test("cannot be written by another: nobody tells a holder its own row")
    func foreignRow() {
        let decision = counter.merge(RightsRow(created: 99), of: .shop, at: .shop)
        #expect(decision.refusal?.code == .rightsForeignRow)
    }

    @Test(
        "with a number below zero, beyond the limit, or a gift to their own holder are impossible",
        arguments: [
            RightsRow(created: -1), RightsRow(spent: -1), RightsRow(given: [RightsRow.Gift(to: .shop, units: -1)]),
            RightsRow(given: [RightsRow.Gift(to: .headquarters, units: 1)]), RightsRow(created: 1 << 40 + 1),
            RightsRow(spent: Int.max), RightsRow(given: [RightsRow.Gift(to: .shop, units: Int.max)]),
        ])
    func impossibleRow(row: RightsRow) {
        #expect(counter.merge(row, of: .headquarters, at: .shop).refusal?.code == .rightsRowImpossible)
    }

    @Test("never fall: a smaller number heard late changes nothing")
    func neverFall() throws {
        #expect(counter.merge(RightsRow(created: 9), of: .headquarters, at: .shop) == .done([]))
        let mixed = RightsRow(created: 3, given: [RightsRow.Gift(to: .other, units: 2)], spent: 1)
        let merged = try #require(try counter.merge(mixed, of: .headquarters, at: .shop).events().first)
        #expect(merged.created == 10)
        #expect(merged.spent == 1)
        #expect(merged.given(to: .shop) == 6)
        #expect(merged.given(to: .other) == 2)
    }

    @Test("merge the same in any order and however often")
    func merge() {
        var random = SplitMix64(seed: 8)
        func row() -> RightsRow {
            RightsRow(
                created: random.int(0...9),
                given: [.init(to: .shop, units: random.int(0...9)), .init(to: .other, units: random.int(0...9))],
                spent: random.int(0...9))
        }
        for _ in 0..<200 {
            let (a, b, c) = (row(), row(), row())
            #expect(a.merged(with: b) == b.merged(with: a))
            #expect(a.merged(with: b).merged(with: c) == a.merged(with: b.merged(with: c)))
            #expect(a.merged(with: b).merged(with: b) == a.merged(with: b))
        }
    }

    @Test("belong to headquarters or to an edge in one of its lives, and to nobody else")
    func holders() {
        #expect(Holder("hq") == .headquarters)
        #expect(Holder("edge.first") == .shop)
        for name in ["", "HQ", "edge", "edge.", "edge.a b", "shop.first", "edge.#"] {
            #expect(Holder(name) == nil, "\(name)")
        }
    }
}
