// Who prepares a pickup, who may have it, and how headquarters' wish to cancel it is answered.

import ShopCore
import ShopModel
import Testing

@Suite("A pickup's clerk")
struct PickupClaimTests {
    @Test("is one at a time: another is told who it is, and takes over only when that is meant")
    func claims() throws {
        var pickup = Pickup.scarves(.accepted)
        for event in pickup.claim(by: "zoe", takeover: false, now: "09:00").decided { pickup.apply(event) }
        #expect(pickup.claimedBy == "zoe")
        #expect(pickup.claim(by: "zoe", takeover: false, now: "09:01") == .done([]))
        let refusal = pickup.claim(by: "max", takeover: false, now: "09:02").refusal
        #expect(refusal?.code == .pickupClaimed)
        #expect(refusal?.fact("clerk") == "zoe")
        let taken = pickup.claim(by: "max", takeover: true, now: "09:03")
        #expect(taken == .done([.claimed(by: "max", from: "zoe")]))
    }

    @Test("who saw another revision is told to look again")
    func revisions() {
        let pickup = Pickup.scarves(.accepted)
        #expect(refusal { () throws(Refusal) in try pickup.check(revision: nil) } == nil)
        #expect(refusal { () throws(Refusal) in try pickup.check(revision: 1) } == nil)
        let stale = refusal { () throws(Refusal) in try pickup.check(revision: 0) }
        #expect(stale?.code == .pickupRevision)
        #expect(stale?.fact("seen") == "0")
        #expect(stale?.fact("revision") == "1")
    }
}

@Suite("A pickup's proof")
struct PickupProofTests {
    @Test("is the customer's code, and no other")
    func code() {
        let pickup = Pickup.scarves(.ready(since: "09:00"))
        #expect(refusal { () throws(Refusal) in try pickup.check(code: "P-4F7K92QX-3") } == nil)
        for shown in ["", "P-4F7K92QX-4", "R-4F7K92QX-3"] {
            let wrong = refusal { () throws(Refusal) in try pickup.check(code: shown) }
            #expect(wrong?.code == .pickupCodeWrong)
            #expect(wrong?.field == "/proof/code")
        }
    }

    @Test("without the code is two different facts that the order knows")
    func facts() {
        let known = Pickup.scarves(.ready(since: "09:00"))
        #expect(refusal { () throws(Refusal) in try known.check(facts: [.name, .phoneLast4]) } == nil)
        #expect(refusal { () throws(Refusal) in try known.check(facts: [.orderLast4, .name]) } == nil)
        for facts in [[], [.name], [.name, .name]] as [[Pickup.Fact]] {
            let few = refusal { () throws(Refusal) in try known.check(facts: facts) }
            #expect(few?.code == .pickupFacts)
            #expect(few?.fact("matching") == String(min(1, facts.count)))
        }
        var forgotten = known
        forgotten.forgetRecipient()
        let erased = refusal { () throws(Refusal) in try forgotten.check(facts: Pickup.Fact.allCases) }
        #expect(erased?.fact("matching") == "1")
    }

    @Test("of an erased customer forgets name, telephone and reference, and keeps that it is a gift")
    func forget() {
        var pickup = Pickup(
            order: made(OrderID("W-1")), code: "", source: .fromStock, lines: [],
            recipient: Pickup.Recipient(customer: CustomerID("C1"), name: "M", phoneLast4: "1", gift: true),
            receivedAt: "08:00")
        pickup.forgetRecipient()
        #expect(pickup.recipient == Pickup.Recipient(gift: true))
    }
}

@Suite("Headquarters' wish to cancel a pickup")
struct PickupCancelTests {
    private func wish(_ pickup: inout Pickup) -> [Pickup.Event] {
        let events = pickup.requestCancel(reason: "customer called", now: "09:30")
        for event in events { pickup.apply(event) }
        return events
    }

    @Test("is granted at once while nobody has touched the order")
    func received() {
        var pickup = Pickup.scarves(.received)
        #expect(wish(&pickup).count == 2)
        #expect(pickup.state == .cancelled(at: "09:30"))
        #expect(pickup.cancelRequest == nil)
    }

    @Test("is a request that a clerk confirms or refuses once the order is being prepared")
    func underway() throws {
        for state in [.accepted, .picking, .picked, .staged, .ready(since: "09:00")] as [Pickup.State] {
            var pickup = Pickup.scarves(state)
            #expect(wish(&pickup).count == 1)
            #expect(pickup.state == state)
            #expect(pickup.cancelRequest?.reason == "customer called")
            #expect(wish(&pickup).isEmpty, "the same wish, heard twice, is one")
            var refused = pickup
            for event in refused.refuseCancel(reason: "wrapped", now: "09:40").decided { refused.apply(event) }
            #expect(refused.cancelRequest == nil)
            #expect(refused.state == state)
            for event in pickup.confirmCancel(now: "09:40").decided { pickup.apply(event) }
            #expect(pickup.state == .cancelled(at: "09:40"))
        }
    }

    @Test("comes too late for an order that is over, and is told how it ended")
    func over() {
        let endings: [Pickup.State] = [
            .handedOver(at: "09:00"), .rejected(.damaged), .putBack(at: "09:00"), .nothingLeft(at: "09:00"),
            .cancelled(at: "09:00"),
        ]
        for state in endings {
            var pickup = Pickup.scarves(state)
            #expect(wish(&pickup).last == .cancelRefused(reason: state.name))
            #expect(pickup.state == state)
            #expect(pickup.cancelRequest == nil)
        }
    }
}
