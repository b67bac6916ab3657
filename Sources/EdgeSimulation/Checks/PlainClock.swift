// What time the shop may believe it is, by DESIGN law 6, from the machine's true readings.

import ShopCore
import ShopModel

/// The shop's time as it ought to be.
struct PlainClock {
    private(set) var now: Instant
    private var last: ClockReading
    private var trusts: Bool

    /// A process starts.
    init(_ reading: ClockReading, committed: Instant?, doubted: Bool) {
        last = reading
        let floor = committed ?? reading.wall
        let isPlausible = committed != nil && reading.wall >= floor && !doubted
        trusts = reading.synchronised || isPlausible
        now = trusts ? max(floor, reading.wall) : floor
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
