// A setting, opening hours or a clerk that nobody can read: the former one stays in force, and headquarters hears of it.

import Contract
import ShopModel
import Testing

@testable import EdgeAgent
@testable import EdgeSimulation

@Suite("A setting, hours or a clerk that cannot be read")
struct OddSettingTests {
    private func setAside(_ box: AgentBox) throws -> [JSON] {
        try box.pending().filter { $0.type == "store.feed.entrySetAside" }.map { try JSONReader.read($0.data) }
    }

    private let pin = SimulatedPINs.derive("4711")

    /// Three units of which the safety stock leaves one to promise, hours, and a clerk.
    private func makeBox() throws -> AgentBox {
        let box = try AgentBox()
        try box.stock("TEE", 3, share: 3)
        try box.feed(.settings, [#"{"key":"safetyStock","value":2}"#])
        try box.feed(.hours, [#"{"key":"weekly","value":{"mon":[["10:00","19:00"]]}}"#])
        try box.feed(
            .clerks, [#"{"key":"c1","value":{"badge":"B1","name":"Alice","roles":["clerk"],"pin":"\#(pin)"}}"#])
        return box
    }

    private func expectAsBefore(_ box: AgentBox) throws {
        let two = try box.send("reservation.place", #""lines":[{"sku":"TEE","quantity":2}]"#)
        #expect(two["problem"]?["code"] == "stock.short", "\(two)")
        #expect(box.ledger.settings.hours != nil)
        #expect(try box.send("clerk.signIn", #""badge":"B1","pin":"4711""#)["outcome"] == "done")
    }

    @Test("leaves what was in force as it was, and is told to headquarters")
    func entry() throws {
        let box = try makeBox()
        try box.feed(.settings, [#"{"key":"safetyStock","value":"many"}"#])
        try box.feed(.hours, [#"{"key":"weekly","value":{"mon":[["19:00","10:00"]]}}"#])
        try box.feed(.clerks, [#"{"key":"c1","value":{"badge":"B1","name":"Alice","roles":7}}"#])
        // A PIN that was never derived, by which she could not sign in again.
        try box.feed(.clerks, [#"{"key":"c1","value":{"badge":"B1","name":"Alice","roles":["clerk"],"pin":"4711"}}"#])
        try expectAsBefore(box)
        #expect(try setAside(box).map { $0["feed"] } == ["settings", "hours", "clerks", "clerks"])
        #expect(try !setAside(box).contains { String(decoding: $0.encoded(), as: UTF8.self).contains("4711") })
        try box.restart()
        try expectAsBefore(box)
        // What can be read, what is taken away and what a later version knows are taken in.
        try box.feed(
            .settings, [#"{"key":"ofALaterVersion","value":{"a":1}}"#, #"{"key":"safetyStock","value":null}"#])
        #expect(try setAside(box).count == 4)
        #expect(try box.send("reservation.place", #""lines":[{"sku":"TEE","quantity":2}]"#)["outcome"] == "done")
    }

    @Test(
        "leaves what was in force as it was also where it comes in a snapshot",
        arguments: [
            (Feed.settings, #"{"key":"safetyStock","value":"many"}"#), (.hours, #"{"key":"weekly","value":7}"#),
            (.clerks, #"{"key":"c1","value":{"roles":7}}"#),
        ])
    func snapshot(feed: Feed, text: String) throws {
        let box = try makeBox()
        let json = try JSONReader.read(Array(text.utf8))
        let entry = StateEntry(key: try #require(json["key"]?.text), value: json["value"])
        var hash = SnapshotHash(FNVDigest())
        hash.add(entry)
        let begin = FeedMessage.SnapshotBegin(snapshot: "s", sequence: 9, count: 1, hash: hash.value)
        for body: FeedMessage.Body in [
            .begin(begin), .items(snapshot: "s", index: 0, [entry]), .end(snapshot: "s"),
        ] {
            _ = try box.ledger.take([.feed(FeedMessage(feed: feed, epoch: "e1", body: body))])
        }
        try expectAsBefore(box)
        #expect(try setAside(box).map { $0["feed"] } == [.string(feed.rawValue)])
    }
}
