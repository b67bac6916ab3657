// What a technician may change, who may not, and that every change is kept with who made it.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("A technician's change")
struct ControlActTests {
    /// A shop with three events of one SKU and a reservation's, none of them received.
    private func shop() throws -> ControlShop {
        let shop = try ControlShop()
        _ = try shop.day()
        return shop
    }

    private func acts(_ shop: ControlShop) throws -> [OperatorAct] {
        try shop.disk.acts(afterNumber: 0, limit: 99)
    }

    private func events(_ shop: ControlShop, of subject: String) throws -> [OutboxEntry] {
        try shop.disk.outboxEntries(subject: subject, limit: 99)
    }

    @Test("by somebody who may only look is refused with its mend, and nothing is changed or kept")
    func readers() throws {
        let shop = try shop()
        let before = try events(shop, of: "sku/SHIRT-M")
        for line in [
            #"{"command":"queue.park","id":"1","reason":"test"}"#, #"{"command":"queue.retry","all":true}"#,
            #"{"command":"customer.erase","id":"C-1","reason":"test","language":"en"}"#,
            #"{"command":"customer.unmask","nonsense":1}"#,
        ] {
            let problem = try #require(try shop.ask(line, by: ControlShop.reader)["problem"])
            #expect(problem["code"] == "control.notTechnician")
            #expect(problem["detail"]?.text?.contains("usermod -aG edged-technicians paul") == true)
        }
        #expect(try acts(shop).isEmpty)
        #expect(try events(shop, of: "sku/SHIRT-M") == before)
        #expect(try shop.ask(#"{"command":"status"}"#, by: ControlShop.reader)["outcome"] == "done")
    }

