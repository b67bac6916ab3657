// What is looked at after every commit: the ledger against the notebook, the journal against the rows.

import Contract
import EdgeAgent
import ShopCore
import ShopModel

/// The live checkers of a shop.
final class ShopChecks {
    let world: World
    let shop: PlainShop
    private let skus: [SKU]
    private var clock: PlainClock?
    /// How far the shop's time may be ahead of true time, since a plausible wrong clock was believed at a start.
    private var aheadAllowed: Int64 = 61_000
    private var journalPosition: Int64 = 0
    private var journalSums: [SKU: StockLine] = [:]

    init(_ world: World, _ shop: PlainShop, _ skus: [SKU]) {
        self.world = world
        self.shop = shop
        self.skus = skus
    }

    // MARK: Turns

    /// A process started: what the disk has must be what was decided.
    func started(_ ledger: Ledger, doubtful: (batch: [BoxMail], now: Instant, keptBefore: Int)?, on box: ShopBox) {
        if let doubtful {
            let isKept = box.disk.counts.brokenCommitsKept > doubtful.keptBefore
            world.faults.fired(isKept ? .crashInCommitKept : .crashInCommitLost)
            if isKept { take(doubtful.batch, replies: nil, at: doubtful.now, on: box) }
        }
        do throws(StorageFailure) {
            let stored = try box.disk.value("clock.committed")
            let reading = box.clock.read()
            let plain = PlainClock(reading, stored: stored, doubted: try box.disk.value("clock.doubted") == "yes")
            clock = plain
            if !reading.synchronised, plain.now == reading.wall {
                aheadAllowed = max(aheadAllowed, (plain.now - world.trueTime) + 61_000)
            }
            if ledger.now != plain.now {
                world.fail("at its start the shop says it is \(ledger.now), not \(plain.now)")
            }
            world.fail(if: try compareAll(box.disk))
        } catch { world.fail("the disk cannot be read after a start: \(error)") }
    }

    /// The ledger looked at the clock.
    func looked(at reading: ClockReading, said now: Instant, on box: ShopBox) {
        clock?.look(reading)
        if let clock, clock.now != now { world.fail("the shop says it is \(now), by the law it is \(clock.now)") }
        if now - world.trueTime > aheadAllowed {
            world.fail("the shop's time \(now) is ahead of true time \(world.trueTime): holds end too early")
        }
    }

    /// A batch was committed.
    func decided(_ batch: [BoxMail], _ outcome: TurnOutcome, at now: Instant, on box: ShopBox) {
        take(batch, replies: outcome.replies.map(\.payload), at: now, on: box)
        for sku in shop.takeEndedHolds() { SKU(sku).map(box.gremlin.holdEnded) }
    }

    /// The disk was full: every device was told to come again, and what it asked did not happen.
    ///
    /// - Parameter othersCount: whether what came from headquarters was committed all the same, in a second try.
    func refusedForSpace(
        _ batch: [BoxMail], _ outcome: TurnOutcome, at now: Instant, othersCount: Bool, on box: ShopBox
    ) {
        let devices = batch.filter { if case .device = $0.inbound { true } else { false } }
        let later = outcome.replies.filter { (try? JSONReader.read($0.payload))?["outcome"] == "later" }
        if later.count != devices.count || later.count != outcome.replies.count {
            world.fail("the disk was full, and \(outcome.replies.count - later.count) messages were answered")
        }
        if othersCount {
            let others = batch.filter { if case .device = $0.inbound { false } else { true } }
            return take(others, replies: [], at: now, on: box)
        }
        if !outcome.events.isEmpty { world.fail("the disk was full, and events left for headquarters") }
        do throws(StorageFailure) { world.fail(if: try compareAll(box.disk)) } catch { world.fail("\(error)") }
    }

