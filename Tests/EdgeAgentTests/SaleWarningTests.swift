// Lines that count although they name what the shop does not know.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("A till's line that names what the shop does not know")
struct SaleWarningTests {
    private func sell(_ more: String, line: Int, on box: AgentBox) throws -> JSON? {
        try box.send(
            "sale.record", #""lines":[{"till":"T1","ticket":"1","line":\#(line),"kind":"sale","sku":"TEE"\#(more)}]"#,
            from: "till-1")["result"]?["lines"]?.elements?.first
    }

    @Test("is recorded with a warning: an unknown order's goods leave stock as it is, an unknown reservation's do not")
    func warnings() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let order = try sell(#","order":"NOPE""#, line: 1, on: box)
        #expect(order?["outcome"] == "recorded")
        #expect(order?["warnings"]?.elements?.map { $0["code"]?.text } == ["sale.orderUnknown"])
        #expect(order?["warnings"]?.elements?.first?["detail"]?.text?.contains("NOPE") == true)
        #expect(try box.line("TEE").onHand == 5)
        let reservation = try sell(#","reservation":"R-4F7K92QX-H""#, line: 2, on: box)
        #expect(reservation?["outcome"] == "recorded")
        #expect(reservation?["warnings"]?.elements?.map { $0["code"]?.text } == ["sale.reservationUnknown"])
        #expect(try box.line("TEE").onHand == 4)
        #expect(try sell("", line: 3, on: box)?["warnings"] == nil)
        let told = try box.pending().filter { $0.type == "store.sale.recorded" }
            .map { try JSONReader.read($0.data)["warnings"] }
        #expect(told == [["sale.orderUnknown"], ["sale.reservationUnknown"], nil])
    }
}
