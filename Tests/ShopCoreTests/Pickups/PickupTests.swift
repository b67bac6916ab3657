// The life of a pickup, from the feed to the customer's hands, and its ways back.

import ShopCore
import ShopModel
import Testing

private func units(_ sku: SKU, _ count: Int) -> Reservation.Units { Reservation.Units(sku: sku, count: count) }

extension Pickup {
    /// Two scarves and a hat, just received, to be collected by noon.
    fileprivate static let order = Pickup(
        order: made(OrderID("W-1002")), code: "P-4F7K92QX-3", source: .fromStock,
        lines: [Line(sku: "SCARF", quantity: 2), Line(sku: "HAT", quantity: 1)],
        recipient: Recipient(customer: CustomerID("C1"), name: "Marie Durand", phoneLast4: "1234"),
        receivedAt: "08:00", collectBy: "12:00")

    fileprivate mutating func take(_ decision: Decision<Event>) throws {
        for event in try decision.events() { apply(event) }
    }

    /// The order, picked whole, staged and ready since 09:00.
    fileprivate static func ready() throws -> Pickup {
        var pickup = order
        try pickup.take(pickup.accept(now: "08:10"))
        try pickup.take(pickup.pick("SCARF", 2, typedReason: nil, now: "08:20"))
        try pickup.take(pickup.pick("HAT", 1, typedReason: nil, now: "08:30"))
        try pickup.take(pickup.stage(at: "shelf 3", now: "08:40"))
        try pickup.take(pickup.makeReady(now: "09:00"))
        return pickup
    }
}

@Suite("A pickup")
struct PickupTests {
    @Test("goes from received to handed over, unit by unit")
    func wholeLife() throws {
        var pickup = Pickup.order
        try pickup.take(pickup.claim(by: "zoe", takeover: false, now: "08:05"))
        try pickup.take(pickup.accept(now: "08:10"))
        #expect(pickup.state == .accepted)
        try pickup.take(pickup.pick("SCARF", 1, typedReason: nil, now: "08:20"))
        #expect(pickup.state == .picking)
        try pickup.take(pickup.pick("HAT", 1, typedReason: "label torn", now: "08:21"))
        try pickup.take(pickup.pick("SCARF", 1, typedReason: nil, now: "08:22"))
        #expect(pickup.state == .picked)
        try pickup.take(pickup.stage(at: "shelf 3", now: "08:30"))
        try pickup.take(pickup.stage(at: "shelf 4", now: "08:31"))
        #expect(pickup.stagedAt == "shelf 4")
        try pickup.take(pickup.makeReady(now: "09:00"))
        try pickup.take(pickup.arrive(at: .kerb, now: "09:30"))
        #expect(pickup.arrived == .kerb)
        #expect(pickup.arrive(at: .kerb, now: "09:31") == .done([]))
        try pickup.take(pickup.handOver(nil, proof: .code, now: "09:40"))
        #expect(pickup.state == .handedOver(at: "09:40"))
        #expect(pickup.lines.map(\.handedOver) == [2, 1])
        #expect(pickup.outstanding.isEmpty)
        #expect(pickup.revision == 11)
        #expect(pickup.handOver(nil, proof: .code, now: "09:41").refusal?.code == .pickupHandedOver)
    }

    @Test("refuses a wrong item and says what is still expected")
    func wrongItem() throws {
        var pickup = Pickup.order
        try pickup.take(pickup.accept(now: "08:10"))
        try pickup.take(pickup.pick("HAT", 1, typedReason: nil, now: "08:20"))
        for sku in ["GLOVE", "HAT"] as [SKU] {
            let refusal = pickup.pick(sku, 1, typedReason: nil, now: "08:21").refusal
            #expect(refusal?.code == .pickupWrongItem)
            #expect(refusal?.fact("expected") == "2 × SCARF")
        }
        let many = pickup.pick("SCARF", 3, typedReason: nil, now: "08:22").refusal
        #expect(many?.code == .pickupUnits)
        #expect(many?.fact("open") == "2")
    }

    @Test("can be unpicked, and is to be picked and staged again")
    func unpick() throws {
        var pickup = Pickup.order
        try pickup.take(pickup.accept(now: "08:10"))
        try pickup.take(pickup.pick("SCARF", 2, typedReason: nil, now: "08:20"))
        try pickup.take(pickup.pick("HAT", 1, typedReason: nil, now: "08:20"))
        try pickup.take(pickup.stage(at: "shelf 3", now: "08:30"))
        try pickup.take(pickup.unpick("SCARF", 1, now: "08:35"))
        #expect(pickup.state == .picking)
        #expect(pickup.stagedAt == nil)
        #expect(pickup.unpick("SCARF", 2, now: "08:36").refusal?.code == .pickupUnits)
        #expect(pickup.unpick("GLOVE", 1, now: "08:36").refusal?.fact("open") == "0")
        try pickup.take(pickup.pick("SCARF", 1, typedReason: nil, now: "08:37"))
        #expect(pickup.state == .picked)
    }

