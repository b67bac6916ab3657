// A question or command of a device, with the fields of its verb.

import ShopModel

/// What a device asks, or asks to be done.
public enum Request: Equatable, Sendable {
    case scan(ScanQuestion)
    case productGet(ProductGet)
    case availabilityGet(AvailabilityGet)
    case reservationGet(ReservationGet)
    case reservationList(ReservationList)
    case pickupGet(PickupGet)
    case pickupList(PickupList)
    case pickupFind(PickupFind)
    case customerGet(CustomerGet)
    case reservationPlace(ReservationPlace)
    case reservationExtend(ReservationExtend)
    case reservationCancel(ReservationCancel)
    case reservationCollect(ReservationCollect)
    /// All commands about a pickup; the step says which.
    case pickup(PickupCommand)
    case saleRecord(SaleRecord)
    case deliveryReceive(DeliveryReceive)
    case countRecord(CountRecord)
    case countApprove(CountApprove)
    case clerkSignIn(ClerkSignIn)
    case clerkSignOut(ClerkSignOut)
    case momentRecord(MomentRecord)
    case devicePair(DevicePair)
}

extension Request {
    /// Reads a message of a device.
    ///
    /// On `ask/scan` the payload may be the bare code: it is one when its first byte is not `{`.
    ///
    /// - Parameters:
    ///   - topic: where the message came in.
    ///   - payload: its bytes, at most 65,536.
    /// - Throws: any of `Refusal.Code.contractCodes`. `EnvelopeHint` may still tell whom to answer.
    public static func decode(
        _ topic: DeviceTopic, payload: [UInt8]
    ) throws(Refusal) -> (envelope: Envelope, request: Request) {
        if case .stray(_, let topic) = topic { throw DeviceTopic.refusal(topic) }
        guard let first = payload.first else { throw Refusal(.contractEmpty) }
        if first != UInt8(ascii: "{"), case .ask(_, let verb) = topic, verb == Verb.scan.rawValue {
            guard payload.count <= ScanQuestion.bytesMax else {
                throw Refusal(
                    .contractBadLength,
                    [
                        .text("name", "code"), .integer("seen", payload.count), .integer("least", 1),
                        .integer("most", ScanQuestion.bytesMax),
                    ])
            }
            return (Envelope(id: nil, verb: .scan), .scan(ScanQuestion(code: payload)))
        }
        if first != UInt8(ascii: "{"), case .single = topic {
            throw Refusal(
                .contractBareCode,
                [.text("topic", topic.description), .text("expected", "\(topic)/ask/\(Verb.scan.rawValue)")])
        }
        if case .ask(_, let verb) = topic { _ = try Envelope.verb(verb, on: topic) }
        if case .command(_, let verb) = topic { _ = try Envelope.verb(verb, on: topic) }
        var reader = try ObjectReader(try JSONReader.read(payload))
        let envelope = try Envelope(from: &reader, on: topic)
        let request = try Request(envelope.verb, from: &reader)
        try reader.refuseUnlessUnderstood(envelope.must)
        return (envelope, request)
    }

    /// The message, as a device would send it.
    ///
    /// - Parameter namingVerb: whether `verb` is among the fields, as it must be on the device's only topic.
    public func json(_ envelope: Envelope, namingVerb: Bool = false) -> JSON {
        envelope.json(namingVerb: namingVerb).appending(json)
    }

    /// Reads the fields of a verb.
    private init(_ verb: Verb, from reader: inout ObjectReader) throws(Refusal) {
        switch verb {
        case .scan: self = .scan(try ScanQuestion(from: &reader))
        case .productGet: self = .productGet(try ProductGet(from: &reader))
        case .availabilityGet: self = .availabilityGet(try AvailabilityGet(from: &reader))
        case .reservationGet: self = .reservationGet(try ReservationGet(from: &reader))
        case .reservationList: self = .reservationList(try ReservationList(from: &reader))
        case .pickupGet: self = .pickupGet(try PickupGet(from: &reader))
        case .pickupList: self = .pickupList(try PickupList(from: &reader))
        case .pickupFind: self = .pickupFind(try PickupFind(from: &reader))
        case .customerGet: self = .customerGet(try CustomerGet(from: &reader))
        case .reservationPlace: self = .reservationPlace(try ReservationPlace(from: &reader))
        case .reservationExtend: self = .reservationExtend(try ReservationExtend(from: &reader))
        case .reservationCancel: self = .reservationCancel(try ReservationCancel(from: &reader))
        case .reservationCollect: self = .reservationCollect(try ReservationCollect(from: &reader))
        case .pickupClaim, .pickupAccept, .pickupReject, .pickupPick, .pickupUnpick, .pickupShort, .pickupStage,
            .pickupReady, .pickupArrive, .pickupHandOver, .pickupRefuse, .pickupPutBack, .pickupCorrect,
            .pickupConfirmCancel, .pickupRefuseCancel:
            self = .pickup(try PickupCommand(verb, from: &reader))
        case .saleRecord: self = .saleRecord(try SaleRecord(from: &reader))
        case .deliveryReceive: self = .deliveryReceive(try DeliveryReceive(from: &reader))
        case .countRecord: self = .countRecord(try CountRecord(from: &reader))
        case .countApprove: self = .countApprove(try CountApprove(from: &reader))
        case .clerkSignIn: self = .clerkSignIn(try ClerkSignIn(from: &reader))
        case .clerkSignOut: self = .clerkSignOut(try ClerkSignOut(from: &reader))
        case .momentRecord: self = .momentRecord(try MomentRecord(from: &reader))
        case .devicePair: self = .devicePair(try DevicePair(from: &reader))
        }
    }

    /// The verb.
    public var verb: Verb {
        if case .pickup(let command) = self { command.verb } else { payload.map { type(of: $0).verb } ?? .scan }
    }

    /// The fields of the verb, without the envelope's.
    public var json: JSON {
        if case .pickup(let command) = self { command.json } else { payload?.json ?? .object([]) }
    }

    private var payload: (any RequestPayload)? {
        switch self {
        case .scan(let payload): payload
        case .productGet(let payload): payload
        case .availabilityGet(let payload): payload
        case .reservationGet(let payload): payload
        case .reservationList(let payload): payload
        case .pickupGet(let payload): payload
        case .pickupList(let payload): payload
        case .pickupFind(let payload): payload
        case .customerGet(let payload): payload
        case .reservationPlace(let payload): payload
        case .reservationExtend(let payload): payload
        case .reservationCancel(let payload): payload
        case .reservationCollect(let payload): payload
        case .pickup: nil
        case .saleRecord(let payload): payload
        case .deliveryReceive(let payload): payload
        case .countRecord(let payload): payload
        case .countApprove(let payload): payload
        case .clerkSignIn(let payload): payload
        case .clerkSignOut(let payload): payload
        case .momentRecord(let payload): payload
        case .devicePair(let payload): payload
        }
    }
}
