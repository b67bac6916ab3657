// Click & collect: every step of a clerk on a pickup, and what it does to the stock.

import Contract
import ScanCodes
import ShopCore
import ShopModel

extension Ledger {
    /// Any `pickup.` command.
    func step(_ command: PickupCommand, _ asker: Asker, author: inout Author, in turn: Turn) throws -> JSON {
        guard var pickup = try storage.pickup(command.order) else {
            throw Refusal(.pickupUnknown, field: "/order", [.text("order", command.order.value)])
        }
        try pickup.check(revision: command.ifRevision)
        let decision = try decide(command.step, on: pickup, asker, now: turn.now)
        for event in try decision.events() {
            try apply(event, to: &pickup, author: &author, in: turn)
        }
        return result(pickup, now: turn.now).json
    }

    private func decide(
        _ step: PickupCommand.Step, on pickup: Pickup, _ asker: Asker, now: Instant
    ) throws -> Decision<Pickup.Event> {
        switch step {
        case .claim(let takeover):
            let formerName = try pickup.claimedBy.flatMap { (former) throws in try fedClerk(former)?.name }
            return pickup.claim(by: try asker.clerk().clerk, takeover: takeover, formerName: formerName, now: now)
        case .accept: return pickup.accept(now: now)
        case .reject(let reason):
            _ = try asker.clerk()
            return pickup.reject(Pickup.RejectReason(reason), now: now)
        case .pick(let line, let reason):
            return pickup.pick(try resolve(line.item), line.quantity, typedReason: reason, now: now)
        case .unpick(let line): return pickup.unpick(try resolve(line.item), line.quantity, now: now)
        case .short(let line, let reason):
            return pickup.short(
                try resolve(line.item), line.quantity, Pickup.RejectReason(reason), now: now)
        case .stage(let place): return pickup.stage(at: place, now: now)
        case .ready: return pickup.makeReady(now: now)
        case .arrive(let place): return pickup.arrive(at: place == .kerb ? .kerb : .counter, now: now)
        case .handOver(let proof, let lines):
            _ = try asker.clerk()
            return pickup.handOver(try lines.map(resolve), proof: try check(proof, of: pickup), now: now)
        case .refuse(let lines, let reason):
            _ = try asker.clerk()
            return pickup.refuse(try resolve(lines), reason: reason, now: now)
        case .putBack: return pickup.putBack(now: now)
        case .correct(let reason):
            _ = try asker.clerk()
            let today = profile.zone.civil(now).date
            return pickup.correct(reason: reason, sameDay: { profile.zone.civil($0).date == today }, now: now)
        case .confirmCancel:
            _ = try asker.clerk()
            return pickup.confirmCancel(now: now)
        case .refuseCancel(let reason):
            _ = try asker.clerk()
            return pickup.refuseCancel(reason: reason, now: now)
        }
    }

    private func check(_ proof: PickupProof, of pickup: Pickup) throws -> Pickup.Proof {
        switch proof {
        case .code(let shown):
            try pickup.check(code: OwnCodes.canonical(shown) ?? shown)
            return .code
        case .method(let method, let facts):
            try pickup.check(facts: facts.compactMap { Pickup.Fact(rawValue: $0.rawValue) })
            return .method(method.rawValue)
        }
    }

    /// Stores what happened to a pickup, moves the stock behind it, and tells headquarters.
    func apply(_ event: Pickup.Event, to pickup: inout Pickup, author: inout Author, in turn: Turn) throws {
        let before = pickup
        pickup.apply(event)
        try save(pickup, in: turn)
        if case .fromStock = pickup.source {
            try moveStock(for: event, before: before, author: &author, in: turn)
        }
        try emit(
            PickupMessages.type(of: event), subject: "order/\(pickup.order)",
            PickupMessages.event(pickup, author, what: event), author: &author, in: turn)
    }

    private func moveStock(
        for event: Pickup.Event, before: Pickup, author: inout Author, in turn: Turn
    ) throws {
        let reference = "order/\(before.order)"
        func move(_ units: [Reservation.Units], _ change: (StockLine, Int) -> StockChange) throws {
            for unit in units {
                var line = try stockLine(unit.sku, in: turn)
                try record(
                    change(line, unit.count), of: &line, reference: reference, author: &author, in: turn)
            }
        }
        switch event {
        case .rejected(let reason):
            try move(before.outstanding) { $0.unserved($1, reason) }
            try askForCounts(of: before.outstanding.map(\.sku), reason, author: &author, in: turn)
        case .short(let sku, let units, let reason, _):
            try move([Reservation.Units(sku: sku, count: units)]) { $0.unserved($1, reason) }
            try askForCounts(of: [sku], reason, author: &author, in: turn)
        case .handedOver(let units, _, _): try move(units) { $0.handOver($1) }
        case .refused(let units, _, _): try move(units) { $0.giveBack($1) }
        case .putBack, .cancelConfirmed: try move(before.outstanding) { $0.giveBack($1) }
        case .corrected(let units, _, _): try move(units) { $0.correctHandOver($1) }
        case .claimed, .accepted, .picked, .unpicked, .staged, .ready, .arrived, .overdue, .cancelRequested,
            .cancelRefused:
            break
        }
    }

