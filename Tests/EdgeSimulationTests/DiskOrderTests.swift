// The orders that the ports promise, on the simulated disk.

import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("A list of the simulated ledger")
struct DiskOrderTests {
    let ledger = SimulatedLedger(random: SeededRandom(seed: 1))
    let coat = sure(SKU("COAT"))
    let hat = sure(SKU("HAT"))

    private func reservation(
        _ id: String, _ state: Reservation.State, placedAt: Int64 = 0, _ units: [(SKU, Int)]
    ) -> Reservation {
        Reservation(
            id: sure(ReservationID(id)), lines: units.map { Reservation.Line(sku: $0.0, asked: 3, locked: $0.1) },
            state: state, customer: nil, channel: .store, placedAt: Instant(milliseconds: placedAt))
    }

    private func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    @Test("of due holds begins with the earliest end, and ends at the very instant")
    func dueHolds() throws {
        try ledger.begin()
        try ledger.put(reservation("R-3", .held(until: at(10)), [(coat, 1)]))
        try ledger.put(reservation("R-1", .held(until: at(20)), [(coat, 1), (hat, 1)]))
        try ledger.put(reservation("R-2", .held(until: at(10)), [(hat, 1)]))
        try ledger.put(reservation("R-4", .held(until: at(21)), [(coat, 1)]))
        try ledger.put(reservation("R-5", .closed(.sold), [(coat, 0)]))
        #expect(try ledger.dueReservations(at: at(20), limit: 9).map(\.value) == ["R-2", "R-3", "R-1"])
        #expect(try ledger.dueReservations(at: at(20), limit: 1).map(\.value) == ["R-2"])
        #expect(try ledger.dueReservations(of: coat, at: at(20)).map(\.value) == ["R-3", "R-1"])
        #expect(try ledger.dueReservations(at: at(9), limit: 9).isEmpty)
        #expect(try ledger.nextReservationEnd() == at(10))
    }

    @Test("of awaited sales begins with the longest waiting, of locks with the oldest")
    func locks() throws {
        try ledger.begin()
        try ledger.put(reservation("R-1", .awaitingSale(since: at(30)), placedAt: 1, [(coat, 1)]))
        try ledger.put(reservation("R-2", .awaitingSale(since: at(20)), placedAt: 5, [(coat, 2), (hat, 0)]))
        try ledger.put(reservation("R-3", .held(until: at(99)), placedAt: 3, [(coat, 1)]))
        #expect(try ledger.awaitedSales(of: coat).map(\.value) == ["R-2", "R-1"])
        #expect(try ledger.awaitedSales(of: hat).isEmpty)
        #expect(try ledger.lockingReservations(of: coat).map(\.value) == ["R-1", "R-3", "R-2"])
        try ledger.put(reservation("R-2", .closed(.sold), placedAt: 5, [(coat, 0), (hat, 0)]))
        #expect(try ledger.awaitedSales(of: coat).map(\.value) == ["R-1"])
    }

    @Test("of an onHand's moves counts what came behind a position, or behind an event of this incarnation")
    func moves() throws {
        try ledger.begin()
        func sell(_ units: Int, event: Int64) throws -> Int64 {
            var change = StockChange(.sold)
            change.onHand = -units
            return try ledger.append(
                JournalEntry(
                    sku: coat, change: change,
                    cause: .init(by: "sale.record", reference: "ticket/1/1", command: nil, device: .agent, clerk: nil),
                    at: at(1), eventSequence: event))
        }
        ledger.home = LedgerDay.home
        #expect(try sell(1, event: 1) == 1)
        #expect(try sell(2, event: 2) == 2)
        ledger.home = .edge(sure(Incarnation("second")))
        #expect(try sell(4, event: 1) == 3)
        #expect(try sell(8, event: 2) == 4)
        #expect(try ledger.onHandMoved(coat, afterPosition: 1) == -14)
        #expect(try ledger.onHandMoved(coat, afterEvent: 1) == -8)
        #expect(try ledger.onHandMoved(coat, afterEvent: 0) == -12)
        #expect(try ledger.journal(of: coat, limit: 2).map(\.position) == [4, 3])
        #expect(try ledger.journal(about: "ticket/1/1", limit: 2).map(\.position) == [1, 2])
    }

    @Test("of the outbox keeps its rows' order, and what follows a parked event is parked with it")
    func outbox() throws {
        let incarnation = LedgerDay.incarnation
        try ledger.begin()
        func tell(_ subject: String, _ lane: Lane = .orders) throws {
            let number = try ledger.nextSequence(of: subject, incarnation)
            try ledger.append(
                OutboxEvent(
                    lane: lane, id: "\(subject)#\(number)", type: "store.order.changed", subject: subject,
                    subjectSequence: number, incarnation: incarnation, time: at(number), data: []))
        }
        for subject in ["order/1", "order/2", "order/1", "order/1"] { try tell(subject) }
        try tell("moment/1", .moments)
        #expect(try ledger.pending(.orders, afterRow: 1, limit: 2).map(\.row) == [2, 3])
        try ledger.markReceipted(rows: [1], at: at(5), epoch: "a")
        try ledger.park(row: 3, reason: "schema")
        try tell("order/1")
        #expect(try ledger.pending(.orders, afterRow: 0, limit: 9).map(\.id) == ["order/2#1"])
        #expect(
            try ledger.outboxEntries(lane: .orders, state: .parked, afterRow: 0, limit: 9).map(\.reason) == [
                "schema", "follows order/1#2, which is parked", "follows order/1#2, which is parked",
            ])
        #expect(try ledger.laneCounts().map(\.pending) == [1, 0, 0, 0, 1])
        #expect(try ledger.laneCounts().first?.parked == 3)
        #expect(try ledger.resendAll(exceptEpoch: "a") == 0)
        #expect(try ledger.resendAll(exceptEpoch: "b") == 1)
        #expect(try ledger.pending(.orders, afterRow: 0, limit: 9).map(\.row) == [1, 2])
        try ledger.markReceipted(rows: [1, 2], at: at(7), epoch: "b")
        try ledger.resend(subject: "order/1", incarnation, from: 1)
        #expect(try ledger.pending(.orders, afterRow: 0, limit: 9).map(\.row) == [1])
        #expect(try ledger.forgetReceipted(before: at(8), limit: 9) == 1)
        #expect(try ledger.shedMoments(limit: 9) == 1)
        #expect(try ledger.outboxEntry(id: "moment/1#1") == nil)
        try tell("order/3")
        #expect(try ledger.outboxEntry(id: "order/3#1")?.event.row == 7)
    }

    @Test("of a card gives it to the customer who had it last, and takes it from the former")
    func cards() throws {
        let (first, second) = (LedgerDay.customers[0], LedgerDay.customers[1])
        try ledger.begin()
        try ledger.put(SealedCustomer(customer: first, sealed: [1], cards: [[7], [8]], expires: at(5)))
        try ledger.put(SealedCustomer(customer: second, sealed: [2], cards: [[8]], expires: at(4)))
        #expect(try ledger.customer(card: [8]) == second)
        #expect(try ledger.customer(first)?.cards == [[7]])
        try ledger.removeCustomer(first)
        #expect(try ledger.customer(card: [8]) == second && ledger.customer(card: [7]) == nil)
        #expect(try ledger.expiredCustomers(at: at(4), limit: 9) == [second])
    }
}
