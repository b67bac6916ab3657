// A generated day for a ledger: random writes to every table, and everything that can be read of it.

import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel

/// Writes at random, within a small world where everything meets everything.
struct LedgerDay {
    var random: SeededRandom
    private var clock: Int64 = 1_000

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    static let skus = (0..<6).map { sure(SKU("SKU-\($0)")) }
    static let customers = (0..<4).map { sure(CustomerID("customer-\($0)")) }
    static let devices = (0..<3).map { sure(DeviceID("device-\($0)")) }
    static let incarnation = sure(Incarnation("first"))
    static let home = Holder.edge(incarnation)
    static let scopes = ["shop", "group/north"]

    private var sku: SKU { mutating get { sure(random.pick(Self.skus)) } }
    private var customer: CustomerID { mutating get { sure(random.pick(Self.customers)) } }
    private var moment: Instant { mutating get { Instant(milliseconds: clock + random.within(-500...500)) } }

    /// Writes something somewhere.
    mutating func write(to ledger: any LedgerStorage) throws {
        clock += 10
        ledger.home = Self.home
        switch random.below(22) {
        case 0: try ledger.setValue("value-\(random.below(3))", "\(random.next() % 100)")
        case 1:
            let id = sure(CommandID("00000000-0000-0000-0000-\(padded(random.below(40)))"))
            guard try ledger.command(id) == nil else { return }
            try ledger.insert(
                StoredCommand(
                    id: id, device: sure(random.pick(Self.devices)), verb: "sale.record", digest: random.bytes(4),
                    outcome: "done", reply: random.chance(0.9) ? random.bytes(3) : nil, decidedAt: moment))
        case 2: _ = try ledger.forgetReplies(before: moment, limit: random.below(3))
        case 3: try ledger.countDeath(of: [UInt8(random.below(3))])
        case 4:
            try ledger.put(
                StockLine(sku: sku, home: Self.home, onHand: random.below(50), holds: random.below(5)))
        case 5, 6:
            var change = StockChange(.sold)
            change.onHand = -1 - random.below(3)
            let about = "reservation/R-\(random.below(5))"
            _ = try ledger.append(
                JournalEntry(
                    sku: sku, change: change,
                    cause: JournalEntry.Cause(
                        by: "sale.record", reference: about,
                        command: random.chance(0.5)
                            ? CommandID("00000000-0000-0000-0000-\(padded(random.below(5)))") : nil,
                        device: .agent, clerk: nil),
                    at: moment, eventSequence: random.within(1...20)))
        case 7: _ = try ledger.recordDelivery("delivery-\(random.below(3))", sku, at: moment)
        case 8:
            try ledger.setPendingCount(
                sku, random.chance(0.5) ? PendingCount(counted: 3, position: 1, by: nil, at: moment) : nil)
        case 9, 10, 11: try ledger.put(reservation())
        case 12: try ledger.put(pickup())
        case 13:
            try ledger.put(
                SaleLine(
                    key: sure(TicketLine(till: "till-1", ticket: "t\(random.below(4))", line: 1)), kind: .sale,
                    sku: sku,
                    units: 1, recordedAt: moment, voided: random.chance(0.3)))
        case 14:
            let device = sure(random.pick(Self.devices))
            let session = ClerkSession(
                device: device, seat: "", clerk: sure(ClerkID("c1")), roles: [.clerk], until: moment)
            try ledger.setSession(device: device, seat: "", random.chance(0.7) ? session : nil)
            try ledger.setAttempts(badge: "badge", SignInAttempts(wrong: random.below(5)))
        case 15:
            let cards = (0..<random.below(3)).map { _ in [UInt8(random.below(4))] }
            try ledger.put(
                SealedCustomer(customer: customer, sealed: random.bytes(4), cards: cards, expires: moment))
        case 16:
            if random.chance(0.5) {
                try ledger.removeCustomer(customer)
            } else {
                try ledger.markErased(customer, at: moment)
            }
        case 17: try feed(ledger)
        case 18, 19, 20: try outbox(ledger)
        default:
            let rows = (0..<3).map { _ in random.within(1...60) }
            switch random.below(6) {
            case 0, 1: try ledger.markReceipted(rows: rows, at: moment, epoch: "epoch-\(random.below(2))")
            case 2: try ledger.park(row: rows[0], reason: "not wanted")
            case 3: try ledger.resend(subject: "sku/\(sku)", Self.incarnation, from: random.within(1...9))
            case 4: _ = try ledger.forgetReceipted(before: moment, limit: 2)
            default:
                _ = try ledger.resendAll(exceptEpoch: "epoch-0")
                _ = try ledger.shedMoments(limit: 1)
            }
        }
    }

