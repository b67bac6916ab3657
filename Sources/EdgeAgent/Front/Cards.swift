// The card of a code: what it is, what it costs, where it is available and how old that is.

import Contract
import ScanCodes
import ShopCore
import ShopModel

extension Front {
    /// The result of a question that the front answers; `nil` when only the ledger can.
    ///
    /// - Returns: `.failure` when the assortment cannot be read, which is no refusal of the question.
    func answer(
        _ request: Request, for role: DeviceRole, at clock: ShopClock
    ) throws(Refusal) -> Result<JSON?, StorageFailure> {
        do {
            switch request {
            case .scan(let question): return .success(try card(of: question, for: role, at: clock)?.json)
            case .productGet(let question):
                let product = try product(question.item)
                return .success(Card(.product(try card(of: product, at: clock))).json)
            case .availabilityGet(let question):
                let product = try product(question.item)
                return .success(
                    AvailabilityResult(sku: product.sku, availability: try availability(of: product, at: clock)).json)
            default:
                throw Refusal(
                    .contractWrongBranch,
                    [.text("verb", request.verb.rawValue), .text("expected", request.verb.branch)])
            }
        } catch let refusal as Refusal {
            throw refusal
        } catch let failure as StorageFailure {
            return .failure(failure)
        } catch {
            return .failure(.broken("\(error)"))
        }
    }

    private func card(of question: ScanQuestion, for role: DeviceRole, at clock: ShopClock) throws -> Card? {
        let year = profile.zone.civil(clock.now).date.components.year
        let reading = try ScanCode.read(question.code, rules: ScanRules(referenceYear: year))
        switch reading.code {
        case .item(let item):
            let product = try product(.gtin(item.gtin))
            return Card(
                code: reading.text,
                .product(try card(of: product, batch: item, warnings: reading.warnings, at: clock)))
        case .restricted(let item):
            let found = try catalogue.product(item.itemGTIN) ?? catalogue.product(item.gtin)
            guard let found else { throw unknown(reading.text) }
            return Card(code: reading.text, .product(try card(of: found, warnings: reading.warnings, at: clock)))
        case .logisticUnit(let unit):
            guard let content = unit.content else { throw unknown(reading.text) }
            let product = try product(.gtin(content.gtin))
            return Card(
                code: reading.text,
                .product(try card(of: product, batch: content, warnings: reading.warnings, at: clock)))
        case .own(let own): return try body(of: own, for: role, at: clock).map { Card(code: own.text, $0) }
        case .elements: throw unknown(reading.text)
        }
    }

    private func body(
        of own: OwnCode, for role: DeviceRole, at clock: ShopClock
    ) throws(Refusal) -> Card.Body? {
        switch own.kind {
        case .reservation:
            guard let id = ReservationID(own.text), let reservation = view.reservation(id) else { return nil }
            return .reservation(ReservationMessages.result(reservation, now: clock.now))
        case .pickup:
            guard let pickup = view.pickup(code: own.text) else { return nil }
            return .pickup(PickupMessages.result(pickup, now: clock.now) { _ in nil }.seen(by: role))
        case .loyalty: return .loyalty(card: own.text)
        case .wishList, .enrolment:
            throw Refusal(.productUnknown, [.text("item", own.text)])
        }
    }

    private func unknown(_ text: String) -> Refusal { Refusal(.productUnknown, [.text("item", text)]) }

    private func product(_ item: ItemSelector) throws -> CatalogueProduct {
        switch item {
        case .sku(let sku):
            guard let product = try catalogue.product(sku) else { throw unknown(sku.value) }
            return product
        case .gtin(let gtin):
            guard let product = try catalogue.product(gtin) else { throw unknown(gtin.printed) }
            return product
        }
    }

    private func card(
        of product: CatalogueProduct, batch item: ItemCode? = nil, warnings: [Refusal] = [], at clock: ShopClock
    ) throws -> ProductCard {
        guard let document = try? ProductRecord(product.sku, product.document) else {
            throw StorageFailure.broken("The assortment's record of \(product.sku) cannot be read.")
        }
        var expires = clock.now + Self.cardMilliseconds
        if let end = document.price?.validUntil, end > clock.now { expires = min(expires, end) }
        return ProductCard(
            sku: product.sku, gtin: item?.gtin ?? product.gtin, name: document.name, price: document.price,
            image: document.image, attributes: document.attributes,
            availability: try availability(of: product, at: clock),
            warnings: warnings.map {
                ProductCard.Warning(
                    code: $0.code.name, detail: $0.sentence(in: profile.language, time: profile.localTime))
            }, batch: item.flatMap(ProductCard.Batch.init), expires: expires)
    }

    /// What is available here, by the ledger's last commit, and in the other shops, by what headquarters last said.
    private func availability(of product: CatalogueProduct, at clock: ShopClock) throws -> [AvailabilityEntry] {
        let free = view.figures(of: product.sku)?.free ?? 0
        let here = max(0, free - (product.safety ?? view.safety))
        var entries = [
            AvailabilityEntry(
                shop: nil, kind: .here, value: here, ageSeconds: 0, source: .ledger, asOf: clock.now)
        ]
        guard let bytes = try catalogue.network(product.sku),
            let network = try? NetworkRecord(product.sku, bytes)
        else { return entries }
        for shop in network.shops where shop.shop != profile.shop {
            // With a clock that may be wrong no age is told rather than a wrong one.
            let age = clock.trust == .untrusted ? nil : Int(max(0, clock.now - shop.asOf) / 1000)
            entries.append(
                AvailabilityEntry(
                    shop: shop.shop, kind: .otherShop, value: shop.quantity, ageSeconds: age, source: .network,
                    asOf: shop.asOf))
        }
        return entries
    }
}

extension PickupResult {
    /// As much as a role may see: where customers stand, that the order is known and where in its life it is, and
    /// nothing of person, clerk or place (DESIGN §9).
    func seen(by role: DeviceRole) -> PickupResult {
        switch role {
        case .clerk, .till: self
        case .scan, .customer:
            PickupResult(order: order, state: state, revision: revision, source: source, lines: [], deadline: deadline)
        }
    }
}

extension ProductCard.Batch {
    /// What a label says of this very unit; `nil` when it says nothing.
    fileprivate init?(_ item: ItemCode) {
        guard item.lot != nil || item.serial != nil || item.expiry != nil || item.bestBefore != nil else {
            return nil
        }
        self.init(
            lot: item.lot, serial: item.serial, expiry: item.expiry?.day, bestBefore: item.bestBefore?.day)
    }
}

extension Refusal.Code {
    /// The assortment's database cannot be read.
    public static let frontUnreadable = Refusal.Code(
        "agent.assortmentUnreadable", retry: .later,
        en: "The shop's copy of the assortment cannot be read ({cause}). Report it to support.",
        fr: "La copie de l'assortiment du magasin est illisible ({cause}). Signalez-le au support.")

    /// All refusals of the front's own.
    public static let frontCodes: [Refusal.Code] = [frontUnreadable]
}
