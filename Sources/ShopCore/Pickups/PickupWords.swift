// Where a pickup is in its life, as a clerk reads it: “the order is …”, « la commande est … ».

import ShopModel

extension Word {
    static let received = Word("received", en: "received and not yet accepted", fr: "reçue et pas encore acceptée")
    static let accepted = Word("accepted", en: "accepted", fr: "acceptée")
    static let rejected = Word("rejected", en: "rejected", fr: "refusée")
    static let picking = Word("picking", en: "being picked", fr: "en cours de préparation")
    static let picked = Word("picked", en: "picked", fr: "préparée")
    static let staged = Word("staged", en: "put by", fr: "rangée à sa place")
    static let ready = Word("ready", en: "ready to be collected", fr: "prête à être retirée")
    static let overdue = Word("overdue", en: "overdue", fr: "non retirée à temps")
    static let handedOver = Word("handedOver", en: "handed over", fr: "remise au client")
    static let putBack = Word("putBack", en: "put back on the shelf", fr: "remise en rayon")
    static let cancelled = Word("cancelled", en: "cancelled", fr: "annulée")
    static let nothingLeft = Word("closed", en: "closed, with nothing left of it", fr: "close, sans rien à remettre")
    /// Any state in which units of it are still owed.
    static let open = Word("open", en: "still open", fr: "encore en cours")
}

extension Pickup.State {
    /// The name that devices and headquarters know, and what a clerk reads.
    public var word: Word {
        switch self {
        case .received: .received
        case .accepted: .accepted
        case .rejected: .rejected
        case .picking: .picking
        case .picked: .picked
        case .staged: .staged
        case .ready: .ready
        case .overdue: .overdue
        case .handedOver: .handedOver
        case .putBack: .putBack
        case .cancelled: .cancelled
        case .nothingLeft: .nothingLeft
        }
    }
}
