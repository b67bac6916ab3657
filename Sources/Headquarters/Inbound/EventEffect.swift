// What an event of a shop means to headquarters, read from its data before anything is changed.

import Contract
import ShopCore
import ShopModel

/// What an event changes at headquarters.
enum EventEffect: Equatable {
    /// The whole stock line after a change.
    case stock(StockTold)
    /// The shop asks for rights.
    case rightsWanted(SKU, level: Int, row: RightsRow)
    /// A reservation's, order's or erasure's new state.
    case document(ShopDocument.Kind, id: String, state: String)
    /// A line of a till's ticket.
    case sale(SaleEntry, sku: SKU?, returned: SKU?)
    /// The shop could not take an entry of a feed: somebody here has to look.
    case setAside(feed: String, scope: String, sequence: Int, code: String, field: String?)
    /// Nothing but its place in the ledger: types without an effect here, and those of later versions.
    case noted

    /// The figures of a stock line.
    struct StockTold: Equatable {
        let sku: SKU
        let onHand: Int
        let unsellable: Int
        let holds: Int
        let owed: Int
        let row: RightsRow
    }

    /// Reads an event's data.
    ///
    /// - Throws: why its data cannot be what its type says.
    init(_ event: CloudEvent) throws(Refusal) {
        var data = try ObjectReader(event.data, at: "/data")
        let noun = event.type.split(separator: ".").dropFirst().first
        switch event.type {
        case "store.stock.changed":
            let figures = -1_000_000_000...1_000_000_000
            let sku = try data.identifier("sku", as: SKU.self)
            let onHand = try data.integer("onHand", in: figures)
            var kinds = try data.object("unsellable")
            var unsellable = 0
            for kind in kinds.names() { unsellable += try kinds.integer(kind, in: figures) }
            self = .stock(
                StockTold(
                    sku: sku, onHand: onHand, unsellable: unsellable, holds: try data.integer("holds", in: figures),
                    owed: try data.integer("owed", in: figures),
                    row: try Self.row(&data, of: event.incarnation)))
        case "store.rights.wanted":
            let sku = try data.identifier("sku", as: SKU.self)
            // Earlier agents could wish for more than there can be. Refused, the wish would hold up its SKU for good.
            let level = min(999_999, try data.integer("level", in: 0...JSONLimits.counterMax))
            self = .rightsWanted(sku, level: level, row: try Self.row(&data, of: event.incarnation))
        case "store.customer.erased":
            let customer = try data.identifier("customer", as: CustomerID.self)
            self = .document(.erasure, id: "\(event.shop)/\(customer)", state: "erased")
        case "store.sale.recorded", "store.sale.voided":
            let sku = try data.optionalIdentifier("resolvedSku", as: SKU.self)
            let returned = try data.optionalIdentifier("resolvedReturnedSku", as: SKU.self)
            self = .sale(try SaleEntry(from: &data), sku: sku, returned: returned)
        case "store.feed.entrySetAside":
            self = .setAside(
                feed: try data.text("feed", max: 64), scope: try data.text("scope", max: 64),
                sequence: try data.integer("sequence", in: Int.min...Int.max), code: try data.text("code", max: 64),
                field: try data.optionalText("field", max: 4_096))
        default:
            switch noun {
            case "reservation":
                let id = try data.identifier("reservation", as: ReservationID.self)
                self = .document(.reservation, id: "\(event.shop)/\(id)", state: try data.text("state", max: 64))
            case "pickup":
                let id = try data.identifier("order", as: OrderID.self)
                self = .document(.order, id: id.value, state: try data.text("state", max: 64))
            default: self = .noted
            }
        }
    }

    /// The shop's own row: it can only be that of the life that tells it.
    private static func row(_ data: inout ObjectReader, of incarnation: Incarnation) throws(Refusal) -> RightsRow {
        var reader = try data.object("rights")
        let message = try RightsRowMessage(from: &reader)
        guard message.holder == Holder.edge(incarnation).value else {
            throw Refusal(.rightsForeignRow, field: "/data/rights/holder", [.text("holder", message.holder)])
        }
        return try RightsRow(message)
    }
}

extension RightsRow {
    /// A row as it travels.
    ///
    /// - Throws: `rights.rowImpossible` when it gives to somebody who cannot be a holder.
    public init(_ message: RightsRowMessage) throws(Refusal) {
        var gifts: [Gift] = []
        for gift in message.given {
            guard let holder = Holder(gift.to), holder.value != message.holder else {
                throw Refusal(.rightsRowImpossible, [.text("holder", gift.to)])
            }
            gifts.append(Gift(to: holder, units: gift.units))
        }
        self.init(created: message.created, given: gifts, spent: message.spent)
    }

    /// The row as it travels, as that of a holder.
    public func message(of holder: Holder) -> RightsRowMessage {
        RightsRowMessage(
            holder: holder.value, created: created,
            given: given.map { RightsRowMessage.Gift(to: $0.to.value, units: $0.units) }, spent: spent)
    }
}