    private func take(_ batch: [BoxMail], replies: [[UInt8]]?, at now: Instant, on box: ShopBox) {
        let shortBefore = shop.books.lines.mapValues(\.short)
        shop.begin(at: now)
        var next = 0
        for mail in batch {
            switch mail.inbound {
            case .device(let message):
                var answer: [UInt8]?
                if let replies {
                    guard next < replies.count else { return world.fail("a message was not answered") }
                    answer = replies[next]
                    next += 1
                } else if let id = EnvelopeHint(message.payload).id {
                    answer = (try? box.disk.command(id))?.reply
                }
                world.fail(if: shop.judge(message, answered: answer, isFromStorage: replies == nil))
                if let answer { world.fail(if: shop.judgeQuestion(message, answered: answer)) }
            case .feed(let message): shop.take(message)
            case .receipts, .link: break
            }
        }
        guard world.failure == nil else { return }
        do throws(StorageFailure) {
            let grew = try followJournal(box.disk)
            let isTouched = !shop.books.touchedReservations.isEmpty || !shop.books.touchedPickups.isEmpty
            guard grew || isTouched || !batch.isEmpty else { return }
            world.fail(if: try compareLines(box.disk))
            world.fail(if: try compareTouched(box.disk))
            for (sku, line) in shop.books.lines.sorted(by: { $0.key < $1.key }) where line.short > shortBefore[sku] ?? 0
            {
                world.fail(if: try findShortfall(sku, at: now, box.disk))
            }
        } catch { world.fail("the disk cannot be read: \(error)") }
    }

    // MARK: Comparing

    /// The journal's new entries are added up; returns whether there were any.
    private func followJournal(_ disk: SimulatedLedger) throws(StorageFailure) -> Bool {
        let last = try disk.lastJournalPosition()
        guard last != journalPosition else { return false }
        if last < journalPosition { world.fail("the journal went back from \(journalPosition) to \(last)") }
        let count = Int(max(0, last - journalPosition))
        for sku in skus {
            for entry in try disk.journal(of: sku, limit: count).reversed() where entry.position > journalPosition {
                var line = journalSums[sku] ?? StockLine(sku: sku, home: disk.home)
                line.apply(entry.change)
                journalSums[sku] = line
                shop.note(onHand: line.onHand, afterEvent: Int(entry.eventSequence), of: sku.value)
            }
        }
        journalPosition = last
        return true
    }

    private func compareLines(_ disk: SimulatedLedger) throws(StorageFailure) -> String? {
        for sku in skus {
            let row = try disk.stockLine(sku)
            let plain = shop.books.lines[sku.value]
            guard let row, let plain else {
                guard row == nil, plain == nil else {
                    return "\(sku): the shop has \(row == nil ? "no" : "a") line, the notebook otherwise"
                }
                continue
            }
            if PlainLine(row) != plain { return "\(sku): the shop has \(PlainLine(row)), the notebook \(plain)" }
            if let sum = journalSums[sku], sum != row {
                return "\(sku): the sum over the journal is \(PlainLine(sum)), the line \(PlainLine(row))"
            }
            if row.holds < 0 || row.owed < 0 { return "\(sku): holds \(row.holds), owed \(row.owed)" }
        }
        return nil
    }

    private func compareTouched(_ disk: SimulatedLedger) throws(StorageFailure) -> String? {
        defer {
            shop.books.touchedReservations.removeAll(keepingCapacity: true)
            shop.books.touchedPickups.removeAll(keepingCapacity: true)
        }
        for code in shop.books.touchedReservations.sorted() {
            if let complaint = try compare(reservation: code, disk) { return complaint }
        }
        for order in shop.books.touchedPickups.sorted() {
            if let complaint = try compare(pickup: order, disk) { return complaint }
        }
        return nil
    }

