// What the front may see: the ledger's last commit, never anything newer or half done (DESIGN §6).

import ShopCore
import ShopModel
import Synchronization

/// The numbers of a stock line that a card needs.
public struct StockFigures: Equatable, Sendable {
    /// Which SKU.
    public let sku: SKU
    /// Units that may still be promised, safety stock not yet taken off; below zero while a shortfall stands.
    public let free: Int
    /// Units that the books have here.
    public let onHand: Int

    /// The numbers of a line.
    public init(_ line: StockLine) {
        sku = line.sku
        free = line.localRights - line.holds
        onHand = line.onHand
    }
}

/// What a commit changed.
public struct ViewChanges: Sendable {
    /// Stock lines, in the order of their changes.
    public var lines: [StockFigures] = []
    /// Reservations, open or just ended.
    public var reservations: [Reservation] = []
    /// Pickups, open or just over.
    public var pickups: [Pickup] = []

    /// Nothing changed.
    public init() {}
}

/// The committed state that the ledger publishes and the front reads.
///
/// Stock lies in dense arrays found by a 64-bit hash of the SKU: 20 bytes a SKU, where a dictionary takes 90. Two
/// SKUs of 100,000 share a hash once in 3 billion shops (the birthday bound of FNV-1a's 64 bits).
public final class CommittedView: Sendable {
    private let state = Mutex(State())

    private struct State {
        var table = StockTable()
        var reservations: [ReservationID: Reservation] = [:]
        var pickupsByCode: [String: Pickup] = [:]
        var clock: ShopClock?
        var safety = 0
        var fleet = Fleet()
        var fleetVersion = 0
    }

    /// A view of nothing.
    public init() {}

    /// Shows what a commit changed. Called before any reply of that commit leaves.
    public func publish(_ changes: ViewChanges, clock: ShopClock) {
        state.withLock { state in
            for line in changes.lines { state.table.set(line) }
            for reservation in changes.reservations {
                if case .closed = reservation.state {
                    state.reservations[reservation.id] = nil
                } else {
                    state.reservations[reservation.id] = reservation
                }
            }
            for pickup in changes.pickups {
                state.pickupsByCode[pickup.code] = pickup.state.isOver ? nil : pickup
            }
            state.clock = clock
        }
    }

    /// Units of every SKU that are kept back unless the SKU says otherwise.
    public var safety: Int { state.withLock { $0.safety } }

    /// Sets the units kept back of every SKU.
    public func setSafety(_ units: Int) { state.withLock { $0.safety = units } }

    /// The devices of the shop, enrolled ones included.
    public var fleet: Fleet { state.withLock { $0.fleet } }

    /// Grows with every change of the fleet.
    public var fleetVersion: Int { state.withLock { $0.fleetVersion } }

    /// Shows another fleet, once it is committed.
    func setFleet(_ fleet: Fleet) {
        state.withLock { state in
            state.fleet = fleet
            state.fleetVersion += 1
        }
    }

    /// Makes room for so many SKUs before they are published one by one.
    public func reserve(_ count: Int) { state.withLock { $0.table.reserve(count) } }

    /// Units of a SKU that may still be promised and that are here; `nil` when the shop never had it.
    public func figures(of sku: SKU) -> (free: Int, onHand: Int)? { state.withLock { $0.table.figures(of: sku) } }

    /// How many SKUs the shop has figures of, and how many of them have promises that no right stands behind.
    public func stockCounts() -> (lines: Int, short: Int) {
        let table = state.withLock { $0.table }
        return (table.count, table.shortCount)
    }

    /// An open reservation.
    public func reservation(_ id: ReservationID) -> Reservation? { state.withLock { $0.reservations[id] } }

    /// An open pickup, by the customer's code.
    public func pickup(code: String) -> Pickup? { state.withLock { $0.pickupsByCode[code] } }

    /// What is open, for a count. Taken at once: the ledger's thread, which alone may change it, does the counting, so
    /// that no scan waits meanwhile.
    func openPromises() -> (reservations: [Reservation], pickups: [Pickup], linesShort: Int) {
        let (reservations, pickups, table) = state.withLock { ($0.reservations, $0.pickupsByCode, $0.table) }
        return (Array(reservations.values), Array(pickups.values), table.shortCount)
    }

    /// The shop's clock as of the last commit, moved on to that reading.
    public func clock(at reading: ClockReading) -> ShopClock {
        var clock = state.withLock { $0.clock } ?? ShopClock(reading, committed: nil)
        clock.advance(reading)
        return clock
    }
}
