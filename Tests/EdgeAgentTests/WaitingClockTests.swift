// A clock that was ahead, and is right again: the shop's time waits for days, and nothing else does.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("While the shop's time waits for true time")
struct WaitingClockTests {
    /// A box whose clock was believed two days ahead, and is right again since.
    private func boxThatWaits() throws -> AgentBox {
        let box = try AgentBox()
        try box.stock("TEE", 500, share: 500)
        box.clock.jump(milliseconds: 2 * 86_400_000)
        try box.restart()
        box.clock.synchronise()
        let before = box.ledger.now
        box.queue.run(until: 5_000)
        _ = try box.ledger.take([])
        #expect(box.ledger.now == before)
        return box
    }

    @Test("events that nobody receipted are sent again")
    func eventsGoOut() throws {
        let box = try boxThatWaits()
        let sent = try box.ledger.take([.link(up: true)]).events
        #expect(!sent.isEmpty)
        box.queue.run(until: box.queue.now + 60_000)
        #expect(try !box.ledger.take([]).events.isEmpty)
    }

    @Test("a device that was told to slow down is heard again a moment later")
    func devicesAreHeard() throws {
        let box = try boxThatWaits()
        var slowed = false
        for _ in 0..<1_000 where !slowed {
            let reply = try box.send("moment.record", #""kind":"need""#)
            slowed = reply["problem"]?["code"] == "command.tooMany"
        }
        #expect(slowed)
        box.queue.run(until: box.queue.now + 5_000)
        #expect(try box.send("moment.record", #""kind":"need""#)["outcome"] == "done")
    }
}

@Suite("An event that headquarters misses")
struct MissedEventTests {
    @Test("is sent again at once when everything else that may be on its way waits for it")
    func fullWay() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5_000, share: 5_000)
        for number in 0..<300 {
            box.queue.run(until: Int64(number) * 3_000)
            try box.send(
                "delivery.receive", #""delivery":"D-\#(number)","lines":[{"sku":"TEE"},{"sku":"TEE","quantity":2}]"#)
        }
        _ = try box.ledger.take([.link(up: true)])
        // All that is on its way is of one subject or behind it: headquarters can take nothing but the first.
        let waiting = try box.pending().filter { $0.lane == .stock }
        _ = try box.receipt(waiting.dropFirst().prefix(400).map { Receipt(id: $0.id, outcome: .blocked) })
        box.queue.run(until: box.queue.now + 2_500)
        let first = try #require(waiting.first)
        let again = try box.ledger.take([]).events.filter { $0.lane == .stock }
        #expect(again.contains { String(decoding: $0.payload, as: UTF8.self).contains("\"\(first.id)\"") })
    }
}
