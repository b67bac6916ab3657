// Click & collect: an order paid elsewhere, prepared and handed over here (RETAIL §2).

import ShopModel

/// A paid order that this shop prepares and hands over.
///
/// `received → accepted | rejected → picking → picked → staged → ready → handedOver | overdue → putBack`, with
/// headquarters' cancellation as a request beside it. Every step has a way back by a compensating event.
public struct Pickup: Equatable, Sendable {
    /// The order; a pickup is known by it.
    public let order: OrderID
    /// The code that the customer shows at the counter.
    public let code: String
    /// Where the goods come from.
    public let source: Source
    /// What was ordered, a SKU on one line only.
    public private(set) var lines: [Line]
    /// Where in its life it is, see `state(at:)`.
    public private(set) var state: State
    /// Counts the changes, from 1; a command may say which one it saw.
    public private(set) var revision: Int
    /// The clerk who prepares it, when one claimed it.
    public private(set) var claimedBy: ClerkID?
    /// Headquarters' wish to cancel, until the shop confirms or refuses it.
    public private(set) var cancelRequest: CancelRequest?
    /// Where the customer waits, once they have said so.
    public private(set) var arrived: Place?
    /// Where the goods are put, once staged.
    public private(set) var stagedAt: String?
    /// Whom the goods are for, as far as the counter needs to know.
    public private(set) var recipient: Recipient
    /// When the order reached the shop.
    public let receivedAt: Instant
    /// The last moment at which the goods may be collected; after it the pickup is overdue.
    public let collectBy: Instant?

    /// Where the goods come from.
    public enum Source: Equatable, Sendable {
        /// From this shop's shelves.
        case fromStock
        /// From a parcel, known by its SSCC; never in the shop's stock.
        case fromParcel(sscc: String)
    }

    /// Units of one SKU. `quantity = open + short + refused + handedOver + given back`.
    public struct Line: Equatable, Sendable {
        /// Which SKU.
        public let sku: SKU
        /// Units ordered.
        public let quantity: Int
        /// Units picked and still here.
        public internal(set) var picked: Int
        /// Units that could not be picked.
        public internal(set) var short: Int
        /// Units given to the customer.
        public internal(set) var handedOver: Int
        /// Units that the customer did not want.
        public internal(set) var refused: Int

        /// A line.
        public init(
            sku: SKU, quantity: Int, picked: Int = 0, short: Int = 0, handedOver: Int = 0, refused: Int = 0
        ) {
            self.sku = sku
            self.quantity = quantity
            self.picked = picked
            self.short = short
            self.handedOver = handedOver
            self.refused = refused
        }

        /// Units that the customer may still get.
        public var outstanding: Int { quantity - short - handedOver - refused }
        /// Units that a clerk still has to pick.
        public var toPick: Int { quantity - short - refused - handedOver - picked }
    }

    /// Where in its life a pickup is.
    public enum State: Equatable, Sendable {
        case received
        case accepted
        case rejected(RejectReason)
        case picking
        case picked
        case staged
        case ready(since: Instant)
        /// Ready, and the last moment to collect it has passed.
        case overdue(since: Instant)
        case handedOver(at: Instant)
        case putBack(at: Instant)
        case cancelled(at: Instant)
        /// Every unit was short or refused at the counter.
        case nothingLeft(at: Instant)

        /// The name that devices and headquarters know.
        public var name: String { word.name }

        /// Whether no unit of it is owed any more.
        public var isOver: Bool {
            switch self {
            case .rejected, .handedOver, .putBack, .cancelled, .nothingLeft: true
            case .received, .accepted, .picking, .picked, .staged, .ready, .overdue: false
            }
        }
    }

    /// Why an order, or units of it, are not served.
    public enum RejectReason: String, Sendable, CaseIterable {
        case notInStock, mismatch, damaged, wornDisplay, notSellable, orderNotToBeSplit, closingHours, customerRefused
    }

    /// Where a customer waits.
    public enum Place: String, Sendable, CaseIterable { case counter, kerb }

    /// Headquarters' wish to cancel.
    public struct CancelRequest: Equatable, Sendable {
        /// When it reached the shop.
        public let at: Instant
        /// Headquarters' reason, as it said it.
        public let reason: String?

        /// A wish to cancel.
        public init(at: Instant, reason: String?) {
            self.at = at
            self.reason = reason
        }
    }

    /// Whom the goods are for. Nothing more about them is kept here (DESIGN law 8).
    public struct Recipient: Equatable, Sendable {
        /// The customer's reference at headquarters.
        public let customer: CustomerID?
        /// The name as the order has it.
        public let name: String?
        /// The last four digits of the telephone.
        public let phoneLast4: String?
        /// A gift shows no price anywhere.
        public let gift: Bool
        /// Whether the order has a contact that cannot be read here: its key is not on this box (DESIGN §9).
        public let isContactUnreadable: Bool

        /// Whom the goods are for.
        public init(
            customer: CustomerID? = nil, name: String? = nil, phoneLast4: String? = nil, gift: Bool = false,
            isContactUnreadable: Bool = false
        ) {
            self.customer = customer
            self.name = name
            self.phoneLast4 = phoneLast4
            self.gift = gift
            self.isContactUnreadable = isContactUnreadable
        }

        /// Whether a name or a telephone is known here.
        public var hasContact: Bool { name != nil || phoneLast4 != nil }
    }

