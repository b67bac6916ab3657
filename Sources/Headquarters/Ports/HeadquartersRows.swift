// What headquarters keeps, as typed rows.

import Contract
import ShopCore
import ShopModel

/// An event of a shop, as headquarters' ledger has it.
public struct ReceivedEvent: Equatable, Sendable {
    /// Its place in the ledger, from 1 in the order of arrival; assigned when it is stored.
    public var position: Int64
    /// The event.
    public let event: CloudEvent
    /// The lane on which it came.
    public let lane: Lane
    /// When it came first, by headquarters' clock.
    public let receivedAt: Instant
    /// How often it came, 1 or more.
    public var arrived: Int
    /// Why it was not applied; `nil` when it was.
    public var refusal: String?

    /// An event of a shop; storage assigns its position.
    public init(
        position: Int64 = 0, event: CloudEvent, lane: Lane, receivedAt: Instant, arrived: Int = 1,
        refusal: String? = nil
    ) {
        self.position = position
        self.event = event
        self.lane = lane
        self.receivedAt = receivedAt
        self.arrived = arrived
        self.refusal = refusal
    }
}

/// One life of a shop's ledger, as headquarters knows it.
public struct ShopLife: Equatable, Sendable {
    /// Which life.
    public let incarnation: Incarnation
    /// What headquarters thinks of it.
    public var state: State
    /// When it was first heard of.
    public let seenAt: Instant
    /// How often a fenced life spoke as if it were the living one, after another had.
    public var returns: Int

    /// What headquarters may think of a life.
    public enum State: String, Sendable, CaseIterable {
        /// The living one: it is granted rights.
        case current
        /// Over: its remaining rights were taken over. What it still has to tell is heard.
        case fenced
        /// Alive beside another life of the same shop, or copied: it is granted nothing until a new life begins.
        case forked
    }

    /// A life.
    public init(incarnation: Incarnation, state: State, seenAt: Instant, returns: Int = 0) {
        self.incarnation = incarnation
        self.state = state
        self.seenAt = seenAt
        self.returns = returns
    }
}

/// The stock of a SKU in a shop: the figures as the shop last told them, and who may promise how many.
public struct ShopStock: Equatable, Sendable {
    /// Which shop.
    public let shop: ShopID
    /// Which SKU.
    public let sku: SKU
    /// Units that the shop's books have; 0 before it told any.
    public var onHand = 0
    /// Units that are there but not for sale.
    public var unsellable = 0
    /// Units locked by reservations.
    public var holds = 0
    /// Units of paid orders not yet handed over.
    public var owed = 0
    /// When the shop's figures were true; `nil` before it told any.
    public var toldAt: Instant?
    /// The life of the shop's ledger that told them.
    public var toldBy: Incarnation?
    /// Headquarters' own row, and those of the shop's lives as they last told them.
    public var rights = BoundedCounter()
    /// Rights that headquarters took over from lives that are over, by life. Below zero, a deficit that it covered.
    public var takenOver: [RightsRow.Gift] = []
    /// Rights lacking to cover what a life that is over had used, as the living one was last asked for them.
    public var lackingAsked = 0
    /// Rights to be granted as soon as the shop is first heard of.
    public var shareWaiting = 0

    /// A SKU that nothing is known of yet.
    public init(shop: ShopID, sku: SKU) {
        self.shop = shop
        self.sku = sku
    }

    /// Units that somebody in another shop may count on, as last told; never below zero.
    public var available: Int { max(0, onHand - unsellable - owed - holds) }
    /// What headquarters may still promise of this shop's units.
    public var ownRights: Int { rights.localRights(of: .headquarters) }

    /// Rights taken over from a life that is over.
    public func takenOver(from holder: Holder) -> Int { takenOver.first { $0.to == holder }?.units ?? 0 }
}

/// What the shop last told of a reservation, an order or an erasure, beside what headquarters sent.
public struct ShopDocument: Equatable, Sendable {
    /// What it is about.
    public let kind: Kind
    /// Its name: an order's id; `<shop>/<code>` of a reservation; `<shop>/<customer>` of an erasure.
    public let id: String
    /// Which shop.
    public let shop: ShopID
    /// Its state, as the shop told it, or `placed`, `requested` before it did.
    public var state: String
    /// What headquarters sent, as JSON; `null` for what began in the shop.
    public var sent: JSON
    /// What the shop told last, as JSON.
    public var told: JSON

    /// What a document is about.
    public enum Kind: String, Sendable, CaseIterable { case reservation, order, erasure }

    /// A document.
    public init(kind: Kind, id: String, shop: ShopID, state: String, sent: JSON = .null, told: JSON = .null) {
        self.kind = kind
        self.id = id
        self.shop = shop
        self.state = state
        self.sent = sent
        self.told = told
    }
}

/// A line of a till's ticket, as the shop told it.
public struct ToldSale: Equatable, Sendable {
    /// Its key.
    public let key: TicketLine
    /// What went out, `nil` for a return and a void.
    public let sold: Units?
    /// What came back.
    public let returned: Units?
    /// Whether it was voided later.
    public var isVoided: Bool

    /// Units of a SKU.
    public struct Units: Equatable, Sendable {
        /// Which SKU.
        public let sku: SKU
        /// How many.
        public let count: Int

        /// Units of a SKU.
        public init(sku: SKU, count: Int) {
            self.sku = sku
            self.count = count
        }
    }

    /// A line of a ticket.
    public init(key: TicketLine, sold: Units?, returned: Units?, isVoided: Bool = false) {
        self.key = key
        self.sold = sold
        self.returned = returned
        self.isVoided = isVoided
    }
}

/// What a shop sold of a SKU, all told.
public struct SalesTotal: Equatable, Sendable {
    /// Which SKU.
    public let sku: SKU
    /// Units sold, voided ones not counted.
    public var sold: Int
    /// Units brought back, voided ones not counted.
    public var returned: Int

    /// Totals of a SKU.
    public init(sku: SKU, sold: Int = 0, returned: Int = 0) {
        self.sku = sku
        self.sold = sold
        self.returned = returned
    }
}
