// Every state of a pickup against every step: a table says what is allowed, and everything else is refused.

import ShopCore
import ShopModel
import Testing

/// The steps that devices may ask for, by the verbs of the contract.
enum PickupStep: String, CaseIterable, Sendable {
    case claim, accept, reject, pick, unpick, short, stage, ready, arrive, handOver, refuse, putBack, correct
    case confirmCancel, refuseCancel

    /// The step on a pickup of two scarves, with arguments that suit it wherever it is allowed.
    func take(on pickup: Pickup, now: Instant) -> Decision<Pickup.Event> {
        switch self {
        case .claim: pickup.claim(by: "zoe", takeover: false, now: now)
        case .accept: pickup.accept(now: now)
        case .reject: pickup.reject(.closingHours, now: now)
        case .pick: pickup.pick("SCARF", 1, typedReason: nil, now: now)
        case .unpick: pickup.unpick("SCARF", 1, now: now)
        case .short: pickup.short("SCARF", 1, .notInStock, now: now)
        case .stage: pickup.stage(at: "shelf 3", now: now)
        case .ready: pickup.makeReady(now: now)
        case .arrive: pickup.arrive(at: .counter, now: now)
        case .handOver: pickup.handOver(nil, proof: .code, now: now)
        case .refuse: pickup.refuse([Reservation.Units(sku: "SCARF", count: 1)], reason: "too small", now: now)
        case .putBack: pickup.putBack(now: now)
        case .correct: pickup.correct(reason: "wrong customer", sameDay: { _ in true }, now: now)
        case .confirmCancel: pickup.confirmCancel(now: now)
        case .refuseCancel: pickup.refuseCancel(reason: "it is wrapped", now: now)
        }
    }
}

extension Pickup {
    /// Two scarves, as far prepared as the state has it.
    static func scarves(
        _ state: State, cancelRequest: CancelRequest? = nil, source: Source = .fromStock, collectBy: Instant? = nil
    ) -> Pickup {
        var line = Line(sku: "SCARF", quantity: 2)
        switch state {
        case .picking: line = Line(sku: "SCARF", quantity: 2, picked: 1)
        case .picked, .staged, .ready, .overdue: line = Line(sku: "SCARF", quantity: 2, picked: 2)
        case .handedOver: line = Line(sku: "SCARF", quantity: 2, handedOver: 2)
        case .nothingLeft: line = Line(sku: "SCARF", quantity: 2, short: 2)
        case .received, .accepted, .rejected, .putBack, .cancelled: break
        }
        return Pickup(
            order: made(OrderID("W-1001")), code: "P-4F7K92QX-3", source: source, lines: [line], state: state,
            cancelRequest: cancelRequest, recipient: Recipient(name: "Marie Durand", phoneLast4: "1234"),
            receivedAt: "08:00", collectBy: collectBy)
    }
}

@Suite("A pickup's step")
struct PickupMatrixTests {
    /// What each state allows. Written by hand from RETAIL §2, not from the code.
    static let allowed: [(state: Pickup.State, steps: Set<PickupStep>)] = [
        (.received, [.claim, .accept, .reject, .arrive, .confirmCancel, .refuseCancel]),
        (.accepted, [.claim, .reject, .pick, .short, .arrive, .confirmCancel, .refuseCancel]),
        (.picking, [.claim, .reject, .pick, .unpick, .short, .arrive, .confirmCancel, .refuseCancel]),
        (.picked, [.claim, .reject, .unpick, .stage, .arrive, .confirmCancel, .refuseCancel]),
        (.staged, [.claim, .unpick, .stage, .ready, .arrive, .confirmCancel, .refuseCancel]),
        (.ready(since: "09:00"), [.claim, .arrive, .handOver, .refuse, .confirmCancel, .refuseCancel]),
        (.overdue(since: "09:30"), [.claim, .arrive, .handOver, .refuse, .putBack, .confirmCancel, .refuseCancel]),
        (.handedOver(at: "09:00"), [.correct]),
        (.rejected(.damaged), []), (.putBack(at: "09:00"), []), (.cancelled(at: "09:00"), []),
        (.nothingLeft(at: "09:00"), []),
    ]

