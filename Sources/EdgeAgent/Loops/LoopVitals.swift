// What a loop tells of itself while it runs: its turns, and how its connection fares. Anybody may look at any time.

import ShopCore
import ShopModel
import Synchronization

/// The signs of life of one loop. The loop writes them, any thread reads them, and nobody ever waits: what looks after a
/// loop has to see it when it is stuck, too.
public final class LoopVitals: Sendable {
    /// The loops of the agent (DESIGN §6).
    public enum Loop: String, CaseIterable, Sendable { case ledger, front, headquarters }

    /// The longest that a loop rests although nothing happens, in milliseconds: so often it is seen to live, and sees
    /// that the clock was set.
    public static let restMillisecondsMax = 15_000
    /// A loop that is late by more than this is called stuck: no commit, look-up or write of a healthy box takes so long.
    public static let lateMillisecondsMax: Int64 = 5_000

    /// Which loop this is.
    public let loop: Loop
    private let clock: any MachineClock & Sendable
    private let turnedAt: Atomic<Int64>
    /// When the next sign is due: the end of a rest, or at once while it works.
    private let expectedAt: Atomic<Int64>
    private let onTurn: Mutex<(@Sendable () -> Void)?>
    private let link = Mutex(LinkState())

    /// The signs of a loop that begins now.
    public init(_ loop: Loop, clock: any MachineClock & Sendable) {
        self.loop = loop
        self.clock = clock
        let now = clock.read().monotonicMilliseconds
        turnedAt = Atomic(now)
        expectedAt = Atomic(now)
        onTurn = Mutex(nil)
    }

    /// Has something done at every turn, on the loop's thread.
    public func atEachTurn(_ action: @escaping @Sendable () -> Void) { onTurn.withLock { $0 = action } }

    // MARK: The loop's side

    /// The loop is about to rest, for so long at most.
    public func rests(milliseconds: Int32) {
        expectedAt.store(clock.read().monotonicMilliseconds + Int64(max(0, milliseconds)), ordering: .relaxed)
    }

    /// The loop begins a turn.
    public func turns() {
        let now = clock.read().monotonicMilliseconds
        turnedAt.store(now, ordering: .relaxed)
        expectedAt.store(now, ordering: .relaxed)
        onTurn.withLock { $0 }?()
    }

    /// The loop's broker took it.
    public func connected() {
        let reading = clock.read()
        link.withLock { $0.connected(reading) }
    }

    /// The loop's broker is gone, or did not take it.
    public func disconnected(_ cause: String) {
        let reading = clock.read()
        link.withLock { $0.disconnected(cause, reading) }
    }

    /// Headquarters receipted something.
    public func receipted() {
        let now = clock.read().wall
        link.withLock { $0.lastReceiptAt = now }
    }

    // MARK: Everybody's side

    /// Milliseconds since its last turn began.
    public var ageMilliseconds: Int64 {
        max(0, clock.read().monotonicMilliseconds - turnedAt.load(ordering: .relaxed))
    }

    /// How many milliseconds its next sign is late; 0 while it rests as long as it said.
    public var lateMilliseconds: Int64 {
        max(0, clock.read().monotonicMilliseconds - expectedAt.load(ordering: .relaxed))
    }

    /// Whether it neither rests nor makes progress.
    public var isStuck: Bool { lateMilliseconds > Self.lateMillisecondsMax }

    /// How its connection fares.
    public var connection: Connection {
        let now = clock.read().monotonicMilliseconds
        return link.withLock { link in
            Connection(
                isUp: link.isUp, since: link.since, lastError: link.lastError,
                connectionsInHour: link.connectedAt.count { now - $0 <= 3_600_000 },
                connectionsTotal: link.connectionsTotal, lastReceiptAt: link.lastReceiptAt)
        }
    }

    /// How a connection fares.
    public struct Connection: Equatable, Sendable {
        /// Whether the broker has the loop's session open.
        public let isUp: Bool
        /// Since when that is so; `nil` before the first attempt ended.
        public let since: Instant?
        /// Why the last connection or attempt ended; `nil` when none did.
        public let lastError: String?
        /// Connections made in the last hour, at most 100 counted: many mean that something fights over the session.
        public let connectionsInHour: Int
        /// Connections made since the process started.
        public let connectionsTotal: Int
        /// When headquarters last receipted something; `nil` for other brokers, and before the first receipt.
        public let lastReceiptAt: Instant?
    }

    private struct LinkState {
        var isUp = false
        var since: Instant?
        var lastError: String?
        var connectedAt: [Int64] = []
        var connectionsTotal = 0
        var lastReceiptAt: Instant?

        mutating func connected(_ reading: ClockReading) {
            isUp = true
            since = reading.wall
            connectionsTotal += 1
            if connectedAt.count == 100 { connectedAt.removeFirst() }
            connectedAt.append(reading.monotonicMilliseconds)
        }

        mutating func disconnected(_ cause: String, _ reading: ClockReading) {
            // Attempts that fail one after the other do not make the outage a new one.
            if isUp || since == nil { since = reading.wall }
            isUp = false
            lastError = String(cause.prefix(400))
        }
    }
}

/// Feeds systemd's watchdog out of the loops' own turns, never out of a timer: it is told that the agent lives only as
/// long as every loop without which a shop stands still has made a turn lately.
public final class Watchdog: Sendable {
    private let intervalMilliseconds: Int64
    private let loops: [LoopVitals]
    private let clock: any MachineClock & Sendable
    private let ring: @Sendable () -> Void
    private let rungAt: Atomic<Int64>

    /// A watchdog's feeder.
    ///
    /// - Parameters:
    ///   - intervalMilliseconds: half of what the watchdog allows: a loop whose last turn is older is waited for.
    ///   - loops: the loops that have to turn. Headquarters' is not among them: a silent name server blocks it for
    ///     10 s (DESIGN §6), and a shop without headquarters is a shop all the same.
    ///   - ring: tells the watchdog; called on a loop's thread, and must not wait.
    public init(
        intervalMilliseconds: Int, loops: [LoopVitals], clock: any MachineClock & Sendable,
        ring: @escaping @Sendable () -> Void
    ) {
        self.intervalMilliseconds = Int64(intervalMilliseconds)
        self.loops = loops
        self.clock = clock
        self.ring = ring
        rungAt = Atomic(.min)
    }

    /// How long a loop may rest so that it is seen in time.
    public static func restMilliseconds(intervalMilliseconds: Int?) -> Int {
        min(LoopVitals.restMillisecondsMax, max(1, (intervalMilliseconds ?? .max) / 2))
    }

    /// A loop made a turn. Rings when all have, and not more often than is asked for.
    public func turned() {
        let now = clock.read().monotonicMilliseconds
        let last = rungAt.load(ordering: .relaxed)
        guard last == .min || now - last >= intervalMilliseconds / 2 else { return }
        guard loops.allSatisfy({ $0.ageMilliseconds <= intervalMilliseconds }) else { return }
        // Two loops at once ring once.
        guard rungAt.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged else { return }
        ring()
    }
}
