// Replies that no broker would let through: bounded before they are kept, and never the end of the agent.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("A reply that would be too long")
struct ReplyLimitTests {
    /// Sends a message, and reads the reply as a device does: with the broker's limit, not that of a message.
    private func send(
        _ verb: String, _ fields: String, id: String? = nil, to box: AgentBox, from device: String = "tablet-1"
    ) throws -> (reply: Reply, bytes: Int) {
        let outcome = try box.ledger.take([try box.message(verb, fields, id: id ?? box.id(), from: device)])
        let payload = try #require(outcome.replies.first).payload
        return (try Reply(payload), payload.count)
    }

    private func ticket(_ sku: String) -> String {
        let lines = (1...1_000).map { #"{"till":"T","ticket":"1","line":\#($0),"kind":"sale","sku":"\#(sku)"}"# }
        return #""lines":[\#(lines.joined(separator: ","))]"#
    }

    @Test("of a thousand parked lines is told without its sentences, and told again the same")
    func parkedLines() throws {
        let box = try AgentBox(language: .french)
        try box.stock("TEE", 5, share: 5)
        try box.stock("CAP", 5, share: 5)
        _ = try send("sale.record", ticket("TEE"), to: box, from: "till-1")
        let id = box.id()
        let first = try send("sale.record", ticket("CAP"), id: id, to: box, from: "till-1")
        #expect(first.bytes <= Reply.bytesMax)
        let result = try #require(first.reply.result)
        #expect(result["shortened"] == true)
        let lines = try #require(result["lines"]?.elements)
        #expect(lines.count == 1_000 && lines.allSatisfy { $0["outcome"] == "parked" && $0["detail"] == nil })
        #expect(lines.allSatisfy { $0["reason"] == "sale.keyReused" })
        try box.restart()
        let again = try send("sale.record", ticket("CAP"), id: id, to: box, from: "till-1")
        #expect(again.reply.replayed && again.reply.result == result)
        // Few lines keep their sentences.
        let short = try send(
            "sale.record", #""lines":[{"till":"T","ticket":"1","line":1,"kind":"sale","sku":"CAP"}]"#, to: box,
            from: "till-1")
        #expect(short.reply.result?["shortened"] == nil)
        #expect(short.reply.result?["lines"]?.elements?.first?["detail"]?.text?.isEmpty == false)
    }

    @Test("since more than a thousand promises are at risk names the newest, and how many more there are")
    func promises() throws {
        let box = try AgentBox()
        try box.stock("TEE", 1_200, share: 1_200)
        for _ in 0..<1_001 {
            box.queue.run(until: box.queue.now + 1_000)
            try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)
        }
        let (id, lines) = (
            box.id(), #""lines":[{"till":"T","ticket":"1","line":1,"kind":"sale","sku":"TEE","quantity":300}]"#
        )
        let told = try send("sale.record", lines, id: id, to: box, from: "till-1").reply
        let shortfall = try #require(told.result?["shortfalls"]?.elements?.first)
        #expect(shortfall["promises"]?.elements?.count == 1_000 && shortfall["morePromises"] == 1)
        #expect(try send("sale.record", lines, id: id, to: box, from: "till-1").reply.result == told.result)
        try box.disk.begin()
        let entries = try box.disk.outboxEntries(subject: "sku/TEE", limit: 5_000)
        box.disk.rollback()
        let event = try #require(entries.last { $0.event.type == "store.stock.shortfallRaised" })
        let data = try JSONReader.read(event.event.data)
        #expect(data["promises"] == shortfall["promises"] && data["morePromises"] == 1)
    }

    @Test("that an earlier release stored all the same is answered as one that is no longer kept")
    func unreadable() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let (id, fields) = (box.id(), #""lines":[{"sku":"TEE"}]"#)
        let payload = Array("{\"id\":\"\(id)\",\(fields)}".utf8)
        try box.disk.begin()
        try box.disk.insert(
            StoredCommand(
                id: try #require(CommandID(id)), device: try #require(DeviceID("tablet-1")), verb: "reservation.place",
                digest: FNVDigest().digest(Array("reservation.place".utf8) + [0] + payload), outcome: "done",
                reply: [UInt8](repeating: 0x20, count: 262_145), decidedAt: box.ledger.now))
        try box.disk.commit()
        for _ in 0..<2 {
            let reply = try box.send("reservation.place", fields, id: id)
            #expect(reply["problem"]?["code"] == "command.replyForgotten")
            #expect(reply["problem"]?["facts"]?["outcome"] == "done")
        }
        #expect(try box.line("TEE").holds == 0)
    }