    private func compareAll(_ disk: SimulatedLedger) throws(StorageFailure) -> String? {
        if try disk.lastJournalPosition() != journalPosition {
            return "the journal stands at \(try disk.lastJournalPosition()), \(journalPosition) was committed"
        }
        if let complaint = try compareLines(disk) { return complaint }
        for code in shop.books.reservations.keys.sorted() {
            if let complaint = try compare(reservation: code, disk) { return complaint }
        }
        for order in shop.books.pickups.keys.sorted() {
            if let complaint = try compare(pickup: order, disk) { return complaint }
        }
        for id in shop.decidedIDs {
            guard let known = CommandID(id), let stored = try disk.command(known) else {
                return "command \(id) was decided, and the shop forgot it"
            }
            if .string(stored.outcome) != shop.decided(id)?["outcome"] { return "command \(id) changed its outcome" }
        }
        for (feed, sequence) in shop.books.cursors.sorted(by: { $0.key < $1.key })
        where sequence != (try disk.cursor(scope: "shop", feed: feed)?.sequence ?? 0) {
            return "feed \(feed) was taken in up to \(sequence), and the shop forgot"
        }
        return nil
    }

    private func compare(reservation code: String, _ disk: SimulatedLedger) throws(StorageFailure) -> String? {
        let stored = try ReservationID(code).flatMap { id throws(StorageFailure) in try disk.reservation(id) }
        guard let stored, let plain = shop.books.reservations[code] else {
            return "reservation \(code) was placed, and the shop forgot it"
        }
        let seen = PlainReservation(stored)
        return seen == plain ? nil : "reservation \(code): the shop has \(seen), the notebook \(plain)"
    }

    private func compare(pickup order: String, _ disk: SimulatedLedger) throws(StorageFailure) -> String? {
        let stored = try OrderID(order).flatMap { id throws(StorageFailure) in try disk.pickup(id) }
        guard let stored, let plain = shop.books.pickups[order] else {
            return "order \(order) was received, and the shop forgot it"
        }
        for line in plain.lines where line.handedOver > line.quantity || line.outstanding < 0 {
            return "order \(order): \(line.handedOver) of \(line.quantity) \(line.sku) were handed over"
        }
        let lines = stored.lines.map { [$0.quantity, $0.picked, $0.short, $0.handedOver, $0.refused] }
        let plainLines = plain.lines.map { [$0.quantity, $0.picked, $0.short, $0.handedOver, $0.refused] }
        guard stored.state.name == plain.state, stored.revision == plain.revision, lines == plainLines,
            stored.claimedBy?.value == plain.claimedBy, (stored.cancelRequest != nil) == plain.cancelAsked
        else { return "order \(order): the shop has \(stored), the notebook \(plain)" }
        return nil
    }

    private func findShortfall(
        _ sku: String, at now: Instant, _ disk: SimulatedLedger
    ) throws(StorageFailure) -> String? {
        let events = try disk.outboxEntries(subject: "sku/\(sku)", limit: 100_000)
        let isRaised = events.contains { $0.event.type == "store.stock.shortfallRaised" && $0.event.time == now }
        return isRaised ? nil : "\(sku): promises stand without rights behind them, and no shortfall was raised"
    }
}

extension PlainLine {
    init(_ line: StockLine) {
        let own = line.rights[line.home]
        let theirs = line.rights[.headquarters]
        self.init(
            onHand: line.onHand, inspection: line.unsellable.inspection, damaged: line.unsellable.damaged,
            missing: line.unsellable.missing, holds: line.holds, owed: line.owed, created: own.created,
            spent: own.spent, given: own.given(to: .headquarters), headquartersCreated: theirs.created,
            headquartersSpent: theirs.spent, headquartersGiven: theirs.given(to: line.home))
    }
}

extension PlainReservation {
    init(_ reservation: Reservation) {
        let phase: Phase =
            switch reservation.state {
            case .held(let until): .held(until: until.milliseconds)
            case .awaitingSale(let since): .awaiting(since: since.milliseconds)
            case .closed(.sold): .sold
            case .closed(.expired): .expired
            case .closed(.released): .released
            }
        self.init(
            lines: reservation.lines.map {
                Line(sku: $0.sku.value, asked: $0.asked, locked: $0.locked, sold: $0.sold)
            }, phase: phase, customer: reservation.customer?.value)
    }
}
