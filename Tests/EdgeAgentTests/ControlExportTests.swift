// The shop's facts in pages, without a person; and what a code means, without a device.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("The shop's facts")
struct ControlExportTests {
    /// All records of a kind, by pages of that size.
    private func all(_ shop: ControlShop, _ what: String, by limit: Int) throws -> [JSON] {
        var records: [JSON] = []
        var after = ""
        for _ in 0..<100 {
            let answer = try shop.ask(
                #"{"command":"export","what":"\#(what)","limit":\#(limit)\#(after)}"#, by: ControlShop.reader)
            let page = try #require(answer["result"], "\(answer)")
            records += page["records"]?.elements ?? []
            guard let next = page["next"]?.text else { return records }
            after = #","after":"\#(next)""#
        }
        Issue.record("an export of \(what) has no end")
        return records
    }

    @Test(
        "come in pages that meet without a gap, whatever their size",
        arguments: ["stock", "reservations", "pickups", "events", "journal", "acts"])
    func pages(what: String) throws {
        let shop = try ControlShop()
        _ = try shop.day()
        try shop.command(
            7, "tablet-1", "reservation.place", #""lines":[{"sku":"CAP","quantity":1}],"term":{"minutes":60}"#)
        for order in ["W-8", "W-9"] {
            try shop.feed(
                .orders,
                #"{"type":"placed","order":"\#(order)","code":"P-4F7K92QX-P","source":"fromStock","lines":[{"sku":"SHIRT-M","quantity":1,"rights":{"holder":"hq","created":10,"given":{"edge.first":5},"spent":1}}],"customer":{"customer":"C-88","name":"Marie Dupont","phoneLast4":"4471"},"placedAt":"2026-11-22T09:00:00Z"}"#
            )
        }
        _ = try shop.ask(#"{"command":"queue.park","id":"1","reason":"Marie Dupont called"}"#)
        _ = try shop.ask(#"{"command":"customer.erase","id":"C-88","reason":"ticket 92"}"#)
        let whole = try all(shop, what, by: 200)
        #expect(whole.count >= 2)
        for limit in [1, 2, 3] { #expect(try all(shop, what, by: limit) == whole) }
        let text = whole.map { String(decoding: $0.encoded(), as: UTF8.self) }.joined()
        for person in ["Dupont", "4471", "C-88", "nadia", "P-4F7K92QX"] { #expect(!text.contains(person)) }
    }

    @Test("end a page before its line is too long, and never stand still")
    func longPages() throws {
        let shop = try ControlShop()
        try shop.disk.begin()
        for number in 1...6 {
            let data = #"{"text":"\#(String(repeating: "x", count: 60_000))"}"#
            _ = try shop.disk.append(
                OutboxEvent(
                    lane: .orders, id: "long-\(number)", type: "store.test.made", subject: "test/\(number)",
                    subjectSequence: 1, incarnation: wanted(Incarnation("first")), time: shop.ledger.now,
                    data: Array(data.utf8)))
        }
        try shop.disk.commit()
        let bytes = try shop.answer(Array(#"{"command":"export","what":"events","limit":200}"#.utf8))
        #expect(bytes.count < 256 * 1_024)
        #expect(try all(shop, "events", by: 200).count == 6)
    }

    @Test("are refused behind a place that is none")
    func wrongPlace() throws {
        let shop = try ControlShop()
        for line in [#""what":"events","after":"x""#, #""what":"nonsense""#, #""what":"events","after":"-1""#] {
            let answer = try shop.ask(#"{"command":"export",\#(line)}"#)
            #expect(answer["problem"]?["code"]?.text?.hasPrefix("contract.") == true)
        }
    }
}

@Suite("A code, to a technician,")
struct ControlScanTests {
    private func scan(_ shop: ControlShop, _ code: String) throws -> JSON {
        let line = JSON.object([.init("command", "scan"), .init("code", .string(code))]).encoded()
        return try JSONReader.read(try shop.answer(line, by: ControlShop.reader))
    }

    @Test("is what the shop knows behind it, with who may do what; and nothing changes")
    func known() throws {
        let shop = try ControlShop()
        let code = try shop.day()
        let rows = try shop.disk.outboxEntries(lane: nil, state: nil, afterRow: 0, limit: 99).count
        let product = try #require(try scan(shop, "3400000000012")["result"])
        #expect(product["known"] == true)
        #expect(product["found"]?["sku"] == "SHIRT-M")
        let sale = product["uses"]?.elements?.first { $0["verb"] == "sale.record" }
        #expect(sale?["roles"] == ["till"])
        let reservation = try #require(try scan(shop, code.lowercased())["result"])
        #expect(reservation["found"]?["id"] == .string(code))
        #expect(try shop.disk.outboxEntries(lane: nil, state: nil, afterRow: 0, limit: 99).count == rows)
        #expect(try shop.disk.acts(afterNumber: 0, limit: 9).isEmpty)
    }

    @Test("that is unknown here is known by its kind alone, and one that is no code says what is wrong with it")
    func unknown() throws {
        let shop = try ControlShop()
        let answer = try #require(try scan(shop, "3400000000029")["result"])
        #expect(answer["known"] == false)
        #expect(answer["found"] == nil)
        #expect(try scan(shop, "3400000000028")["problem"]?["code"] == "scan.checkDigit")
    }
}
