// One SKU in this shop: what is here, what may be promised, and every way in which that changes (DESIGN §8).

import ShopModel

/// The stock of one SKU.
///
/// `onHand − unsellable − owed` equals the rights of all holders together, once everything has been heard by both
/// sides; `holds` never exceed the shop's own rights, unless a physical fact took them away: then a shortfall stands.
public struct StockLine: Equatable, Sendable {
    /// Which SKU.
    public let sku: SKU
    /// Who this shop is among the holders of rights.
    public let home: Holder
    /// Units that the books have in this shop; below zero when more was sold than was known.
    public private(set) var onHand: Int
    /// Units that are here but not for sale.
    public private(set) var unsellable: Unsellable
    /// Units locked by open reservations and awaited sales.
    public private(set) var holds: Int
    /// Units of paid orders, not yet handed over; headquarters used its own rights for them.
    public private(set) var owed: Int
    /// Who may promise how many.
    public private(set) var rights: BoundedCounter

    /// Units that are here but not for sale, by why.
    public struct Unsellable: Equatable, Sendable {
        /// Came back from a customer, not yet looked at.
        public var inspection: Int
        /// Broken or worn.
        public var damaged: Int
        /// Shown, not sold.
        public var display: Int
        /// In the books, but could not be found; the next count clears it.
        public var missing: Int

        /// Units by why they are not for sale.
        public init(inspection: Int = 0, damaged: Int = 0, display: Int = 0, missing: Int = 0) {
            self.inspection = inspection
            self.damaged = damaged
            self.display = display
            self.missing = missing
        }

        /// All of them.
        public var total: Int { inspection + damaged + display + missing }
    }

    /// A line as storage has it; with no numbers, a SKU that was never seen here.
    public init(
        sku: SKU, home: Holder, onHand: Int = 0, unsellable: Unsellable = Unsellable(), holds: Int = 0, owed: Int = 0,
        rights: BoundedCounter = BoundedCounter()
    ) {
        self.sku = sku
        self.home = home
        self.onHand = onHand
        self.unsellable = unsellable
        self.holds = holds
        self.owed = owed
        self.rights = rights
    }

    /// The rights that this shop has.
    public var localRights: Int { rights.localRights(of: home) }

    /// How many more may be promised while `safety` units are kept back; never below zero.
    public func promisable(safety: Int) -> Int { max(0, localRights - holds - max(0, safety)) }

    /// Promises that no right stands behind any more: a physical fact took the units (DESIGN §8).
    public var shortfall: Int { max(0, holds - localRights) }

    /// Whether books and rights agree: true whenever both sides have heard all of each other.
    ///
    /// What a life of this ledger that is over had left counts until headquarters takes it over, and is then in
    /// headquarters' own row (`Headquarters.settle`), which does not say so: either sum will do.
    public var isBalanced: Bool {
        let books = onHand - unsellable.total - owed
        return books == rights.total || books == rights.localRights(of: .headquarters) + localRights
    }

    /// Applies what was decided.
    public mutating func apply(_ change: StockChange) {
        onHand += change.onHand
        unsellable.inspection += change.inspection
        unsellable.damaged += change.damaged
        unsellable.display += change.display
        unsellable.missing += change.missing
        holds += change.holds
        owed += change.owed
        guard let holder = change.rightsOf else { return }
        var row = rights[holder]
        row.created += change.created
        row.spent += change.spent
        for gift in change.given { row.setGiven(to: gift.to, row.given(to: gift.to) + gift.units) }
        rights.set(row, of: holder)
    }
}

/// One change of a stock line: what moved, by how much. The sum over a line's changes is the line.
public struct StockChange: Equatable, Sendable {
    /// What kind of change it was.
    public let kind: Kind
    /// Added to `onHand`.
    public var onHand = 0
    /// Added to the units under inspection.
    public var inspection = 0
    /// Added to the damaged units.
    public var damaged = 0
    /// Added to the units on display.
    public var display = 0
    /// Added to the missing units.
    public var missing = 0
    /// Added to the holds.
    public var holds = 0
    /// Added to what is owed to paid orders.
    public var owed = 0
    /// Whose row of rights changed, when one did.
    public var rightsOf: Holder?
    /// Added to that row's created rights.
    public var created = 0
    /// Added to that row's spent rights.
    public var spent = 0
    /// Added to that row's gifts.
    public var given: [RightsRow.Gift] = []

    /// The kinds of change, by the names that the journal and headquarters know.
    public enum Kind: String, Sendable, CaseIterable {
        case held, released, sold, voided, returned, received, counted
        case owed, handedOver, handOverCorrected, givenBack, missing, damaged
        case fed, rightsHeard, rightsGiven, restated
    }

    /// A change of a kind, with all numbers zero.
    public init(_ kind: Kind) { self.kind = kind }
}
