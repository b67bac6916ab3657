// Why things are as they are: devices, technicians, customers, refusals that were never decided, and what waits.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("An explanation")
struct ExplainTests {
    private func explain(_ shop: ControlShop, _ id: String) throws -> JSON {
        let answer = try shop.ask(#"{"command":"explain","id":"\#(id)","language":"en"}"#, by: ControlShop.reader)
        return try #require(answer["result"], "\(answer)")
    }

    private func kinds(_ result: JSON) -> [String] {
        (result["present"]?.elements ?? []).compactMap { $0["kind"]?.text }
    }

    @Test("knows a command that its device may not send, and one that could not be read, though neither was decided")
    func refused() throws {
        let shop = try ControlShop()
        try shop.command(1, "scanner-9", "sale.record", #""lines":[]"#)
        try shop.command(2, "tablet-1", "reservation.place", #""lines":"none""#)
        let first = try explain(shop, ControlShop.id(1))
        let command = try #require(first["present"]?.elements?.first)
        #expect(command["kind"] == "command")
        #expect(command["outcome"] == "refused")
        #expect(command["device"] == "scanner-9")
        #expect(command["role"] == "scan")
        let second = try explain(shop, ControlShop.id(2))
        let problem = try #require(second["steps"]?.elements?.first?["problem"])
        #expect(problem["code"] == "contract.wrongType")
        #expect(problem["field"] == "/lines")
        #expect(problem["detail"] == nil)
    }

    @Test("of a command that was refused at first and then done tells both, in order")
    func refusedThenDone() throws {
        let shop = try ControlShop()
        try shop.open("CAP", 4)
        try shop.command(1, "tablet-1", "reservation.place", #""lines":"none""#)
        try shop.wait(minutes: 1)
        try shop.command(
            1, "tablet-1", "reservation.place", #""lines":[{"sku":"CAP","quantity":1}],"term":{"minutes":60}"#)
        let result = try explain(shop, ControlShop.id(1))
        #expect(result["steps"]?.elements?.map { $0["outcome"] } == ["refused", "done"])
    }

    @Test("of a device tells its role, its commands with their changes, its refusals and what was done with it")
    func device() throws {
        let shop = try ControlShop()
        _ = try shop.day()
        try shop.command(8, "till-1", "sale.record", #""lines":"none""#)
        let result = try explain(shop, "till-1")
        let device = try #require(result["present"]?.elements?.first)
        #expect(device["kind"] == "device")
        #expect(device["role"] == "till")
        #expect(device["inFleet"] == true)
        let steps = try #require(result["steps"]?.elements)
        #expect(steps.map { $0["outcome"] } == ["done", "refused"])
        #expect(steps[0]["changes"]?.elements?.first?["kind"] == "sold")
        // One that is not in the fleet and never sent anything is nobody.
        #expect(
            try shop.ask(#"{"command":"explain","id":"nobody-1"}"#)["problem"]?["code"] == "control.unknownId")
    }

    @Test("of what was parked says so where it happened, with who parked it and why")
    func parked() throws {
        let shop = try ControlShop()
        let code = try shop.day()
        let event = try #require(try shop.disk.outboxEntries(subject: "reservation/\(code)", limit: 9).first)
        _ = try shop.ask(#"{"command":"queue.park","id":"\#(event.event.id)","reason":"ticket 88"}"#)
        let result = try explain(shop, code)
        let events = (result["steps"]?.elements ?? []).flatMap { $0["events"]?.elements ?? [] }
        #expect(events.first?["state"] == "parked")
        #expect(events.first?["reason"] == "technician: ticket 88")
        #expect(events.dropFirst().allSatisfy { $0["follows"] == .string(event.event.id) })
        let act = try #require(result["steps"]?.elements?.last?["act"])
        #expect(act["user"] == "nadia")
        #expect(act["reason"] == "ticket 88")
        #expect(kinds(try explain(shop, "act/1")) == ["act"])
        #expect(kinds(try explain(shop, "event/\(event.event.id)")) == ["event"])
    }

    @Test("of a customer is masked, with each look at them and the event that told headquarters of their end")
    func customer() throws {
        let shop = try ControlShop()
        try shop.feed(
            .customers,
            #"{"key":"C-88","value":{"cards":["L-1"],"name":"Marie Dupont","consent":[],"fields":{},"expires":"2099-01-01T00:00:00Z"}}"#
        )
        _ = try shop.ask(#"{"command":"customer.unmask","id":"C-88","reason":"copy, ticket 91"}"#)
        try shop.wait(minutes: 1)
        _ = try shop.ask(#"{"command":"customer.erase","id":"C-88","reason":"ticket 92"}"#)
        let result = try explain(shop, "C-88")
        #expect(!String(decoding: result.encoded(), as: UTF8.self).contains("Dupont"))
        #expect(kinds(result) == ["customer"])
        let steps = try #require(result["steps"]?.elements)
        #expect(steps.map { $0["by"] } == ["customer.unmask", "customer.erase"])
        #expect(steps[1]["events"]?.elements?.first?["type"] == "store.customer.erased")
        #expect(steps[1]["act"]?["number"] == 2)
    }

    @Test("takes whatever a scanner would send of a product, serial number and all")
    func scanned() throws {
        let shop = try ControlShop()
        try shop.open("SHIRT-M", 10)
        for code in ["]d20103400000000012172611301021S-7", "https://id.example.org/01/03400000000012/21/S-7"] {
            #expect(try explain(shop, code)["present"]?.elements?.first?["sku"] == "SHIRT-M")
        }
    }

    @Test("of a pickup never names who collects it")
    func pickup() throws {
        let shop = try ControlShop()
        try shop.open("SHIRT-M", 10)
        try shop.feed(
            .orders,
            #"{"type":"placed","order":"W-9","code":"P-4F7K92QX-P","source":"fromStock","lines":[{"sku":"SHIRT-M","quantity":1,"rights":{"holder":"hq","created":10,"given":{"edge.first":5},"spent":1}}],"customer":{"customer":"C-88","name":"Marie Dupont","phoneLast4":"4471"},"placedAt":"2026-11-22T09:00:00Z"}"#
        )
        let text = String(decoding: try explain(shop, "W-9").encoded(), as: UTF8.self)
        #expect(!text.contains("Dupont") && !text.contains("4471") && !text.contains("P-4F7K92QX"))
    }
}
