// What a technician may see of a customer, what is kept of their look, and how somebody is forgotten.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("A customer, to a technician,")
struct ControlCustomerTests {
    static let name = "Zébulon Quetzalcoatl"
    static let card = "L-00000009-1"

    /// A shop that knows one customer, who has an open order and a reservation.
    private func shop() throws -> ControlShop {
        let shop = try ControlShop()
        try shop.open("SHIRT-M", 10)
        try shop.feed(
            .customers,
            #"{"key":"C-88","value":{"cards":["\#(Self.card)"],"name":"\#(Self.name)","tier":"gold","consent":["advice"],"fields":{"sizes":{"shirt":"M"},"address":"secret street"},"expires":"2099-01-01T00:00:00Z"}}"#
        )
        try shop.feed(
            .orders,
            #"{"type":"placed","order":"W-9","code":"P-4F7K92QX-P","source":"fromStock","lines":[{"sku":"SHIRT-M","quantity":1,"rights":{"holder":"hq","created":10,"given":{"edge.first":5},"spent":1}}],"customer":{"customer":"C-88","name":"\#(Self.name)","phoneLast4":"4471"},"placedAt":"2026-11-22T09:00:00Z"}"#
        )
        try shop.command(
            1, "tablet-1", "reservation.place",
            #""lines":[{"sku":"SHIRT-M","quantity":1}],"term":{"minutes":60},"customer":"C-88""#)
        return shop
    }

    /// Nothing of the person.
    private func isMasked(_ json: JSON) -> Bool {
        let text = String(decoding: json.encoded(), as: UTF8.self)
        return ["Quetzal", "secret", "4471", Self.card, "shirt\":"].allSatisfy { !text.contains($0) }
    }

    @Test("is masked: that the shop knows somebody, and how much, but nothing of it")
    func masked() throws {
        let shop = try shop()
        for id in ["C-88", Self.card] {
            let answer = try shop.ask(#"{"command":"customer.show","id":"\#(id)"}"#, by: ControlShop.reader)
            let customer = try #require(answer["result"]?["customer"])
            #expect(customer["id"] == "C-88")
            #expect(customer["state"] == "kept")
            #expect(customer["name"] == "Z. Q***")
            #expect(customer["tier"] == "gold")
            #expect(customer["fields"] == ["sizes", "address"])
            #expect(customer["cards"] == 1)
            #expect(customer["pickups"] == ["W-9"])
            #expect(customer["reservations"]?.elements?.count == 1)
            #expect(isMasked(answer))
        }
        #expect(
            try shop.ask(#"{"command":"customer.show","id":"C-99"}"#)["problem"]?["code"] == "customer.unknown")
    }

    @Test("is unmasked for a reason alone, which is kept with who gave it, and the card's number is not")
    func unmasked() throws {
        let shop = try shop()
        for line in [
            #"{"command":"customer.unmask","id":"C-88"}"#,
            #"{"command":"customer.unmask","id":"C-88","reason":"why"}"#,
        ] {
            let answer = try shop.ask(line)
            #expect(answer["outcome"] == "refused")
            #expect(isMasked(answer))
        }
        let answer = try shop.ask(
            #"{"command":"customer.unmask","id":"\#(Self.card)","reason":"copy asked for, ticket 91"}"#)
        let result = try #require(answer["result"])
        #expect(result["name"] == .string(Self.name))
        #expect(result["fields"]?["address"] == "secret street")
        #expect(result["cards"] == [.string(Self.card)])
        #expect(result["recipients"]?.elements?.first?["phoneLast4"] == "4471")
        let acts = try shop.disk.acts(afterNumber: 0, limit: 9)
        #expect(acts.map(\.target) == ["customer/C-88"])
        #expect(acts.first?.reason == "copy asked for, ticket 91")
        #expect(
            try shop.ask(#"{"command":"customer.unmask","id":"L-nobody","reason":"just looking"}"#)["problem"]?[
                "code"] == "customer.unknown")
        #expect(try shop.disk.acts(afterNumber: 1, limit: 9).map(\.target) == ["customer/unknown"])
    }

    @Test("is erased as headquarters would: key, snippet and names are gone, a mark stays, headquarters is told once")
    func erased() throws {
        let shop = try shop()
        let answer = try shop.ask(#"{"command":"customer.erase","id":"C-88","reason":"ticket 92"}"#)
        let result = try #require(answer["result"])
        #expect(result["customer"]?["state"] == "erased")
        #expect(isMasked(answer))
        let customer = wanted(CustomerID("C-88"))
        #expect(try shop.disk.isErased(customer))
        #expect(try shop.disk.customer(customer) == nil)
        #expect(try shop.disk.pickup(wanted(OrderID("W-9")))?.recipient.name == nil)
        let events = try shop.disk.outboxEntries(subject: "customer/C-88", limit: 9)
        #expect(events.map(\.event.type) == ["store.customer.erased"])
        #expect(.string(wanted(events.first).event.id) == result["event"])
        let data = try JSONReader.read(wanted(events.first).event.data)
        #expect(data == ["customer": "C-88", "request": "act/first/1"])
        for command in ["erase", "unmask"] {
            let again = try shop.ask(#"{"command":"customer.\#(command)","id":"C-88","reason":"ticket 92"}"#)
            #expect(again["problem"]?["code"] == "customer.erased")
        }
        // What headquarters feeds again stays out.
        try shop.feed(
            .customers,
            #"{"key":"C-88","value":{"cards":[],"name":"\#(Self.name)","consent":[],"fields":{},"expires":"2099-01-01T00:00:00Z"}}"#
        )
        #expect(try shop.disk.customer(customer) == nil)
        #expect(
            try shop.ask(#"{"command":"customer.erase","id":"C-99","reason":"ticket 92"}"#)["problem"]?["code"]
                == "customer.unknown")
    }
}
