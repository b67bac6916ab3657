// Headquarters' own rights: what it may promise, what it gives, and what happens when a shop's ledger begins anew.

import Contract
import Headquarters
import ShopCore
import ShopModel
import Testing

@Suite("Headquarters' rights")
struct RightsTests {
    private func order(_ id: OrderID, _ units: Int, _ sku: SKU = "A-1") -> HeadquartersCommand {
        .orderPlace(
            "P1",
            HeadquartersCommand.OrderRequest(
                order: id, code: "P-CODE", lines: [.init(sku: sku, quantity: Quantity(units) ?? .one)]))
    }

    @Test("are what is left of the opening stock after the shop's share, which waits until the shop is heard of")
    func openingShare() throws {
        let house = try House()
        try house.perform(.stockDelta("P1", "A-1", units: 10, cause: "opening", share: 6))
        #expect(try house.stock("A-1").ownRights == 10)
        let outcome = try house.tell()
        #expect(try house.stock("A-1").ownRights == 4)
        #expect(try house.stock("A-1").rights.localRights(of: .edge("one")) == 6)
        #expect(try outcome.sequences(.stock) == [1, 2])
    }

    @Test("go with the delta itself once the shop is known")
    func shareOfKnownShop() throws {
        let house = try House(grantShare: 50)
        _ = try house.tell()
        let outcome = try house.perform(.stockDelta("P1", "A-1", units: 10, cause: "opening", share: nil))
        let stock = try house.stock("A-1")
        #expect(stock.ownRights == 5)
        guard case .entries(_, let entries) = try outcome.feeds(.stock)[0].message.body,
            case .stock(.delta("A-1", 10, "opening", let row)) = entries[0]
        else { return #expect(Bool(false), "no delta was published") }
        #expect(row.created == 10 && row.given == [.init(to: "edge.one", units: 5)])
    }

    @Test("are spent by orders and never beyond what there is, two lines of one SKU counted together")
    func neverOversold() throws {
        let house = try House()
        _ = try house.tell()
        try house.perform(.stockDelta("P1", "A-1", units: 10, cause: "opening", share: 7))
        #expect(try house.perform(order("O-1", 2)).refusal == nil)
        #expect(try house.perform(order("O-2", 2)).refusal?.code == .orderNoRights)
        let double = HeadquartersCommand.orderPlace(
            "P1",
            HeadquartersCommand.OrderRequest(
                order: "O-3", code: "P-1",
                lines: [.init(sku: "A-1", quantity: .one), .init(sku: "A-1", quantity: .one)]))
        #expect(try house.perform(double).refusal?.code == .orderNoRights)
        #expect(try house.perform(order("O-4", 1)).refusal == nil)
        #expect(try house.perform(order("O-4", 1)).refusal?.code == .orderKnown)
        #expect(try house.stock("A-1").ownRights == 0)
        let entries = try house.storage.entries(
            of: FeedStream(.shop("P1"), .orders), after: 0, bytesMax: 60_000, limit: 10)
        #expect(entries.count == 2)
    }

    @Test("are not touched by an order that comes by parcel")
    func parcelNeedsNone() throws {
        let house = try House()
        let outcome = try house.perform(
            .orderPlace(
                "P1",
                HeadquartersCommand.OrderRequest(
                    order: "O-1", code: "P-1", source: .fromParcel(sscc: "376123450000000017"),
                    lines: [.init(sku: "A-1", quantity: .one)])))
        #expect(outcome.refusal == nil)
        #expect(try house.storage.stock("A-1", in: "P1") == nil)
    }

    @Test("come back when the shop gives an order up, and can be promised again")
    func givenBack() throws {
        let house = try House()
        _ = try house.tell()
        try house.perform(.stockDelta("P1", "A-1", units: 2, cause: "opening", share: 0), order("O-1", 2))
        #expect(try house.perform(order("O-2", 1)).refusal != nil)
        _ = try house.send([stockChanged("A-1", 1, onHand: 2, created: 2, given: 2)])
        #expect(try house.stock("A-1").ownRights == 2)
        #expect(try house.perform(order("O-2", 2)).refusal == nil)
    }

    @Test("are granted to a shop that asks, up to its level, and no more than are free")
    func granting() throws {
        let house = try House(grantShare: 50)
        _ = try house.tell()
        try house.perform(.stockDelta("P1", "A-1", units: 10, cause: "opening", share: 0))
        func wanted(_ level: Int, _ sequence: Int64) -> CloudEvent {
            CloudEvent(
                id: "w\(sequence)", shop: "P1", type: "store.rights.wanted", subject: "sku/A-1",
                time: Instant(milliseconds: 0), incarnation: "one", subjectSequence: sequence,
                data: [
                    "sku": "A-1", "level": .count(level),
                    "rights": ["holder": "edge.one", "created": 0, "given": [:], "spent": 0],
                ])
        }
        _ = try house.send([wanted(3, 1)])
        #expect(try house.stock("A-1").rights.localRights(of: .edge("one")) == 3)
        _ = try house.send([wanted(100, 2)])
        #expect(try house.stock("A-1").rights.localRights(of: .edge("one")) == 7)
        #expect(try house.stock("A-1").ownRights == 3)
        _ = try house.send([wanted(5, 3)])
        #expect(try house.stock("A-1").ownRights == 3)
    }

    @Test("of a life that is over are granted to the new one, once")
    func newLife() throws {
        let house = try House()
        _ = try house.tell()
        try house.perform(.stockDelta("P1", "A-1", units: 10, cause: "opening", share: 6))
        _ = try house.send([stockChanged("A-1", 1, onHand: 8, spent: 2)])
        let outcome = try house.tell(of: "two")
        #expect(outcome.reports.contains { $0.contains("new life") })
        var stock = try house.stock("A-1")
        #expect(stock.rights.localRights(of: .edge("two")) == 4)
        #expect(stock.takenOver(from: .edge("one")) == 4)
        #expect(stock.ownRights == 4)
        _ = try house.tell(of: "two")
        stock = try house.stock("A-1")
        #expect(stock.rights.localRights(of: .edge("two")) == 4)
    }

    @Test("cover what a life that is over had used and tells only now")
    func lateFacts() throws {
        let house = try House()
        _ = try house.tell()
        try house.perform(.stockDelta("P1", "A-1", units: 10, cause: "opening", share: 6))
        _ = try house.tell(of: "two")
        #expect(try house.stock("A-1").rights.localRights(of: .edge("two")) == 6)
        // Found in the outbox by the new life: five were sold by the old one.
        #expect(try house.send([stockChanged("A-1", 1, onHand: 5, spent: 5)]).receipts == ["P1-one-A-1-1 durable"])
        var stock = try house.stock("A-1")
        #expect(stock.ownRights == 0)
        #expect(stock.takenOver(from: .edge("one")) == 2)
        let last = try #require(
            try house.storage.entries(of: FeedStream(.shop("P1"), .stock), after: 0, bytesMax: 60_000, limit: 9).last)
        #expect(String(decoding: last, as: UTF8.self) == #"{"type":"rightsWanted","sku":"A-1","level":1}"#)
        // The new life gives one back: books and rights agree again.
        _ = try house.send([stockChanged("A-1", 1, of: "two", onHand: 5, given: 1)])
        stock = try house.stock("A-1")
        #expect(stock.rights.localRights(of: .edge("two")) == 5)
        #expect(stock.ownRights == 0)
        #expect(stock.takenOver(from: .edge("one")) == 1)
        #expect(stock.onHand == stock.rights.localRights(of: .edge("two")) + stock.ownRights)
    }

