// What time it is in the shop, when the machine's own clock may be wrong (DESIGN law 6).

import ShopModel

/// What the machine says about time, at one moment.
public struct ClockReading: Equatable, Sendable {
    /// The wall clock.
    public let wall: Instant
    /// Milliseconds since the machine was started, sleep included; never goes back within a boot.
    public let monotonicMilliseconds: Int64
    /// Whether the kernel says that the wall clock is synchronised, in this boot.
    public let synchronised: Bool
    /// Which boot of the machine this is.
    public let boot: String

    /// What the machine says about time.
    public init(wall: Instant, monotonicMilliseconds: Int64, synchronised: Bool, boot: String) {
        self.wall = wall
        self.monotonicMilliseconds = monotonicMilliseconds
        self.synchronised = synchronised
        self.boot = boot
    }
}

/// How far the shop's time can be trusted.
public enum ClockTrust: String, Sendable, CaseIterable {
    /// The kernel was synchronised in this boot.
    case trusted
    /// Not synchronised, but at or after the last committed time, and no step was seen. Deadlines still end.
    case holdover
    /// Only time that is proven to have passed counts.
    case untrusted
}

/// The shop's time: never goes back, and with an untrusted clock only moves by proven monotonic time.
public struct ShopClock: Equatable, Sendable {
    /// The shop's time as of the last reading.
    public private(set) var now: Instant
    /// How far it can be trusted.
    public private(set) var trust: ClockTrust
    /// Steps of the wall clock over `stepMillisecondsMax`, seen since the start.
    public private(set) var stepsSeen = 0
    /// By how many milliseconds the wall clock was last stepped, back if below zero; `nil` when no step was seen.
    public private(set) var lastStepMilliseconds: Int64?
    /// Whether the wall clock was seen to be wrong, and the kernel has not vouched for it since.
    public private(set) var isDoubted: Bool
    private var last: ClockReading
    private var wasSynchronised: Bool

    /// A step of the wall clock against monotonic time that ends the trust in it: 60 s (DESIGN law 6).
    public static let stepMillisecondsMax: Int64 = 60_000

    /// Starts the clock.
    ///
    /// - Parameter committed: the latest time that was ever committed, `nil` on the very first start. It is the sum of
    ///   all time proven so far, across boots.
    /// - Parameter doubted: `isDoubted` as it was committed: a step that nobody vouched for is not forgotten by a restart.
    /// - Parameter provenMilliseconds: monotonic time since then, when it was committed in this same boot; else 0.
    public init(
        _ reading: ClockReading, committed: Instant?, doubted: Bool = false, provenMilliseconds: Int64 = 0
    ) {
        last = reading
        wasSynchronised = reading.synchronised
        let floor = committed ?? reading.wall
        if reading.synchronised {
            trust = .trusted
            now = max(floor, reading.wall)
        } else if committed != nil, reading.wall >= floor, !doubted {
            trust = .holdover
            now = reading.wall
        } else {
            trust = .untrusted
            now = floor + max(0, provenMilliseconds)
        }
        isDoubted = !reading.synchronised && (doubted || reading.wall < floor)
    }

    /// Takes a reading and moves the time.
    public mutating func advance(_ reading: ClockReading) {
        let elapsed = max(0, reading.monotonicMilliseconds - last.monotonicMilliseconds)
        let step = (reading.wall - last.wall) - elapsed
        let stepped = abs(step) > Self.stepMillisecondsMax
        if stepped {
            stepsSeen += 1
            lastStepMilliseconds = step
        }
        defer { last = reading }
        if reading.synchronised {
            // A synchronised clock may be behind what was committed while it was not: time then waits for it.
            wasSynchronised = true
            isDoubted = false
            trust = .trusted
            now = max(now, reading.wall)
            return
        }
        let isBehind = now - reading.wall > Self.stepMillisecondsMax
        if stepped || isBehind { isDoubted = true }
        if stepped || isBehind || trust == .untrusted {
            // Holdover needs a clock that has not fallen behind what was told already: waiting for it, no deadline
            // would end. Back from here only once the kernel has vouched for the clock again.
            trust = .untrusted
            now = now + elapsed
            return
        }
        trust = wasSynchronised || trust == .holdover ? .holdover : .untrusted
        now = max(now, reading.wall)
    }
}
