// What time the shop may believe it is, by DESIGN law 6, from the machine's true readings.

import ShopCore
import ShopModel

/// The shop's time as it ought to be.
struct PlainClock {
    private(set) var now: Instant
    private var last: ClockReading
    private var trusts: Bool

    /// A process starts.
    ///
    /// - Parameter stored: `milliseconds/monotonic/boot` as the shop committed it.
    init(_ reading: ClockReading, stored: String?, doubted: Bool) {
        let parts = stored?.split(separator: "/", maxSplits: 2).map(String.init) ?? []
        let committed = parts.first.flatMap(Int64.init).map(Instant.init(milliseconds:))
        // Time that provably passed: the same boot, by its monotonic clock.
        let isSameBoot = parts.count == 3 && parts[2] == reading.boot
        let proven = isSameBoot ? reading.monotonicMilliseconds - (Int64(parts[1]) ?? 0) : 0
        last = reading
        let floor = committed ?? reading.wall
        let isPlausible = committed != nil && reading.wall >= floor && !doubted
        trusts = reading.synchronised || isPlausible
        now = trusts ? max(floor, reading.wall) : floor + proven
    }

    /// The process looks at the clock again.
    mutating func look(_ reading: ClockReading) {
        let elapsed = reading.monotonicMilliseconds - last.monotonicMilliseconds
        let jumped = abs((reading.wall - last.wall) - elapsed) > 60_000
        // A clock that fell behind what was told already is wrong too.
        let isBehind = now - reading.wall > 60_000
        last = reading
        if reading.synchronised {
            trusts = true
        } else if jumped || isBehind {
            trusts = false
        }
        // Without trust only time that provably passed counts; in no case does it go back.
        now = trusts ? max(now, reading.wall) : now + elapsed
    }
}