    @Test("are granted to neither of two boxes that speak in turn as one shop, and both are reported")
    func twoBoxes() throws {
        let house = try House()
        _ = try house.tell()
        try house.perform(.stockDelta("P1", "A-1", units: 10, cause: "opening", share: 6))
        _ = try house.tell(of: "two")
        var reports: [String] = []
        for _ in 0..<3 {
            reports += try house.tell(of: "one").reports
            reports += try house.tell(of: "two").reports
        }
        #expect(reports.contains { $0.contains("two boxes") })
        #expect(try house.storage.lives(of: "P1").map(\.state) == [.forked, .forked])
        #expect(try house.perform(.rightsGrant("P1", "A-1", units: 1)).refusal?.code == .shopNotLiving)
        _ = try house.tell(of: "three")
        #expect(try house.storage.lives(of: "P1").map(\.state) == [.fenced, .fenced, .current])
        #expect(try house.stock("A-1").rights.localRights(of: .edge("three")) == 6)
    }

    @Test("are granted no more to a copied box: two events with one number are seen")
    func copiedBox() throws {
        let house = try House()
        _ = try house.send([stockChanged("A-1", 1, id: "x", onHand: 1, created: 1)])
        let outcome = try house.send([stockChanged("A-1", 1, id: "y", onHand: 2, created: 2)])
        #expect(try outcome.receipts[0].hasPrefix("y refused"))
        #expect(outcome.reports.contains { $0.contains("two boxes") })
        #expect(try house.storage.lives(of: "P1").map(\.state) == [.forked])
    }

    @Test("bound every order of a long day with two shops' tellings in any order", arguments: 1...20)
    func generatedDay(seed: Int) throws {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let house = try House(grantShare: 60)
        _ = try house.tell()
        var brought = 0
        var ordered = 0
        var given = 0
        var sequence: Int64 = 0
        for step in 0..<200 {
            switch random(4) {
            case 0:
                let units = 1 + random(5)
                brought += units
                try house.perform(.stockDelta("P1", "A-1", units: units, cause: "opening", share: nil))
            case 1:
                let units = 1 + random(4)
                let outcome = try house.perform(
                    order(OrderID(written: "O-\(step)"), units))
                if outcome.refusal == nil { ordered += units }
            case 2:
                let local = try house.storage.stock("A-1", in: "P1")?.rights.localRights(of: .edge("one")) ?? 0
                guard local > 0 else { continue }
                given += 1
                sequence += 1
                let event = stockChanged("A-1", sequence, onHand: brought, given: given)
                _ = try house.send(random(2) == 0 ? [event] : [event, event])
            default: try house.restart()
            }
            let stock = try house.storage.stock("A-1", in: "P1") ?? ShopStock(shop: "P1", sku: "A-1")
            let edge = stock.rights.localRights(of: .edge("one"))
            #expect(stock.ownRights >= 0 && edge >= 0)
            #expect(stock.ownRights + edge + ordered == brought)
        }
    }
}
