// Commands about pickups: orders paid elsewhere that this shop prepares and hands over (RETAIL §2).

import ShopModel

/// A command about one pickup. Each may say which revision of it the clerk saw.
public struct PickupCommand: Equatable, Sendable {
    /// Which order.
    public let order: OrderID
    /// The revision that the clerk saw, from 1: another one present is a refusal.
    public let ifRevision: Int?
    /// What is to be done.
    public let step: Step

    /// What can be done with a pickup, a verb each.
    public enum Step: Equatable, Sendable {
        /// `pickup.claim`: a clerk prepares it; a takeover from another clerk must be meant.
        case claim(takeover: Bool)
        /// `pickup.accept`: the shop will prepare it.
        case accept
        /// `pickup.reject`: the shop cannot serve it.
        case reject(PickupReason)
        /// `pickup.pick`: units taken from the shelf; a reason when they were typed rather than scanned.
        case pick(ItemLine, typedReason: String?)
        /// `pickup.unpick`: units put back before the hand-over.
        case unpick(ItemLine)
        /// `pickup.short`: units that cannot be picked; the order becomes partial.
        case short(ItemLine, PickupReason)
        /// `pickup.stage`: where the goods wait, 1 to 64 bytes.
        case stage(place: String)
        /// `pickup.ready`: the customer may come.
        case ready
        /// `pickup.arrive`: the customer is here.
        case arrive(PickupPlace)
        /// `pickup.handOver`: goods are given to the customer; all that is left when no lines are named.
        case handOver(PickupProof, lines: [ItemLine]?)
        /// `pickup.refuse`: the customer does not want units; the reason has 1 to 128 bytes.
        case refuse([ItemLine], reason: String)
        /// `pickup.putBack`: nobody came; the goods are on the shelf again.
        case putBack
        /// `pickup.correct`: a hand-over of the same day is taken back; the reason has 1 to 128 bytes.
        case correct(reason: String)
        /// `pickup.confirmCancel`: the cancellation that headquarters asked for is done.
        case confirmCancel
        /// `pickup.refuseCancel`: it is not; the reason has 1 to 128 bytes.
        case refuseCancel(reason: String)
    }

    /// A command about a pickup.
    public init(_ order: OrderID, ifRevision: Int? = nil, _ step: Step) {
        self.order = order
        self.ifRevision = ifRevision
        self.step = step
    }
}

/// Why an order, or units of it, are not served.
public enum PickupReason: String, CaseIterable, Sendable {
    case notInStock, mismatch, damaged, wornDisplay, notSellable, orderNotToBeSplit, closingHours, customerRefused
}

/// Where a customer waits.
public enum PickupPlace: String, CaseIterable, Sendable { case counter, kerb }

/// How it is known that the right person stands at the counter (RETAIL §3). No document's number ever.
public enum PickupProof: Equatable, Sendable {
    /// The customer's pickup code or pass, as it was read: 1 to 2,048 bytes.
    case code(String)
    /// A clerk's word, with the method named, and which facts matched: two or three different ones.
    case method(Method, facts: [Fact])

    /// What the clerk looked at.
    public enum Method: String, CaseIterable, Sendable { case identityShown, orderConfirmation, knownCustomer }

    /// What matched the order.
    public enum Fact: String, CaseIterable, Sendable { case name, phoneLast4, orderLast4 }
}

extension PickupProof: MessagePart {
    /// Reads `code`, or `method` with `facts`.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        guard try reader.exactlyOne(of: ["code", "method"]) == "method" else {
            self = .code(try reader.text("code", max: 2_048))
            return
        }
        let method = try reader.choice("method", as: Method.self)
        var facts: [Fact] = []
        for field in try reader.array("facts", max: 3, min: 2) {
            let fact = try field.choice(as: Fact.self)
            guard !facts.contains(fact) else {
                throw field.refusal(
                    .contractUnknownValue,
                    [
                        .text("seen", fact.rawValue),
                        .texts("known", Fact.allCases.filter { !facts.contains($0) }.map(\.rawValue)),
                    ])
            }
            facts.append(fact)
        }
        self = .method(method, facts: facts)
    }

    /// `{"code"}` or `{"method", "facts"}`.
    public var json: JSON {
        switch self {
        case .code(let code): .fields(("code", .string(code)))
        case .method(let method, let facts): .fields(("method", method.json), ("facts", .array(facts.map(\.json))))
        }
    }
}

