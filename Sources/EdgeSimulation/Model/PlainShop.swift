// The sequential model: one command after the other, in the order in which the ledger took them.

import Contract
import EdgeAgent
import ShopModel

/// What the notebook has to ask its surroundings.
struct PlainSurroundings {
    /// A clerk, with the PIN that is the secret of the real one.
    struct Clerk {
        let id: String
        let badge: String
        let pin: String
        let isManager: Bool
    }

    /// The SKU of a GTIN.
    var skus: [String: String] = [:]
    var clerks: [Clerk] = []
    /// What each device may do: `scan`, `customer`, `clerk`, `till`.
    var roles: [String: String] = [:]
    /// Whether the assortment has a SKU.
    var isInAssortment: (String) -> Bool = { _ in false }
    /// Units of a SKU that are kept back.
    var safety: (String) -> Int = { _ in 0 }
    /// Whether the shop has heard of a clerk.
    var knowsClerk: (String) -> Bool = { _ in false }
    /// The shop's name among the holders of rights.
    var home: () -> String = { "" }
}

/// A plain model of the shop: what a command does to it, and what its sender has to be told.
///
/// It is written from the contract, without the shop's core: two people who read the same page.
final class PlainShop {
    var books = PlainBooks()
    let surroundings: PlainSurroundings
    /// The shop's time, as the ledger last said it.
    var now: Int64 = 0
    /// The badge whose wrong PIN still has to be counted.
    var wrongPIN: String?
    /// The shortfalls that the last sale has to name.
    var expectedShortfalls: [PlainUnits] = []
    /// What the books had of a SKU after its n-th event, by SKU.
    private var onHandAfterEvents: [String: [Int: Int]] = [:]
    private var commands: [String: Known] = [:]

    private struct Known {
        let device: String
        let verb: String
        let payload: [UInt8]
        let reply: JSON
    }

    init(_ surroundings: PlainSurroundings) { self.surroundings = surroundings }

    /// The SKUs of holds that ended by their time since somebody asked.
    private var endedHolds: [String] = []

    /// The commands that were decided, by id.
    var decidedIDs: [String] { commands.keys.sorted() }

    /// The outcome of a command as it was decided; `nil` when it never was.
    func decided(_ id: String) -> JSON? { commands[id]?.reply }

    /// The SKUs of holds that ended by their time since this was asked last.
    func takeEndedHolds() -> [String] {
        defer { endedHolds = [] }
        return endedHolds
    }

    func noteEndedHold(_ sku: String) { endedHolds.append(sku) }

    /// A turn of the ledger begins.
    func begin(at now: Instant) {
        self.now = now.milliseconds
        endHolds()
        endPickups()
    }

    /// Takes a message of a device in.
    ///
    /// - Parameters:
    ///   - bytes: what the ledger answered; `nil` when nobody will ever know, as after a crash.
    ///   - isFromStorage: whether this is the reply that was stored, and not one that was given.
    /// - Returns: what is wrong with the answer.
    func judge(_ message: DeviceMessage, answered bytes: [UInt8]?, isFromStorage: Bool = false) -> String? {
        guard case .command(let device, let verb) = message.topic else { return nil }
        guard let json = try? JSONReader.read(message.payload), let id = json["id"]?.text else {
            return "a message that no device of this shop writes: \(String(decoding: message.payload, as: UTF8.self))"
        }
        let reply = bytes.flatMap { try? JSONReader.read($0, limits: JSONLimits(bytesMax: 262_144)) }
        if bytes != nil, reply == nil { return "the reply to \(id) is no JSON" }
        let about = "\(verb) \(id) of \(device)"
        // A device that sends too fast is told to come again; nothing happened.
        let code = reply?["problem"]?["code"]?.text
        if code == "command.tooMany" || code == "command.tooManyReservations" { return nil }
        guard allows(surroundings.roles[device.value] ?? "scan", verb) else {
            return reply.flatMap { PlainExpectation.refused("device.notAllowed").complaint(about: $0) }
                .map { "\(about): \($0)" }
        }
        if let known = commands[id] {
            guard let reply, !isFromStorage else { return nil }
            guard known.device == device.value, known.verb == verb, known.payload == message.payload else {
                return PlainExpectation.refused("command.idReused").complaint(about: reply).map { "\(about): \($0)" }
            }
            guard reply["replayed"] == true, reply["outcome"] == known.reply["outcome"],
                reply["result"] == known.reply["result"], reply["problem"] == known.reply["problem"]
            else {
                return
                    "\(about): the same command again was answered \(String(decoding: reply.encoded(), as: UTF8.self)), "
                    + "first \(String(decoding: known.reply.encoded(), as: UTF8.self))"
            }
            return nil
        }
        let before = books
        expectedShortfalls = []
        var expectation: PlainExpectation
        do throws(PlainRefusal) {
            expectation = try decide(verb, json, device: device.value, reply: reply)
        } catch {
            books = before
            expectation = .refused(error.code)
            if let badge = wrongPIN { countWrongPIN(badge) }
        }
        wrongPIN = nil
        guard let reply else { return "\(about): it was decided, and its reply is not stored" }
        commands[id] = Known(device: device.value, verb: verb, payload: message.payload, reply: reply)
        notePosition(reply)
        if let complaint = expectation.complaint(about: reply) {
            return "\(about): \(complaint); before it \(String(describing: before.pickups[json["order"]?.text ?? ""]))"
        }
        if reply["replayed"] == true { return "\(about): a first answer says that it was given before" }
        return shortfallComplaint(reply).map { "\(about): \($0)" }
    }

