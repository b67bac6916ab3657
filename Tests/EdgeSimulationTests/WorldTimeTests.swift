// Chance, time and clocks of a simulated world.

import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("Chance")
struct WorldChanceTests {
    @Test("is the same for the same seed, and another for another")
    func repeats() {
        var first = SeededRandom(seed: 7)
        var second = SeededRandom(seed: 7)
        var other = SeededRandom(seed: 8)
        let draws = (0..<100).map { _ in first.next() }
        #expect(draws == (0..<100).map { _ in second.next() })
        #expect(draws != (0..<100).map { _ in other.next() })
    }

    @Test("follows the published xoshiro256** from a SplitMix64 seed")
    func knownAnswers() {
        // Computed with the authors' C sources, seed 0.
        var random = SeededRandom(seed: 0)
        #expect(random.next() == 0x99EC_5F36_CB75_F2B4)
        #expect(random.next() == 0xBF6E_1F78_4956_452A)
    }

    @Test("of a named stream is not disturbed by draws of another stream")
    func streams() {
        let root = SeededRandom(seed: 3)
        var broker = root.stream("broker")
        let alone = (0..<10).map { _ in broker.next() }
        var device = root.stream("device")
        _ = device.next()
        var again = root.stream("broker")
        #expect(alone == (0..<10).map { _ in again.next() })
        #expect(root.stream("a") != root.stream("b"))
    }

    @Test("happens about as often as it was told to")
    func chances() {
        var random = SeededRandom(seed: 11)
        let hits = (0..<10_000).filter { _ in random.chance(0.25) }.count
        #expect((2_300...2_700).contains(hits))
        #expect(!(0..<1_000).contains { _ in random.chance(0) })
        #expect((0..<1_000).allSatisfy { _ in random.chance(1) })
        #expect((0..<1_000).allSatisfy { _ in (-3...4).contains(random.within(-3...4)) })
        #expect(random.pick([Int]()) == nil)
        #expect(Set((0..<200).compactMap { _ in random.pick([1, 2, 3]) }) == [1, 2, 3])
    }
}

@Suite("The queue of events")
struct WorldEventQueueTests {
    @Test("runs in the order of time, and in the order of scheduling within a millisecond")
    func order() {
        var random = SeededRandom(seed: 5)
        let queue = EventQueue()
        var planned: [(Int64, Int)] = []
        var happened: [Int] = []
        for number in 0..<2_000 {
            let at = random.within(0...50)
            planned.append((at, number))
            queue.schedule(at: at) { happened.append(number) }
        }
        #expect(queue.runToEnd(limit: 10_000))
        let expected = planned.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.1)
        #expect(happened == expected)
    }

    @Test("moves time to the next thing, forgets what was called off, and never goes back")
    func timeMoves() {
        let queue = EventQueue()
        var seen: [Int64] = []
        queue.schedule(at: 100) {
            seen.append(queue.now)
            queue.schedule(at: 20) { seen.append(queue.now) }
        }
        let ticket = queue.schedule(at: 50) { seen.append(-1) }
        queue.cancel(ticket)
        #expect(queue.nextAt == 100)
        queue.run(until: 99)
        #expect(queue.now == 99 && seen.isEmpty)
        queue.run(until: 200)
        #expect(seen == [100, 100])
        #expect(queue.now == 200 && queue.nextAt == nil)
    }
}

@Suite("The trace")
struct WorldTraceTests {
    @Test("tells two days apart, also when lines were only swapped, and keeps its last lines")
    func hashes() {
        let (a, b, c) = (Trace(tailMax: 2), Trace(), Trace())
        for trace in [a, b] {
            trace.line(at: 1, "publish", "scanner", "topic", 3)
            trace.line(at: 2, "crash", "edged")
            trace.line(at: 3, "start", "edged")
        }
        c.line(at: 1, "publish", "scanner", "topic", 3)
        c.line(at: 3, "start", "edged")
        c.line(at: 2, "crash", "edged")
        #expect(a.hash == b.hash && a.hexadecimalHash.count == 16)
        #expect(a.hash != c.hash)
        #expect(a.lastLines.count == 2)
        #expect(a.lastLines.first?.contains("crash") == true)
    }

    @Test("has digests of 32 bytes that tell near things apart")
    func digests() {
        let digest = FNVDigest()
        #expect(digest.digest([]).count == 32)
        #expect(digest.digest([1, 2, 3]) == digest.digest([1, 2, 3]))
        #expect(digest.digest([1, 2, 3]) != digest.digest([1, 2, 4]))
        #expect(digest.digest([0]) != digest.digest([0, 0]))
    }
}

@Suite("A box's clock")
struct WorldClockTests {
    let queue = EventQueue()
    let noon = Instant(milliseconds: 1_790_000_000_000)

    @Test("tells true time while it is synchronised, and by its own oscillator after")
    func drifts() {
        let clock = SimulatedClock(queue, beginning: noon)
        clock.drift(partsPerMillion: 100)
        queue.run(until: 1_000_000)
        #expect(clock.read().wall == noon + 1_000_000)
        clock.loseSynchronisation()
        #expect(clock.read().wall == noon + 1_000_000)
        queue.run(until: 2_000_000)
        #expect(clock.read().wall == noon + 2_000_100)
        #expect(!clock.read().synchronised)
        clock.synchronise()
        #expect(clock.read().wall == noon + 2_000_000)
        #expect(clock.read().monotonicMilliseconds == 2_000_100)
    }

    @Test("that jumps takes monotonic time with it not at all, and the shop sees the step")
    func jumps() {
        let clock = SimulatedClock(queue, beginning: noon, synchronised: false)
        var shop = ShopClock(clock.read(), committed: noon)
        queue.run(until: 5_000)
        clock.jump(milliseconds: -3_600_000)
        #expect(clock.read().wall == noon + 5_000 + -3_600_000)
        #expect(clock.read().monotonicMilliseconds == 5_000)
        shop.advance(clock.read())
        #expect(shop.trust == .untrusted && shop.now == noon + 5_000)
    }

    @Test("without a battery boots in 1970, in another boot, with monotonic time from zero")
    func reboots() {
        let clock = SimulatedClock(queue, beginning: noon)
        queue.run(until: 5_000)
        let before = clock.read()
        clock.reboot(wall: Instant(milliseconds: 0))
        queue.run(until: 7_000)
        let after = clock.read()
        #expect(after.boot != before.boot)
        #expect(after.monotonicMilliseconds == 2_000)
        #expect(after.wall == Instant(milliseconds: 2_000))
        #expect(!after.synchronised)
        clock.reboot()
        #expect(clock.read().wall == Instant(milliseconds: 2_000) && clock.jumps == 1)
    }
}