    private func padded(_ number: Int) -> String {
        String(repeating: "0", count: 12 - String(number).utf8.count) + String(number)
    }

    private mutating func reservation() -> Reservation {
        let first = sku
        let second = sku
        let (over, lockedFirst, lockedSecond) = (random.chance(0.25), random.below(3), random.below(2))
        var lines = [Reservation.Line(sku: first, asked: 2, locked: over ? 0 : lockedFirst)]
        if second != first { lines.append(Reservation.Line(sku: second, asked: 1, locked: over ? 0 : lockedSecond)) }
        let end = moment
        let open: Reservation.State = random.chance(0.7) ? .held(until: end) : .awaitingSale(since: end)
        let state: Reservation.State = over ? .closed(.sold) : open
        return Reservation(
            id: sure(ReservationID("R-\(random.below(25))")), lines: lines, state: state,
            customer: random.chance(0.6) ? customer : nil, channel: .store, placedAt: moment)
    }

    private mutating func pickup() -> Pickup {
        let state: Pickup.State =
            switch random.below(4) {
            case 0: .received
            case 1: .handedOver(at: moment)
            default: .ready(since: moment)
            }
        let number = random.below(12)
        return Pickup(
            order: sure(OrderID("order-\(number)")), code: "P-\(number % 8)", source: .fromStock,
            lines: [Pickup.Line(sku: sku, quantity: 1)], state: state, recipient: recipient(), receivedAt: moment,
            collectBy: random.chance(0.8) ? moment : nil)
    }

    private mutating func recipient() -> Pickup.Recipient {
        switch random.below(3) {
        case 0: Pickup.Recipient(gift: true)
        case 1: Pickup.Recipient(customer: customer, name: "Zoé Ünal \(random.below(9))")
        default: Pickup.Recipient(name: "Jean", phoneLast4: "0042")
        }
    }

    private mutating func feed(_ ledger: any LedgerStorage) throws {
        let scope = sure(random.pick(Self.scopes))
        let key = "key-\(random.below(5))"
        switch random.below(6) {
        case 0: try ledger.setFed("hours", scope: scope, key: key, random.chance(0.7) ? random.bytes(2) : nil)
        case 1:
            try ledger.setCursor(FeedCursor(scope: scope, feed: "hours", epoch: "e", sequence: random.within(1...99)))
        case 2:
            try ledger.beginSnapshot(
                FeedSnapshot(
                    scope: scope, feed: "hours", epoch: "e", id: "s\(random.below(3))", sequence: 3, count: 2, hash: [])
            )
        case 3: try ledger.stage(scope: scope, feed: "hours", key: key, random.bytes(2))
        case 4: try ledger.dropSnapshot(scope: scope, feed: "hours")
        default: try ledger.parkEntry(scope: scope, feed: "stock", sequence: 1, reason: "unknown", [1])
        }
    }

    private mutating func outbox(_ ledger: any LedgerStorage) throws {
        let subject = "sku/\(sku)"
        let number = try ledger.nextSequence(of: subject, Self.incarnation)
        try ledger.append(
            OutboxEvent(
                lane: sure(random.pick(Lane.allCases)), id: "\(subject)-\(number)", type: "store.stock.changed",
                subject: subject, subjectSequence: number, incarnation: Self.incarnation, time: moment, data: [1]))
    }
}

