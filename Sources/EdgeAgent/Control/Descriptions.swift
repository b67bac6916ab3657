// Reservations, pickups, tickets and commands as a technician sees them: everything but the person.

import Contract
import ShopCore
import ShopModel

extension Ledger {
    /// A reservation as it is now. Who claims it is not told: a technician has no need of it (DESIGN law 8).
    func described(_ reservation: Reservation) -> JSON {
        let state = reservation.state(at: now)
        var (since, reason): (Instant?, String?) = (nil, nil)
        switch state {
        case .awaitingSale(let moment), .closed(.expired(let moment)): since = moment
        case .closed(.released(let why)): reason = why.rawValue
        case .held, .closed(.sold): break
        }
        let told = ReservationMessages.result(reservation, now: now)
        return .told(
            ("kind", "reservation"), ("id", .name(reservation.id)), ("state", .string(told.state.rawValue)),
            ("until", told.until.map { .moment($0) }), ("since", since.map { .moment($0) }),
            ("reason", reason.map(JSON.string)), ("channel", .string(reservation.channel.rawValue)),
            ("placedAt", .moment(reservation.placedAt)),
            (
                "lines",
                .array(
                    reservation.lines.map {
                        .told(
                            ("sku", .name($0.sku)), ("asked", .count($0.asked)), ("locked", .count($0.locked)),
                            ("sold", .count($0.sold)))
                    })
            ))
    }

    /// A pickup as it is now, without its code, which opens it at the counter, and without its recipient.
    func described(_ pickup: Pickup) -> JSON {
        var members: [JSON.Member] = [
            .init("kind", "pickup"), .init("id", .name(pickup.order)),
            .init("receivedAt", .moment(pickup.receivedAt)),
        ]
        let told = PickupMessages.result(pickup, now: now) { _ in nil }
        members += told.json.objectMembers.filter { $0.name != "name" && $0.name != "order" }
        return .object(members)
    }

    /// A line of a ticket.
    func described(_ sale: SaleLine) -> JSON {
        .told(
            ("kind", "sale"), ("id", .string(sale.key.reference)), ("sale", .string(sale.kind.rawValue)),
            ("sku", sale.sku.map { .name($0) }), ("quantity", .count(sale.units)),
            (
                "returned",
                sale.returned.map { .told(("sku", .name($0.sku)), ("quantity", .count($0.count))) }
            ),
            ("original", sale.original.map { .string($0.reference) }), ("order", sale.order.map { .name($0) }),
            (
                "consumed",
                .array(
                    sale.consumed.map {
                        .told(("reservation", .name($0.reservation)), ("units", .count($0.units)))
                    })
            ),
            ("businessDate", sale.businessDate.map { .string($0.description) }),
            ("recordedAt", .moment(sale.recordedAt)), ("voided", .bool(sale.voided)))
    }

    /// A line of a ticket that was set aside and is known by its event alone.
    func parked(_ key: TicketLine) -> JSON {
        .told(("kind", "sale"), ("id", .string(key.reference)), ("sale", "parked"))
    }

    /// A command as it was decided.
    func described(_ command: StoredCommand) -> JSON {
        let problem = command.problem
        return .told(
            ("kind", "command"), ("id", .name(command.id)), ("verb", .string(command.verb)),
            ("device", .name(command.device)), ("outcome", .string(command.outcome)),
            ("problem", problem.map { .told(("code", .string($0.code)), ("detail", .string($0.detail))) }),
            ("decidedAt", .moment(command.decidedAt)), ("replyKept", .bool(command.reply != nil)))
    }
}
