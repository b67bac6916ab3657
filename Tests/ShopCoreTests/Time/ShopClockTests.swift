// The shop's time when the machine's clock may be wrong (DESIGN law 6).

import ShopCore
import ShopModel
import Testing

/// What the machine says so many milliseconds after its start.
private func reading(
    _ wall: Instant, at monotonic: Int64, synchronised: Bool = false, boot: String = "boot-1"
) -> ClockReading {
    ClockReading(wall: wall, monotonicMilliseconds: monotonic, synchronised: synchronised, boot: boot)
}

@Suite("The shop's time")
struct ShopClockTests {
    @Test("is the wall clock's while the kernel vouches for it")
    func trusted() {
        var clock = ShopClock(reading("10:00", at: 0, synchronised: true), committed: nil)
        #expect(clock.trust == .trusted)
        #expect(clock.now == "10:00")
        clock.advance(reading("10:05", at: minutes(5), synchronised: true))
        #expect(clock.now == "10:05")
        #expect(clock.trust == .trusted)
    }

    @Test("never goes back, also when a trusted clock is set back")
    func neverDecreases() {
        var clock = ShopClock(reading("10:00", at: 0, synchronised: true), committed: "10:02")
        #expect(clock.now == "10:02")
        clock.advance(reading("10:01", at: minutes(1), synchronised: true))
        #expect(clock.now == "10:02")
        clock.advance(reading("09:00", at: minutes(2), synchronised: true))
        #expect(clock.now == "10:02")
        clock.advance(reading("10:03", at: minutes(65), synchronised: true))
        #expect(clock.now == "10:03")
    }

    @Test("goes on by the wall clock in holdover, so that deadlines still end with the line down")
    func holdover() {
        var clock = ShopClock(reading("10:00", at: 0), committed: "09:59")
        #expect(clock.trust == .holdover)
        clock.advance(reading("10:30", at: minutes(30)))
        #expect(clock.now == "10:30")
        #expect(clock.trust == .holdover)
    }

    @Test("goes into holdover when the kernel no longer vouches, and back when it does")
    func losesSynchronisation() {
        var clock = ShopClock(reading("10:00", at: 0, synchronised: true), committed: nil)
        clock.advance(reading("10:01", at: minutes(1)))
        #expect(clock.trust == .holdover)
        clock.advance(reading("10:02", at: minutes(2), synchronised: true))
        #expect(clock.trust == .trusted)
    }

    @Test("of a box without a battery that starts in 1970 is the last committed time, and moves by proven time only")
    func nineteenSeventy() {
        var clock = ShopClock(reading("1970-01-01T00:00:10Z", at: 10_000), committed: "10:00")
        #expect(clock.trust == .untrusted)
        #expect(clock.now == "10:00")
        clock.advance(reading("1970-01-01T00:05:10Z", at: 10_000 + minutes(5)))
        #expect(clock.now == "10:05")
        #expect(clock.trust == .untrusted)
        clock.advance(reading("18:00", at: 10_000 + minutes(6), synchronised: true))
        #expect(clock.now == "18:00")
        #expect(clock.trust == .trusted)
    }

    @Test("on the very first start is the wall clock's, without trust until the kernel vouches")
    func firstStart() {
        let clock = ShopClock(reading("10:00", at: 0), committed: nil)
        #expect(clock.now == "10:00")
        #expect(clock.trust == .untrusted)
    }

    @Test("does not jump with a step of more than a minute, forwards or back, that nobody vouched for")
    func steps() {
        for wall in ["2031-01-01T00:00:00Z", "10:02:00.001", "09:59:59.999", "1970-01-01T00:00:00Z"] as [Instant] {
            var clock = ShopClock(reading("10:00", at: 0, synchronised: true), committed: nil)
            clock.advance(reading(wall, at: minutes(1)))
            #expect(clock.now == "10:01", "\(wall)")
            #expect(clock.trust == .untrusted)
            #expect(clock.stepsSeen == 1)
            clock.advance(reading(wall + minutes(2), at: minutes(3)))
            #expect(clock.now == "10:03", "only proven time counts after a step")
            #expect(clock.trust == .untrusted, "holdover comes back only after the kernel has vouched")
        }
    }

    @Test("bears a step of a minute")
    func smallSteps() {
        for wall in ["10:02", "10:00:00"] as [Instant] {
            var clock = ShopClock(reading("10:00", at: 0, synchronised: true), committed: nil)
            clock.advance(reading(wall, at: minutes(1)))
            #expect(clock.trust == .holdover)
            #expect(clock.stepsSeen == 0)
        }
    }

    @Test("takes a step that the kernel vouches for")
    func vouchedStep() {
        var clock = ShopClock(reading("10:00", at: 0), committed: "09:00")
        clock.advance(reading("14:00", at: minutes(1), synchronised: true))
        #expect(clock.now == "14:00")
        #expect(clock.trust == .trusted)
        #expect(clock.stepsSeen == 1)
        clock.advance(reading("14:01", at: minutes(2)))
        #expect(clock.trust == .holdover)
    }

    @Test("does not stand still when the clock has fallen behind it in small steps or was committed ahead of it")
    func behind() {
        var creeping = ShopClock(reading("10:00", at: 0), committed: "09:00")
        for (half, wall) in (["09:59:30", "09:59:00", "09:58:30", "09:58:00"] as [Instant]).enumerated() {
            // Every half minute the wall clock loses a whole one: no single step is large enough to be one.
            creeping.advance(reading(wall, at: Int64(half + 1) * 30_000))
        }
        #expect(creeping.now == "10:01")
        #expect(creeping.trust == .untrusted)
        var ahead = ShopClock(reading("10:00", at: 0, synchronised: true), committed: "12:00")
        #expect(ahead.now == "12:00")
        ahead.advance(reading("10:05", at: minutes(5)))
        #expect(ahead.trust == .untrusted, "holdover is a clock at or after the committed time")
        #expect(ahead.now == "12:05")
    }

    @Test("adds up proven time across boots from what was committed")
    func acrossBoots() {
        var committed: Instant = "10:00"
        for boot in 1...3 {
            var clock = ShopClock(
                reading("1970-01-01T00:00:00Z", at: 5_000, boot: "boot-\(boot)"), committed: committed)
            clock.advance(reading("1970-01-01T00:10:00Z", at: 5_000 + minutes(10), boot: "boot-\(boot)"))
            committed = clock.now
        }
        #expect(committed == "10:30")
    }

    @Test("never goes back and never outruns what is proven or vouched for, whatever the machine says")
    func generated() {
        for seed in UInt64(1)...500 {
            var random = SplitMix64(seed: seed)
            var wall: Instant = "10:00"
            var monotonic: Int64 = 0
            var clock = ShopClock(reading(wall, at: 0, synchronised: random.once(in: 2)), committed: "10:00")
            for step in 0..<100 {
                let elapsed = Int64(random.int(0...120_000))
                monotonic += elapsed
                wall = wall + elapsed
                if random.once(in: 5) { wall = wall + Int64(random.int(-90_000_000...90_000_000)) }
                let synchronised = random.once(in: 4)
                let before = clock
                clock.advance(reading(wall, at: monotonic, synchronised: synchronised))
                let most =
                    synchronised
                    ? max(before.now, wall) : max(before.now + elapsed, before.now + elapsed + minutes(1), wall)
                guard clock.now >= before.now, clock.now <= most, synchronised == (clock.trust == .trusted),
                    clock.trust != .untrusted || clock.now == before.now + elapsed
                else {
                    Issue.record("Seed \(seed), step \(step): \(before) became \(clock)")
                    return
                }
            }
        }
    }
}
