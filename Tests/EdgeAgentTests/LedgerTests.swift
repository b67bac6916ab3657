// The rules that hold around every decision: once in effect, nothing half done, nothing lost, each due at its instant.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("The ledger")
struct LedgerTests {
    @Test("answers the same command again with the same reply and no second effect, also after a restart")
    func replays() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let id = box.id()
        let first = try box.send("reservation.place", #""lines":[{"sku":"TEE","quantity":2}]"#, id: id)
        #expect(first["outcome"] == "done")
        #expect(first["replayed"] == false)
        try box.restart()
        let again = try box.send("reservation.place", #""lines":[{"sku":"TEE","quantity":2}]"#, id: id)
        #expect(again["replayed"] == true)
        #expect(again["result"] == first["result"])
        #expect(try box.line("TEE").holds == 2)
    }

    @Test("refuses an id that another device or another body uses again, and shows no reply of it")
    func refusesReusedIDs() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let id = box.id()
        try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#, id: id)
        let other = try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#, id: id, from: "till-1")
        #expect(other["problem"]?["code"] == "command.idReused")
        #expect(other["result"] == nil)
        let changed = try box.send("reservation.place", #""lines":[{"sku":"TEE","quantity":2}]"#, id: id)
        #expect(changed["problem"]?["code"] == "command.idReused")
        #expect(try box.line("TEE").holds == 1)
    }

    @Test("does not promise the same unit to two devices of one batch")
    func promisesTheLastUnitOnce() throws {
        let box = try AgentBox()
        try box.stock("TEE", 1, share: 1)
        let outcome = try box.ledger.take([
            try box.message("reservation.place", #""lines":[{"sku":"TEE"}]"#, id: box.id()),
            try box.message("reservation.place", #""lines":[{"sku":"TEE"}]"#, id: box.id(), from: "till-1"),
        ])
        let outcomes = try outcome.replies.map { try JSONReader.read($0.payload)["outcome"]?.text }
        #expect(outcomes == ["done", "refused"])
    }

    @Test("leaves nothing of a refused command: two lines, the second short, hold nothing")
    func refusalsLeaveNothing() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        try box.stock("CAP", 1, share: 1)
        let reply = try box.send(
            "reservation.place", #""lines":[{"sku":"TEE","quantity":2},{"sku":"CAP","quantity":2}]"#)
        #expect(reply["problem"]?["code"] == "stock.short")
        #expect(try box.line("TEE").holds == 0)
        let tee = try #require(SKU("TEE"))
        #expect(box.view.figures(of: tee)?.free == 5)
    }

    @Test("answers `later` on a full disk, keeps nothing, and takes the same id when there is space again")
    func laterOnAFullDisk() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let id = box.id()
        box.disk.fillDisk(ballastCommits: 0)
        let refused = try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#, id: id)
        #expect(refused["outcome"] == "later")
        #expect(refused["problem"]?["code"] == "agent.diskFull")
        box.disk.freeDisk()
        #expect(try box.line("TEE").holds == 0)
        let taken = try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#, id: id)
        #expect(taken["outcome"] == "done")
        #expect(taken["replayed"] == false)
    }

    @Test("still takes receipts in with the ballast's space while commands wait on a full disk")
    func drainsOnAFullDisk() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        _ = try box.ledger.take([.link(up: true)])
        let event = try #require(try box.pending().first)
        box.disk.fillDisk(ballastCommits: 3)
        let outcome = try box.ledger.take([
            try box.message("reservation.place", #""lines":[{"sku":"TEE"}]"#, id: box.id()),
            .receipts(ReceiptMessage(epoch: "e1", receipts: [Receipt(id: event.id, outcome: .durable)])),
        ])
        #expect(try JSONReader.read(outcome.replies[0].payload)["outcome"] == "later")
        #expect(try box.pending().allSatisfy { $0.id != event.id })
    }

    @Test("throws away the whole batch when a sync fails: no reply of it exists")
    func failedSyncTellsNobody() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        box.disk.failNextCommit(.broken)
        #expect(throws: StorageFailure.self) {
            try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)
        }
    }

    @Test("sets a command aside that killed the agent twice, and answers it")
    func quarantine() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let (id, fields) = (box.id(), #""lines":[{"sku":"TEE"}]"#)
        let payload = Array("{\"id\":\"\(id)\",\(fields)}".utf8)
        for _ in 0..<2 {
            box.note.begin(FNVDigest().digest(Array("reservation.place".utf8) + [0] + payload))
            box.note.crash(.process)
            try box.restart()
        }
        let reply = try box.send("reservation.place", fields, id: id)
        #expect(reply["problem"]?["code"] == "command.quarantined")
        let other = try box.send("reservation.place", fields)
        #expect(other["outcome"] == "done")
    }

    @Test("ends a hold at its very instant, also when it was off at that instant, and dates it there")
    func expiresAtItsInstant() throws {
        let box = try AgentBox()
        try box.stock("TEE", 1, share: 1)
        let held = try box.send("reservation.place", #""lines":[{"sku":"TEE"}],"term":{"minutes":60}"#)
        #expect(held["result"]?["until"] == "2026-11-22T11:00:00Z")
        box.queue.run(until: 60 * 60_000 - 1)
        let early = try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)
        #expect(early["outcome"] == "refused")
        box.disk.crash(.power)
        box.queue.run(until: 3 * 3_600_000)
        try box.restart()
        let free = try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)
        #expect(free["outcome"] == "done")
        let expired = try #require(try box.pending().first { $0.type == "store.reservation.expired" })
        #expect(expired.time == Instant(rfc3339: "2026-11-22T11:00:00Z"))
    }

    @Test("does not end a hold because a clock that nobody vouched for jumped, not even after a restart")
    func unvouchedStep() throws {
        let box = try AgentBox()
        try box.stock("TEE", 1, share: 1)
        box.clock.loseSynchronisation()
        try box.send("reservation.place", #""lines":[{"sku":"TEE"}],"term":{"minutes":60}"#)
        box.clock.jump(milliseconds: 48 * 3_600_000)
        box.queue.run(until: box.queue.now + 61_000)
        _ = try box.ledger.take([])
        try box.restart()
        #expect(box.ledger.trust == .untrusted)
        let refused = try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)
        #expect(refused["problem"]?["code"] == "stock.short")
        // Off for two hours of the same boot: the monotonic clock proves them.
        box.disk.crash(.process)
        box.queue.run(until: box.queue.now + 2 * 3_600_000)
        try box.restart()
        #expect(try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)["outcome"] == "done")
    }

    @Test("counts a wrong PIN although the sign-in is refused, and locks the badge after five")
    func locksABadge() throws {
        let box = try AgentBox()
        try box.feed(
            .clerks,
            [
                #"{"key":"c1","value":{"badge":"B1","name":"Alice","roles":["clerk"],"pin":"\#(SimulatedPINs.derive("4711"))"}}"#
            ])
        for _ in 0..<5 {
            let reply = try box.send("clerk.signIn", #""badge":"B1","pin":"0000""#)
            #expect(reply["problem"]?["code"] == "clerk.signInWrong")
        }
        try box.restart()
        #expect(try box.send("clerk.signIn", #""badge":"B1","pin":"4711""#)["problem"]?["code"] == "clerk.locked")
        box.queue.run(until: box.queue.now + 6 * 60_000)
        #expect(try box.send("clerk.signIn", #""badge":"B1","pin":"4711""#)["outcome"] == "done")
    }
}

@Suite("A device that asks without end")
struct RateTests {
    @Test("is told to come again with the same id, and no other device is slowed down")
    func slowsDown() throws {
        let box = try AgentBox()
        try box.stock("TEE", 1_000, share: 1_000)
        var outcomes: [String: Int] = [:]
        for _ in 0..<300 {
            box.queue.run(until: box.queue.now + 50)
            let reply = try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)
            outcomes[reply["problem"]?["code"]?.text ?? "done", default: 0] += 1
        }
        #expect(outcomes["command.tooManyReservations"] == 300 - (outcomes["done"] ?? 0))
        #expect((240...280).contains(outcomes["done"] ?? 0))
        let other = try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#, from: "till-1")
        #expect(other["outcome"] == "done")
    }
}
