// Numbers, sizes and depths that nobody means, and that a message may have all the same: nothing stops for them.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("Odd input")
struct OddInputTests {
    @Test("in a quantity asks headquarters for no more than it can read")
    func rightsWanted() throws {
        let box = try AgentBox()
        try box.stock("HOT", 10, share: 5)
        try box.send("reservation.place", #""lines":[{"sku":"HOT"}]"#)
        let reply = try box.send("reservation.place", #""lines":[{"sku":"HOT","quantity":999999}]"#)
        #expect(reply["problem"]?["code"] == "stock.short")
        let wish = try #require(try box.pending().last { $0.type == "store.rights.wanted" })
        #expect(try JSONReader.read(wish.data)["level"] == 999_999)
    }

    @Test("in two lines of one product reserves nothing where all was asked for, and what there is where that was")
    func beyondEveryQuantity() throws {
        let box = try AgentBox()
        try box.stock("HOT", 5, share: 5)
        try box.stock("TEE", 5, share: 5)
        let lines =
            #""lines":[{"sku":"HOT"},{"sku":"TEE","quantity":600000},{"sku":"TEE","quantity":600000}]"#
        let all = try box.send("reservation.place", lines)
        #expect(all["problem"]?["code"] == "stock.short" && all["problem"]?["field"] == "/lines/1")
        #expect(try box.line("HOT").holds == 0 && box.line("TEE").holds == 0)
        let outcome = try box.ledger.take([
            try box.message("reservation.place", lines + #","partial":true"#, id: box.id())
        ])
        let reply = try Reply(try #require(outcome.replies.first).payload)
        var reader = try ObjectReader(try #require(reply.result))
        let told = try ReservationResult(from: &reader)
        #expect(told.lines.map(\.quantity) == [1, 5] && told.lines.map(\.asked) == [1, 1_200_000])
    }

    @Test("nested as deep as a message may be reaches headquarters with the line that it stands in")
    func deepLine() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let deep = String(repeating: "[", count: 13) + String(repeating: "]", count: 13)
        let reply = try box.send(
            "sale.record",
            #""lines":[{"till":"T","ticket":"1","line":1,"odd":\#(deep)},{"till":"T","ticket":"1","line":2,"kind":"sale","sku":"TEE"}]"#,
            from: "till-1")
        #expect(reply["result"]?["lines"]?.elements?.map { $0["outcome"] } == ["parked", "recorded"])
        let batches = try box.ledger.take([.link(up: true)]).events
        var types: [String] = []
        for batch in batches where batch.lane == .orders {
            for element in try CloudEventBatch.decode(batch.payload) {
                guard case .event(let event) = element else {
                    Issue.record("\(element)")
                    continue
                }
                types.append(event.type)
            }
        }
        #expect(types == ["store.sale.parked", "store.sale.recorded"])
    }

    /// A customer's record whose field has so many bytes.
    private func customer(_ key: String, fieldBytes: Int) -> String {
        let text = String(repeating: "x", count: fieldBytes)
        return
            #"{"key":"\#(key)","value":{"cards":[],"name":"Marie","consent":["advice"],"fields":{"sizes":"\#(text)"},"expires":"2026-11-23T10:00:00Z"}}"#
    }

    private func isKnown(_ customer: String, to box: AgentBox) throws -> Bool {
        let asked = try box.message("customer.get", #""customer":"\#(customer)""#, id: box.id())
        let replies = try box.ledger.take([asked]).replies
        return try Reply(try #require(replies.first).payload).outcome == .done
    }

    private func setAside(_ box: AgentBox) throws -> [JSON] {
        try box.pending().filter { $0.type == "store.feed.entrySetAside" }.map { try JSONReader.read($0.data) }
    }

    @Test("of a customer who fills more than a snippet is set aside, and those around are taken in")
    func longCustomer() throws {
        let box = try AgentBox()
        try box.feed(
            .customers,
            [customer("C-1", fieldBytes: 10), customer("C-2", fieldBytes: 65_536), customer("C-3", fieldBytes: 60_000)])
        #expect(try isKnown("C-1", to: box) && !isKnown("C-2", to: box) && isKnown("C-3", to: box))
        let told = try setAside(box)
        #expect(told.map { $0["code"] } == ["contract.valueTooLong"] && told.map { $0["sequence"] } == [2])
        let list = try box.technician("queue.list", #""state":"setAside""#)["result"]?["setAside"]?.elements
        #expect(list?.map { $0["code"] } == ["contract.valueTooLong"])
    }

    @Test("of a customer in a snapshot is set aside too, who was known stays so, and the snapshot is taken over")
    func longCustomerInSnapshot() throws {
        let box = try AgentBox()
        try box.feed(.customers, [customer("C-3", fieldBytes: 10), customer("C-4", fieldBytes: 10)])
        var entries: [StateEntry] = []
        for text in [
            customer("C-1", fieldBytes: 65_536), customer("C-2", fieldBytes: 10), customer("C-3", fieldBytes: 65_536),
        ] {
            let json = try JSONReader.read(Array(text.utf8), limits: .feed)
            entries.append(StateEntry(key: try #require(json["key"]?.text), value: json["value"]))
        }
        var hash = SnapshotHash(FNVDigest())
        for entry in entries { hash.add(entry) }
        let begin = FeedMessage.SnapshotBegin(snapshot: "s", sequence: 9, count: 3, hash: hash.value)
        for body: FeedMessage.Body in [
            .begin(begin), .items(snapshot: "s", index: 0, entries), .end(snapshot: "s"),
        ] {
            _ = try box.ledger.take([.feed(FeedMessage(feed: .customers, epoch: "e1", body: body))])
        }
        #expect(try isKnown("C-2", to: box) && !isKnown("C-1", to: box))
        #expect(try isKnown("C-3", to: box) && !isKnown("C-4", to: box))
        // Of those of one snapshot the first is told.
        #expect(try setAside(box).map { $0["code"] } == ["contract.valueTooLong"])
    }

    @Test("of a clerk beside what is known of one keeps nobody from signing in")
    func longClerk() throws {
        let box = try AgentBox()
        let pin = SimulatedPINs.derive("4711")
        let list = (0..<1_500).map(String.init).joined(separator: ",")
        try box.feed(
            .clerks,
            [
                #"{"key":"c1","value":{"badge":"B1","name":"Alice","roles":["clerk"],"pin":"\#(pin)","later":[\#(list)]}}"#
            ])
        #expect(try box.send("clerk.signIn", #""badge":"B1","pin":"4711""#)["outcome"] == "done")
    }

    @Test("that found no space is no suspect of two power cuts later")
    func noteAfterAFullDisk() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let (id, fields) = (box.id(), #""lines":[{"sku":"TEE"}]"#)
        for _ in 0..<2 {
            box.disk.failNextWrite()
            #expect(try box.send("reservation.place", fields, id: id)["outcome"] == "later")
            box.note.crash(.process)
            try box.restart()
        }
        #expect(try box.send("reservation.place", fields, id: id)["outcome"] == "done")
    }
}
