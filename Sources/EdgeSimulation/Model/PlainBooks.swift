// The shop as a careful clerk would keep it in a notebook: plain numbers and words, nothing of the shop's own core.

/// The stock of a SKU, and the two rows of rights that the shop knows.
struct PlainLine: Equatable {
    var onHand = 0
    var inspection = 0
    var damaged = 0
    var missing = 0
    var holds = 0
    var owed = 0
    /// The shop's own row: rights made, used, and given to headquarters.
    var created = 0
    var spent = 0
    var given = 0
    /// Headquarters' row as the shop heard it: made, used, and given to this shop.
    var headquartersCreated = 0
    var headquartersSpent = 0
    var headquartersGiven = 0

    /// The units that this shop may promise.
    var mine: Int { created - spent - given + headquartersGiven }
    /// The units that headquarters may promise, as far as the shop knows.
    var headquarters: Int { headquartersCreated - headquartersSpent - headquartersGiven + given }
    /// Promises without a right behind them.
    var short: Int { max(0, holds - mine) }
    /// Units that are here but not for sale.
    var unsellable: Int { inspection + damaged + missing }

    /// Units that may still be promised.
    func free(safety: Int) -> Int { max(0, mine - holds - safety) }

    /// Units move out of the shop, or in, and the shop's own rights with them.
    mutating func moveWithRights(_ units: Int) {
        onHand += units
        if units >= 0 { created += units } else { spent -= units }
    }

    /// A promise to a paid order ends, and headquarters has its right back.
    mutating func giveBack(_ units: Int) {
        owed -= units
        created += units
        given += units
    }
}

/// Units of a SKU.
struct PlainUnits: Equatable {
    let sku: String
    let count: Int
}

/// A reservation.
struct PlainReservation: Equatable {
    struct Line: Equatable {
        let sku: String
        let asked: Int
        var locked: Int
        var sold = 0
    }

    enum Phase: Equatable {
        case held(until: Int64)
        case awaiting(since: Int64)
        case sold
        case expired
        case released
    }

    var lines: [Line]
    var phase: Phase
    let customer: String?

    var isOpen: Bool {
        switch phase {
        case .held, .awaiting: true
        case .sold, .expired, .released: false
        }
    }

    /// The word for it in the contract.
    var word: String {
        switch phase {
        case .held: "held"
        case .awaiting: "awaitingSale"
        case .sold: "sold"
        case .expired: "expired"
        case .released: "released"
        }
    }

    func locked(_ sku: String) -> Int { lines.reduce(0) { $0 + ($1.sku == sku ? $1.locked : 0) } }

    mutating func change(_ sku: String, _ change: (inout Line) -> Void) {
        for index in lines.indices where lines[index].sku == sku { change(&lines[index]) }
    }
}

/// A paid order.
struct PlainPickup: Equatable {
    struct Line: Equatable {
        let sku: String
        let quantity: Int
        var picked = 0
        var short = 0
        var handedOver = 0
        var refused = 0

        var outstanding: Int { quantity - short - handedOver - refused }
        var toPick: Int { outstanding - picked }
    }

    let code: String
    let fromStock: Bool
    let knowsName: Bool
    let knowsPhone: Bool
    let collectBy: Int64?
    var lines: [Line]
    var state = "received"
    /// When it became ready, or was handed over.
    var since: Int64 = 0
    var revision = 1
    var claimedBy: String?
    var place: String?
    var arrived: String?
    var cancelAsked = false

    var isOver: Bool { ["rejected", "handedOver", "putBack", "cancelled", "closed"].contains(state) }
    var outstanding: [PlainUnits] {
        lines.filter { $0.outstanding > 0 }.map { PlainUnits(sku: $0.sku, count: $0.outstanding) }
    }
    /// The state as everybody is told: what is ready beyond its last moment is overdue, whether or not anybody looked.
    func word(at now: Int64) -> String {
        if state == "ready", let collectBy, collectBy <= now { return "overdue" }
        return state
    }
    var isPicked: Bool { lines.allSatisfy { $0.toPick == 0 } }

    mutating func change(_ sku: String, _ change: (inout Line) -> Void) {
        for index in lines.indices where lines[index].sku == sku { change(&lines[index]) }
    }
}

/// A line of a ticket.
struct PlainSale: Equatable {
    let kind: String
    let sku: String?
    let units: Int
    let returned: PlainUnits?
    let original: String?
    let order: String?
    var voided = false

    /// Whether another report of the key says the same.
    func saysTheSame(as other: PlainSale) -> Bool {
        kind == other.kind && sku == other.sku && units == other.units && returned == other.returned
            && original == other.original && order == other.order
    }
}

/// A count that waits for somebody who may approve it.
struct PlainCount: Equatable {
    let counted: Int
    /// What had moved in and out of the shop when it was counted.
    let movedThen: Int
}

/// A clerk at a seat.
struct PlainSession: Equatable {
    let clerk: String
    let isManager: Bool
    let until: Int64
}

/// Everything that the notebook knows. A value: what is refused is put back by putting the old value back.
struct PlainBooks {
    var lines: [String: PlainLine] = [:]
    var reservations: [String: PlainReservation] = [:]
    var pickups: [String: PlainPickup] = [:]
    var sales: [String: PlainSale] = [:]
    var deliveries: Set<String> = []
    var counts: [String: PlainCount] = [:]
    var sessions: [String: PlainSession] = [:]
    var wrongPINs: [String: Int] = [:]
    var lockedBadges: [String: Int64] = [:]
    /// What counts and headquarters' statements changed in the books, without anything moving.
    var corrected: [String: Int] = [:]
    /// What had moved of each SKU at the positions of the journal that the shop told.
    var movedAt: [Int: [String: Int]] = [:]
    /// Feeds, how far they were taken in.
    var cursors: [String: Int64] = [:]
    /// What changed since somebody looked: names of reservations and orders.
    var touchedReservations: Set<String> = []
    var touchedPickups: Set<String> = []

    /// What moved of a SKU in and out of the shop, all told: the books without their corrections.
    func moved(_ sku: String) -> Int { (lines[sku]?.onHand ?? 0) - (corrected[sku] ?? 0) }

    mutating func change(_ sku: String, _ change: (inout PlainLine) -> Void) {
        change(&lines[sku, default: PlainLine()])
    }
}

/// A refusal, by its code.
struct PlainRefusal: Error {
    let code: String
    init(_ code: String) { self.code = code }
}