extension PickupCommand {
    /// The verb of the step.
    public var verb: Verb {
        switch step {
        case .claim: .pickupClaim
        case .accept: .pickupAccept
        case .reject: .pickupReject
        case .pick: .pickupPick
        case .unpick: .pickupUnpick
        case .short: .pickupShort
        case .stage: .pickupStage
        case .ready: .pickupReady
        case .arrive: .pickupArrive
        case .handOver: .pickupHandOver
        case .refuse: .pickupRefuse
        case .putBack: .pickupPutBack
        case .correct: .pickupCorrect
        case .confirmCancel: .pickupConfirmCancel
        case .refuseCancel: .pickupRefuseCancel
        }
    }

    /// Reads the fields of a verb; one that is no command about a pickup is refused as unknown here.
    init(_ verb: Verb, from reader: inout ObjectReader) throws(Refusal) {
        order = try reader.identifier("order", as: OrderID.self)
        ifRevision = try reader.optionalInteger("ifRevision", in: 1...1_000_000_000)
        step = try Self.step(verb, from: &reader)
    }

    private static func step(_ verb: Verb, from reader: inout ObjectReader) throws(Refusal) -> Step {
        switch verb {
        case .pickupClaim: return .claim(takeover: try reader.optionalTruth("takeover") ?? false)
        case .pickupAccept: return .accept
        case .pickupReject: return .reject(try reader.choice("reason", as: PickupReason.self))
        case .pickupPick:
            let line = try ItemLine(from: &reader)
            return .pick(line, typedReason: try reader.optionalText("typedReason", max: 128, min: 1))
        case .pickupUnpick: return .unpick(try ItemLine(from: &reader))
        case .pickupShort:
            let line = try ItemLine(from: &reader)
            return .short(line, try reader.choice("reason", as: PickupReason.self))
        case .pickupStage: return .stage(place: try reader.text("place", max: 64))
        case .pickupReady: return .ready
        case .pickupArrive: return .arrive(try reader.choice("where", as: PickupPlace.self))
        case .pickupHandOver:
            let proof = try reader.part("proof", as: PickupProof.self)
            return .handOver(proof, lines: try reader.optionalParts("lines", as: ItemLine.self, max: 200, min: 1))
        case .pickupRefuse:
            let lines = try reader.parts("lines", as: ItemLine.self, max: 200, min: 1)
            return .refuse(lines, reason: try reader.text("reason", max: 128))
        case .pickupPutBack: return .putBack
        case .pickupCorrect: return .correct(reason: try reader.text("reason", max: 128))
        case .pickupConfirmCancel: return .confirmCancel
        case .pickupRefuseCancel: return .refuseCancel(reason: try reader.text("reason", max: 128))
        default:
            throw Refusal(
                .contractUnknownVerb,
                [.text("verb", verb.rawValue), .text("nearest", Verb.pickupAccept.rawValue)])
        }
    }

    /// The fields, `order` first and `ifRevision` last.
    public var json: JSON {
        JSON.fields(("order", order.json)).appending(stepFields)
            .appending(.fields(("ifRevision", ifRevision.map(JSON.count))))
    }

    private var stepFields: JSON {
        switch step {
        case .accept, .ready, .putBack, .confirmCancel: .object([])
        case .claim(let takeover): .fields(("takeover", takeover ? true : nil))
        case .reject(let reason): .fields(("reason", reason.json))
        case .pick(let line, let reason):
            line.json.appending(.fields(("typedReason", reason.map(JSON.string))))
        case .unpick(let line): line.json
        case .short(let line, let reason): line.json.appending(.fields(("reason", reason.json)))
        case .stage(let place): .fields(("place", .string(place)))
        case .arrive(let place): .fields(("where", place.json))
        case .handOver(let proof, let lines): .fields(("proof", proof.json), ("lines", lines.map(JSON.parts)))
        case .refuse(let lines, let reason): .fields(("lines", .parts(lines)), ("reason", .string(reason)))
        case .correct(let reason), .refuseCancel(let reason): .fields(("reason", .string(reason)))
        }
    }
}