    private func decide(
        _ verb: String, _ message: JSON, device: String, reply: JSON?
    ) throws(PlainRefusal) -> PlainExpectation {
        let seat = device + " " + (message["seat"]?.text ?? "")
        var session: PlainSession?
        if let clerk = message["clerk"]?.text, verb != "clerk.signIn" {
            session = books.sessions[seat]
            guard let open = session, now < open.until else { throw PlainRefusal("clerk.sessionRequired") }
            guard open.clerk == clerk else { throw PlainRefusal("clerk.replaced") }
        }
        switch verb {
        case "reservation.place": return try place(message, reply)
        case "reservation.extend": return try extend(message)
        case "reservation.cancel": return try cancel(message)
        case "reservation.collect": return try collect(message)
        case "sale.record": return record(message)
        case "delivery.receive": return try receive(message)
        case "count.record": return try count(message, by: session)
        case "count.approve": return try approve(message, by: session)
        case "clerk.signIn": return try signIn(message, seat: seat)
        case "clerk.signOut":
            books.sessions[seat] = nil
            return PlainExpectation()
        case "moment.record": return PlainExpectation()
        default: return try step(String(verb.dropFirst("pickup.".count)), message, by: session)
        }
    }

    private func allows(_ role: String, _ verb: String) -> Bool {
        switch verb {
        case "moment.record", "reservation.place": role != "scan"
        case "sale.record": role == "till"
        default: role == "clerk" || role == "till"
        }
    }

    private func shortfallComplaint(_ reply: JSON) -> String? {
        guard let told = reply["result"]?["shortfalls"]?.elements else { return nil }
        let seen = told.map { "\($0["sku"]?.text ?? "") \($0["short"]?.integer ?? 0)" }.sorted()
        let expected = expectedShortfalls.map { "\($0.sku) \($0.count)" }.sorted()
        return seen == expected ? nil : "expected shortfalls \(expected), the shop named \(seen)"
    }

    /// The shop told a position of its journal: the books as they stand belong to it.
    private func notePosition(_ reply: JSON) {
        guard let position = reply["result"]?["position"]?.integer else { return }
        books.movedAt[position] = Dictionary(uniqueKeysWithValues: books.lines.keys.map { ($0, books.moved($0)) })
    }

    /// The shop told an event about a SKU: what the books have belongs to it.
    func note(onHand: Int, afterEvent sequence: Int, of sku: String) {
        onHandAfterEvents[sku, default: [:]][sequence] = onHand
    }

    /// What the books had after an event of a SKU; after the latest before it when that one moved nothing.
    func onHandAfterEvent(_ sequence: Int, of sku: String) -> Int {
        let known = onHandAfterEvents[sku] ?? [:]
        return known.keys.filter { $0 <= sequence }.max().flatMap { known[$0] } ?? 0
    }

    /// The units that a message's lines name, a SKU once.
    func units(_ lines: JSON?) throws(PlainRefusal) -> [PlainUnits] {
        var all: [PlainUnits] = []
        for line in lines?.elements ?? [] {
            let unit = try unit(line)
            if let index = all.firstIndex(where: { $0.sku == unit.sku }) {
                all[index] = PlainUnits(sku: unit.sku, count: all[index].count + unit.count)
            } else {
                all.append(unit)
            }
        }
        return all
    }

    /// The units that a line names.
    func unit(_ line: JSON?) throws(PlainRefusal) -> PlainUnits {
        let sku = line?["sku"]?.text ?? line?["gtin"]?.text.flatMap { surroundings.skus[$0] } ?? ""
        let isKnown =
            surroundings.isInAssortment(sku) || (line?["gtin"] == nil && books.lines[sku] != nil)
        guard isKnown else { throw PlainRefusal("product.unknown") }
        return PlainUnits(sku: sku, count: line?["quantity"]?.integer ?? 1)
    }
}
