// What a clerk may see of a customer: declared fields only, masked, while the snippet lives (DESIGN §9).

import Contract
import ShopCore
import ShopModel

/// The fields of a snippet that a role may see; what is not named here is never shown, whatever headquarters sends.
enum CustomerAllowList {
    /// Fields that a role may see of a customer who consented to advice.
    static func fields(for role: DeviceRole) -> [String] {
        switch role {
        case .scan, .customer: []
        case .clerk: ["sizes", "preferences", "lastPurchases", "openOrders", "loyaltyPoints", "language"]
        case .till: ["loyaltyPoints", "language"]
        }
    }

    /// The consent under which these fields are shown.
    static let consent = "advice"
}

extension Ledger {
    /// `customer.get`
    func customer(_ payload: CustomerGet, _ asker: Asker, now: Instant) throws -> JSON {
        let id: CustomerID?
        switch payload {
        case .customer(let customer): id = customer
        case .card(let card): id = try storage.customer(card: ports.sealing.cardDigest(card))
        }
        guard let id else { throw Refusal(.customerUnknown) }
        guard try !storage.isErased(id) else { throw Refusal(.customerErased) }
        guard let sealed = try storage.customer(id), now < sealed.expires,
            let plain = try ports.sealing.open(sealed.sealed, of: id),
            let record = try? CustomerRecord(StateEntry(key: id.value, stored: plain))
        else { throw Refusal(.customerUnknown) }
        let allowed =
            record.consent.contains(CustomerAllowList.consent) ? CustomerAllowList.fields(for: asker.role) : []
        return CustomerResult(
            customer: id, name: MaskedName.mask(record.name), tier: record.tier,
            fields: record.fields.filter { allowed.contains($0.name) }, consent: record.consent,
            expires: sealed.expires
        ).json
    }

    /// `moment.record`: a pseudonymous moment for analytics, the first thing to be given up. Each has a subject of its
    /// own, so that one that is given up leaves no gap before another.
    func record(_ payload: MomentRecord, author: inout Author, in turn: Turn) throws -> JSON {
        try emit(
            "store.moment.recorded", lane: .moments, subject: "moment/\(author.seed)",
            .object((payload.json.objectMembers) + author.members), author: &author, in: turn)
        return .object([])
    }
}
