// What a technician may do with the events for headquarters: set one aside, let it go again.

import Contract
import ShopCore
import ShopModel

extension LedgerCommand {
    /// Changes of the outbox. Whatever they do, the events of a subject leave in order and without a gap (DESIGN §7).
    static let queueActs = [
        act("queue.park") { fields throws(Refusal) in
            let id = try fields.text("id", max: 256)
            let reason = try fields.text("reason", max: ControlAct.reasonBytesMax)
            return ControlAct(target: { ledger throws(StorageFailure) in try ledger.target(event: id) }, reason: reason)
            { ledger, _, _ in
                try ledger.park(id, reason: reason)
            }
        },
        act("queue.unpark") { fields throws(Refusal) in
            let id = try fields.text("id", max: 256)
            let reason = try fields.optionalText("reason", max: ControlAct.reasonBytesMax)
            return ControlAct(target: { ledger throws(StorageFailure) in try ledger.target(event: id) }, reason: reason)
            { ledger, _, _ in try ledger.unpark(id) }
        },
        act("queue.retry") { fields throws(Refusal) in
            let reason = try fields.optionalText("reason", max: ControlAct.reasonBytesMax)
            // A false `all` is none.
            var isOne = try fields.exactlyOne(of: ["id", "all"]) == "id"
            if !isOne { isOne = try !fields.truth("all") }
            if isOne {
                let id = try fields.text("id", max: 256)
                return ControlAct(
                    target: { ledger throws(StorageFailure) in try ledger.target(event: id) }, reason: reason
                ) { ledger, _, _ in
                    try ledger.retry(id)
                }
            }
            return ControlAct(target: "queue", reason: reason) { ledger, _, _ in try ledger.retryAll() }
        },
    ]
}

extension Ledger {
    /// `queue.park`: sets a pending event aside, and with it what follows of its subject.
    func park(_ id: String, reason: String) throws -> JSON {
        let entry = try known(event: id)
        switch entry.state {
        case .pending: break
        case .receipted: throw Refusal(.queueReceived, [.text("id", entry.event.id)])
        case .parked: throw Refusal(.queueParked, [.text("id", entry.event.id), .text("reason", entry.reason ?? "–")])
        }
        let event = entry.event
        // In words that neither headquarters nor the outbox uses, whatever was typed.
        let parked = try storage.park(row: event.row, reason: "technician: \(reason)")
        pump.forget(subject: event.subject, event.incarnation, from: event.subjectSequence)
        return try told(event.id, ("parked", .count(parked)))
    }

    /// `queue.unpark`: lets a parked event go, and what follows of its subject after it.
    func unpark(_ id: String) throws -> JSON {
        let entry = try known(event: id)
        guard entry.state == .parked else {
            throw Refusal(.queueNotParked, [.text("id", entry.event.id), .text("state", entry.state.name)])
        }
        return try release(entry)
    }

    /// `queue.retry`: a parked event goes again; one that is pending is sent at once.
    func retry(_ id: String) throws -> JSON {
        let entry = try known(event: id)
        switch entry.state {
        case .parked: return try release(entry)
        case .receipted: throw Refusal(.queueReceived, [.text("id", entry.event.id)])
        case .pending:
            pump.startOver(entry.event.lane)
            return try told(entry.event.id, ("released", 0))
        }
    }

    /// `queue.retry` of everything: no event stays parked, and all that is pending is sent at once.
    func retryAll() throws(StorageFailure) -> JSON {
        let released = try storage.unparkAll()
        pump.startOver()
        return .told(("now", .moment(now)), ("released", .count(released)))
    }

    /// Makes a parked event pending with what follows it. Headquarters would wait for one before it for ever.
    private func release(_ entry: OutboxEntry) throws -> JSON {
        let event = entry.event
        let first = try storage.firstParked(of: event.subject, event.incarnation)
        if let first, first.event.row != event.row {
            throw Refusal(
                .queueFollows,
                [
                    .text("id", event.id), .text("first", first.event.id), .integer("row", Int(first.event.row)),
                    .text("reason", first.reason ?? "–"),
                ])
        }
        let released = try storage.unpark(row: event.row)
        pump.startOver(event.lane)
        return try told(event.id, ("released", .count(released)))
    }

    /// An event as the journal of acts names it, whatever of its names was typed.
    func target(event id: String) throws(StorageFailure) -> String {
        "event/\(try event(id)?.event.id ?? String(id.prefix(64)))"
    }

    private func known(event id: String) throws -> OutboxEntry {
        guard let entry = try event(id) else { throw Refusal(.controlUnknownEvent, [.text("id", id)]) }
        return entry
    }

    /// The event as it is now, and how many were moved with it.
    private func told(_ id: String, _ moved: (String, JSON?)) throws(StorageFailure) -> JSON {
        .told(("now", .moment(now)), ("event", try storage.outboxEntry(id: id)?.summary), moved)
    }
}

extension Refusal.Code {
    /// Headquarters has the event already: fact `id`.
    public static let queueReceived = Refusal.Code(
        "queue.received", retry: .never,
        en: "Headquarters has event {id} already: there is nothing to send or to set aside.",
        fr: "Le siège a déjà l'événement {id} : rien à envoyer ni à mettre de côté.")
    /// The event is parked already: facts `id`, `reason`.
    public static let queueParked = Refusal.Code(
        "queue.parked", retry: .never,
        en: "Event {id} is parked already: {reason}.",
        fr: "L'événement {id} est déjà mis de côté : {reason}.")
    /// The event is not parked: facts `id`, `state`.
    public static let queueNotParked = Refusal.Code(
        "queue.notParked", retry: .never,
        en: "Event {id} is not parked but {state}. To send a pending one at once: edgectl queue retry {id}",
        fr:
            "L'événement {id} n'est pas mis de côté mais {state}. Pour envoyer tout de suite un événement en attente : edgectl queue retry {id}"
    )
    /// One before it of its subject is parked: facts `id`, `first`, `row`, `reason`.
    public static let queueFollows = Refusal.Code(
        "queue.follows", retry: .later,
        en:
            "Event {id} waits for {first}, which is parked before it ({reason}). Headquarters takes the events of a subject in order. Release that one, and this one follows: edgectl queue unpark {row}",
        fr:
            "L'événement {id} attend {first}, mis de côté avant lui ({reason}). Le siège prend les événements d'un sujet dans l'ordre. Libérez celui-là, et celui-ci suivra : edgectl queue unpark {row}"
    )

    /// All refusals of what a technician does with the outbox.
    public static let queueCodes: [Refusal.Code] = [queueReceived, queueParked, queueNotParked, queueFollows]
}
