// What moves units of a SKU, and what is refused.

import ShopCore
import ShopModel
import Testing

extension StockLine {
    /// A line of the tests: units in the shop that the shop may promise itself, others that headquarters may.
    static func stocked(
        _ onHand: Int, ofWhichHeadquarters: Int = 0, holds: Int = 0, unsellable: Unsellable = Unsellable(),
        owed: Int = 0
    ) -> StockLine {
        let sellable = onHand - unsellable.total - owed
        let row = RightsRow(
            created: sellable, given: [RightsRow.Gift(to: .shop, units: sellable - ofWhichHeadquarters)])
        return StockLine(
            sku: "SCARF-RED", home: .shop, onHand: onHand, unsellable: unsellable, holds: holds, owed: owed,
            rights: BoundedCounter(rows: [BoundedCounter.Row(holder: .headquarters, row: row)]))
    }

    /// The line after a change.
    func after(_ change: StockChange) -> StockLine {
        var line = self
        line.apply(change)
        return line
    }

    /// The line after a decision that was not refused.
    func after(_ decision: Decision<StockChange>) throws -> StockLine {
        var line = self
        for change in try decision.events() { line.apply(change) }
        return line
    }
}

@Suite("A line of stock")
struct StockLineTests {
    @Test("that was never seen has nothing to promise and agrees with itself")
    func empty() {
        let line = StockLine(sku: "NEW", home: .shop)
        #expect(line.promisable(safety: 0) == 0)
        #expect(line.isBalanced)
        #expect(line.hold(.one, safety: 0).refusal?.code == .stockShort)
    }

    @Test("promises what is its own, less the holds and the safety stock, never less than nothing")
    func promisable() {
        let line = StockLine.stocked(10, ofWhichHeadquarters: 4, holds: 2)
        #expect(line.promisable(safety: 0) == 4)
        #expect(line.promisable(safety: 3) == 1)
        #expect(line.promisable(safety: 99) == 0)
        #expect(line.promisable(safety: -5) == 4)
    }

    @Test("locks units for a reservation, and the last one only once")
    func hold() throws {
        let line = try StockLine.stocked(1).after(StockLine.stocked(1).hold(.one, safety: 0))
        #expect(line.holds == 1)
        #expect(line.onHand == 1)
        let refusal = try #require(line.hold(.one, safety: 0).refusal)
        #expect(refusal.code == .stockShort)
        #expect(refusal.fact("asked") == "1")
        #expect(refusal.fact("available") == "0")
    }

    @Test("does not promise what headquarters may promise, whatever lies on the shelf")
    func rightsNotShelf() {
        let line = StockLine.stocked(10, ofWhichHeadquarters: 10)
        #expect(line.hold(.one, safety: 0).refusal?.fact("available") == "0")
    }

    @Test("keeps the safety stock back from holds")
    func safety() {
        let line = StockLine.stocked(3)
        #expect(line.hold(2, safety: 2).refusal?.fact("available") == "1")
        #expect(line.hold(1, safety: 2).refusal == nil)
    }

    @Test("frees what was locked")
    func release() {
        let line = StockLine.stocked(5, holds: 3)
        #expect(line.after(line.release(2)).holds == 1)
        #expect(line.after(line.release(2)).promisable(safety: 0) == 4)
    }

    @Test("sells units and the rights to them; an awaited sale gives its lock up at the same time")
    func sell() {
        let line = StockLine.stocked(5, holds: 2)
        let sold = line.after(line.sell(3, awaited: 2))
        #expect(sold.onHand == 2)
        #expect(sold.holds == 0)
        #expect(sold.localRights == 2)
        #expect(sold.isBalanced)
    }

    @Test("never refuses a sale: beyond the rights it leaves a shortfall, not a silent clamp")
    func shortfall() {
        let line = StockLine.stocked(2, holds: 2)
        let sold = line.after(line.sell(3, awaited: 0))
        #expect(sold.onHand == -1)
        #expect(sold.localRights == -1)
        #expect(sold.shortfall == 3)
        #expect(sold.promisable(safety: 0) == 0)
        #expect(sold.isBalanced)
    }

    @Test("takes a voided sale back for sale at once, without lowering what was ever sold")
    func voidSale() {
        let line = StockLine.stocked(2)
        let sold = line.after(line.sell(2, awaited: 0))
        let back = sold.after(sold.voidSale(2))
        #expect(back.promisable(safety: 0) == 2)
        #expect(back.rights[.shop].spent == 2)
        #expect(back.isBalanced)
    }

    @Test("takes a return in for inspection, not for sale; a voided return leaves again")
    func takeReturn() {
        let line = StockLine.stocked(1)
        let returned = line.after(line.takeReturn(2))
        #expect(returned.onHand == 3)
        #expect(returned.unsellable.inspection == 2)
        #expect(returned.promisable(safety: 0) == 1)
        #expect(returned.isBalanced)
        #expect(returned.after(returned.voidReturn(2)) == line)
    }

    @Test("may promise at once what a delivery brought")
    func receive() {
        let line = StockLine(sku: "NEW", home: .shop)
        let received = line.after(line.receive(7))
        #expect(received.onHand == 7)
        #expect(received.promisable(safety: 0) == 7)
        #expect(received.isBalanced)
    }

    @Test("is corrected upwards by a count with new rights, downwards by rights used up")
    func correct() {
        let line = StockLine.stocked(5)
        let up = line.after(line.correct(counted: 7, movedSince: 0))
        #expect(up.onHand == 7)
        #expect(up.localRights == 7)
        let down = line.after(line.correct(counted: 4, movedSince: 0))
        #expect(down.onHand == 4)
        #expect(down.localRights == 4)
        #expect(down.rights[.shop].spent == 1)
        #expect(up.isBalanced && down.isBalanced)
        #expect(
            line.after(line.correct(counted: 5, movedSince: 0)) == line.after(line.correct(counted: 5, movedSince: 0)))
    }

    @Test("is corrected as of the moment when it was counted: what was sold since is not sold again")
    func correctAsOf() {
        let line = StockLine.stocked(10)
        let sold = line.after(line.sell(3, awaited: 0))
        // Nine were on the shelf when the clerk counted, three were sold after.
        let corrected = sold.after(sold.correct(counted: 9, movedSince: -3))
        #expect(corrected.onHand == 6)
        #expect(corrected.isBalanced)
    }

    @Test("has nothing missing after a count, since what was missing was looked for")
    func correctMissing() {
        let line = StockLine.stocked(5, unsellable: StockLine.Unsellable(missing: 2))
        let gone = line.after(line.correct(counted: 3, movedSince: 0))
        #expect(gone.unsellable.missing == 0)
        #expect(gone.localRights == 3)
        #expect(gone.isBalanced)
        let found = line.after(line.correct(counted: 5, movedSince: 0))
        #expect(found.localRights == 5)
        #expect(found.isBalanced)
    }

    @Test("counted below its holds has a shortfall that names how many promises stand on nothing")
    func correctBelowHolds() {
        let line = StockLine.stocked(5, holds: 4)
        #expect(line.after(line.correct(counted: 1, movedSince: 0)).shortfall == 3)
    }
}
