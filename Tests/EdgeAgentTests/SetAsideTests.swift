// A paid order that the shop cannot take does not vanish: headquarters hears of it, and a technician sees it.

import Contract
import EdgeAgent
import ShopModel
import Testing

@testable import EdgeSimulation

@Suite("An entry of a feed that is set aside")
struct SetAsideTests {
    private static func order(_ more: String = "", quantity: String = "1", code: String = "P-8M2WZ5HC-C") -> String {
        #"{"type":"placed","order":"O-1","code":"\#(code)","source":"fromStock","placedAt":"2026-11-22T09:00:00Z"\#(more),"lines":[{"sku":"TEE","quantity":\#(quantity)}]}"#
    }

    private func told(_ box: AgentBox) throws -> [OutboxEvent] {
        try box.pending().filter { $0.type == "store.feed.entrySetAside" }
    }

    private func listed(_ box: AgentBox, after: Int = 0, limit: Int = 50) throws -> JSON {
        try box.technician("queue.list", #""state":"setAside","after":\#(after),"limit":\#(limit)"#)["result"] ?? .null
    }

    @Test("is told to headquarters, with its place and its cause, and the cursor passes it")
    func told() throws {
        let box = try AgentBox()
        let outcome = try box.feed(.orders, [Self.order(quantity: #""one""#), Self.order()])
        #expect(outcome.cursors?.first { $0.feed == "orders" }?.sequence == 2)
        let event = try #require(try told(box).first)
        #expect(event.lane == .status && event.subject == "feed/orders/shop" && event.subjectSequence == 1)
        let data = try JSONReader.read(event.data)
        #expect(data["feed"] == "orders" && data["scope"] == "shop" && data["epoch"] == "e1" && data["sequence"] == 1)
        #expect(data["code"] == "contract.wrongType" && data["by"] == "feed.orders")
        #expect(data["field"]?.text?.hasSuffix("/lines/0/quantity") == true)
        #expect(data["detail"]?.text?.contains("integer") == true)
        // The entry behind it is taken in as ever.
        #expect(try box.send("pickup.get", #""order":"O-1""#)["outcome"] == "done")
        // Taken off the queue by headquarters' receipt, like every event.
        _ = try box.receipt([Receipt(id: event.id, outcome: .durable)])
        #expect(try told(box).isEmpty)
    }

    @Test("is numbered among those of its feed, whatever the reason, and survives the power")
    func numbered() throws {
        let box = try AgentBox()
        try box.feed(.orders, [Self.order(code: "P-8M2WZ5HC-D"), #"{"type":"swapped","order":"O-2"}"#])
        try box.feed(.stock, [#"{"type":"rightsWanted","sku":"TEE","level":-1}"#])
        try box.restart()
        let events = try told(box)
        #expect(events.map(\.subject) == ["feed/orders/shop", "feed/orders/shop", "feed/stock/shop"])
        #expect(events.map(\.subjectSequence) == [1, 2, 1])
        let codes = try events.map { try JSONReader.read($0.data)["code"]?.text }
        #expect(codes == ["contract.codeCheck", "feed.entryUnknown", "contract.outOfRange"])
        #expect(Set(events.map(\.id)).count == 3)
    }

    @Test("of a feed and an epoch with the longest names has an id that headquarters can read, and one of its own")
    func longestNames() throws {
        let box = try AgentBox()
        let group = try #require(GroupID(String(repeating: "g", count: 32)))
        let entries = (0..<2).map { _ in FeedEntry.unreadable(Refusal(.contractUnknownType), raw: .null) }
        _ = try box.ledger.take([
            .feed(
                FeedMessage(
                    feed: .settings, scope: .group(group), epoch: String(repeating: "e", count: 64),
                    body: .entries(first: 1, entries)))
        ])
        let ids = try told(box).map(\.id)
        #expect(Set(ids).count == 2 && ids.allSatisfy { $0.utf8.count <= CloudEvent.idBytesMax })
    }

    @Test("shows nothing of a person, nor the code with which goods are collected")
    func noPerson() throws {
        let box = try AgentBox()
        try box.feed(
            .orders,
            [
                Self.order(#","customer":{"name":"Marie Dupont","phoneLast4":"44713"}"#),
                Self.order(#","customer":{"name":"Marie Dupont","customer":"Marie Dupont 4471"}"#),
                Self.order(code: "P-8M2WZ5HC-D"),
            ])
        try box.feed(.erasures, [#"{"type":"erase","customer":"Marie Dupont","request":"r"}"#])
        #expect(try told(box).count == 4)
        let list = String(decoding: try listed(box).encoded(), as: UTF8.self)
        for text in try told(box).map({ String(decoding: $0.data, as: UTF8.self) }) + [list] {
            for secret in ["Dupont", "Marie", "4471", "8M2WZ5HC"] { #expect(!text.contains(secret), "\(text)") }
        }
    }

    @Test("lies nowhere in clear when it is about people, whatever is wrong with it")
    func noPersonKept() throws {
        let box = try AgentBox()
        try box.feed(.customers, [#"{"key":"C-1","must":["newField"],"value":{"name":"Marie Dupont"}}"#])
        try box.feed(.clerks, [#"{"key":"ada","must":["newField"],"value":{"name":"Marie Dupont","pin":"x"}}"#])
        try box.feed(.erasures, [#"{"type":"erase","customer":"Marie Dupont","request":"r"}"#])
        try box.feed(.orders, [Self.order(#","must":["recipient"],"recipient":{"name":"Marie Dupont"}"#)])
        let kept = (0..<4).compactMap { box.disk.feeds.parked[$0] }.map { String(decoding: $0.entry, as: UTF8.self) }
        #expect(kept.count == 4 && kept[0] == "null" && kept[3].contains("TEE"), "\(kept)")
        #expect(!kept.contains { $0.contains("Dupont") }, "\(kept)")
    }

    @Test("is listed for the technician: feed, place, code and when, a page at a time")
    func listed() throws {
        let box = try AgentBox()
        #expect(try listed(box)["setAside"]?.elements == [])
        try box.feed(.orders, [Self.order(quantity: #""one""#)])
        box.queue.run(until: box.queue.now + 60_000)
        try box.feed(.stock, [#"{"type":"melted","sku":"TEE"}"#])
        let all = try #require(try listed(box)["setAside"]?.elements)
        #expect(all.map { $0["feed"] } == ["orders", "stock"] && all.map { $0["sequence"] } == [1, 1])
        #expect(all.map { $0["code"] } == ["contract.wrongType", "feed.entryUnknown"])
        #expect(all[0]["at"] == "2026-11-22T10:00:00Z" && all[1]["at"] == "2026-11-22T10:01:00Z")
        #expect(all[0]["detail"]?.text?.contains("quantity") == true)
        let row = try #require(all[0]["event"]?.integer)
        #expect(try box.technician("queue.show", #""id":"\#(row)""#)["result"]?["event"]?["lane"] == "status")
        let first = try listed(box, limit: 1)
        let next = try #require(first["next"]?.integer)
        #expect(try listed(box, after: next, limit: 1)["setAside"]?.elements == [all[1]])
    }
}
