// The clocks of a simulated box: right, wrong, drifting, without a battery.

import EdgeAgent
import ShopCore
import ShopModel

/// A machine's clocks in virtual time.
///
/// The oscillator of the box may drift; the wall clock stands wherever somebody set it. A kernel that is synchronised
/// tells true time. Monotonic time counts since the boot and never goes back within it.
public final class SimulatedClock: MachineClock {
    /// True time when the world began.
    public let beginning: Instant
    /// Whether the kernel says that the wall clock is synchronised.
    public private(set) var synchronised: Bool
    /// How often the machine was started, from 1.
    public private(set) var boots = 1
    /// How often the wall clock was set by hand or lost.
    public private(set) var jumps = 0
    private let queue: EventQueue
    private var driftPartsPerMillion: Int64 = 0
    /// What the oscillator had counted at `measuredAt`, in milliseconds.
    private var counted: Int64 = 0
    private var measuredAt: Int64
    private var countedAtBoot: Int64 = 0
    /// What the wall clock shows when the oscillator has counted nothing.
    private var wallBase: Instant

    /// A machine that was just started, with the right time.
    public init(_ queue: EventQueue, beginning: Instant, synchronised: Bool = true) {
        self.queue = queue
        self.beginning = beginning
        self.synchronised = synchronised
        measuredAt = queue.now
        wallBase = beginning + queue.now
    }

    /// The time that a perfect clock would show.
    public var trueTime: Instant { beginning + queue.now }

    /// What the clocks say now.
    public func read() -> ClockReading {
        ClockReading(
            wall: synchronised ? trueTime : wallBase + ticks, monotonicMilliseconds: ticks - countedAtBoot,
            synchronised: synchronised, boot: "boot-\(boots)")
    }

    /// Lets the oscillator run fast (above zero) or slow from now on, while it is not synchronised. Quartz drifts by
    /// some 20 to 100 parts in a million; anything from -500,000 on is possible here.
    public func drift(partsPerMillion: Int64) {
        measure()
        driftPartsPerMillion = max(-500_000, partsPerMillion)
    }

    /// Sets the wall clock ahead, or back for a negative number, and ends the synchronisation.
    public func jump(milliseconds: Int64) {
        loseSynchronisation()
        wallBase = wallBase + milliseconds
        jumps += 1
    }

    /// Time servers answer: the wall clock is right from now on.
    public func synchronise() {
        measure()
        synchronised = true
    }

    /// Time servers are out of reach: the wall clock goes on by the oscillator.
    public func loseSynchronisation() {
        measure()
        if synchronised { wallBase = trueTime + -ticks }
        synchronised = false
    }

    /// Starts the machine anew: another boot, monotonic time from zero, not synchronised.
    ///
    /// - Parameter wall: what the wall clock shows after it; without a battery that is 1970. The clock goes on as it
    ///   was when `nil`.
    public func reboot(wall: Instant? = nil) {
        loseSynchronisation()
        boots += 1
        countedAtBoot = ticks
        if let wall {
            wallBase = wall + -ticks
            jumps += 1
        }
    }

    /// Milliseconds that the oscillator has counted.
    private var ticks: Int64 {
        let passed = queue.now - measuredAt
        return counted + passed + (synchronised ? 0 : passed * driftPartsPerMillion / 1_000_000)
    }

    /// Counts up to now, before the rate changes.
    private func measure() {
        counted = ticks
        measuredAt = queue.now
    }
}
