// A box with an agent on a simulated disk: it can be switched off, lose power, and be started again.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

/// A box in shop S1 with a tablet and a till; its clock stands at 2026-11-22T10:00:00Z until it is moved.
final class AgentBox {
    let queue = EventQueue()
    let disk = SimulatedLedger(random: SeededRandom(seed: 11))
    let catalogue = SimulatedCatalogue(random: SeededRandom(seed: 12))
    let keys = SimulatedKeys()
    let note = SimulatedNote()
    let clock: SimulatedClock
    private(set) var view = CommittedView()
    private(set) var ledger: Ledger
    private let profile: ShopProfile
    private var feedSequence: [Feed: Int64] = [:]
    private var identifiers = 0

    init(language: Language = .english) throws {
        let clock = SimulatedClock(queue, beginning: try #require(Instant(rfc3339: "2026-11-22T10:00:00Z")))
        self.clock = clock
        let (tablet, till) = (try #require(DeviceID("tablet-1")), try #require(DeviceID("till-1")))
        profile = ShopProfile(
            shop: try #require(ShopID("S1")), language: language, zone: .utc,
            fleet: Fleet([tablet: .init(role: .clerk), till: .init(role: .till)]))
        ledger = try Self.open(profile, disk, catalogue, keys, note, clock, view)
    }

    private static func open(
        _ profile: ShopProfile, _ disk: SimulatedLedger, _ catalogue: SimulatedCatalogue, _ keys: SimulatedKeys,
        _ note: SimulatedNote, _ clock: SimulatedClock, _ view: CommittedView, identity: String = "box",
        incarnation: String = "one"
    ) throws -> Ledger {
        let digest = FNVDigest()
        return try Ledger(
            profile: profile,
            ports: LedgerPorts(
                storage: disk, catalogue: catalogue, clock: clock, digest: digest, snapshotDigest: digest,
                pins: SimulatedPINs(), sealing: SimulatedSealing(keys, random: SeededRandom(seed: 13)), note: note),
            view: view, newIncarnation: try #require(Incarnation(incarnation)), identity: identity)
    }

    /// The power goes, and comes back; nothing is remembered but the disk.
    func restart(identity: String = "box", incarnation: String = "one") throws {
        disk.crash(.power)
        view = CommittedView()
        ledger = try Self.open(
            profile, disk, catalogue, keys, note, clock, view, identity: identity, incarnation: incarnation)
    }

    /// How the feeds fare.
    func reports() throws -> [FeedReport] {
        try disk.begin()
        defer { disk.rollback() }
        return try ledger.feedReports()
    }

    /// The codes of what `status` finds.
    func findings() throws -> [String] {
        let asker = ControlAsker(user: 0, name: "root", process: 1, mayChange: true)
        let outcome = try ledger.control(
            try ControlRequest(Array(#"{"command":"status"}"#.utf8)), by: asker, lineIsUp: true, version: "test",
            startedAt: ledger.now)
        guard case .done(let status) = outcome.answer else { return [] }
        return (status["findings"]?.elements ?? []).compactMap { $0["code"]?.text }
    }

    /// A new id.
    func id() -> String {
        identifiers += 1
        let digits = String(identifiers)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// A command or question as its device would send it.
    func message(_ verb: String, _ fields: String, id: String, from device: String = "tablet-1") throws -> Inbound {
        let branch = Verb(rawValue: verb)?.isQuestion == true ? "ask" : "do"
        let payload = "{\"id\":\"\(id)\"\(fields.isEmpty ? "" : ",")\(fields)}"
        return .device(
            DeviceMessage(topic: try DeviceTopic("shop/v1/\(device)/\(branch)/\(verb)"), payload: Array(payload.utf8)))
    }

    /// Sends a command, and returns the reply.
    @discardableResult
    func send(_ verb: String, _ fields: String, id: String? = nil, from device: String = "tablet-1") throws -> JSON {
        let outcome = try ledger.take([try message(verb, fields, id: id ?? self.id(), from: device)])
        return try JSONReader.read(try #require(outcome.replies.first).payload)
    }

    /// Entries of a feed, as headquarters sends them next.
    @discardableResult
    func feed(_ feed: Feed, _ entries: [String]) throws -> TurnOutcome {
        let first = (feedSequence[feed] ?? 0) + 1
        feedSequence[feed] = first + Int64(entries.count) - 1
        let text =
            "{\"feed\":\"\(feed.rawValue)\",\"epoch\":\"e1\",\"first\":\(first),\"entries\":[\(entries.joined(separator: ","))]}"
        return try ledger.take([.feed(try FeedMessage(Array(text.utf8), on: .feed(profile.shop, feed)))])
    }

    /// Opening stock of a SKU, some of it for this shop to promise.
    func stock(_ sku: String, _ units: Int, share: Int) throws {
        try feed(
            .stock,
            [
                #"{"type":"delta","sku":"\#(sku)","quantity":\#(units),"cause":"opening","rights":{"holder":"hq","created":\#(units),"given":{"edge.one":\#(share)},"spent":0}}"#
            ])
    }

    /// A front beside the ledger.
    func front() -> Front { Front(profile: profile, catalogue: catalogue, view: view, clock: clock) }

    /// The line of a SKU as it is stored.
    func line(_ sku: String) throws -> StockLine {
        try disk.begin()
        defer { disk.rollback() }
        let name = try #require(SKU(sku))
        return try #require(try disk.stockLine(name))
    }

    /// Events that headquarters has not receipted, of all lanes.
    func pending() throws -> [OutboxEvent] {
        try disk.begin()
        defer { disk.rollback() }
        var events: [OutboxEvent] = []
        for lane in Lane.allCases { events += try disk.pending(lane, afterRow: 0, limit: 1_000) }
        return events
    }

    /// Headquarters' word on events.
    func receipt(_ receipts: [Receipt], epoch: String = "e1") throws -> TurnOutcome {
        try ledger.take([.receipts(ReceiptMessage(epoch: epoch, receipts: receipts))])
    }
}
