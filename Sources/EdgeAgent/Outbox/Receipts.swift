// What headquarters says of events: it has them, cannot take them yet, or never will (DESIGN §7).

import Contract
import ShopCore
import ShopModel

extension Ledger {
    /// Marks what was receipted. A receipt marks in the turn's own commit: one that is lost is given again.
    func take(_ batch: ReceiptMessage, in turn: Turn) throws(StorageFailure) {
        let known = try storage.value(ValueName.epoch)
        if known != batch.epoch {
            // Headquarters was restored: what it receipted in its former life it may have lost.
            if known != nil, try storage.resendAll(exceptEpoch: batch.epoch) > 0 { pump.startOver() }
            try storage.setValue(ValueName.epoch, batch.epoch)
            turn.changedAnything = true
            // Its feeds may stand elsewhere now.
            tellsCursors = true
        }
        var durable: [Int64] = []
        var blocked: [OutboxPump.Flight] = []
        for receipt in batch.receipts {
            guard let flight = try flight(of: receipt.id) else { continue }
            turn.changedAnything = true
            switch receipt.outcome {
            case .durable: durable.append(flight.row)
            case .refused: try storage.park(row: flight.row, reason: receipt.reason ?? "refused without a reason")
            case .unknown(let name):
                try storage.park(row: flight.row, reason: "headquarters said \(name), which is not known here")
            case .blocked: blocked.append(flight)
            }
        }
        if !durable.isEmpty { try storage.markReceipted(rows: durable, at: turn.now, epoch: batch.epoch) }
        for flight in blocked {
            // What comes before it is missing there: it is sent again with all that follows.
            try storage.resend(
                subject: flight.subject, flight.incarnation, from: max(1, flight.subjectSequence - 1))
            pump.goBack(flight.lane, now: uptime)
        }
    }

    /// The event of a receipt: on its way, or sent by this box before its last start.
    private func flight(of id: String) throws(StorageFailure) -> OutboxPump.Flight? {
        if let flight = pump.heard(id, now: uptime) { return flight }
        guard let entry = try storage.outboxEntry(id: id), entry.state == .pending else { return nil }
        return OutboxPump.Flight(
            row: entry.event.row, lane: entry.event.lane, subject: entry.event.subject,
            subjectSequence: entry.event.subjectSequence, incarnation: entry.event.incarnation, sentAt: now)
    }

    /// How long a wish stands before the next refusal may repeat it: headquarters may have rights again.
    static let wishMilliseconds: Int64 = 60_000

    /// The most units that a wish can be for, as the contract has it.
    static let wishMax = 999_999

    /// Asks headquarters for rights that are missing here, while units lie here that it may still promise itself.
    /// One request a SKU is open at a time; a larger wish replaces it (DESIGN §8).
    func askForRights(_ refusal: Refusal, in turn: Turn) throws(StorageFailure) {
        var sku: SKU?
        var asked = 0
        for fact in refusal.facts {
            if fact.name == "sku", case .text(let text) = fact.value { sku = SKU(text) }
            if fact.name == "asked", case .integer(let units) = fact.value { asked = units }
        }
        guard let sku, let line = try storage.stockLine(sku) else { return }
        // A typing error of a device is no wish that headquarters could not read: the whole of the SKU's events would
        // stand behind it.
        let level = min(Self.wishMax, line.holds + asked)
        guard line.rights.localRights(of: .headquarters) > 0, level > line.localRights,
            wantedRights[sku].map({ level > $0.level || uptime - $0.askedAt >= Self.wishMilliseconds }) ?? true
        else { return }
        wantedRights[sku] = (level, uptime)
        let subject = "sku/\(sku)"
        let sequence = try storage.nextSequence(of: subject, incarnation)
        let row = line.rights[home]
        let data: JSON = [
            "sku": .string(sku.value), "level": .count(level),
            "rights": [
                "holder": .string(home.value), "created": .count(row.created),
                "given": .object(row.given.map { .init($0.to.value, .count($0.units)) }),
                "spent": .count(row.spent),
            ],
        ]
        try storage.append(
            OutboxEvent(
                lane: .stock, id: "want/\(incarnation)/\(sku)/\(sequence)", type: "store.rights.wanted",
                subject: subject, subjectSequence: sequence, incarnation: incarnation, time: turn.now,
                data: data.encoded()))
        turn.changedAnything = true
    }
}
