// A till that cannot be changed: it says what it says, and its parked lines can be mended all the same.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("A till with a profile")
struct ProfileTillTests {
    private static let profile =
        #"{"topic":"pos/7","verb":"sale.record","encoding":"json","pointers":{"lines/0/till":"/pos","lines/0/ticket":"/receipt","lines/0/line":"/n","lines/0/sku":"/article","lines/0/quantity":"/qty"},"constants":{"lines/0/kind":"sale"}}"#

    private func boxWithTill() throws -> AgentBox {
        let box = try AgentBox()
        let enrolled = try box.technician(
            "device.enrol", #""device":"pos-7","family":"till","credential":"password","profile":\#(Self.profile)"#)
        #expect(enrolled["outcome"] == "done", "\(enrolled)")
        return box
    }

    /// What the till publishes, and what it is answered.
    private func sell(_ article: String, quantity: Int = 1, on box: AgentBox) throws -> JSON {
        let payload = #"{"pos":"T7","receipt":"R-1","n":1,"article":"\#(article)","qty":\#(quantity)}"#
        guard case .message(let message)? = box.ledger.foreign("pos/7", Array(payload.utf8), retained: false) else {
            throw Refusal(.contractTopic)
        }
        let outcome = try box.ledger.take([.device(message)])
        return try JSONReader.read(try #require(outcome.replies.first).payload)
    }

    private func outcome(_ reply: JSON) -> JSON? { reply["result"]?["lines"]?.elements?.first?["outcome"] }

    /// A product of the assortment, with ten units here.
    private func bring(_ sku: String, to box: AgentBox) throws { try box.stock(sku, 10, share: 10) }

    @Test("mends a parked line by saying the same again once the article has come, and it counts once")
    func articleComes() throws {
        let box = try boxWithTill()
        let parked = try sell("TEE", on: box)
        #expect(outcome(parked) == "parked" && parked["replayed"] == false)
        // For as long as nothing has changed it is the same command, and headquarters hears of it once.
        for _ in 0..<3 {
            let again = try sell("TEE", on: box)
            #expect(again["replayed"] == true && again["result"] == parked["result"] && again["id"] == parked["id"])
        }
        #expect(try box.pending().filter { $0.type == "store.sale.parked" }.count == 1)
        try bring("TEE", to: box)
        let mended = try sell("TEE", on: box)
        #expect(outcome(mended) == "recorded" && mended["replayed"] == false && mended["id"] != parked["id"])
        #expect(try box.line("TEE").onHand == 9)
        for _ in 0..<2 {
            let again = try sell("TEE", on: box)
            #expect(again["replayed"] == true && again["result"] == mended["result"] && again["id"] == mended["id"])
        }
        #expect(try box.line("TEE").onHand == 9)
        try box.restart()
        #expect(try sell("TEE", on: box)["replayed"] == true)
        #expect(try box.line("TEE").onHand == 9)
    }

    @Test("mends a parked line by a corrected one of the same till, receipt and line")
    func corrected() throws {
        let box = try boxWithTill()
        try bring("TEE", to: box)
        #expect(outcome(try sell("TEA", on: box)) == "parked")
        #expect(outcome(try sell("TEE", on: box)) == "recorded")
        #expect(try box.line("TEE").onHand == 9)
        // What is recorded stays: the same line with other contents is parked, and moves nothing.
        let other = try sell("TEE", quantity: 2, on: box)
        #expect(outcome(other) == "parked")
        #expect(other["result"]?["lines"]?.elements?.first?["reason"] == "sale.keyReused")
        #expect(try box.line("TEE").onHand == 9)
    }

    @Test("that mints its own ids gets the reply it was given, as law 2 has it")
    func mintsItsOwn() throws {
        let box = try AgentBox()
        let line = #""lines":[{"till":"T1","ticket":"1","line":1,"kind":"sale","sku":"TEE"}]"#
        let id = box.id()
        let parked = try box.send("sale.record", line, id: id, from: "till-1")
        #expect(outcome(parked) == "parked")
        try bring("TEE", to: box)
        let again = try box.send("sale.record", line, id: id, from: "till-1")
        #expect(again["replayed"] == true && again["result"] == parked["result"])
        #expect(outcome(try box.send("sale.record", line, from: "till-1")) == "recorded")
    }
}
