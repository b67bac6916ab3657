// Commands on stock and rights.

import Contract
import ShopCore
import ShopModel

extension Headquarters {
    func delta(_ shop: ShopID, _ sku: SKU, _ units: Int, cause: String, share: Int?) throws -> JSON {
        guard units != 0, abs(units) <= 999_999 else {
            throw Refusal(.stockNothing, [.text("sku", sku.value), .integer("units", units)])
        }
        var stock = try storage.stock(sku, in: shop) ?? ShopStock(shop: shop, sku: sku)
        var row = stock.rights[.headquarters]
        if units > 0 {
            let wanted = min(max(0, share ?? (units * policy.grantShare / 100)), units)
            row.created += units
            if let incarnation = try living(of: shop) {
                let holder = Holder.edge(incarnation)
                row.setGiven(to: holder, row.given(to: holder) + wanted)
            } else {
                // Nobody is there yet to be given anything: it is done when somebody is heard of.
                stock.shareWaiting += wanted
            }
        } else {
            guard -units <= stock.ownRights else {
                throw Refusal(
                    .stockNoRights,
                    [
                        .text("shop", shop.value), .text("sku", sku.value),
                        .integer("available", max(0, stock.ownRights)), .integer("asked", -units),
                    ])
            }
            row.spent += -units
        }
        stock.rights.set(row, of: .headquarters)
        try storage.put(stock)
        try append(
            .delta(sku, quantity: units, cause: cause, rights: row.message(of: .headquarters)), to: shop)
        return rights(stock)
    }

    func absolute(_ shop: ShopID, _ sku: SKU, _ onHand: Int, _ asOf: StockFeedEntry.AsOf?) throws -> JSON {
        try append(.absolute(sku, onHand: min(999_999, max(0, onHand)), asOf: asOf), to: shop)
        return ["shop": .string(shop.value), "sku": .string(sku.value), "onHand": .count(onHand)]
    }

    func grant(_ shop: ShopID, _ sku: SKU, _ units: Int) throws -> JSON {
        guard let incarnation = try living(of: shop) else {
            throw Refusal(.shopNotLiving, [.text("shop", shop.value)])
        }
        var stock = try storage.stock(sku, in: shop) ?? ShopStock(shop: shop, sku: sku)
        try give(units, of: &stock, to: .edge(incarnation))
        return rights(stock)
    }

    func want(_ shop: ShopID, _ sku: SKU, _ level: Int) throws -> JSON {
        try append(.rightsWanted(sku, level: min(999_999, max(0, level))), to: shop)
        return rights(try storage.stock(sku, in: shop) ?? ShopStock(shop: shop, sku: sku))
    }

    /// Who may promise how many, as an answer.
    public func rights(_ stock: ShopStock) -> JSON {
        [
            "shop": .string(stock.shop.value), "sku": .string(stock.sku.value), "onHand": .count(stock.onHand),
            "unsellable": .count(stock.unsellable), "holds": .count(stock.holds), "owed": .count(stock.owed),
            "toldAt": stock.toldAt.map { .string($0.description) } ?? .null,
            "headquarters": .count(stock.ownRights), "waiting": .count(stock.shareWaiting),
            "holders": .array(
                stock.rights.rows.map { entry in
                    [
                        "holder": .string(entry.holder.value),
                        "rights": .count(stock.rights.localRights(of: entry.holder)),
                        "created": .count(entry.row.created), "spent": .count(entry.row.spent),
                        "given": .object(entry.row.given.map { .init($0.to.value, .count($0.units)) }),
                        "takenOver": .count(stock.takenOver(from: entry.holder)),
                    ]
                }),
        ]
    }
}
