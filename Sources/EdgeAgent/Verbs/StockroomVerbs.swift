// Goods that come in, and counts that correct the books.

import Contract
import ShopCore
import ShopModel

extension Ledger {
    /// `delivery.receive`: a delivery's SKU comes in once, whoever reports it again.
    func receive(_ payload: DeliveryReceive, author: inout Author, in turn: Turn) throws -> JSON {
        var lines: [DeliveryResult.Line] = []
        for units in try resolve(payload.lines) {
            guard let quantity = Quantity(units.count) else {
                throw Refusal(
                    .contractOutOfRange, field: "/lines",
                    [
                        .integer("seen", units.count), .integer("least", 1), .integer("most", 999_999),
                    ])
            }
            if try storage.recordDelivery(payload.delivery, units.sku, at: turn.now) {
                throw Refusal(.deliveryKnown, [.text("delivery", payload.delivery), .text("sku", units.sku.value)])
            }
            var line = try stockLine(units.sku, in: turn)
            try record(
                line.receive(quantity), of: &line, reference: "delivery/\(payload.delivery)", author: &author,
                in: turn)
            lines.append(DeliveryResult.Line(sku: units.sku, onHand: line.onHand))
        }
        try emit(
            "store.delivery.received", subject: "delivery/\(payload.delivery)",
            .object(
                [
                    .init("delivery", .string(payload.delivery)),
                    .init("lines", .array(lines.map { ["sku": .string($0.sku.value), "onHand": .count($0.onHand)] })),
                ] + author.members), author: &author, in: turn)
        return DeliveryResult(delivery: payload.delivery, lines: lines).json
    }

    /// `count.record`: corrects at once when its clerk may approve, else waits for one who may.
    func count(_ payload: CountRecord, _ asker: Asker, author: inout Author, in turn: Turn) throws -> JSON {
        let sku = try resolve(payload.item)
        let last = try storage.lastJournalPosition()
        let position = payload.asOf ?? last
        guard position <= last else {
            throw Refusal(
                .countPositionUnknown, field: "/asOf",
                [.integer("position", Int(position)), .integer("last", Int(last))])
        }
        let count = PendingCount(
            counted: payload.counted, position: position, by: asker.session?.clerk, at: turn.now)
        if asker.session?.roles.contains(.manager) == true {
            return try correct(sku, count, author: &author, in: turn)
        }
        let line = try stockLine(sku, in: turn)
        try storage.setPendingCount(sku, count)
        let moved = try storage.onHandMoved(sku, afterPosition: position)
        let difference = payload.counted + moved - line.onHand
        try tell("store.count.recorded", sku, count, difference: difference, author: &author, in: turn)
        return CountResult(
            sku: sku, state: .counted, onHand: line.onHand, difference: difference, position: last
        ).json
    }

    /// `count.approve`: by a clerk who may, a count of somebody else becomes the truth.
    func approve(_ payload: CountApprove, _ asker: Asker, author: inout Author, in turn: Turn) throws -> JSON {
        guard try asker.clerk().roles.contains(.manager) else {
            throw Refusal(.clerkRoleRequired, [.word("role", Clerk.Role.manager.word)])
        }
        let sku = try resolve(payload.item)
        guard let count = try storage.pendingCount(sku) else {
            throw Refusal(.countNotPending, [.text("sku", sku.value)])
        }
        return try correct(sku, count, author: &author, in: turn)
    }

    private func correct(_ sku: SKU, _ count: PendingCount, author: inout Author, in turn: Turn) throws -> JSON {
        var line = try stockLine(sku, in: turn)
        let shortBefore = line.shortfall
        let moved = try storage.onHandMoved(sku, afterPosition: count.position)
        let change = line.correct(counted: count.counted, movedSince: moved)
        try record(change, of: &line, reference: "count/\(sku)", author: &author, in: turn)
        try storage.setPendingCount(sku, nil)
        try tell("store.count.approved", sku, count, difference: change.onHand, author: &author, in: turn)
        if line.shortfall > shortBefore { _ = try raiseShortfall(on: line, author: &author, in: turn) }
        return CountResult(
            sku: sku, state: .approved, onHand: line.onHand, difference: change.onHand,
            position: try storage.lastJournalPosition()
        ).json
    }

    private func tell(
        _ type: String, _ sku: SKU, _ count: PendingCount, difference: Int, author: inout Author, in turn: Turn
    ) throws {
        var data: [JSON.Member] = [
            .init("sku", .string(sku.value)), .init("counted", .count(count.counted)),
            .init("difference", .count(difference)), .init("asOf", .integer(count.position)),
        ]
        if let by = count.by { data.append(.init("countedBy", .string(by.value))) }
        try emit(
            type, lane: .stock, subject: "sku/\(sku)", .object(data + author.members), author: &author, in: turn)
    }
}