    @Test("whatever its verb is told as done and not kept, and what was decided stands")
    func anyVerb() throws {
        let box = try AgentBox()
        // No text is longer in JSON than one of controls: a name of 256 bytes has 1,536 there.
        let name = String(repeating: #"\u0001"#, count: 256)
        try box.catalogue.begin()
        for number in 0..<200 {
            try box.catalogue.setFed(
                "catalogue", scope: "shop", key: "P\(number)", Array(#"{"gtins":[],"name":{"en":"\#(name)"}}"#.utf8))
        }
        try box.catalogue.commit()
        let lines = (0..<200).map { #"{"sku":"P\#($0)","quantity":1}"# }.joined(separator: ",")
        try box.feed(
            .orders,
            [
                #"{"type":"placed","order":"O-1","code":"P-8M2WZ5HC-C","source":{"fromParcel":"340000000000000007"},"placedAt":"2026-11-22T09:00:00Z","lines":[\#(lines)]}"#
            ])
        let id = box.id()
        for _ in 0..<2 {
            let told = try send("pickup.accept", #""order":"O-1""#, id: id, to: box).reply
            #expect(told.problem?.code == "command.replyForgotten")
            #expect(told.problem?.facts.contains(JSON.Member("outcome", "done")) == true)
        }
        #expect(try box.pending().filter { $0.type == "store.pickup.accepted" }.count == 1)
    }

    @Test("of a list ends the page before, and the next one goes on where it ended")
    func pages() throws {
        let box = try AgentBox()
        let long = String(repeating: "X", count: 50)
        var orders: [String] = []
        for number in 100..<300 {
            let lines = (0..<16).map { #"{"sku":"\#(long)-\#($0)","quantity":1}"# }.joined(separator: ",")
            orders.append(
                #"{"type":"placed","order":"O-\#(number)","code":"C-\#(number)","source":{"fromParcel":"340000000000000007"},"placedAt":"2026-11-22T09:00:00Z","lines":[\#(lines)]}"#
            )
        }
        for half in [orders[..<100], orders[100...]] { try box.feed(.orders, Array(half)) }
        var seen: [String] = []
        var after = ""
        for _ in 0..<10 {
            let page = try send("pickup.list", #""limit":200\#(after)"#, to: box)
            #expect(page.bytes <= Reply.bytesMax)
            seen += (page.reply.result?["pickups"]?.elements ?? []).compactMap { $0["order"]?.text }
            guard let next = page.reply.result?["next"]?.text else { break }
            after = #","after":"\#(next)""#
        }
        #expect(seen == (100..<300).map { "O-\($0)" })
    }

    @Test("of a search tells as many pickups as it can carry")
    func search() throws {
        let box = try AgentBox()
        let long = String(repeating: "X", count: 58)
        for number in 0..<10 {
            let lines = (100..<300).map { #"{"sku":"\#(long)-\#($0)","quantity":1}"# }.joined(separator: ",")
            try box.feed(
                .orders,
                [
                    #"{"type":"placed","order":"O-\#(number)-77","code":"C-\#(number)","source":{"fromParcel":"340000000000000007"},"placedAt":"2026-11-22T09:00:00Z","lines":[\#(lines)]}"#
                ])
        }
        let told = try send("pickup.find", #""query":"77""#, to: box)
        #expect(told.bytes <= Reply.bytesMax)
        #expect((1..<10).contains(told.reply.result?["pickups"]?.elements?.count ?? 0))
    }

    @Test("of the list of reservations ends the page before as well")
    func reservationPages() throws {
        let box = try AgentBox()
        let skus = (10..<60).map { String(repeating: "X", count: 58) + "-\($0)" }
        for sku in skus { try box.stock(sku, 100, share: 100) }
        let lines = skus.map { #"{"sku":"\#($0)"}"# }.joined(separator: ",")
        for _ in 0..<60 {
            box.queue.run(until: box.queue.now + 1_000)
            #expect(try send("reservation.place", #""lines":[\#(lines)]"#, to: box).reply.outcome == .done)
        }
        var seen: Set<String> = []
        var after = ""
        for _ in 0..<10 {
            let page = try send("reservation.list", #""limit":200\#(after)"#, to: box)
            #expect(page.bytes <= Reply.bytesMax)
            seen.formUnion((page.reply.result?["reservations"]?.elements ?? []).compactMap { $0["reservation"]?.text })
            guard let next = page.reply.result?["next"]?.text else { break }
            after = #","after":"\#(next)""#
        }
        #expect(seen.count == 60 && !after.isEmpty)
    }
}
