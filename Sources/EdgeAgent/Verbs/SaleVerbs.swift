// The till: what was sold, brought back, taken back or exchanged. Lines are judged one by one.

import Contract
import ShopCore
import ShopModel

extension Ledger {
    /// `sale.record`: each line is recorded, known from before, or parked with a reason; no line spoils another.
    func record(_ payload: SaleRecord, author: inout Author, in turn: Turn) throws -> JSON {
        var results: [SaleResult.Line] = []
        var shortBefore: [SKU: Int] = [:]
        var touched: [SKU] = []
        func remember(_ sku: SKU) throws {
            guard shortBefore[sku] == nil else { return }
            shortBefore[sku] = try storage.stockLine(sku)?.shortfall ?? 0
            touched.append(sku)
        }
        for line in payload.lines {
            do {
                switch line {
                case .unreadable(_, let refusal, _): throw refusal
                case .readable(let entry):
                    let warnings = try warnings(of: entry)
                    let isNew = try judge(entry, warnings, author: &author, in: turn, willTouch: remember)
                    results.append(
                        SaleResult.Line(
                            entry.key, isNew ? .recorded : .known,
                            warnings: warnings.map {
                                ProductCard.Warning(
                                    code: $0.code.name,
                                    detail: $0.sentence(in: profile.language, time: profile.localTime))
                            }))
                }
            } catch let refusal as Refusal {
                results.append(
                    SaleResult.Line(
                        line.key, .parked, reason: refusal.code.name,
                        detail: refusal.sentence(in: profile.language, time: profile.localTime)))
                try park(line, refusal, author: &author, in: turn)
            }
        }
        var shortfalls: [SaleResult.Shortfall] = []
        for sku in touched {
            guard let line = try storage.stockLine(sku), line.shortfall > shortBefore[sku] ?? 0,
                let shortfall = try raiseShortfall(on: line, author: &author, in: turn)
            else { continue }
            shortfalls.append(
                SaleResult.Shortfall(
                    sku: sku, short: shortfall.short, promises: shortfall.promises.map(\.value),
                    morePromises: shortfall.morePromises))
        }
        return SaleResult(lines: results, shortfalls: shortfalls).shortened(toBytes: Reply.resultBytesMax).json
    }

    /// What a line names and the shop does not know. The sale has happened all the same; somebody should look.
    private func warnings(of entry: SaleEntry) throws -> [Refusal] {
        var warnings: [Refusal] = []
        if let order = entry.order, try storage.pickup(order) == nil {
            warnings.append(Refusal(.saleOrderUnknown, [.text("order", order.value)]))
        }
        if let reservation = entry.reservation, try storage.reservation(reservation) == nil {
            warnings.append(Refusal(.saleReservationUnknown, [.text("reservation", reservation.value)]))
        }
        return warnings
    }

    /// Records a line unless it is known. All that can be refused is refused before the first row is written.
    ///
    /// - Returns: whether it was new.
    private func judge(
        _ entry: SaleEntry, _ warnings: [Refusal], author: inout Author, in turn: Turn, willTouch: (SKU) throws -> Void
    ) throws -> Bool {
        let planned = try plan(entry, at: turn.now)
        if let known = try storage.sale(entry.key) {
            guard known.isSame(as: planned) else { throw Refusal(.saleKeyReused, entry.key.facts) }
            return false
        }
        switch entry.kind {
        case .sale:
            let sold = try sell(planned, naming: entry, author: &author, in: turn, willTouch: willTouch)
            try storage.put(sold)
            try tell(sold, entry, warnings, author: &author, in: turn)
        case .takenBack:
            try takeBack(planned, author: &author, in: turn, willTouch: willTouch)
            try storage.put(planned)
            try tell(planned, entry, warnings, author: &author, in: turn)
        case .exchange:
            let sold = try sell(planned, naming: entry, author: &author, in: turn, willTouch: willTouch)
            try takeBack(planned, author: &author, in: turn, willTouch: willTouch)
            try storage.put(sold)
            try tell(sold, entry, warnings, author: &author, in: turn)
        case .void(let original):
            try void(original, author: &author, in: turn, willTouch: willTouch)
            try storage.put(planned)
            try tell(planned, entry, warnings, author: &author, in: turn)
        }
        turn.changedAnything = true
        return true
    }

    /// The line as it will be remembered, before any awaited sale is known.
    private func plan(_ entry: SaleEntry, at now: Instant) throws -> SaleLine {
        func line(
            _ kind: SaleLine.Kind, _ item: ItemLine?, returned: ItemLine? = nil, original: TicketLine? = nil
        ) throws -> SaleLine {
            SaleLine(
                key: entry.key, kind: kind, sku: try item.map { try resolve($0.item) },
                units: item?.quantity.units ?? 0,
                returned: try returned.map {
                    Reservation.Units(sku: try resolve($0.item), count: $0.quantity.units)
                }, original: original, order: entry.order, businessDate: entry.businessDate, recordedAt: now)
        }
        switch entry.kind {
        case .sale(let item): return try line(.sale, item)
        case .takenBack(let item, let original): return try line(.return, item, original: original)
        case .exchange(let item, let returned, let original):
            return try line(.exchange, item, returned: returned, original: original)
        case .void(let original): return try line(.void, nil, original: original)
        }
    }