    /// How it was known that the right person stood at the counter (RETAIL §3).
    public enum Proof: Equatable, Sendable {
        /// The customer's code.
        case code
        /// A clerk's word, with the method named; never a document's number.
        case method(String)
    }

    /// What can happen to a pickup.
    public enum Event: Equatable, Sendable {
        case claimed(by: ClerkID, from: ClerkID?)
        case accepted
        case rejected(RejectReason)
        case picked(SKU, Int, typedReason: String?)
        case unpicked(SKU, Int)
        case short(SKU, Int, RejectReason, at: Instant)
        case staged(place: String)
        case ready(at: Instant)
        case arrived(Place)
        case handedOver([Reservation.Units], Proof, at: Instant)
        case refused([Reservation.Units], reason: String, at: Instant)
        case overdue(since: Instant)
        case putBack(at: Instant)
        case corrected([Reservation.Units], reason: String, at: Instant)
        case cancelRequested(CancelRequest)
        case cancelConfirmed(at: Instant)
        case cancelRefused(reason: String)
    }

    /// A pickup, newly received or from storage.
    public init(
        order: OrderID, code: String, source: Source, lines: [Line], state: State = .received, revision: Int = 1,
        claimedBy: ClerkID? = nil, cancelRequest: CancelRequest? = nil, arrived: Place? = nil,
        stagedAt: String? = nil, recipient: Recipient = Recipient(), receivedAt: Instant, collectBy: Instant? = nil
    ) {
        self.order = order
        self.code = code
        self.source = source
        self.lines = lines
        self.state = state
        self.revision = revision
        self.claimedBy = claimedBy
        self.cancelRequest = cancelRequest
        self.arrived = arrived
        self.stagedAt = stagedAt
        self.recipient = recipient
        self.receivedAt = receivedAt
        self.collectBy = collectBy
    }

    /// The state as it is at `now`: what is ready and was not collected by its last moment is overdue since then.
    public func state(at now: Instant) -> State {
        if case .ready = state, let collectBy, now >= collectBy { return .overdue(since: collectBy) }
        return state
    }

    /// Units that the customer may still get, by line.
    public var outstanding: [Reservation.Units] {
        lines.filter { $0.outstanding > 0 }.map { Reservation.Units(sku: $0.sku, count: $0.outstanding) }
    }

    /// Applies what was decided.
    public mutating func apply(_ event: Event) {
        revision += 1
        switch event {
        case .claimed(let clerk, _): claimedBy = clerk
        case .accepted: state = .accepted
        case .rejected(let reason): state = .rejected(reason)
        case .picked(let sku, let units, _):
            change(sku) { $0.picked += units }
            state = lines.allSatisfy { $0.toPick == 0 } ? .picked : .picking
        case .unpicked(let sku, let units):
            change(sku) { $0.picked -= units }
            stagedAt = nil
            state = .picking
        case .short(let sku, let units, _, let at):
            change(sku) { $0.short += units }
            if lines.allSatisfy({ $0.toPick == 0 }) {
                state = outstanding.isEmpty ? .nothingLeft(at: at) : .picked
            } else {
                state = .picking
            }
        case .staged(let place):
            stagedAt = place
            state = .staged
        case .ready(let at): state = .ready(since: at)
        case .arrived(let place): arrived = place
        case .handedOver(let units, _, let at):
            for unit in units {
                change(unit.sku) {
                    $0.handedOver += unit.count
                    $0.picked -= unit.count
                }
            }
            if outstanding.isEmpty { state = .handedOver(at: at) }
        case .refused(let units, _, let at):
            for unit in units {
                change(unit.sku) {
                    $0.refused += unit.count
                    $0.picked -= unit.count
                }
            }
            if outstanding.isEmpty {
                state = lines.contains { $0.handedOver > 0 } ? .handedOver(at: at) : .nothingLeft(at: at)
            }
        case .overdue(let since): state = .overdue(since: since)
        case .putBack(let at): state = .putBack(at: at)
        case .corrected(let units, _, let at):
            for unit in units {
                change(unit.sku) {
                    $0.handedOver -= unit.count
                    $0.picked += unit.count
                }
            }
            state = .ready(since: at)
        case .cancelRequested(let request): cancelRequest = request
        case .cancelConfirmed(let at):
            state = .cancelled(at: at)
            cancelRequest = nil
        case .cancelRefused: cancelRequest = nil
        }
    }

    /// Since when no unit of it is owed any more; `nil` while one is.
    public var overSince: Instant? {
        switch state {
        case .handedOver(let at), .putBack(let at), .cancelled(let at), .nothingLeft(let at): at
        case .rejected: receivedAt
        case .received, .accepted, .picking, .picked, .staged, .ready, .overdue: nil
        }
    }

    /// Forgets name, telephone and reference of the recipient, who was erased.
    public mutating func forgetRecipient() { recipient = Recipient(gift: recipient.gift) }

    /// Learns whom the goods are for, from the order as headquarters sent it again: the box that knew it is gone, or its
    /// keys are. What is known here stays; once the pickup is over nobody has to know any more.
    ///
    /// - Returns: whether it was news.
    public mutating func learn(_ told: Recipient) -> Bool {
        guard !state.isOver, !recipient.hasContact, told.hasContact else { return false }
        recipient = told
        return true
    }

    private mutating func change(_ sku: SKU, _ change: (inout Line) -> Void) {
        guard let index = lines.firstIndex(where: { $0.sku == sku }) else { return }
        change(&lines[index])
    }
}