    @Test("is done in the states of the table, and refused in all others with the state and what it needs")
    func matrix() {
        for (state, steps) in Self.allowed {
            let pickup = Pickup.scarves(state, cancelRequest: Pickup.CancelRequest(at: "08:30", reason: nil))
            for step in PickupStep.allCases {
                switch step.take(on: pickup, now: "10:00") {
                case .done(let events):
                    #expect(steps.contains(step), "\(step) was done when \(state.name)")
                    #expect(!events.isEmpty, "\(step) did nothing when \(state.name)")
                case .refused(let refusal):
                    #expect(!steps.contains(step), "\(step) was refused when \(state.name): \(refusal.code.name)")
                    if step == .handOver, state.name == "handedOver" {
                        #expect(refusal.code == .pickupHandedOver)
                        #expect(refusal.fact("at") == "2026-11-24T09:00:00Z")
                    } else {
                        #expect(refusal.code == .pickupState, "\(step) when \(state.name)")
                        #expect(refusal.fact("state") == state.name)
                        #expect(refusal.fact("expected")?.isEmpty == false)
                    }
                }
            }
        }
    }

    @Test("counts the revision up by one with each thing that happens")
    func revisions() {
        for (state, steps) in Self.allowed {
            for step in PickupStep.allCases where steps.contains(step) {
                var pickup = Pickup.scarves(state, cancelRequest: Pickup.CancelRequest(at: "08:30", reason: nil))
                let events = step.take(on: pickup, now: "10:00").decided
                for event in events { pickup.apply(event) }
                #expect(pickup.revision == 1 + events.count)
            }
        }
    }

    @Test("is the same whether the goods come from the shelf or from a parcel")
    func parcels() {
        for (state, _) in Self.allowed {
            for step in PickupStep.allCases {
                let wish = Pickup.CancelRequest(at: "08:30", reason: nil)
                let shelf = step.take(on: .scarves(state, cancelRequest: wish), now: "10:00")
                let parcel = step.take(
                    on: .scarves(state, cancelRequest: wish, source: .fromParcel(sscc: "340123450000000017")),
                    now: "10:00")
                #expect(shelf == parcel)
            }
        }
    }

    @Test("that answers a wish to cancel needs such a wish")
    func noCancelRequest() {
        for (state, steps) in Self.allowed where steps.contains(.confirmCancel) {
            let pickup = Pickup.scarves(state)
            #expect(pickup.confirmCancel(now: "10:00").refusal?.code == .pickupNoCancelRequest)
            #expect(pickup.refuseCancel(reason: "", now: "10:00").refusal?.code == .pickupNoCancelRequest)
        }
    }

    @Test("that ends a pickup with a wish to cancel answers the wish too: no clerk could any more")
    func endAnswersCancel() {
        let whole: [(Pickup.State, (Pickup) -> Decision<Pickup.Event>, String)] = [
            (.ready(since: "09:00"), { $0.handOver(nil, proof: .code, now: "10:00") }, "handedOver"),
            (.overdue(since: "09:00"), { $0.putBack(now: "10:00") }, "putBack"),
            (.picked, { $0.reject(.damaged, now: "10:00") }, "rejected"),
            (.accepted, { $0.short("SCARF", 2, .notInStock, now: "10:00") }, "closed"),
            (
                .ready(since: "09:00"),
                { $0.refuse([Reservation.Units(sku: "SCARF", count: 2)], reason: "", now: "10:00") }, "closed"
            ),
        ]
        for (state, step, name) in whole {
            var pickup = Pickup.scarves(state, cancelRequest: Pickup.CancelRequest(at: "08:30", reason: nil))
            let events = step(pickup).decided
            #expect(events.last == .cancelRefused(reason: name))
            for event in events { pickup.apply(event) }
            #expect(pickup.cancelRequest == nil)
            #expect(pickup.state.name == name)
            #expect(step(.scarves(state)).decided.count == 1)
        }
        let wished = Pickup.scarves(
            .ready(since: "09:00"), cancelRequest: Pickup.CancelRequest(at: "08:30", reason: nil))
        let part = wished.handOver([Reservation.Units(sku: "SCARF", count: 1)], proof: .code, now: "10:00")
        #expect(part.decided.count == 1, "an order that goes on still waits for its answer")
    }
}
