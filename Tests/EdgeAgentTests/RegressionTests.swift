// Faults that were found once, so that they are not found again.

import Contract
import EdgeAgent
import EdgeSimulation
import ScanCodes
import ShopCore
import ShopModel
import Testing

@Suite("What once went wrong:")
struct RegressionTests {
    private static let code = OwnCode.mint(kind: .pickup, from: 1).text

    /// A box with a clerk and a manager signed in at the tablet, and a pickup that is ready until 11:00.
    private func boxWithReadyPickup() throws -> AgentBox {
        let box = try AgentBox()
        let pin = SimulatedPINs.derive("4711")
        try box.feed(
            .clerks,
            [
                #"{"key":"c1","value":{"badge":"B1","name":"Alice","roles":["clerk","manager"],"pin":"\#(pin)"}}"#
            ])
        try box.send("clerk.signIn", #""badge":"B1","pin":"4711""#)
        try box.stock("TEE", 5, share: 3)
        try box.feed(
            .orders,
            [
                #"{"type":"placed","order":"O-1","code":"\#(Self.code)","source":"fromStock","placedAt":"2026-11-22T09:00:00Z","collectBy":"2026-11-22T11:00:00Z","customer":{"name":"Marie Dupont","phoneLast4":"4242"},"lines":[{"sku":"TEE","quantity":1,"rights":{"holder":"hq","created":5,"given":{"edge.one":3},"spent":1}}]}"#
            ])
        for step in [
            ("accept", ""), ("pick", #","sku":"TEE""#), ("stage", #","place":"B4""#), ("ready", ""),
        ] {
            let reply = try box.send("pickup.\(step.0)", #""order":"O-1","clerk":"c1"\#(step.1)"#)
            #expect(reply["outcome"] == "done", "\(step.0)")
        }
        return box
    }

    @Test("a late hand-over that is corrected makes the pickup overdue once more, and the agent goes on")
    func overdueTwice() throws {
        let box = try boxWithReadyPickup()
        box.queue.run(until: 2 * 3_600_000)
        let given = try box.send(
            "pickup.handOver", #""order":"O-1","clerk":"c1","proof":{"code":"\#(Self.code)"}"#)
        #expect(given["result"]?["state"] == "handedOver")
        try box.send("pickup.correct", #""order":"O-1","clerk":"c1","reason":"wrong person""#)
        _ = try box.ledger.take([])
        let seen = try box.send("pickup.get", #""order":"O-1""#)
        #expect(seen["result"]?["state"] == "overdue")
        #expect(try box.pending().filter { $0.type == "store.pickup.overdue" }.count == 2)
    }

    @Test("moments that are given up leave no gap before the next, and no lane waits for another's")
    func shedMoments() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        for _ in 0..<3 { try box.send("moment.record", #""kind":"trial""#) }
        let moments = try box.pending().filter { $0.lane == .moments }
        #expect(Set(moments.map(\.subject)).count == 3)
        #expect(moments.allSatisfy { $0.subjectSequence == 1 })
        _ = try box.ledger.take([.link(up: true)])
        _ = try box.receipt([Receipt(id: moments[0].id, outcome: .blocked)])
        try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)
        let sent = try box.ledger.take([]).events
        #expect(sent.isEmpty)
        #expect(try box.pending().contains { $0.lane == .orders })
    }

    @Test("an event that was lost among others that arrived is sent again within half a minute")
    func lostAmongOthers() throws {
        let box = try AgentBox()
        try box.stock("TEE", 50, share: 50)
        _ = try box.ledger.take([.link(up: true)])
        let lost = try #require(try box.pending().first)
        var sentAgain = false
        for second in 1...60 {
            box.queue.run(until: Int64(second) * 1_000)
            let moment = try box.ledger.take([try box.message("moment.record", #""kind":"need""#, id: box.id())])
            if moment.events.contains(where: { $0.lane == .stock }) { sentAgain = true }
            let others = try box.pending().filter { $0.id != lost.id }
            let outcome = try box.receipt(others.map { Receipt(id: $0.id, outcome: .durable) })
            if outcome.events.contains(where: { $0.lane == .stock }) { sentAgain = true }
        }
        #expect(sentAgain)
    }

    @Test("a count that waits for approval does not count a correction twice that came between")
    func correctionBetween() throws {
        let box = try boxWithReadyPickup()
        try box.stock("CAP", 10, share: 10)
        try box.send("count.record", #""sku":"CAP","counted":8"#)
        try box.feed(.stock, [#"{"type":"absolute","sku":"CAP","onHand":8,"asOf":null}"#])
        try box.send("count.approve", #""sku":"CAP","clerk":"c1""#)
        #expect(try box.line("CAP").onHand == 8)
    }

    @Test("a clerk who is no longer fed is no longer signed in")
    func removedClerk() throws {
        let box = try boxWithReadyPickup()
        try box.feed(.clerks, [#"{"key":"c1","value":null}"#])
        let reply = try box.send(
            "pickup.handOver", #""order":"O-1","clerk":"c1","proof":{"code":"\#(Self.code)"}"#)
        #expect(reply["problem"]?["code"] == "clerk.sessionRequired")
    }

    @Test("the contact of a pickup is forgotten a week after it is over")
    func contactForgotten() throws {
        let box = try boxWithReadyPickup()
        try box.send("pickup.handOver", #""order":"O-1","clerk":"c1","proof":{"code":"\#(Self.code)"}"#)
        #expect(try box.send("pickup.get", #""order":"O-1""#)["result"]?["name"] == "M. D***")
        box.queue.run(until: 8 * 86_400_000)
        _ = try box.ledger.take([])
        #expect(try box.send("pickup.get", #""order":"O-1""#)["result"]?["name"] == nil)
    }

    @Test("a scan tells the public state alone, and a code that is over what became of it")
    func scansOfCodes() throws {
        let box = try boxWithReadyPickup()
        let front = box.front()
        func card(_ device: String) throws -> JSON {
            let message = DeviceMessage(
                topic: try DeviceTopic("shop/v1/\(device)/ask/scan"), payload: Array(Self.code.utf8))
            switch try front.answer(message) {
            case .replies(let replies): return try JSONReader.read(replies[0].payload)
            case .forLedger(let message):
                return try JSONReader.read(try box.ledger.take([.device(message)]).replies[0].payload)
            }
        }
        #expect(try card("tablet-1")["result"]?["name"] == "M. D***")
        #expect(try card("unlisted-9")["result"]?["name"] == nil)
        #expect(try card("unlisted-9")["result"]?["lines"] == [])
        try box.send("pickup.handOver", #""order":"O-1","clerk":"c1","proof":{"code":"\#(Self.code)"}"#)
        #expect(try card("tablet-1")["result"]?["state"] == "handedOver")
        #expect(try card("unlisted-9")["result"]?["name"] == nil)
    }

    @Test("cursors that a full disk kept from being told are told in the next turn that is committed")
    func cursorsAfterAFullDisk() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        box.disk.fillDisk(ballastCommits: 0)
        _ = try box.ledger.take([
            .link(up: true), try box.message("moment.record", #""kind":"need""#, id: box.id()),
        ])
        _ = try box.ledger.take([try box.message("moment.record", #""kind":"need""#, id: box.id())])
        box.disk.freeDisk()
        #expect(try box.ledger.take([]).cursors?.count == 1)
    }
}