/// Everything that can be read of a ledger, in words.
func observed(_ ledger: any LedgerStorage) throws -> [String] {
    var seen: [String] = []
    ledger.home = LedgerDay.home
    func see(_ what: Any) { seen.append("\(what)") }
    for number in 0..<3 { see(try ledger.value("value-\(number)") ?? "none") }
    for number in 0..<40 {
        let digits = String(number)
        let id = sure(CommandID("00000000-0000-0000-0000-" + String(repeating: "0", count: 12 - digits.count) + digits))
        see(try ledger.command(id) as Any)
        see(try ledger.journal(about: id.value, limit: 100).map(\.position))
    }
    for number in 0..<3 { see(try ledger.deaths(of: [UInt8(number)])) }
    try ledger.forEachStockLine { see($0) }
    see(try ledger.stockLines(after: LedgerDay.skus[1], limit: 3).map(\.sku))
    see(try ledger.lastJournalPosition())
    for sku in LedgerDay.skus {
        see(try ledger.stockLine(sku) as Any)
        see(try ledger.onHandMoved(sku, afterPosition: 5))
        see(try ledger.onHandMoved(sku, afterEvent: 5))
        see(try ledger.journal(of: sku, limit: 7))
        see(try ledger.pendingCount(sku) as Any)
        see(try ledger.dueReservations(of: sku, at: Instant(milliseconds: 2_000)))
        see(try ledger.lockingReservations(of: sku))
        see(try ledger.awaitedSales(of: sku))
        see(try ledger.outboxEntries(subject: "sku/\(sku)", limit: 100))
    }
    for number in 0..<5 { see(try ledger.journal(about: "reservation/R-\(number)", limit: 9)) }
    see(try ledger.dueReservations(at: Instant(milliseconds: 2_000), limit: 10))
    see(try ledger.nextReservationEnd() as Any)
    for customer in LedgerDay.customers {
        see(try ledger.heldCount(of: customer))
        see(try ledger.reservations(openOnly: true, customer: customer, after: nil, limit: 9))
        see(try ledger.customer(customer) as Any)
        see(try ledger.isErased(customer))
    }
    see(try ledger.reservations(openOnly: true, customer: nil, after: ReservationID("R-12"), limit: 9).map(\.id))
    see(try ledger.reservations(openOnly: false, customer: nil, after: nil, limit: 99))
    see(try ledger.duePickups(at: Instant(milliseconds: 2_000), limit: 9))
    see(try ledger.nextPickupDeadline() as Any)
    for openOnly in [true, false] { see(try ledger.pickups(openOnly: openOnly, after: nil, limit: 99)) }
    see(try ledger.pickupsWithContact(overBefore: Instant(milliseconds: .max), limit: 99))
    for number in 0..<12 { see(try ledger.pickup(code: "P-\(number)")?.order as Any) }
    for number in 0..<4 {
        see(try ledger.sale(sure(TicketLine(till: "till-1", ticket: "t\(number)", line: 1))) as Any)
        see(try ledger.customer(card: [UInt8(number)]) as Any)
    }
    for device in LedgerDay.devices { see(try ledger.session(device: device, seat: "") as Any) }
    see(try ledger.attempts(badge: "badge"))
    see(try ledger.expiredCustomers(at: Instant(milliseconds: 2_000), limit: 9))
    see(try ledger.nextCustomerExpiry() as Any)
    see(try ledger.customers())
    see(try ledger.cursors())
    for scope in LedgerDay.scopes {
        see(try ledger.fedAll("hours", scope: scope))
        see(try ledger.staged(scope: scope, feed: "hours"))
        see(try ledger.snapshot(scope: scope, feed: "hours") as Any)
    }
    see(try ledger.parkedEntryCount())
    for lane in Lane.allCases { see(try ledger.pending(lane, afterRow: 2, limit: 50)) }
    see(try ledger.laneCounts())
    see(try ledger.outboxEntries(lane: nil, state: nil, afterRow: 0, limit: 999))
    return seen
}
