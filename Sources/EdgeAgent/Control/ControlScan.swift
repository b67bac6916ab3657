// What a code means in this shop, for somebody who holds a label and no device. Nothing changes by it.

import Contract
import ScanCodes
import ShopCore
import ShopModel

extension LedgerCommand {
    /// `scan`: what the shop knows behind a code.
    static let scan = [
        question("scan") { fields throws(Refusal) in
            let code = try fields.text("code", max: ScanCode.bytesMax)
            return { ledger, _ in try ledger.scanned(code) }
        }
    ]
}

extension Ledger {
    /// What the shop knows of a code, and which roles may do what with it. A code that is nothing to this shop is known
    /// by its kind alone.
    ///
    /// - Throws: what `ScanCode.read` refuses.
    func scanned(_ text: String) throws -> JSON {
        let year = profile.zone.civil(now).date.components.year
        let reading = try ScanCode.read(Array(text.utf8), rules: ScanRules(referenceYear: year))
        var found: JSON?
        let uses: [Verb]
        switch reading.code {
        case .item(let item):
            found = try stock(of: item.gtin)
            uses = Self.productVerbs
        case .restricted(let item):
            found = try stock(of: item.itemGTIN) ?? stock(of: item.gtin)
            uses = Self.productVerbs
        case .logisticUnit(let unit):
            found = try unit.content.flatMap { (content) throws in try stock(of: content.gtin) }
            uses = [.scan]
        case .own(let own):
            (found, uses) = try scanned(own)
        case .elements: uses = []
        }
        return .told(
            ("now", .moment(now)), ("known", .bool(found != nil)), ("found", found),
            ("uses", .array(uses.map(Self.use))))
    }

    private static let productVerbs: [Verb] = [
        .scan, .productGet, .availabilityGet, .reservationPlace, .pickupPick, .saleRecord, .deliveryReceive,
        .countRecord,
    ]

    private func scanned(_ own: OwnCode) throws -> (JSON?, [Verb]) {
        switch own.kind {
        case .reservation:
            let known = try ReservationID(own.text).flatMap { (id) throws in try storage.reservation(id) }
            return (
                known.map(described),
                [.scan, .reservationGet, .reservationExtend, .reservationCollect, .reservationCancel]
            )
        case .pickup:
            return (
                try storage.pickup(code: own.text).map(described), [.scan, .pickupGet, .pickupArrive, .pickupHandOver]
            )
        case .loyalty:
            let customer = try storage.customer(card: ports.sealing.cardDigest(own.text))
            return (try customer.map { (id) throws in try described(id) }, [.scan, .customerGet, .reservationPlace])
        case .wishList, .enrolment: return (nil, [])
        }
    }

    private func stock(of gtin: GTIN) throws -> JSON? {
        guard let product = try ports.catalogue.product(gtin) else { return nil }
        return try described(try storage.stockLine(product.sku) ?? StockLine(sku: product.sku, home: home))
    }

    /// A verb with the roles that may send it.
    private static func use(_ verb: Verb) -> JSON {
        let roles = DeviceRole.allCases.filter { $0.allows(verb) }
        return .told(("verb", .string(verb.rawValue)), ("roles", .array(roles.map { .string($0.rawValue) })))
    }
}
