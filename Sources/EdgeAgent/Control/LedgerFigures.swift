// The ledger's numbers at one moment, for those on other threads: health and metrics, also while the ledger is stuck.

import Contract
import ShopCore
import ShopModel

/// The ledger's numbers at one moment.
public struct LedgerFigures: Sendable {
    /// When they were taken, by the box's own clock.
    public let takenAt: Instant
    /// The shop's time then.
    public let now: Instant
    /// How far the shop's time can be trusted.
    public let trust: ClockTrust
    /// Steps of the wall clock that were seen since the start.
    public let stepsSeen: Int
    /// By how much it was last stepped.
    public let lastStepMilliseconds: Int64?
    /// What waits for headquarters.
    public let lanes: [LaneCount]
    /// Events on their way without a receipt.
    public let inFlightCount: Int
    /// How far the ledger's feeds were taken in.
    public let cursors: [FeedCursor]
    /// What of them was set aside.
    public let parkedEntries: [ParkedCount]
    /// SKUs that the shop has stock lines of.
    public let stockLineCount: Int
    /// How many of them have promises that no right stands behind.
    public let shortLineCount: Int
    /// Holds that stand.
    public let reservationsHeldCount: Int
    /// Pickups that are not over.
    public let pickupsOpenCount: Int
    /// The first SKUs, by name, of which more was asked for than may be promised here; at most `rightsNamedMax`.
    public let rightsLow: [LowRights]
    /// How many such SKUs there are.
    public let rightsLowCount: Int

    /// How many SKUs are named in `rightsLow`.
    public static let rightsNamedMax = 20

    /// A SKU of which more was asked for than may be promised.
    public struct LowRights: Equatable, Sendable {
        /// Which SKU.
        public let sku: SKU
        /// Units that may be promised now.
        public let promisable: Int
        /// Units that somebody wanted at once, and headquarters was asked for.
        public let wanted: Int
    }
}

extension Ledger {
    /// Takes the ledger's numbers. It reads counts only, in a time that does not grow with the shop's history.
    public func figures() throws(StorageFailure) -> LedgerFigures {
        try storage.begin()
        defer { storage.rollback() }
        let stock = view.stockCounts()
        let open = view.openPromises()
        let low = try lowRights()
        return LedgerFigures(
            takenAt: ports.clock.read().wall, now: now, trust: clock.trust, stepsSeen: clock.stepsSeen,
            lastStepMilliseconds: clock.lastStepMilliseconds, lanes: try storage.laneCounts(),
            inFlightCount: pump.inFlightCount, cursors: try storage.cursors(),
            parkedEntries: try storage.parkedEntryCounts(), stockLineCount: stock.lines, shortLineCount: stock.short,
            reservationsHeldCount: open.reservations.count {
                if case .held = $0.state(at: now) { true } else { false }
            },
            pickupsOpenCount: open.pickups.count,
            rightsLow: Array(low.prefix(LedgerFigures.rightsNamedMax)), rightsLowCount: low.count)
    }

    /// What headquarters was asked for and has not given yet.
    private func lowRights() throws(StorageFailure) -> [LedgerFigures.LowRights] {
        var low: [LedgerFigures.LowRights] = []
        for (sku, wish) in wantedRights.sorted(by: { $0.key < $1.key }) {
            guard let line = try storage.stockLine(sku), line.localRights < wish.level else { continue }
            low.append(
                LedgerFigures.LowRights(
                    sku: sku, promisable: max(0, line.localRights - line.holds), wanted: wish.level - line.holds))
        }
        return low
    }
}
