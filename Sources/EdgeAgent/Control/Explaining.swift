// Why things are as they are: whatever has a name, and its whole story in order of time.

import Contract
import ShopCore
import ShopModel

/// What `explain` has found so far.
struct Findings {
    /// What has the name, as it is now.
    var present: [JSON] = []
    var story = Story()
}

extension LedgerCommand {
    /// The story of whatever has a name.
    static let explain = [
        question("explain") { fields throws(Refusal) in
            let id = try fields.text("id", max: 256)
            return { ledger, _ in try ledger.explain(id) }
        }
    ]
}

extension Ledger {
    /// `explain`: everything that has this name, as it is now and as it came about.
    ///
    /// - Parameter text: a code of ours, an order, a SKU, a GTIN or any code of a product, the id of a command or event,
    ///   `till/ticket/line`, a device, a customer; or any of them as the journals write it: `reservation/…`, `order/…`,
    ///   `sku/…`, `ticket/…`, `delivery/…`, `event/…`, `device/…`, `customer/…`, `act/…`.
    /// - Throws: `control.unknownId`.
    func explain(_ text: String) throws -> JSON {
        let (kind, name) = Self.parted(text)
        func mayBe(_ wanted: String) -> Bool { kind == nil || kind == wanted }
        var found = Findings()
        if mayBe("reservation") { try addReservation(name, to: &found) }
        if mayBe("order") { try addPickup(name, to: &found) }
        if mayBe("sku") { try addStock(name, to: &found) }
        if mayBe("ticket") { try addTicket(name, to: &found) }
        if kind == "delivery" || kind == "count" { try addReference(text, kind: kind ?? "", to: &found) }
        if kind == nil { try addDelivery(name, to: &found) }
        if mayBe("device") { try addDevice(name, to: &found) }
        if mayBe("customer") { try addCustomer(name, to: &found) }
        if kind == "act" { try addAct(name, to: &found) }
        // An event's id has slashes of its own, also where it begins as a reference does.
        try addCommand(text, to: &found)
        try addEvent(kind == "event" ? name : text, to: &found)
        if kind == nil, found.present.isEmpty { try addScanned(text, to: &found) }
        guard !found.present.isEmpty else { throw Refusal(.controlUnknownID, [.text("id", text)]) }
        for id in found.story.commands.prefix(200) {
            if let command = try storage.command(id) { found.story.add(command) }
        }
        // What technicians did with the events of the story.
        for event in found.story.eventIDs.prefix(200) {
            for act in try storage.acts(about: "event/\(event)", limit: 20) { found.story.add(act) }
        }
        return .told(
            ("now", .moment(now)), ("id", .string(text)), ("present", .array(found.present)),
            ("steps", found.story.json), ("cut", .bool(found.story.isCut)))
    }

    /// A name as the journal writes it, parted from its kind.
    private static let kinds = [
        "reservation", "order", "sku", "ticket", "delivery", "count", "event", "device", "customer", "act",
    ]

    private static func parted(_ text: String) -> (kind: String?, name: String) {
        guard let slash = text.firstIndex(of: "/") else { return (nil, text) }
        let kind = String(text[..<slash])
        guard kinds.contains(kind) else { return (nil, text) }
        return (kind, String(text[text.index(after: slash)...]))
    }

    func addReservation(_ name: String, to found: inout Findings) throws {
        guard let id = ReservationID(OwnCodes.canonical(name) ?? name), let reservation = try storage.reservation(id)
        else { return }
        found.present.append(described(reservation))
        try addSubject("reservation/\(id)", to: &found.story)
        try addSteps(touching: Set(reservation.lines.map(\.sku)), to: &found.story)
    }

    func addPickup(_ name: String, to found: inout Findings) throws {
        var pickup = try OrderID(name).flatMap { (order) throws in try storage.pickup(order) }
        if pickup == nil, let code = OwnCodes.canonical(name) { pickup = try storage.pickup(code: code) }
        guard let pickup else { return }
        found.present.append(described(pickup))
        try addSubject("order/\(pickup.order)", to: &found.story)
    }

