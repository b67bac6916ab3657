// Reserve & collect: a hold without payment, with a term, that frees itself (RETAIL §1.5).

import ShopModel

/// A customer's claim on units of this shop, without payment, until a term.
///
/// The life of a reservation (RETAIL §2) is the shape of this type: what cannot happen cannot be written. Deciding
/// never looks at a clock; the caller says what time it is.
public struct Reservation: Equatable, Sendable {
    /// The code that the customer holds.
    public let id: ReservationID
    /// What is claimed.
    public private(set) var lines: [Line]
    /// Where in its life it is, an expiry that nobody recorded yet not included: see `state(at:)`.
    public private(set) var state: State
    /// Who claims it, when known.
    public let customer: CustomerID?
    /// On which channel the claim was made.
    public let channel: Channel
    /// When it was placed.
    public let placedAt: Instant

    /// Units of one SKU.
    public struct Line: Equatable, Sendable {
        /// Which SKU.
        public let sku: SKU
        /// Units asked for.
        public let asked: Int
        /// Units locked on the stock line now, by hold or awaited sale.
        public internal(set) var locked: Int
        /// Units that the till has sold.
        public internal(set) var sold: Int

        /// A line.
        public init(sku: SKU, asked: Int, locked: Int, sold: Int = 0) {
            self.sku = sku
            self.asked = asked
            self.locked = locked
            self.sold = sold
        }
    }

    /// Where in its life a reservation is.
    public enum State: Equatable, Sendable {
        /// Units are locked on their stock lines up to, and not including, `until`.
        case held(until: Instant)
        /// In the customer's hands, still locked until the till's sale is known.
        case awaitingSale(since: Instant)
        case closed(Ending)
    }

    /// How a reservation ended.
    public enum Ending: Equatable, Sendable {
        case sold
        case expired(at: Instant)
        case released(ReleaseReason)
    }

    /// Why a hold was given up before its term.
    public enum ReleaseReason: String, Sendable, CaseIterable {
        case customer, noShow, mistake, notCollected
    }

    /// Where the customer was when the claim was made.
    public enum Channel: String, Sendable, CaseIterable {
        case store, web, phone, mirror, social
    }

    /// What can happen to a reservation.
    public enum Event: Equatable, Sendable {
        case extended(until: Instant)
        /// These units are in the customer's hands; what is not among them was freed.
        case collected([Units], at: Instant)
        /// These units were freed before the term.
        case released([Units], ReleaseReason)
        /// The till sold these units.
        case sold([Units])
        case expired(at: Instant)
    }

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

    /// A reservation, newly placed or from storage.
    public init(
        id: ReservationID, lines: [Line], state: State, customer: CustomerID?, channel: Channel, placedAt: Instant
    ) {
        self.id = id
        self.lines = lines
        self.state = state
        self.customer = customer
        self.channel = channel
        self.placedAt = placedAt
    }

    /// The state as it is at `now`, an expiry that nobody recorded yet included.
    public func state(at now: Instant) -> State {
        if case .held(let end) = state, now >= end { return .closed(.expired(at: end)) }
        return state
    }

    /// Units that are locked on stock lines, by line.
    public var locked: [Units] { lines.filter { $0.locked > 0 }.map { Units(sku: $0.sku, count: $0.locked) } }

    /// Applies what was decided. Events come from `self`'s own decisions or from the journal, in order.
    public mutating func apply(_ event: Event) {
        switch event {
        case .extended(let until):
            state = .held(until: until)
        case .collected(let units, let at):
            for index in lines.indices {
                lines[index].locked = units.filter { $0.sku == lines[index].sku }.reduce(0) { $0 + $1.count }
            }
            state = .awaitingSale(since: at)
        case .released(let units, let reason):
            for unit in units { take(unit) { $0.locked -= $1 } }
            if locked.isEmpty { state = .closed(lines.contains { $0.sold > 0 } ? .sold : .released(reason)) }
        case .sold(let units):
            for unit in units {
                take(unit) {
                    $0.locked -= $1
                    $0.sold += $1
                }
            }
            if locked.isEmpty { state = .closed(.sold) }
        case .expired(let at):
            for index in lines.indices { lines[index].locked = 0 }
            state = .closed(.expired(at: at))
        }
    }

    /// Lets `change` move units on the line of that SKU. A SKU stands on one line only: placing joins them.
    private mutating func take(_ units: Units, _ change: (inout Line, Int) -> Void) {
        guard let index = lines.firstIndex(where: { $0.sku == units.sku }) else { return }
        change(&lines[index], units.count)
    }
}