    @Test("is kept with who, when, what and why; a refused one with its code; an unreadable one not at all")
    func journal() throws {
        let shop = try shop()
        let id = try #require(try events(shop, of: "sku/CAP").first?.event.id)
        #expect(try shop.ask(#"{"command":"queue.park","id":"\#(id)","reason":"ticket 88"}"#)["result"]?["act"] == 1)
        #expect(
            try shop.ask(#"{"command":"queue.park","id":"none","reason":"x"}"#)["problem"]?["code"]
                == "control.unknownEvent")
        #expect(try shop.ask(#"{"command":"queue.park","id":"1"}"#)["problem"]?["code"] == "contract.missing")
        let kept = try acts(shop)
        #expect(kept.count == 2)
        #expect(
            kept.first
                == OperatorAct(
                    number: 1, at: shop.ledger.now, user: 1_001, name: "nadia", command: "queue.park",
                    target: "event/\(id)", reason: "ticket 88", outcome: "done"))
        #expect(kept.last?.target == "event/none")
        #expect(kept.last?.outcome == "control.unknownEvent")
    }

    @Test("that parks an event parks what follows of its subject, and what comes later of it")
    func park() throws {
        let shop = try shop()
        let all = try events(shop, of: "sku/SHIRT-M")
        #expect(all.map(\.event.subjectSequence) == [1, 2, 3])
        let answer = try shop.ask(
            #"{"command":"queue.park","id":"\#(all[1].event.row)","reason":"headquarters asks"}"#)
        #expect(answer["result"]?["parked"] == 2)
        #expect(answer["result"]?["event"]?["reason"] == "technician: headquarters asks")
        try shop.command(
            9, "tablet-1", "reservation.place", #""lines":[{"sku":"SHIRT-M","quantity":1}],"term":{"minutes":60}"#)
        let now = try events(shop, of: "sku/SHIRT-M")
        #expect(now.map(\.state) == [.pending, .parked, .parked, .parked])
        #expect(now[2].follows == all[1].event.id)
        #expect(now[3].follows == all[1].event.id)
        #expect(now[1].follows == nil)
    }

    @Test("that lets an event go is refused while one before it is parked, and names that one")
    func order() throws {
        let shop = try shop()
        let all = try events(shop, of: "sku/SHIRT-M")
        _ = try shop.ask(#"{"command":"queue.park","id":"\#(all[0].event.id)","reason":"a"}"#)
        for command in ["queue.unpark", "queue.retry"] {
            let problem = try #require(
                try shop.ask(#"{"command":"\#(command)","id":"\#(all[2].event.id)"}"#)["problem"])
            #expect(problem["code"] == "queue.follows")
            #expect(problem["facts"]?["first"] == .string(all[0].event.id))
        }
        #expect(try events(shop, of: "sku/SHIRT-M").map(\.state) == [.parked, .parked, .parked])
        let answer = try shop.ask(#"{"command":"queue.unpark","id":"\#(all[0].event.id)"}"#)
        #expect(answer["result"]?["released"] == 3)
        #expect(try events(shop, of: "sku/SHIRT-M").map(\.state) == [.pending, .pending, .pending])
    }

    @Test("that lets an event go stops at the next one that was parked for a reason of its own")
    func ownReason() throws {
        let shop = try shop()
        let all = try events(shop, of: "sku/SHIRT-M")
        _ = try shop.ask(#"{"command":"queue.park","id":"\#(all[2].event.id)","reason":"later"}"#)
        _ = try shop.ask(#"{"command":"queue.park","id":"\#(all[0].event.id)","reason":"first"}"#)
        try shop.command(
            9, "tablet-1", "reservation.place", #""lines":[{"sku":"SHIRT-M","quantity":1}],"term":{"minutes":60}"#)
        let answer = try shop.ask(#"{"command":"queue.retry","id":"\#(all[0].event.id)"}"#)
        #expect(answer["result"]?["released"] == 2)
        let now = try events(shop, of: "sku/SHIRT-M")
        #expect(now.map(\.state) == [.pending, .pending, .parked, .parked])
        #expect(now[3].follows == all[2].event.id)
        #expect(try shop.ask(#"{"command":"queue.retry","all":true}"#)["result"]?["released"] == 2)
        #expect(try events(shop, of: "sku/SHIRT-M").allSatisfy { $0.state == .pending })
    }

    @Test("of what headquarters has, or of what is not parked, is refused with what is so")
    func wrongStates() throws {
        let shop = try shop()
        let all = try events(shop, of: "sku/SHIRT-M")
        let first = all[0].event.id
        _ = try shop.ledger.take([.link(up: true)])
        _ = try shop.ledger.take([
            .receipts(
                try ReceiptMessage(
                    Array(#"{"epoch":"e1","receipts":[{"id":"\#(first)","outcome":"durable"}]}"#.utf8)))
        ])
        for (command, more, code) in [
            ("queue.park", #","reason":"x""#, "queue.received"), ("queue.retry", "", "queue.received"),
            ("queue.unpark", "", "queue.notParked"),
        ] {
            let answer = try shop.ask(#"{"command":"\#(command)","id":"\#(first)"\#(more)}"#)
            #expect(answer["problem"]?["code"] == .string(code))
        }
        let second = all[1].event.id
        _ = try shop.ask(#"{"command":"queue.park","id":"\#(second)","reason":"x"}"#)
        #expect(
            try shop.ask(#"{"command":"queue.park","id":"\#(second)","reason":"y"}"#)["problem"]?["code"]
                == "queue.parked")
    }

    @Test(
        "takes an event off its way, whatever headquarters says of it, and sends it with its reply when it goes again")
    func inFlight() throws {
        let shop = try shop()
        let sent = try shop.ledger.take([.link(up: true)]).events
        #expect(!sent.isEmpty)
        let all = try events(shop, of: "sku/SHIRT-M")
        let first = all[0].event.id
        _ = try shop.ask(#"{"command":"queue.park","id":"\#(first)","reason":"x"}"#)
        _ = try shop.ledger.take([
            .receipts(
                try ReceiptMessage(
                    Array(#"{"epoch":"e1","receipts":[{"id":"\#(first)","outcome":"durable"}]}"#.utf8)))
        ])
        #expect(try events(shop, of: "sku/SHIRT-M").allSatisfy { $0.state == .parked })
        shop.sent = []
        _ = try shop.ask(#"{"command":"queue.unpark","id":"\#(first)"}"#)
        let text = shop.sent.map { String(decoding: $0.payload, as: UTF8.self) }.joined()
        for event in all { #expect(text.contains(event.event.id)) }
    }

    @Test("that needs more disk than there is changes nothing, says so, and can be made again")
    func fullDisk() throws {
        let shop = try shop()
        let first = try #require(try events(shop, of: "sku/SHIRT-M").first).event.id
        shop.disk.failNextCommit(.full)
        let answer = try shop.ask(#"{"command":"queue.park","id":"\#(first)","reason":"x"}"#)
        #expect(answer["problem"]?["code"] == "agent.diskFull")
        #expect(try acts(shop).isEmpty)
        #expect(try events(shop, of: "sku/SHIRT-M").allSatisfy { $0.state == .pending })
        #expect(try shop.ask(#"{"command":"queue.park","id":"\#(first)","reason":"x"}"#)["outcome"] == "done")
    }

    @Test(
        "whose commit breaks is told to nobody, and did not happen after the next start unless it is on the disk whole")
    func brokenDisk() throws {
        let shop = try shop()
        let first = try #require(try events(shop, of: "sku/SHIRT-M").first).event.id
        shop.disk.failNextCommit(.broken)
        #expect(throws: StorageFailure.self) {
            try shop.ask(#"{"command":"queue.park","id":"\#(first)","reason":"x"}"#)
        }
        shop.disk.crash()
        let kept = try acts(shop).count
        #expect(try events(shop, of: "sku/SHIRT-M").allSatisfy { ($0.state == .parked) == (kept == 1) })
    }

    @Test("is kept for a year and then forgotten, and its number is not given again")
    func forgotten() throws {
        let shop = try shop()
        _ = try shop.ask(#"{"command":"queue.retry","all":true}"#)
        try shop.wait(minutes: 364 * 1_440)
        #expect(try acts(shop).count == 1)
        try shop.wait(minutes: 2 * 1_440)
        #expect(try acts(shop).isEmpty)
        #expect(try shop.ask(#"{"command":"queue.retry","all":true}"#)["result"]?["act"] == 2)
    }
}
