// What the agent answers a technician, and what it keeps to itself.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("A technician's question")
struct ControlTests {
    @Test("about the status of a shop that does well finds nothing to look after")
    func statusIsFine() throws {
        let shop = try ControlShop()
        _ = try shop.day()
        let answer = try shop.ask(#"{"command":"status"}"#)
        #expect(answer["outcome"] == "done")
        let result = try #require(answer["result"])
        #expect(result["shop"] == "lyon-2")
        #expect(result["version"] == "0.1.0")
        #expect(result["since"] == "2026-11-22T08:00:00Z")
        #expect(result["clock"]?["trust"] == "trusted")
        #expect(result["open"]?["awaitedSales"] == 1)
        #expect(result["open"]?["reservationsHeld"] == 0)
        #expect(result["lanes"]?.elements?.count == Lane.allCases.count)
        #expect(result["feeds"]?.elements?.first?["feed"] == "stock")
        #expect(result["feeds"]?.elements?.first?["sequence"] == 2)
        // The order's first event has waited longer than five minutes for a receipt.
        #expect(result["findings"]?.elements?.map { $0["code"] } == ["finding.ordersWait"])
    }

    @Test("with the line down is answered with a warning and not with a fault")
    func lineDown() throws {
        let shop = try ControlShop()
        _ = try shop.day()
        let result = try #require(try shop.ask(#"{"command":"status","language":"en"}"#, lineIsUp: false)["result"])
        let finding = try #require(result["findings"]?.elements?.first)
        #expect(finding["level"] == "warning")
        #expect(finding["code"] == "finding.lineDown")
        #expect(finding["detail"]?.text?.contains("Headquarters cannot be reached") == true)
    }

    @Test("about a shop that sold more than it has rights for names the SKU and how much is short")
    func shortfall() throws {
        let shop = try ControlShop()
        try shop.open("CAP", 4)
        try shop.command(
            1, "tablet-1", "reservation.place", #""lines":[{"sku":"CAP","quantity":2}],"term":{"minutes":120}"#)
        try shop.command(
            2, "till-1", "sale.record",
            #""lines":[{"till":"till-1","ticket":"1","line":1,"kind":"sale","sku":"CAP","quantity":1}]"#)
        let result = try #require(try shop.ask(#"{"command":"status"}"#)["result"])
        #expect(result["shortfalls"]?["count"] == 1)
        #expect(result["shortfalls"]?["lines"]?.elements == [["sku": "CAP", "short": 1]])
        #expect(result["findings"]?.elements?.last?["code"] == "finding.shortfalls")
    }

    @Test("about a SKU is answered with numbers that add up, and with the latest changes first")
    func stock() throws {
        let shop = try ControlShop()
        _ = try shop.day()
        for item in [#""sku":"SHIRT-M""#, #""gtin":"3400000000012""#] {
            let result = try #require(try shop.ask(#"{"command":"stock.show",\#(item)}"#)["result"])
            let line = try #require(result["stock"])
            #expect(line["onHand"] == 9)
            #expect(line["holds"] == 1)
            #expect(line["localRights"] == 4)
            #expect(line["safety"] == 1)
            #expect(line["promisable"] == 2)
            #expect(line["balanced"] == true)
            #expect(line["name"]?["fr"] == "Chemise bleue")
            #expect(line["rights"]?.elements?.map { $0["local"] } == [4, 5])
            let journal = try #require(result["journal"]?.elements)
            #expect(journal.map { $0["kind"] } == ["sold", "held", "fed"])
            #expect(journal[0]["reference"] == "ticket/till-1/4711/1")
        }
    }

    @Test("about the stock comes in pages that meet without a gap")
    func stockPages() throws {
        let shop = try ControlShop()
        _ = try shop.day()
        let first = try #require(try shop.ask(#"{"command":"stock.list","limit":1}"#)["result"])
        #expect(first["lines"]?.elements?.map { $0["sku"] } == ["CAP"])
        #expect(first["next"] == "CAP")
        let second = try #require(try shop.ask(#"{"command":"stock.list","limit":5,"after":"CAP"}"#)["result"])
        #expect(second["lines"]?.elements?.map { $0["sku"] } == ["SHIRT-M"])
        #expect(second["next"] == nil)
    }

    @Test("about a reservation is answered with its story, the sale at the till included")
    func reservation() throws {
        let shop = try ControlShop()
        let code = try shop.day()
        let result = try #require(try shop.ask(#"{"command":"explain","id":"\#(code.lowercased())"}"#)["result"])
        let present = try #require(result["present"]?.elements?.first)
        #expect(present["kind"] == "reservation")
        #expect(present["state"] == "awaitingSale")
        let steps = try #require(result["steps"]?.elements)
        #expect(steps.map { $0["by"] } == ["reservation.place", "reservation.collect", "sale.record"])
        #expect(steps.allSatisfy { $0["outcome"] == "done" })
        #expect(steps[2]["changes"]?.elements?.first?["reference"] == "ticket/till-1/4711/1")
        #expect(steps[2]["events"]?.elements?.first?["type"] == "store.reservation.sold")
    }

    @Test("about a hold that ended by itself says so, at the instant of its end")
    func expiry() throws {
        let shop = try ControlShop()
        try shop.open("SHIRT-M", 10)
        let placed = try shop.command(
            1, "tablet-1", "reservation.place", #""lines":[{"sku":"SHIRT-M"}],"term":{"minutes":60}"#)
        let code = try #require(placed["result"]?["reservation"]?.text)
        try shop.wait(minutes: 90)
        let steps = try #require(try shop.ask(#"{"command":"explain","id":"\#(code)"}"#)["result"]?["steps"]?.elements)
        #expect(steps.map { $0["by"] } == ["reservation.place", "expiry"])
        #expect(steps[1]["at"] == "2026-11-22T11:00:00Z")
        #expect(steps[1]["changes"]?.elements?.first?["moved"] == ["holds": -1])
    }

    @Test("finds the same sale by SKU, GTIN, ticket, command and event")
    func manyNames() throws {
        let shop = try ControlShop()
        _ = try shop.day()
        let event = ControlShop.id(3) + "/1"
        let names = ["SHIRT-M", "3400000000012", "till-1/4711/1", "ticket/till-1/4711/1", ControlShop.id(3), event]
        for name in names {
            let result = try shop.ask(#"{"command":"explain","id":"\#(name)"}"#)["result"]
            let steps = try #require(result?["steps"]?.elements, "\(name)")
            #expect(steps.contains { $0["by"] == "sale.record" }, "\(name)")
        }
    }

    @Test("about an order tells neither its code nor whom it is for")
    func orderIsDiscreet() throws {
        let shop = try ControlShop()
        try shop.open("SHIRT-M", 10)
        try shop.feed(
            .orders,
            #"{"type":"placed","order":"W-17","code":"P-4F7K92QX-P","source":"fromStock","lines":[{"sku":"SHIRT-M","quantity":1}],"customer":{"name":"Marie Dupont","phoneLast4":"4321"},"placedAt":"2026-11-22T09:00:00Z"}"#
        )
        let answer = try shop.ask(#"{"command":"explain","id":"W-17"}"#)
        #expect(answer["result"]?["present"]?.elements?.first?["state"] == "received")
        let text = String(decoding: answer.encoded(), as: UTF8.self)
        for secret in ["4F7K92QX", "Dupont", "4321", "M. D"] { #expect(!text.contains(secret), "\(secret)") }
        #expect(answer["result"]?["steps"]?.elements?.map { $0["by"] } == ["feed.orders"])
    }

    @Test("about a command that was refused says why")
    func refusedCommand() throws {
        let shop = try ControlShop()
        try shop.open("CAP", 2)
        try shop.command(7, "tablet-1", "reservation.place", #""lines":[{"sku":"CAP","quantity":9}]"#)
        let result = try shop.ask(#"{"command":"explain","id":"\#(ControlShop.id(7))"}"#)["result"]
        let step = try #require(result?["steps"]?.elements?.first)
        #expect(step["outcome"] == "refused")
        #expect(step["problem"]?["code"] == "stock.short")
    }

    @Test("about the queue shows what waits, by row or by id, and pages on")
    func queue() throws {
        let shop = try ControlShop()
        _ = try shop.day()
        let page = try #require(try shop.ask(#"{"command":"queue.list","lane":"orders","limit":2}"#)["result"])
        let events = try #require(page["events"]?.elements)
        #expect(events.map { $0["type"] } == ["store.reservation.placed", "store.reservation.collected"])
        let next = try #require(page["next"]?.integer)
        let rest = try shop.ask(#"{"command":"queue.list","lane":"orders","after":\#(next)}"#)["result"]
        #expect(rest?["events"]?.elements?.first?["type"] == "store.reservation.sold")
        let row = try #require(events[0]["row"]?.integer)
        let id = try #require(events[0]["id"]?.text)
        for name in [String(row), id] {
            let shown = try shop.ask(#"{"command":"queue.show","id":"\#(name)"}"#)["result"]?["event"]
            #expect(shown?["data"]?["state"] == "held")
        }
    }

    @Test(
        "that cannot be answered is refused with its reason",
        arguments: [
            (#"{"command":"explain","id":"nobody"}"#, "control.unknownId"),
            (##"{"command":"explain","id":"#/+"}"##, "control.unknownId"),
            (#"{"command":"queue.show","id":"99"}"#, "control.unknownEvent"),
            (#"{"command":"stock.show","sku":"NOTHING"}"#, "product.unknown"),
            (#"{"command":"stock.show"}"#, "contract.exactlyOne"),
            (#"{"command":"stock.show","gtin":"3400000000013"}"#, "contract.gtinCheckDigit"),
            (#"{"command":"queue.list","lane":"ordres"}"#, "contract.unknownValue"),
            (#"{"command":"queue.list","limit":0}"#, "contract.outOfRange"),
            (#"{"command":"status","lane":"orders"}"#, "contract.unknownKey"),
            (#"{"command":"reboot"}"#, "control.unknownCommand"),
            (#"{"command":"#, "json.syntax"),
        ])
    func refusals(_ line: String, _ code: String) throws {
        let shop = try ControlShop()
        let answer = try shop.ask(line)
        #expect(answer["outcome"] == "refused")
        #expect(answer["problem"]?["code"] == .string(code))
        #expect(answer["problem"]?["detail"]?.text?.isEmpty == false)
    }

    @Test("changes nothing: the next turn finds storage as it was")
    func readsOnly() throws {
        let shop = try ControlShop()
        let code = try shop.day()
        let before = try shop.disk.lastJournalPosition()
        for line in ["status", "queue.list", "stock.list"] { _ = try shop.ask(#"{"command":"\#(line)"}"#) }
        _ = try shop.ask(#"{"command":"explain","id":"\#(code)"}"#)
        #expect(try shop.disk.lastJournalPosition() == before)
        let reply = try shop.command(9, "tablet-1", "reservation.place", #""lines":[{"sku":"CAP","quantity":1}]"#)
        #expect(reply["outcome"] == "done")
    }

    @Test("about a broken disk is refused and not fatal")
    func brokenDisk() throws {
        let shop = try ControlShop()
        // A transaction that somebody left open stands for any failure to begin one.
        try shop.disk.begin()
        #expect(try shop.ask(#"{"command":"status"}"#)["problem"]?["code"] == "control.storageFailed")
    }
}
