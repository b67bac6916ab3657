// Whom an order is for: known as long as the counter needs it, learnt again when its key was lost, never after an erasure.

import Contract
import EdgeAgent
import EdgeSimulation
import ScanCodes
import ShopCore
import ShopModel
import Testing

@Suite("Whom an order is for")
struct ContactTests {
    private static let code = OwnCode.mint(kind: .pickup, from: 1).text

    /// A box with a clerk signed in at the tablet.
    private func box() throws -> AgentBox {
        let box = try AgentBox()
        let pin = SimulatedPINs.derive("4711")
        try box.feed(
            .clerks, [#"{"key":"c1","value":{"badge":"B1","name":"Alice","roles":["clerk"],"pin":"\#(pin)"}}"#])
        try box.send("clerk.signIn", #""badge":"B1","pin":"4711""#)
        try box.stock("TEE", 5, share: 3)
        return box
    }

    private func place(_ box: AgentBox, customer: String) throws {
        try box.feed(
            .orders,
            [
                #"{"type":"placed","order":"O-1","code":"\#(Self.code)","source":{"fromParcel":"301234500000000015"},"placedAt":"2026-11-22T09:00:00Z","collectBy":"2026-12-22T11:00:00Z","customer":\#(customer),"lines":[{"sku":"TEE","quantity":1}]}"#
            ])
    }

    /// The pickup as it is stored.
    private func stored(_ box: AgentBox) throws -> Pickup {
        let order = try #require(OrderID("O-1"))
        return try #require(try box.disk.pickup(order))
    }

    private func makeReady(_ box: AgentBox) throws {
        for step in [("accept", ""), ("pick", #","sku":"TEE""#), ("stage", #","place":"B4""#), ("ready", "")] {
            let reply = try box.send("pickup.\(step.0)", #""order":"O-1","clerk":"c1"\#(step.1)"#)
            #expect(reply["outcome"] == "done", "\(step.0)")
        }
    }

    /// The key of the contact is gone, as after a restore on another box.
    private func loseKey(_ box: AgentBox) throws {
        let known = try stored(box)
        try box.disk.begin()
        try box.disk.put(
            Pickup(
                order: known.order, code: known.code, source: known.source, lines: known.lines, state: known.state,
                revision: known.revision, recipient: .init(isContactUnreadable: true), receivedAt: known.receivedAt,
                collectBy: known.collectBy))
        try box.disk.commit()
        try box.restart()
        try box.send("clerk.signIn", #""badge":"B1","pin":"4711""#)
    }

    private let byFacts =
        #""order":"O-1","clerk":"c1","proof":{"method":"identityShown","facts":["name","phoneLast4"]}"#

    @Test("is said not to be known when its key is on another box; the code serves, and the order sent again")
    func lost() throws {
        let box = try box()
        try place(box, customer: #"{"name":"Marie Dupont","phoneLast4":"4242"}"#)
        try makeReady(box)
        try loseKey(box)
        let seen = try box.send("pickup.get", #""order":"O-1""#)["result"]
        #expect(seen?["state"] == "ready" && seen?["name"] == nil && seen?["contactUnreadable"] == true)
        #expect(try box.send("pickup.find", #""query":"4242""#)["result"]?["pickups"] == [])
        let refused = try box.send("pickup.handOver", byFacts)
        #expect(refused["problem"]?["code"] == "pickup.contactUnreadable")
        #expect(refused["problem"]?["detail"]?.text?.contains("have headquarters send the order again") == true)
        // A scanner tells nobody.
        let front = box.front()
        let message = DeviceMessage(
            topic: try DeviceTopic("shop/v1/unlisted-9/ask/scan"), payload: Array(Self.code.utf8))
        guard case .replies(let replies) = try front.answer(message) else { throw Unexpected() }
        #expect(try JSONReader.read(replies[0].payload)["result"]?["contactUnreadable"] == nil)

        try place(box, customer: #"{"name":"Marie Dupont","phoneLast4":"4242"}"#)
        let again = try box.send("pickup.get", #""order":"O-1""#)["result"]
        #expect(again?["name"] == "M. D***" && again?["contactUnreadable"] == nil)
        #expect(again?["state"] == "ready", "nothing else of the order is taken twice")
        #expect(try box.send("pickup.handOver", byFacts)["outcome"] == "done")
    }

    @Test("and cannot be read is handed over by its code all the same")
    func byCode() throws {
        let box = try box()
        try place(box, customer: #"{"name":"Marie Dupont"}"#)
        try makeReady(box)
        try loseKey(box)
        let reply = try box.send(
            "pickup.handOver", #""order":"O-1","clerk":"c1","proof":{"code":"\#(Self.code)"}"#)
        #expect(reply["outcome"] == "done")
    }

    @Test("stays what it was when the order comes again under another name")
    func knownStays() throws {
        let box = try box()
        try place(box, customer: #"{"name":"Marie Dupont"}"#)
        try place(box, customer: #"{"name":"Jean Martin"}"#)
        #expect(try box.send("pickup.get", #""order":"O-1""#)["result"]?["name"] == "M. D***")
    }

    @Test("is nobody once the customer was erased, however often headquarters sends the order")
    func erased() throws {
        let box = try box()
        let customer = #"{"name":"Marie Dupont","phoneLast4":"4242","customer":"C-7"}"#
        try place(box, customer: customer)
        try box.feed(.erasures, [#"{"type":"erase","customer":"C-7","request":"E-1"}"#])
        for _ in 0..<2 {
            #expect(try box.send("pickup.get", #""order":"O-1""#)["result"]?["name"] == nil)
            #expect(try stored(box).recipient == .init())
            try place(box, customer: customer)
        }
    }

    @Test("is not learnt again once the order is over")
    func over() throws {
        let box = try box()
        try place(box, customer: #"{"name":"Marie Dupont"}"#)
        try makeReady(box)
        try box.send("pickup.handOver", #""order":"O-1","clerk":"c1","proof":{"code":"\#(Self.code)"}"#)
        box.queue.run(until: 8 * 86_400_000)
        _ = try box.ledger.take([])
        try place(box, customer: #"{"name":"Marie Dupont"}"#)
        #expect(try stored(box).recipient == .init())
    }

    private struct Unexpected: Error {}
}