    func addStock(_ name: String, to found: inout Findings) throws {
        let product = try GTIN(name).flatMap { (gtin) throws in try ports.catalogue.product(gtin) }
        guard let sku = product?.sku ?? SKU(name) else { return }
        let line = try storage.stockLine(sku)
        let isInAssortment = try ports.catalogue.product(sku) != nil
        guard line != nil || isInAssortment else { return }
        found.present.append(try described(line ?? StockLine(sku: sku, home: home)))
        let journal = try storage.journal(of: sku, limit: 100)
        if journal.count == 100 { found.story.cut() }
        let events = try storage.outboxEntries(subject: "sku/\(sku)", limit: 500)
        var eventBySequence: [Int64: OutboxEntry] = [:]
        for event in events where event.event.incarnation == incarnation {
            eventBySequence[event.event.subjectSequence] = event
        }
        for entry in journal.reversed() { found.story.add(entry, event: eventBySequence[entry.eventSequence]) }
        // The entries tell of the changes themselves; what stands before the first of them would be half a story.
        let first = journal.count == 100 ? journal.last?.at : nil
        for event in events where event.event.type != "store.stock.changed" {
            if let first, event.event.time < first { continue }
            found.story.add(event)
        }
    }

    private func addTicket(_ name: String, to found: inout Findings) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let number = Int(parts[2]),
            let key = TicketLine(till: parts[0], ticket: parts[1], line: number)
        else { return }
        let events = try storage.outboxEntries(subject: key.subject, limit: Story.partsMax)
            .filter { $0.tells(of: key) }
        let sale = try storage.sale(key)
        guard sale != nil || !events.isEmpty else { return }
        if let sale { found.present.append(described(sale)) } else { found.present.append(parked(key)) }
        for event in events { found.story.add(event) }
        try addJournal(key.reference, to: &found.story)
    }

    private func addDelivery(_ name: String, to found: inout Findings) throws {
        try addReference("delivery/\(name)", kind: "delivery", to: &found)
    }

    /// What has no row of its own and is known by its changes alone.
    private func addReference(_ reference: String, kind: String, to found: inout Findings) throws {
        let journal = try storage.journal(about: reference, limit: Story.partsMax)
        let events = try storage.outboxEntries(subject: reference, limit: Story.partsMax)
        guard !journal.isEmpty || !events.isEmpty else { return }
        found.present.append(.told(("kind", .string(kind)), ("id", .string(reference))))
        for event in events { found.story.add(event) }
        for entry in journal { found.story.add(entry) }
    }

    private func addCommand(_ name: String, to found: inout Findings) throws {
        guard let id = CommandID(name) else { return }
        try addRefusals(of: id, to: &found)
        guard let command = try storage.command(id) else { return }
        found.present.append(described(command))
        found.story.add(command)
        // Event ids derive from the command's and their ordinal (DESIGN law 2); moments may have been given up.
        for ordinal in 1...Story.partsMax {
            guard let event = try storage.outboxEntry(id: "\(id)/\(ordinal)") else { break }
            if event.event.type != "store.stock.changed" { found.story.add(event) }
        }
        try addJournal(id.value, to: &found.story)
    }

    private func addEvent(_ name: String, to found: inout Findings) throws {
        guard let entry = try storage.outboxEntry(id: name) else { return }
        guard case .object(let members) = entry.whole else { return }
        found.present.append(.object([.init("kind", "event")] + members))
        found.story.add(entry)
        for entry in try storage.journal(about: entry.event.subject, limit: Story.partsMax) {
            found.story.add(entry)
        }
        try addSubject(entry.event.subject, to: &found.story)
    }

    func addSubject(_ subject: String, to story: inout Story) throws {
        let events = try storage.outboxEntries(subject: subject, limit: Story.partsMax)
        if events.count == Story.partsMax { story.cut() }
        for event in events where event.event.type != "store.stock.changed" { story.add(event) }
        try addJournal(subject, to: &story)
    }

    private func addJournal(_ reference: String, to story: inout Story) throws {
        let journal = try storage.journal(about: reference, limit: Story.partsMax)
        if journal.count == Story.partsMax { story.cut() }
        for entry in journal { story.add(entry) }
    }

    /// Changes that the same commands made under another name: a sale that consumed a reservation is of its ticket.
    private func addSteps(touching skus: Set<SKU>, to story: inout Story) throws {
        for command in story.commands.prefix(50) {
            for entry in try storage.journal(about: command.value, limit: 50)
            where skus.contains(entry.sku) && !story.has(entry) {
                story.add(entry)
            }
        }
    }
}

extension OutboxEntry {
    /// Whether an event of a ticket is about that line of it.
    fileprivate func tells(of key: TicketLine) -> Bool {
        guard let data = try? JSONReader.read(event.data) else { return false }
        let line = data["line"]
        return (line?.integer ?? line?["line"]?.integer) == key.line
    }
}
