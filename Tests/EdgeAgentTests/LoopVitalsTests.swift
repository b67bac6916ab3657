// What a loop tells of itself, and when systemd's watchdog hears of it.

import EdgeAgent
import ShopCore
import ShopModel
import Synchronization
import Testing

/// A clock that a test sets.
private final class HandClock: MachineClock, Sendable {
    private let milliseconds = Atomic<Int64>(1_000_000)

    func read() -> ClockReading {
        let now = milliseconds.load(ordering: .relaxed)
        return ClockReading(
            wall: Instant(milliseconds: 1_790_000_000_000 + now), monotonicMilliseconds: now, synchronised: true,
            boot: "boot-1")
    }

    func pass(_ span: Int64) { milliseconds.add(span, ordering: .relaxed) }
}

@Suite("A loop's signs of life")
struct LoopVitalsTests {
    private let clock = HandClock()

    @Test("call it stuck when it neither rests nor turns, and not while it rests as long as it said")
    func stuck() {
        let vitals = LoopVitals(.ledger, clock: clock)
        vitals.rests(milliseconds: 15_000)
        clock.pass(14_999)
        #expect(vitals.ageMilliseconds == 14_999)
        #expect(vitals.lateMilliseconds == 0)
        clock.pass(5_001)
        #expect(!vitals.isStuck)
        clock.pass(1)
        #expect(vitals.isStuck)
        vitals.turns()
        #expect(vitals.ageMilliseconds == 0)
        clock.pass(5_001)
        #expect(vitals.isStuck, "a turn that does not end is no rest")
    }

    @Test("say since when its connection is up or down, why it ended, and how often it was made within the hour")
    func connection() {
        let vitals = LoopVitals(.headquarters, clock: clock)
        #expect(vitals.connection.since == nil)
        vitals.disconnected("no answer")
        let down = vitals.connection
        clock.pass(60_000)
        vitals.disconnected("no answer again")
        #expect(vitals.connection.since == down.since, "one outage, however many attempts")
        #expect(vitals.connection.lastError == "no answer again")
        for _ in 0..<3 {
            clock.pass(1_000)
            vitals.connected()
        }
        #expect(vitals.connection.isUp)
        #expect(vitals.connection.connectionsInHour == 3)
        clock.pass(3_600_000 - 1_000)
        #expect(vitals.connection.connectionsInHour == 2)
        #expect(vitals.connection.connectionsTotal == 3)
    }
}

@Suite("The watchdog")
struct WatchdogTests {
    private let clock = HandClock()
    private let ledger: LoopVitals
    private let front: LoopVitals
    private let rings = Counter()
    private let watchdog: Watchdog

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add() { count.add(1, ordering: .relaxed) }
    }

    init() {
        ledger = LoopVitals(.ledger, clock: clock)
        front = LoopVitals(.front, clock: clock)
        let rings = rings
        let watchdog = Watchdog(intervalMilliseconds: 10_000, loops: [ledger, front], clock: clock) { rings.add() }
        ledger.atEachTurn { watchdog.turned() }
        front.atEachTurn { watchdog.turned() }
        self.watchdog = watchdog
    }

    @Test("is fed by turns, not more often than it asks, however busy the loops are")
    func turns() {
        for _ in 0..<1_000 {
            clock.pass(10)
            ledger.turns()
            front.turns()
        }
        #expect((2...3).contains(rings.value), "10 s at a beat every 5 s, not \(rings.value)")
    }

    @Test("hears nothing more once the ledger stands still, although the front turns", arguments: [true, false])
    func oneStandsStill(ledgerStands: Bool) {
        let (stands, runs) = ledgerStands ? (ledger, front) : (front, ledger)
        stands.turns()
        runs.turns()
        for _ in 0..<10 {
            clock.pass(1_000)
            runs.turns()
        }
        let heard = rings.value
        #expect(heard > 0, "nobody is late yet")
        for _ in 0..<100 {
            clock.pass(1_000)
            runs.turns()
        }
        #expect(rings.value == heard)
        stands.turns()
        #expect(rings.value == heard + 1, "who turns again is believed again")
    }

    @Test("lets loops rest no longer than it takes to hear of them in time, and never beyond their own measure")
    func rest() {
        #expect(Watchdog.restMilliseconds(intervalMilliseconds: 10_000) == 5_000)
        #expect(Watchdog.restMilliseconds(intervalMilliseconds: 120_000) == 15_000)
        #expect(Watchdog.restMilliseconds(intervalMilliseconds: nil) == 15_000)
        #expect(Watchdog.restMilliseconds(intervalMilliseconds: 1) == 1)
    }
}
