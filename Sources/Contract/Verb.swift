// The verbs of the device contract (DESIGN §7).

/// What a device may ask, or ask to be done: `noun.verb`.
public enum Verb: String, CaseIterable, Sendable {
    case scan
    case productGet = "product.get"
    case availabilityGet = "availability.get"
    case reservationGet = "reservation.get"
    case reservationList = "reservation.list"
    case pickupGet = "pickup.get"
    case pickupList = "pickup.list"
    case pickupFind = "pickup.find"
    case customerGet = "customer.get"

    case reservationPlace = "reservation.place"
    case reservationExtend = "reservation.extend"
    case reservationCancel = "reservation.cancel"
    case reservationCollect = "reservation.collect"
    case pickupClaim = "pickup.claim"
    case pickupAccept = "pickup.accept"
    case pickupReject = "pickup.reject"
    case pickupPick = "pickup.pick"
    case pickupUnpick = "pickup.unpick"
    case pickupShort = "pickup.short"
    case pickupStage = "pickup.stage"
    case pickupReady = "pickup.ready"
    case pickupArrive = "pickup.arrive"
    case pickupHandOver = "pickup.handOver"
    case pickupRefuse = "pickup.refuse"
    case pickupPutBack = "pickup.putBack"
    case pickupCorrect = "pickup.correct"
    case pickupConfirmCancel = "pickup.confirmCancel"
    case pickupRefuseCancel = "pickup.refuseCancel"
    case saleRecord = "sale.record"
    case deliveryReceive = "delivery.receive"
    case countRecord = "count.record"
    case countApprove = "count.approve"
    case clerkSignIn = "clerk.signIn"
    case clerkSignOut = "clerk.signOut"
    case momentRecord = "moment.record"
    case devicePair = "device.pair"

    /// Whether this is a question, sent to `ask/`, which never changes anything; otherwise a command, sent to `do/`.
    public var isQuestion: Bool {
        switch self {
        case .scan, .productGet, .availabilityGet, .reservationGet, .reservationList, .pickupGet, .pickupList,
            .pickupFind, .customerGet:
            true
        default: false
        }
    }

    /// Whether the front answers by itself, without waiting for the ledger (DESIGN §6).
    public var isAnsweredByFront: Bool {
        switch self {
        case .scan, .productGet, .availabilityGet: true
        default: false
        }
    }

    /// The levels of the topic behind the device: `ask/scan`, `do/reservation.place`.
    public var branch: String { (isQuestion ? "ask/" : "do/") + rawValue }

    /// The verb that is spelt most like a text.
    public static func nearest(to text: String) -> Verb {
        var nearest = (verb: Verb.scan, distance: Int.max)
        for verb in allCases {
            let distance = editDistance(from: text, to: verb.rawValue)
            if distance < nearest.distance { nearest = (verb, distance) }
        }
        return nearest.verb
    }
}
