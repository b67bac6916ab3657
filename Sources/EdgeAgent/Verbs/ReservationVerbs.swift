// Reserve & collect: placing, prolonging, giving up and collecting holds.

import Contract
import ScanCodes
import ShopCore
import ShopModel

extension Ledger {
    /// `reservation.place`
    func place(_ payload: ReservationPlace, author: inout Author, in turn: Turn) throws -> JSON {
        let asked = try resolve(payload.lines)
        if let customer = payload.customer {
            let open = try storage.heldCount(of: customer)
            let limit = settings.limits.openPerCustomerMax
            guard open < limit else {
                throw Refusal(.reservationLimit, [.integer("open", open), .integer("limit", limit)])
            }
        }
        let until = try end(of: payload.term, now: turn.now)
        let id = try mintReservation(for: author.seed)
        let reference = "reservation/\(id)"
        var lines: [Reservation.Line] = []
        var firstShort: Refusal?
        for units in asked {
            var line = try stockLine(units.sku, in: turn)
            let safety = try safety(of: units.sku)
            let wanted = payload.partial ? min(units.count, line.promisable(safety: safety)) : units.count
            func place() throws -> String? {
                try payload.lines.firstIndex { try resolve($0.item) == units.sku }.map { "/lines/\($0)" }
            }
            guard let quantity = Quantity(wanted) else {
                let short = Refusal(
                    .stockShort, field: try place(),
                    [
                        .text("sku", units.sku.value), .integer("asked", units.count),
                        .integer("available", line.promisable(safety: safety)),
                    ])
                // All or nothing: lines of one SKU may together ask for more than there can be of anything.
                guard payload.partial else { throw short }
                firstShort = firstShort ?? short
                lines.append(Reservation.Line(sku: units.sku, asked: units.count, locked: 0))
                continue
            }
            let changes: [StockChange]
            do throws(Refusal) {
                changes = try line.hold(quantity, safety: safety).events()
            } catch {
                var refusal = error
                refusal.field = try place()
                throw refusal
            }
            for change in changes {
                try record(change, of: &line, reference: reference, author: &author, in: turn)
            }
            lines.append(Reservation.Line(sku: units.sku, asked: units.count, locked: quantity.units))
        }
        // Partial is welcome, nothing at all is not.
        if let firstShort, lines.allSatisfy({ $0.locked == 0 }) { throw firstShort }
        let reservation = Reservation(
            id: id, lines: lines, state: .held(until: until), customer: payload.customer,
            channel: payload.channel.flatMap { Reservation.Channel(rawValue: $0.rawValue) } ?? .store,
            placedAt: turn.now)
        try save(reservation, in: turn)
        return try tell(reservation, "store.reservation.placed", author: &author, in: turn)
    }

    /// `reservation.extend`
    func extend(_ payload: ReservationExtend, author: inout Author, in turn: Turn) throws -> JSON {
        var reservation = try known(payload.reservation)
        let asked = try Term(payload.term).end(from: turn.now, hours: settings.hours)
        let until = settings.hours?.endOfHold(asked) ?? asked
        let decision = reservation.extend(until: until, asked: asked, now: turn.now, limits: settings.limits)
        for event in try decision.events() { reservation.apply(event) }
        try save(reservation, in: turn)
        return try tell(reservation, "store.reservation.extended", author: &author, in: turn)
    }

    /// `reservation.cancel`
    func cancel(_ payload: ReservationCancel, author: inout Author, in turn: Turn) throws -> JSON {
        var reservation = try known(payload.reservation)
        let reason = payload.reason.flatMap { Reservation.ReleaseReason(rawValue: $0.rawValue) } ?? .customer
        let decision = reservation.cancel(try payload.lines.map(resolve), reason: reason, now: turn.now)
        try change(&reservation, by: decision, author: &author, in: turn)
        return try tell(reservation, "store.reservation.released", author: &author, in: turn)
    }

    /// `reservation.collect`
    func collect(_ payload: ReservationCollect, author: inout Author, in turn: Turn) throws -> JSON {
        var reservation = try known(payload.reservation)
        let decision = reservation.collect(try payload.lines.map(resolve), now: turn.now)
        try change(&reservation, by: decision, author: &author, in: turn)
        return try tell(reservation, "store.reservation.collected", author: &author, in: turn)
    }

    /// `reservation.get`
    func reservation(_ id: ReservationID, now: Instant) throws -> JSON {
        try ReservationMessages.result(known(id), now: now).json
    }

    /// `reservation.list`
    func list(_ payload: ReservationList, now: Instant) throws -> JSON {
        var told = ReplyPage<ReservationResult>()
        var after = payload.after
        let openOnly = payload.state == .held || payload.state == .awaitingSale
        // Filtered pages read on until they are full or nothing is left, a bounded number of times.
        for _ in 0..<50 {
            let page = try storage.reservations(
                openOnly: openOnly, customer: payload.customer, after: after, limit: payload.limit)
            for reservation in page {
                let result = ReservationMessages.result(reservation, now: now)
                if payload.state == nil || result.state == payload.state {
                    guard told.add(result) else {
                        return ReservationListResult(reservations: told.elements, next: after).json
                    }
                }
                after = reservation.id
                if told.elements.count == payload.limit {
                    return ReservationListResult(reservations: told.elements, next: after).json
                }
            }
            if page.count < payload.limit { return ReservationListResult(reservations: told.elements).json }
        }
        return ReservationListResult(reservations: told.elements, next: after).json
    }