    /// What should have been on the shelf and was not has to be counted (RETAIL §2).
    private func askForCounts(
        of skus: [SKU], _ reason: Pickup.RejectReason, author: inout Author, in turn: Turn
    ) throws {
        guard reason == .notInStock else { return }
        for sku in skus {
            try emit(
                "store.count.requested", lane: .stock, subject: "sku/\(sku)",
                .object([.init("sku", .string(sku.value)), .init("reason", "notInStock")] + author.members),
                author: &author, in: turn)
        }
    }

    /// `pickup.get`
    func pickup(_ payload: PickupGet, now: Instant) throws -> JSON {
        let found: Pickup?
        let asked: String
        switch payload {
        case .order(let order):
            found = try storage.pickup(order)
            asked = order.value
        case .code(let code):
            found = try storedPickup(code: code)
            asked = code
        }
        guard let found else { throw Refusal(.pickupUnknown, [.text("order", asked)]) }
        return result(found, now: now).json
    }

    /// The pickup of a code as headquarters sent it, or as a person types one of ours.
    private func storedPickup(code: String) throws -> Pickup? {
        if let pickup = try storage.pickup(code: code) { return pickup }
        guard let printed = try OwnCodes.printed(code, .pickup, at: "/code") else { return nil }
        return try storage.pickup(code: printed)
    }

    /// A scan of a code of ours that the front does not show any more: what became of it is told, not "unknown".
    func closedCode(_ payload: ScanQuestion, _ asker: Asker, now: Instant) throws -> JSON {
        guard case .own(let own) = try ScanCode.read(payload.code).code else {
            throw Refusal(
                .contractWrongBranch, [.text("verb", Verb.scan.rawValue), .text("expected", Verb.scan.branch)])
        }
        if own.kind == .pickup {
            guard let found = try storage.pickup(code: own.text) else {
                throw Refusal(.pickupUnknown, [.text("order", own.text)])
            }
            return Card(code: own.text, .pickup(result(found, now: now).seen(by: asker.role))).json
        }
        guard let id = ReservationID(own.text) else {
            throw Refusal(.reservationUnknown, [.text("reservation", own.text)])
        }
        return Card(code: own.text, .reservation(ReservationMessages.result(try known(id), now: now))).json
    }

    /// `pickup.list`
    func list(_ payload: PickupList, now: Instant) throws -> JSON {
        let overStates: [PickupState] = [.rejected, .handedOver, .putBack, .cancelled, .closed]
        let openOnly = payload.state.map { !overStates.contains($0) } ?? true
        var told = ReplyPage<PickupResult>()
        var after = payload.after
        for _ in 0..<50 {
            let page = try storage.pickups(openOnly: openOnly, after: after, limit: payload.limit)
            for pickup in page {
                let result = result(pickup, now: now)
                if payload.state == nil || result.state == payload.state {
                    guard told.add(result) else {
                        return PickupListResult(pickups: told.elements, next: after).json
                    }
                }
                after = pickup.order
                if told.elements.count == payload.limit {
                    return PickupListResult(pickups: told.elements, next: after).json
                }
            }
            if page.count < payload.limit { return PickupListResult(pickups: told.elements).json }
        }
        return PickupListResult(pickups: told.elements, next: after).json
    }

    /// `pickup.find`: by the last four of order or telephone, or a name's beginning; ten at most, masked, and fewer where
    /// they are so long that no reply could tell them.
    func find(_ payload: PickupFind, now: Instant) throws -> JSON {
        let query = payload.query.lowercased()
        var told = ReplyPage<PickupResult>()
        var after: OrderID?
        search: for _ in 0..<50 {
            let page = try storage.pickups(openOnly: true, after: after, limit: 200)
            for pickup in page {
                let matches =
                    pickup.order.value.lowercased().hasSuffix(query) || pickup.recipient.phoneLast4 == query
                    || pickup.recipient.name?.lowercased().split(separator: " ").contains { $0.hasPrefix(query) }
                        == true
                guard matches else { continue }
                guard told.add(result(pickup, now: now)), told.elements.count < 10 else { break search }
            }
            after = page.last?.order
            if page.count < 200 { break }
        }
        return PickupListResult(pickups: told.elements).json
    }

    /// A pickup as devices are told.
    func result(_ pickup: Pickup, now: Instant) -> PickupResult {
        PickupMessages.result(pickup, now: now) { [profile, ports] sku in
            guard let product = try? ports.catalogue.product(sku) else { return nil }
            return (try? ProductRecord(sku, product.document))?.name.text(in: profile.language)
        }
    }
}

extension StockLine {
    /// What becomes of owed units that are not served, by why.
    fileprivate func unserved(_ units: Int, _ reason: Pickup.RejectReason) -> StockChange {
        switch reason {
        case .notInStock: miss(units)
        case .damaged, .wornDisplay, .notSellable: damage(units)
        case .mismatch, .orderNotToBeSplit, .closingHours, .customerRefused: giveBack(units)
        }
    }
}

extension Pickup.RejectReason {
    /// The reason as the message has it.
    init(_ reason: PickupReason) {
        switch reason {
        case .notInStock: self = .notInStock
        case .mismatch: self = .mismatch
        case .damaged: self = .damaged
        case .wornDisplay: self = .wornDisplay
        case .notSellable: self = .notSellable
        case .orderNotToBeSplit: self = .orderNotToBeSplit
        case .closingHours: self = .closingHours
        case .customerRefused: self = .customerRefused
        }
    }
}
