// How long the disk takes to hold a commit: the last, the slowest of the last hour, and how they are spread.

import Glibc
import ShopModel
import Synchronization

/// Measures commits.
final class CommitMeter: Sendable {
    private let state = Mutex(State())

    private struct State {
        var lastAt: Instant?
        var lastNanoseconds: Int64 = 0
        /// The slowest commit of each of the last 60 minutes, in the slot of its minute.
        var slowest: [(minute: Int, nanoseconds: Int64)] = Array(repeating: (-60, 0), count: 60)
        var spread = Histogram(upTo: Histogram.diskSeconds)
    }

    /// Notes a commit that took so long and ended now.
    func note(nanoseconds: Int64) {
        let (wall, minute) = Self.now()
        state.withLock { state in
            state.lastAt = wall
            state.lastNanoseconds = nanoseconds
            let slot = minute % 60
            let known = state.slowest[slot]
            state.slowest[slot] = (minute, known.minute == minute ? max(known.nanoseconds, nanoseconds) : nanoseconds)
            state.spread.note(seconds: Double(nanoseconds) / 1e9)
        }
    }

    /// What was measured.
    var reading: (at: Instant?, milliseconds: Double, slowestMillisecondsInHour: Double, spread: Histogram) {
        let minute = Self.now().minute
        return state.withLock { state in
            let slowest = state.slowest.lazy.filter { minute - $0.minute < 60 }.map(\.nanoseconds).max() ?? 0
            return (state.lastAt, Double(state.lastNanoseconds) / 1e6, Double(slowest) / 1e6, state.spread)
        }
    }

    /// The wall clock, and the minutes that the box has run.
    private static func now() -> (wall: Instant, minute: Int) {
        var (wall, uptime) = (timespec(), timespec())
        clock_gettime(CLOCK_REALTIME, &wall)
        clock_gettime(CLOCK_BOOTTIME, &uptime)
        return (
            Instant(milliseconds: Int64(wall.tv_sec) * 1_000 + Int64(wall.tv_nsec) / 1_000_000), uptime.tv_sec / 60
        )
    }

    /// A clock for what is measured here.
    static func nanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// How often something took how long, in buckets, as Prometheus has them.
struct Histogram: Sendable {
    /// Bounds for what a disk does: from a good flash memory to one that hangs.
    static let diskSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
    /// Bounds for what memory does: a card is put together in some ten microseconds.
    static let memorySeconds = [0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25]

    /// The upper bounds of the buckets, in seconds, rising.
    let bounds: [Double]
    /// How many fell into each bucket, and at last those beyond the last bound.
    private(set) var counts: [Int]
    /// The sum of all, in seconds.
    private(set) var sum = 0.0

    init(upTo bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    mutating func note(seconds: Double) {
        counts[bounds.firstIndex { seconds <= $0 } ?? bounds.count] += 1
        sum += seconds
    }
}
