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
}