    @Test("that cannot be picked whole goes on in part; nothing at all closes it")
    func short() throws {
        var pickup = Pickup.order
        try pickup.take(pickup.accept(now: "08:10"))
        try pickup.take(pickup.short("HAT", 1, .notInStock, now: "08:20"))
        #expect(pickup.state == .picking)
        #expect(pickup.short("HAT", 1, .notInStock, now: "08:21").refusal?.code == .pickupUnits)
        #expect(pickup.short("GLOVE", 1, .notInStock, now: "08:21").refusal?.code == .pickupUnits)
        var empty = pickup
        try pickup.take(pickup.pick("SCARF", 1, typedReason: nil, now: "08:22"))
        try pickup.take(pickup.short("SCARF", 1, .damaged, now: "08:23"))
        #expect(pickup.state == .picked)
        #expect(pickup.outstanding == [units("SCARF", 1)])
        try empty.take(empty.short("SCARF", 2, .mismatch, now: "08:24"))
        #expect(empty.state == .nothingLeft(at: "08:24"))
    }

    @Test("is rejected with its reason, also with goods picked already")
    func reject() throws {
        var pickup = Pickup.order
        try pickup.take(pickup.accept(now: "08:10"))
        try pickup.take(pickup.pick("HAT", 1, typedReason: nil, now: "08:20"))
        try pickup.take(pickup.reject(.orderNotToBeSplit, now: "08:30"))
        #expect(pickup.state == .rejected(.orderNotToBeSplit))
        #expect(pickup.state.isOver)
    }

    @Test("is told ready once: a second notice is refused, not sent again")
    func readyOnce() throws {
        let pickup = try Pickup.ready()
        #expect(pickup.makeReady(now: "09:01").refusal?.fact("state") == "ready")
    }

    @Test("is handed over in parts, and over with the last")
    func partialHandOver() throws {
        var pickup = try Pickup.ready()
        try pickup.take(pickup.handOver([units("SCARF", 1)], proof: .code, now: "10:00"))
        #expect(pickup.state == .ready(since: "09:00"))
        let many = pickup.handOver([units("SCARF", 1), units("SCARF", 1)], proof: .code, now: "10:01").refusal
        #expect(many?.code == .pickupUnits)
        #expect(many?.fact("open") == "1")
        try pickup.take(pickup.handOver(nil, proof: .method("identityShown"), now: "10:02"))
        #expect(pickup.state == .handedOver(at: "10:02"))
    }

    @Test("refused in part at the counter is handed over for the rest; refused whole it is closed")
    func refuse() throws {
        var pickup = try Pickup.ready()
        try pickup.take(pickup.refuse([units("HAT", 1)], reason: "too small", now: "10:00"))
        #expect(pickup.state == .ready(since: "09:00"))
        #expect(pickup.refuse([units("HAT", 1)], reason: "", now: "10:01").refusal?.code == .pickupUnits)
        var whole = pickup
        try pickup.take(pickup.handOver(nil, proof: .code, now: "10:02"))
        #expect(pickup.state == .handedOver(at: "10:02"))
        #expect(pickup.lines.map(\.refused) == [0, 1])
        try whole.take(whole.refuse([units("SCARF", 2)], reason: "", now: "10:03"))
        #expect(whole.state == .nothingLeft(at: "10:03"))
        var last = try Pickup.ready()
        try last.take(last.handOver([units("SCARF", 2)], proof: .code, now: "10:04"))
        try last.take(last.refuse([units("HAT", 1)], reason: "", now: "10:05"))
        #expect(last.state == .handedOver(at: "10:05"))
    }

    @Test("not collected by noon is overdue at noon, whoever looks, and may still be handed over or put back")
    func overdue() throws {
        var pickup = try Pickup.ready()
        #expect(pickup.state(at: "11:59:59.999") == .ready(since: "09:00"))
        #expect(pickup.state(at: "12:00") == .overdue(since: "12:00"))
        #expect(pickup.dueOverdue(at: "11:59:59.999") == nil)
        #expect(pickup.putBack(now: "11:59:59.999").refusal?.fact("state") == "ready")
        #expect(pickup.putBack(now: "12:00").refusal == nil)
        #expect(pickup.handOver(nil, proof: .code, now: "13:00").refusal == nil)
        let event = try #require(pickup.dueOverdue(at: "18:00"))
        #expect(event == .overdue(since: "12:00"))
        pickup.apply(event)
        #expect(pickup.dueOverdue(at: "18:00") == nil)
        #expect(pickup.handOver(nil, proof: .code, now: "18:00").refusal == nil)
        try pickup.take(pickup.putBack(now: "18:05"))
        #expect(pickup.state == .putBack(at: "18:05"))
        #expect(Pickup.order.dueOverdue(at: "18:00") == nil)
    }

    @Test("handed over by mistake is taken back the same day, and never later")
    func correct() throws {
        var pickup = try Pickup.ready()
        try pickup.take(pickup.handOver(nil, proof: .code, now: "10:00"))
        let late = pickup.correct(reason: "", sameDay: { _ in false }, now: "2026-11-25T10:00:00Z").refusal
        #expect(late?.code == .pickupCorrectionLate)
        #expect(late?.fact("at") == "2026-11-24T10:00:00Z")
        try pickup.take(
            pickup.correct(reason: "wrong customer", sameDay: { $0 == "10:00" as Instant }, now: "11:00"))
        #expect(pickup.state == .ready(since: "11:00"))
        #expect(pickup.outstanding == [units("SCARF", 2), units("HAT", 1)])
        try pickup.take(pickup.handOver(nil, proof: .code, now: "11:30"))
        #expect(pickup.state == .handedOver(at: "11:30"))
    }
}
