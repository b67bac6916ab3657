// What paid orders and headquarters' feed do to a line of stock.

import ShopCore
import ShopModel
import Testing

@Suite("A line of stock, for headquarters")
struct StockOrderTests {
    /// Headquarters' row after it used one more of its rights in `line`.
    private func spent(_ units: Int, of line: StockLine) -> RightsRow {
        var row = line.rights[.headquarters]
        row.spent += units
        return row
    }

    @Test("owes units to a paid order out of headquarters' rights, never out of the shop's")
    func owe() throws {
        let line = StockLine.stocked(5, ofWhichHeadquarters: 2)
        let owing = try line.after(line.owe(2, headquarters: spent(2, of: line)))
        #expect(owing.owed == 2)
        #expect(owing.localRights == line.localRights)
        #expect(owing.isBalanced)
    }

    @Test("owes units without a row too, and agrees once the row was heard")
    func oweHalfHeard() throws {
        let line = StockLine.stocked(5, ofWhichHeadquarters: 2)
        let owing = try line.after(line.owe(2, headquarters: nil))
        #expect(owing.owed == 2)
        #expect(!owing.isBalanced)
        #expect(try owing.after(owing.feed(0, headquarters: spent(2, of: line))).isBalanced)
    }

    @Test("does not owe twice when headquarters' row was heard before the order")
    func oweAfterRow() throws {
        let line = StockLine.stocked(5, ofWhichHeadquarters: 2)
        let heard = try line.after(line.feed(0, headquarters: spent(2, of: line)))
        let owing = try heard.after(heard.owe(2, headquarters: spent(2, of: line)))
        #expect(owing.owed == 2)
        #expect(owing.isBalanced)
    }

    @Test("refuses an order whose row is impossible, and owes nothing")
    func oweImpossible() {
        let line = StockLine.stocked(5)
        let decision = line.owe(.one, headquarters: RightsRow(created: -1))
        #expect(decision.refusal?.code == .rightsRowImpossible)
    }

    @Test("gives owed units out without using a right again, and takes a mistaken hand-over back")
    func handOver() {
        let line = StockLine.stocked(5, ofWhichHeadquarters: 1, owed: 2)
        let given = line.after(line.handOver(2))
        #expect(given.onHand == 3)
        #expect(given.owed == 0)
        #expect(given.localRights == line.localRights)
        #expect(given.isBalanced)
        #expect(given.after(given.correctHandOver(2)) == line)
    }

    @Test("gives the right of an order that ended back to headquarters, where it came from")
    func giveBack() {
        let line = StockLine.stocked(5, ofWhichHeadquarters: 1, owed: 2)
        let freed = line.after(line.giveBack(2))
        #expect(freed.owed == 0)
        #expect(freed.localRights == line.localRights)
        #expect(freed.rights.localRights(of: .headquarters) == line.rights.localRights(of: .headquarters) + 2)
        #expect(freed.isBalanced)
    }

    @Test("promises to nobody what an order could not find or found broken")
    func missAndDamage() {
        let line = StockLine.stocked(5, owed: 2)
        let missed = line.after(line.miss(1))
        #expect(missed.unsellable.missing == 1)
        #expect(missed.owed == 1)
        let broken = missed.after(missed.damage(1))
        #expect(broken.unsellable.damaged == 1)
        #expect(broken.owed == 0)
        for after in [missed, broken] {
            #expect(after.rights == line.rights)
            #expect(after.isBalanced)
        }
    }

    @Test("takes the opening stock in with the share of rights that headquarters grants")
    func feedOpening() throws {
        let line = StockLine(sku: "SCARF-RED", home: .shop)
        let row = RightsRow(created: 10, given: [RightsRow.Gift(to: .shop, units: 7)])
        let opened = try line.after(line.feed(10, headquarters: row))
        #expect(opened.onHand == 10)
        #expect(opened.localRights == 7)
        #expect(opened.rights.localRights(of: .headquarters) == 3)
        #expect(opened.isBalanced)
    }

    @Test("hears the same rights twice, late or out of order, and nothing more changes")
    func feedAgain() throws {
        let early = RightsRow(created: 10, given: [RightsRow.Gift(to: .shop, units: 2)])
        let late = RightsRow(created: 12, given: [RightsRow.Gift(to: .shop, units: 6)], spent: 1)
        let line = StockLine(sku: "SCARF-RED", home: .shop)
        let heard = try line.after(line.feed(0, headquarters: late))
        #expect(heard.feed(0, headquarters: late) == .done([]))
        #expect(heard.feed(0, headquarters: early) == .done([]))
        #expect(heard.localRights == 6)
    }

    @Test("is restated by headquarters' word as of an event, with what moved since on top")
    func restate() {
        let line = StockLine.stocked(10)
        let sold = line.after(line.sell(2, awaited: 0))
        let more = sold.after(sold.restate(onHand: 12, movedSince: -2))
        #expect(more.onHand == 10)
        #expect(more.localRights == 10)
        let fewer = sold.after(sold.restate(onHand: 5, movedSince: -2))
        #expect(fewer.onHand == 3)
        #expect(fewer.localRights == 3)
        let same = sold.after(sold.restate(onHand: 10, movedSince: -2))
        #expect(same.onHand == 8)
        #expect(more.isBalanced && fewer.isBalanced && same.isBalanced)
    }

    @Test("restated below its holds stands with a shortfall")
    func restateBelowHolds() {
        let line = StockLine.stocked(5, holds: 3)
        #expect(line.after(line.restate(onHand: 1, movedSince: 0)).shortfall == 2)
    }

    @Test("gives headquarters what it wants, and no unit that is held or kept back")
    func give() throws {
        let line = StockLine.stocked(10, ofWhichHeadquarters: 1, holds: 4)
        let reached = try line.after(line.give(toReach: 3, safety: 0))
        #expect(reached.rights.localRights(of: .headquarters) == 3)
        #expect(reached.localRights == 7)
        let most = try line.after(line.give(toReach: 99, safety: 2))
        #expect(most.rights.localRights(of: .headquarters) == 4)
        #expect(most.promisable(safety: 2) == 0)
        #expect(most.shortfall == 0)
        #expect(reached.isBalanced && most.isBalanced)
    }

    @Test("gives nothing when headquarters has enough, or when nothing is free")
    func giveNothing() {
        let line = StockLine.stocked(10, ofWhichHeadquarters: 3, holds: 7)
        #expect(line.give(toReach: 3, safety: 0) == .done([]))
        #expect(line.give(toReach: 2, safety: 0) == .done([]))
        #expect(line.give(toReach: 9, safety: 0) == .done([]))
    }
}
