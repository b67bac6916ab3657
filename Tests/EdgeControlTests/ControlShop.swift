// A shop whose agent runs on a simulated disk, for questions over the control socket.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel

/// A shop with a ledger, a clock that stands at 2026-11-22T10:00:00Z until it is moved, and a tablet and a till.
final class ControlShop {
    let queue = EventQueue()
    let disk = SimulatedLedger(random: SeededRandom(seed: 1))
    let catalogue = SimulatedCatalogue(random: SeededRandom(seed: 2))
    let clock: SimulatedClock
    let ledger: Ledger
    static let started = wanted(Instant(rfc3339: "2026-11-22T08:00:00Z"))
    private let shop = wanted(ShopID("lyon-2"))
    private var feedSequence: [String: Int] = [:]
    /// What left for headquarters after acts of technicians.
    var sent: [EventBatch] = []

    init() throws {
        clock = SimulatedClock(queue, beginning: wanted(Instant(rfc3339: "2026-11-22T10:00:00Z")))
        try catalogue.begin()
        try catalogue.setFed(
            "catalogue", scope: "shop", key: "SHIRT-M",
            Array(
                #"{"sku":"SHIRT-M","gtins":["3400000000012"],"name":{"fr":"Chemise bleue","en":"Blue shirt"},"safety":1}"#
                    .utf8))
        try catalogue.setFed(
            "catalogue", scope: "shop", key: "CAP", Array(#"{"sku":"CAP","gtins":[],"name":{"fr":"Casquette"}}"#.utf8))
        try catalogue.commit()
        let digest = FNVDigest()
        let fleet = Fleet([
            wanted(DeviceID("tablet-1")): Fleet.Device(role: .clerk),
            wanted(DeviceID("till-1")): Fleet.Device(role: .till),
        ])
        ledger = try Ledger(
            profile: ShopProfile(shop: shop, language: .french, zone: .utc, fleet: fleet),
            ports: LedgerPorts(
                storage: disk, catalogue: catalogue, clock: clock, digest: digest, snapshotDigest: digest,
                pins: SimulatedPINs(),
                sealing: SimulatedSealing(SimulatedKeys(), random: SeededRandom(seed: 3)), note: SimulatedNote()),
            view: CommittedView(), newIncarnation: wanted(Incarnation("first")), identity: "box")
    }

    /// Lets time pass, and the ledger see it.
    func wait(minutes: Int64) throws {
        queue.run(until: queue.now + minutes * 60_000)
        _ = try ledger.take([])
    }

    /// A message of a feed that headquarters sends next.
    @discardableResult
    func feed(_ feed: Feed, _ entries: String...) throws -> TurnOutcome {
        let first = feedSequence[feed.rawValue, default: 0] + 1
        feedSequence[feed.rawValue] = first + entries.count - 1
        let text =
            #"{"feed":"\#(feed.rawValue)","epoch":"e1","first":\#(first),"entries":[\#(entries.joined(separator: ","))]}"#
        return try ledger.take([.feed(try FeedMessage(Array(text.utf8), on: .feed(shop, feed)))])
    }

    /// The opening stock of a SKU, half of its rights for the shop.
    func open(_ sku: String, _ units: Int) throws {
        try feed(
            .stock,
            #"{"type":"delta","sku":"\#(sku)","quantity":\#(units),"cause":"opening","rights":{"holder":"hq","created":\#(units),"given":{"edge.first":\#(units / 2)},"spent":0}}"#
        )
    }

    /// A command of a device; its id ends in that number. Returns the reply.
    @discardableResult
    func command(_ number: Int, _ device: String, _ verb: String, _ fields: String) throws -> JSON {
        let topic = DeviceTopic.command(wanted(DeviceID(device)), verb: verb)
        let payload = #"{"id":"\#(Self.id(number))",\#(fields)}"#
        let outcome = try ledger.take([.device(DeviceMessage(topic: topic, payload: Array(payload.utf8)))])
        return try JSONReader.read(wanted(outcome.replies.first).payload)
    }

    /// The id of a command of this test.
    static func id(_ number: Int) -> String {
        "018f3c2e-7a10-7cc4-a2f1-" + String(repeating: "0", count: 12 - String(number).count) + String(number)
    }

    /// What the control socket answers.
    func ask(_ line: String, by asker: ControlAsker = technician, lineIsUp: Bool = true) throws -> JSON {
        let bytes = try answer(Array(line.utf8), by: asker, lineIsUp: lineIsUp)
        return try JSONReader.read(bytes, limits: JSONLimits(bytesMax: 262_144, depthMax: 32, elementsMax: 10_000))
    }

    /// The line that the control socket answers with.
    func answer(_ line: [UInt8], by asker: ControlAsker = technician, lineIsUp: Bool = true) throws -> [UInt8] {
        let request: ControlRequest
        do throws(Refusal) {
            request = try ControlRequest(line)
        } catch {
            return ControlAnswer.refused(error, in: .french).encoded()
        }
        let outcome = try ledger.control(
            request, by: asker, lineIsUp: lineIsUp, version: "0.1.0", startedAt: Self.started)
        if let turn = outcome.turn { sent += turn.events }
        return outcome.answer.encoded()
    }

    /// Somebody who may change things.
    static let technician = ControlAsker(user: 1_001, name: "nadia", process: 7, mayChange: true)
    /// Somebody who may only look.
    static let reader = ControlAsker(user: 1_002, name: "paul", process: 8, mayChange: false)

    /// The usual day: stock comes, a customer reserves at the tablet, collects, and pays one of two at the till.
    /// Returns the reservation's code.
    func day() throws -> String {
        try open("SHIRT-M", 10)
        try open("CAP", 4)
        try wait(minutes: 5)
        let placed = try command(
            1, "tablet-1", "reservation.place", #""lines":[{"sku":"SHIRT-M","quantity":2}],"term":{"minutes":120}"#)
        let code = wanted(placed["result"]?["reservation"]?.text)
        try wait(minutes: 30)
        try command(2, "tablet-1", "reservation.collect", #""reservation":"\#(code)""#)
        try wait(minutes: 2)
        try command(
            3, "till-1", "sale.record",
            #""lines":[{"till":"till-1","ticket":"4711","line":1,"kind":"sale","sku":"SHIRT-M","quantity":1}]"#)
        return code
    }
}

/// The value; a test that wrote a wrong name down stops here.
func wanted<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("a test's own value is not one: \(Value.self)") }
    return value
}
