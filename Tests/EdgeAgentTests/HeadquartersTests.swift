// What the ledger makes of headquarters' words: receipts, feeds, rights.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("Headquarters' word")
struct HeadquartersWordTests {
    @Test("durable takes an event off the queue; nothing is sent twice while it is on its way")
    func durable() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let sent = try box.ledger.take([.link(up: true)]).events
        #expect(sent.reduce(0) { $0 + $1.count } == 1)
        #expect(try box.ledger.take([]).events.isEmpty)
        let event = try #require(try box.pending().first)
        _ = try box.receipt([Receipt(id: event.id, outcome: .durable)])
        #expect(try box.pending().isEmpty)
    }

    @Test("refused parks the event and what follows of its subject, and nothing else")
    func refusedParksItsSubject() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        try box.stock("CAP", 5, share: 5)
        try box.stock("TEE", 6, share: 6)
        let first = try #require(try box.pending().first { $0.subject == "sku/TEE" })
        _ = try box.receipt([Receipt(id: first.id, outcome: .refused, reason: "no such SKU")])
        #expect(try box.pending().map(\.subject) == ["sku/CAP"])
        try box.stock("TEE", 7, share: 7)
        #expect(try box.pending().map(\.subject) == ["sku/CAP"])
    }

    @Test("blocked brings the event again, after a moment, with what comes before it")
    func blockedComesAgain() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)
        _ = try box.ledger.take([.link(up: true)])
        let events = try box.pending().filter { $0.subject == "sku/TEE" }
        #expect(events.count == 2)
        _ = try box.receipt([
            Receipt(id: events[0].id, outcome: .durable),
            Receipt(id: events[1].id, outcome: .blocked, reason: "expects 1"),
        ])
        #expect(try box.pending().filter { $0.subject == "sku/TEE" }.count == 2)
        #expect(try box.ledger.take([]).events.isEmpty)
        box.queue.run(until: box.queue.now + 3_000)
        let again = try box.ledger.take([]).events.filter { $0.lane == .stock }
        #expect(again.reduce(0) { $0 + $1.count } == 2)
    }

    @Test("from another life brings everything again that was receipted in the former")
    func newEpoch() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        _ = try box.ledger.take([.link(up: true)])
        let event = try #require(try box.pending().first)
        _ = try box.receipt([Receipt(id: event.id, outcome: .durable)], epoch: "e1")
        #expect(try box.pending().isEmpty)
        let outcome = try box.receipt([], epoch: "e2")
        #expect(outcome.events.reduce(0) { $0 + $1.count } == 1)
    }

    @Test("that is not heard makes the agent send again, after five seconds and then ever less often")
    func silence() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let first = try box.ledger.take([.link(up: true)])
        #expect(first.nextDue != nil)
        var sentAt: [Int64] = []
        for second in 1...80 {
            box.queue.run(until: Int64(second) * 1_000)
            if !(try box.ledger.take([]).events.isEmpty) { sentAt.append(Int64(second)) }
        }
        #expect(sentAt == [5, 15, 35, 75])
    }

    @Test("in a feed entry that cannot be taken leaves nothing half done and is set aside with its reason")
    func refusedEntry() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 3)
        try box.stock("CAP", 5, share: 3)
        let outcome = try box.feed(
            .orders,
            [
                #"{"type":"placed","order":"O-1","code":"P-00000001-Z","source":"fromStock","placedAt":"2026-11-22T09:00:00Z","lines":[{"sku":"TEE","quantity":1,"rights":{"holder":"hq","created":5,"given":{"edge.one":3},"spent":1}},{"sku":"CAP","quantity":1,"rights":{"holder":"edge.one","created":5,"given":{},"spent":1}}]}"#
            ])
        #expect(outcome.problems.count == 1)
        #expect(try box.line("TEE").owed == 0)
        let get = try box.send("pickup.get", #""order":"O-1""#)
        #expect(get["problem"]?["code"] == "pickup.unknown")
    }

    @Test("comes in order: a gap takes nothing in and tells where the feed stands")
    func gap() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let text =
            #"{"feed":"stock","epoch":"e1","first":3,"entries":[{"type":"rightsWanted","sku":"TEE","level":1}]}"#
        let shop = try #require(ShopID("S1"))
        let message = try FeedMessage(Array(text.utf8), on: .feed(shop, .stock))
        let outcome = try box.ledger.take([.feed(message)])
        #expect(outcome.cursors?.first?.sequence == 1)
    }

    @Test("is asked for rights, once, when units are here that only headquarters may promise")
    func asksForRights() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 1)
        for _ in 0..<2 { try box.send("reservation.place", #""lines":[{"sku":"TEE","quantity":3}]"#) }
        let wishes = try box.pending().filter { $0.type == "store.rights.wanted" }
        #expect(wishes.count == 1)
        try box.feed(
            .stock,
            [#"{"type":"rights","sku":"TEE","rights":{"holder":"hq","created":5,"given":{"edge.one":3},"spent":0}}"#])
        let held = try box.send("reservation.place", #""lines":[{"sku":"TEE","quantity":3}]"#)
        #expect(held["outcome"] == "done")
    }

    @Test("to erase a customer destroys the key, forgets the snippet, keeps a tombstone and is receipted")
    func erasure() throws {
        let box = try AgentBox()
        let record =
            #"{"key":"C-1","value":{"cards":["L-1"],"name":"Marie Dupont","consent":["advice"],"fields":{"sizes":"38","iban":"FR76"},"expires":"2026-11-23T10:00:00Z"}}"#
        try box.feed(.customers, [record])
        let seen = try box.send("customer.get", #""card":"L-1""#)
        #expect(seen["result"]?["name"] == "M. D***")
        #expect(seen["result"]?["fields"] == ["sizes": "38"])
        try box.feed(.erasures, [#"{"type":"erase","customer":"C-1","request":"R-9"}"#])
        try box.feed(.customers, [record])
        #expect(try box.send("customer.get", #""card":"L-1""#)["problem"]?["code"] == "customer.unknown")
        #expect(try box.send("customer.get", #""customer":"C-1""#)["problem"]?["code"] == "customer.erased")
        #expect(try box.pending().contains { $0.type == "store.customer.erased" && $0.lane == .customer })
    }
}