    /// The reservation of a code, as it is printed or as a person types it.
    func known(_ id: ReservationID) throws -> Reservation {
        if let reservation = try storage.reservation(id) { return reservation }
        guard
            let printed = try OwnCodes.printed(id.value, .reservation, at: "/reservation").flatMap(ReservationID.init),
            let reservation = try storage.reservation(printed)
        else { throw Refusal(.reservationUnknown, field: "/reservation", [.text("reservation", id.value)]) }
        return reservation
    }

    /// The moment at which a hold of that term ends.
    private func end(of term: HoldTerm?, now: Instant) throws -> Instant {
        let asked =
            try term.map { try Term($0).end(from: now, hours: settings.hours) }
            ?? now + settings.limits.holdMillisecondsDefault
        let until = settings.hours?.endOfHold(asked) ?? asked
        try Reservation.checkTerm(until: until, asked: asked, now: now, limits: settings.limits)
        return until
    }

    /// Applies a decision that frees units, line by line.
    private func change(
        _ reservation: inout Reservation, by decision: Decision<Reservation.Event>, author: inout Author,
        in turn: Turn
    ) throws {
        let before = reservation.locked
        for event in try decision.events() { reservation.apply(event) }
        for units in before {
            let left = reservation.locked.first { $0.sku == units.sku }?.count ?? 0
            guard left < units.count else { continue }
            var line = try stockLine(units.sku, in: turn)
            try record(
                line.release(units.count - left), of: &line, reference: "reservation/\(reservation.id)",
                author: &author, in: turn)
        }
        try save(reservation, in: turn)
    }

    private func tell(
        _ reservation: Reservation, _ type: String, author: inout Author, in turn: Turn
    ) throws -> JSON {
        let event = ReservationMessages.event(reservation, author)
        try emit(type, subject: "reservation/\(reservation.id)", event, author: &author, in: turn)
        return ReservationMessages.result(reservation, now: turn.now).json
    }

    /// A code that no reservation of this shop has: 40 bits of the keyed digest of the command's id, taken again with
    /// a counter for as long as the code is taken.
    private func mintReservation(for seed: String) throws -> ReservationID {
        for attempt in 0..<1_000 {
            let digest = ports.digest.digest(Array("reservation/\(incarnation)/\(seed)/\(attempt)".utf8))
            let bits = digest.prefix(5).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let code = OwnCode.mint(kind: .reservation, from: bits)
            if let id = ReservationID(code.text), try storage.reservation(id) == nil { return id }
        }
        throw StorageFailure.broken("A thousand reservation codes in a row are taken.")
    }
}

extension Term {
    /// The term as the message has it.
    init(_ term: HoldTerm) {
        switch term {
        case .until(let instant): self = .until(instant)
        case .minutes(let minutes): self = .minutes(minutes)
        case .closing: self = .closing
        case .openHours(let hours): self = .openHours(hours)
        }
    }
}

/// How reservations are told to devices and to headquarters.
enum ReservationMessages {
    static func result(_ reservation: Reservation, now: Instant) -> ReservationResult {
        let (state, until): (ReservationState, Instant?) =
            switch reservation.state(at: now) {
            case .held(let until): (.held, until)
            case .awaitingSale: (.awaitingSale, nil)
            case .closed(.sold): (.sold, nil)
            case .closed(.expired): (.expired, nil)
            case .closed(.released): (.released, nil)
            }
        return ReservationResult(
            reservation: reservation.id, state: state, until: until,
            lines: reservation.lines.map {
                ReservationResult.Line(sku: $0.sku, quantity: $0.locked, asked: $0.asked)
            }, expires: until)
    }

    /// The data of an event about a reservation: all of it, so that each event stands alone.
    static func event(_ reservation: Reservation, _ author: Author) -> JSON {
        var members: [JSON.Member] = [
            .init("reservation", .string(reservation.id.value)),
            .init("state", .string(result(reservation, now: author.at).state.rawValue)),
            .init("channel", .string(reservation.channel.rawValue)),
            .init("placedAt", .string(reservation.placedAt.description)),
        ]
        if case .held(let until) = reservation.state { members.append(.init("until", .string(until.description))) }
        if case .closed(.expired(let at)) = reservation.state {
            members.append(.init("expiredAt", .string(at.description)))
        }
        if case .closed(.released(let reason)) = reservation.state {
            members.append(.init("reason", .string(reason.rawValue)))
        }
        if let customer = reservation.customer { members.append(.init("customer", .string(customer.value))) }
        members.append(
            .init(
                "lines",
                .array(
                    reservation.lines.map {
                        [
                            "sku": .string($0.sku.value), "asked": .count($0.asked), "locked": .count($0.locked),
                            "sold": .count($0.sold),
                        ]
                    })))
        return .object(members + author.members)
    }
}

extension Author {
    /// Who and what stood behind an event, as headquarters is told.
    var members: [JSON.Member] {
        var members: [JSON.Member] = [.init("by", .string(by))]
        if let command { members.append(.init("command", .string(command.value))) }
        if device != .agent { members.append(.init("device", .string(device.value))) }
        if let clerk { members.append(.init("clerk", .string(clerk.value))) }
        return members
    }
}

extension JSON {
    /// The members, if this is an object; none otherwise.
    var objectMembers: [Member] { if case .object(let members) = self { members } else { [] } }
}