    /// Lowers what is here, an awaited sale first (DESIGN §8). Goods of a paid order left at the hand-over already, or
    /// will: also those of an order that the shop has not heard of yet, which would otherwise leave twice.
    private func sell(
        _ sale: SaleLine, naming entry: SaleEntry, author: inout Author, in turn: Turn,
        willTouch: (SKU) throws -> Void
    ) throws -> SaleLine {
        guard sale.order == nil, let sku = sale.sku, let units = Quantity(sale.units) else { return sale }
        try willTouch(sku)
        var line = try stockLine(sku, in: turn)
        var waiting = try storage.awaitedSales(of: sku)
        if let named = entry.reservation {
            waiting.removeAll { $0 == named }
            waiting.insert(named, at: 0)
        }
        var consumed: [SaleLine.Consumed] = []
        var left = units.units
        for id in waiting where left > 0 {
            guard var reservation = try storage.reservation(id),
                let locked = reservation.locked.first(where: { $0.sku == sku })?.count
            else { continue }
            let taken = min(left, locked)
            left -= taken
            reservation.apply(reservation.sell(Reservation.Units(sku: sku, count: taken)))
            try save(reservation, in: turn)
            try emit(
                "store.reservation.sold", subject: "reservation/\(id)",
                ReservationMessages.event(reservation, author), author: &author, in: turn)
            consumed.append(SaleLine.Consumed(reservation: id, units: taken))
        }
        try record(
            line.sell(units, awaited: units.units - left), of: &line, reference: sale.key.reference,
            author: &author, in: turn)
        return SaleLine(
            key: sale.key, kind: sale.kind, sku: sku, units: sale.units, returned: sale.returned,
            original: sale.original, consumed: consumed, businessDate: sale.businessDate, recordedAt: sale.recordedAt)
    }

    private func takeBack(
        _ sale: SaleLine, author: inout Author, in turn: Turn, willTouch: (SKU) throws -> Void
    ) throws {
        let units = sale.kind == .exchange ? sale.returned : sale.sku.map { .init(sku: $0, count: sale.units) }
        guard let units, let quantity = Quantity(units.count) else { return }
        try willTouch(units.sku)
        var line = try stockLine(units.sku, in: turn)
        try record(
            line.takeReturn(quantity), of: &line, reference: sale.key.reference, author: &author, in: turn)
    }

    /// Takes back a line of the same till's books, wholly.
    private func void(
        _ key: TicketLine, author: inout Author, in turn: Turn, willTouch: (SKU) throws -> Void
    ) throws {
        guard var original = try storage.sale(key), original.kind != .void else {
            throw Refusal(.saleOriginalUnknown, key.facts)
        }
        guard !original.voided else { throw Refusal(.saleOriginalVoided, key.facts) }
        original.voided = true
        try storage.put(original)
        func move(_ sku: SKU?, _ units: Int, _ change: (StockLine, Quantity) -> StockChange) throws {
            guard let sku, let quantity = Quantity(units) else { return }
            try willTouch(sku)
            var line = try stockLine(sku, in: turn)
            try record(change(line, quantity), of: &line, reference: key.reference, author: &author, in: turn)
        }
        if original.kind != .return, original.order == nil {
            try move(original.sku, original.units) { $0.voidSale($1) }
        }
        if original.kind == .return { try move(original.sku, original.units) { $0.voidReturn($1) } }
        if let returned = original.returned { try move(returned.sku, returned.count) { $0.voidReturn($1) } }
    }

    private func tell(
        _ sale: SaleLine, _ entry: SaleEntry, _ warnings: [Refusal], author: inout Author, in turn: Turn
    ) throws {
        var members = entry.json.objectMembers
        if let sku = sale.sku, entry.json["sku"] == nil { members.append(.init("resolvedSku", .string(sku.value))) }
        if let returned = sale.returned, entry.json["returned"]?["sku"] == nil {
            members.append(.init("resolvedReturnedSku", .string(returned.sku.value)))
        }
        if !sale.consumed.isEmpty {
            members.append(
                .init(
                    "consumed",
                    .array(
                        sale.consumed.map {
                            ["reservation": .string($0.reservation.value), "units": .count($0.units)]
                        })))
        }
        if !warnings.isEmpty { members.append(.init("warnings", .array(warnings.map { .string($0.code.name) }))) }
        let type = sale.kind == .void ? "store.sale.voided" : "store.sale.recorded"
        try emit(type, subject: sale.key.subject, .object(members + author.members), author: &author, in: turn)
    }

    private func park(
        _ line: SaleRecord.Line, _ refusal: Refusal, author: inout Author, in turn: Turn
    ) throws {
        let said: JSON =
            switch line {
            case .readable(let entry): entry.json
            case .unreadable(_, _, let raw): raw
            }
        let data: [JSON.Member] = [
            .init("line", said), .init("code", .string(refusal.code.name)),
            .init("reason", .string(refusal.sentence(in: .english))),
        ]
        try emit(
            "store.sale.parked", subject: line.key.subject, .object(data + author.members), author: &author, in: turn)
    }
}

extension TicketLine {
    /// The subject of events about the ticket.
    var subject: String { "ticket/\(till)/\(ticket)" }
    /// The line, as the journal names it.
    var reference: String { "ticket/\(till)/\(ticket)/\(line)" }
    /// The key as facts of a refusal.
    var facts: [Refusal.Fact] { [.text("till", till), .text("ticket", ticket), .integer("line", line)] }
}

extension SaleLine {
    /// Whether another report of the same key says the same.
    fileprivate func isSame(as other: SaleLine) -> Bool {
        kind == other.kind && sku == other.sku && units == other.units && returned == other.returned
            && original == other.original && order == other.order
    }
}
