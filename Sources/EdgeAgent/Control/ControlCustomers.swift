// A customer as a technician may see them: masked, unless there is a reason that is kept; and erased for good.

import Contract
import ShopCore
import ShopModel

extension LedgerCommand {
    /// What the shop holds of a customer. `id` is the customer's, or the number of a loyalty card.
    static let customers = [
        question("customer.show") { fields throws(Refusal) in
            let id = try fields.text("id", max: 64)
            return { ledger, _ in try ledger.maskedCustomer(id) }
        },
        act("customer.unmask") { fields throws(Refusal) in
            let id = try fields.text("id", max: 64)
            let reason = try fields.text("reason", max: ControlAct.reasonBytesMax, min: unmaskReasonBytesMin)
            return ControlAct(
                target: { ledger throws(StorageFailure) in try ledger.target(customer: id) }, reason: reason
            ) { ledger, _, _ in
                try ledger.unmaskedCustomer(id)
            }
        },
        act("customer.erase") { fields throws(Refusal) in
            let id = try fields.text("id", max: 64)
            let reason = try fields.text("reason", max: ControlAct.reasonBytesMax)
            return ControlAct(
                target: { ledger throws(StorageFailure) in try ledger.target(customer: id) }, reason: reason
            ) { ledger, author, turn in
                try ledger.eraseCustomer(id, author: &author, in: turn)
            }
        },
    ]

    /// The shortest reason for unmasking somebody, in bytes: one word at least.
    private static let unmaskReasonBytesMin = 5
}

extension Ledger {
    /// `customer.show`: that the shop knows somebody, how much of them and until when; no field's content.
    ///
    /// - Throws: `customer.unknown`.
    func maskedCustomer(_ text: String) throws -> JSON {
        let customer = try known(customer: text)
        return .told(("now", .moment(now)), ("customer", try described(customer)))
    }

    /// A customer without anything by which somebody else would know them.
    func described(_ customer: CustomerID) throws -> JSON {
        let snippet = try snippet(of: customer)
        let pickups = try openPickups(of: customer)
        let held = try storage.reservations(openOnly: true, customer: customer, after: nil, limit: 50)
        return .told(
            ("kind", "customer"), ("id", .name(customer)),
            ("state", try storage.isErased(customer) ? "erased" : snippet == nil ? "notKept" : "kept"),
            ("name", (snippet?.record.name ?? pickups.first?.recipient.name).map { .string(MaskedName.mask($0)) }),
            ("tier", snippet?.record.tier.map(JSON.string)),
            ("consent", snippet.map { .array($0.record.consent.map(JSON.string)) }),
            ("fields", snippet.map { .array($0.record.fields.map { .string($0.name) }) }),
            ("cards", snippet.map { .count($0.record.cards.count) }),
            ("expires", snippet.map { .moment($0.expires) }),
            ("reservations", .array(held.map { .name($0.id) })),
            ("pickups", .array(pickups.map { .name($0.order) })))
    }

    /// `customer.unmask`: everything that the shop holds of a customer.
    ///
    /// - Throws: `customer.unknown`, `customer.erased`.
    func unmaskedCustomer(_ text: String) throws -> JSON {
        let customer = try known(customer: text)
        guard try !storage.isErased(customer) else { throw Refusal(.customerErased) }
        let record = try snippet(of: customer)?.record
        let recipients = try openPickups(of: customer)
        guard record != nil || recipients.contains(where: { $0.recipient.name != nil }) else {
            throw Refusal(.customerUnknown)
        }
        return .told(
            ("now", .moment(now)), ("customer", try described(customer)), ("name", record.map { .string($0.name) }),
            ("cards", record.map { .array($0.cards.map(JSON.string)) }), ("fields", record.map { .object($0.fields) }),
            (
                "recipients",
                .array(
                    recipients.map {
                        .told(
                            ("order", .name($0.order)), ("name", $0.recipient.name.map(JSON.string)),
                            ("phoneLast4", $0.recipient.phoneLast4.map(JSON.string)))
                    })
            ))
    }

    /// `customer.erase`: as an entry of feed `erasures` does, with headquarters told of it.
    ///
    /// - Throws: `customer.unknown`, `customer.erased`.
    func eraseCustomer(_ text: String, author: inout Author, in turn: Turn) throws -> JSON {
        let customer = try known(customer: text)
        guard try !storage.isErased(customer) else { throw Refusal(.customerErased) }
        let request = author.seed
        try erase(customer, request: request, author: &author, in: turn)
        return .told(
            ("now", .moment(now)), ("customer", try described(customer)), ("request", .string(request)),
            ("event", .string("\(request)/1")))
    }

    /// A customer as the journal of acts names them: a card's number is never kept.
    func target(customer text: String) throws(StorageFailure) -> String {
        "customer/\(try customer(named: text)?.value ?? "unknown")"
    }

    /// The customer of an id or of a card; `nil` when the shop has never heard of one.
    func customer(named text: String) throws(StorageFailure) -> CustomerID? {
        if let id = CustomerID(text), try isKnown(id) { return id }
        return try storage.customer(card: ports.sealing.cardDigest(text))
    }

    private func isKnown(_ customer: CustomerID) throws(StorageFailure) -> Bool {
        if try storage.customer(customer) != nil { return true }
        if try storage.isErased(customer) { return true }
        if try !storage.reservations(openOnly: false, customer: customer, after: nil, limit: 1).isEmpty { return true }
        return try !openPickups(of: customer).isEmpty
    }

    private func known(customer text: String) throws -> CustomerID {
        guard let customer = try customer(named: text) else { throw Refusal(.customerUnknown) }
        return customer
    }

    /// The snippet, opened; `nil` once its time is up or its key is gone.
    private func snippet(of customer: CustomerID) throws(StorageFailure) -> (record: CustomerRecord, expires: Instant)?
    {
        guard let sealed = try storage.customer(customer), now < sealed.expires,
            let plain = try ports.sealing.open(sealed.sealed, of: customer),
            let record = try? CustomerRecord(StateEntry(key: customer.value, stored: plain))
        else { return nil }
        return (record, sealed.expires)
    }

    /// The pickups that wait for a customer: as many as wait in a shop, not as many as ever did.
    private func openPickups(of customer: CustomerID) throws(StorageFailure) -> [Pickup] {
        var found: [Pickup] = []
        var after: OrderID?
        while true {
            let page = try storage.pickups(openOnly: true, after: after, limit: 200)
            found += page.filter { $0.recipient.customer == customer }
            after = page.last?.order
            if page.count < 200 { return found }
        }
    }
}
