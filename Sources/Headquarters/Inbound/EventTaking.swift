// Takes a shop's events in: each once, those of a subject in their order, every one answered (DESIGN §7).

import Contract
import ShopCore
import ShopModel

extension Headquarters {
    /// Takes a batch of a lane in.
    func take(
        _ batch: [CloudEventBatch.Element], of shop: ShopID, on lane: Lane, receipts: inout ReceiptWriter
    ) throws {
        for element in batch {
            switch element {
            case .event(let event):
                guard event.shop == shop else {
                    let refusal = Refusal(
                        .eventForeign, [.text("shop", event.shop.value), .text("topic", shop.value)])
                    receipts.add(refused(event.id, refusal.sentence(in: .english)), for: shop)
                    continue
                }
                receipts.add(try take(event, on: lane), for: shop)
            case .unreadable(let id, let refusal):
                report("an event of shop \(shop) cannot be read: \(refusal.sentence(in: .english))")
                if let id { receipts.add(refused(id, refusal.sentence(in: .english)), for: shop) }
            }
        }
    }

    /// Takes an event in.
    ///
    /// - Returns: `durable` for one that is applied, now or before; `blocked` when one before it of its subject is
    ///   missing, with the number expected; `refused` when it cannot be applied. A refused one that comes again is
    ///   tried again, since headquarters may have learnt to read it.
    ///
    /// A ledger that was restored decides again what came after its backup, under the same ids and as a new life. Such an
    /// event takes its place among that life's, or all that follows of its subject would wait for ever. It is applied
    /// again: what is told of stock and documents is the whole of it, and a line of a ticket is counted once by its key.
    private func take(_ event: CloudEvent, on lane: Lane) throws -> Receipt {
        let shop = event.shop
        var known = try storage.event(event.id, of: shop)
        if var before = known {
            before.arrived += 1
            try storage.update(before)
            known = before
            if before.refusal == nil, before.event.incarnation == event.incarnation {
                return Receipt(id: event.id, outcome: .durable)
            }
        }
        try see(event.incarnation, of: shop, asLiving: false)
        let expected = try storage.lastSequence(event.subject, event.incarnation, of: shop) + 1
        if let known, known.refusal == nil, event.subjectSequence < expected {
            return Receipt(id: event.id, outcome: .durable)
        }
        guard event.subjectSequence <= expected else {
            return Receipt(id: event.id, outcome: .blocked, reason: "expects \(expected)")
        }
        let refusal: String?
        if event.subjectSequence < expected {
            // Two events have one number: two boxes write as one life (DESIGN §8).
            try fork(event.incarnation, of: shop, because: "its event \(event.id) repeats a number of \(event.subject)")
            refusal = Refusal(
                .eventForked,
                [
                    .text("subject", event.subject), .integer("sequence", Int(event.subjectSequence)),
                    .integer("expected", Int(expected)),
                ]
            ).sentence(in: .english)
        } else {
            refusal = try applied(event)
        }
        if refusal == nil {
            try storage.setLastSequence(event.subject, event.incarnation, of: shop, event.subjectSequence)
        }
        if var before = known {
            // What became of it in the life that told it first is that life's.
            if before.event.incarnation == event.incarnation {
                before.refusal = refusal
                try storage.update(before)
            }
        } else {
            try storage.append(ReceivedEvent(event: event, lane: lane, receivedAt: now, refusal: refusal))
        }
        guard let refusal else { return Receipt(id: event.id, outcome: .durable) }
        report("event \(event.id) of shop \(shop) is refused: \(refusal)")
        return refused(event.id, refusal)
    }

    /// Applies an event; returns why it cannot be. Everything that can be refused is, before the first row is written.
    private func applied(_ event: CloudEvent) throws -> String? {
        let effect: EventEffect
        do {
            effect = try EventEffect(event)
        } catch {
            return error.sentence(in: .english)
        }
        do {
            try apply(effect, of: event)
            return nil
        } catch let refusal as Refusal {
            return refusal.sentence(in: .english)
        }
    }

    private func refused(_ id: String, _ reason: String) -> Receipt {
        Receipt(id: id, outcome: .refused, reason: String(reason.prefix(240)))
    }
}

extension Refusal.Code {
    /// An event names another shop than its topic.
    public static let eventForeign = Refusal.Code(
        "event.foreign", retry: .never,
        en: "The event is of shop {shop}, and came on the topic of shop {topic}.",
        fr: "L'événement est du magasin {shop} et arrive sur le sujet du magasin {topic}.")
    /// An event has a number that another one had.
    public static let eventForked = Refusal.Code(
        "event.forked", retry: .never,
        en:
            "Another event has number {sequence} of {subject} already, {expected} was expected: two boxes write as one.",
        fr: "Un autre événement porte déjà le numéro {sequence} de {subject}, {expected} était attendu : "
            + "deux boîtiers écrivent comme un seul.")
}
