// Headquarters' own rights: given to shops that ask, never more than are free.

import Contract
import ShopCore
import ShopModel

extension Headquarters {
    /// Gives a shop's living ledger rights until it has `level`, as far as headquarters' own and the policy go.
    func grant(_ sku: SKU, toReach level: Int, of incarnation: Incarnation, in shop: ShopID) throws {
        guard try living(of: shop) == incarnation, var stock = try storage.stock(sku, in: shop) else { return }
        let holder = Holder.edge(incarnation)
        let free = max(0, stock.ownRights)
        let allowed = (free * policy.grantShare + 99) / 100
        let units = min(level - stock.rights.localRights(of: holder), allowed)
        guard units > 0 else { return }
        try give(units, of: &stock, to: holder)
    }

    /// Gives what was set aside for a shop before it was first heard of.
    func grantWaitingShare(_ stock: ShopStock, to incarnation: Incarnation) throws {
        var stock = stock
        let units = min(stock.shareWaiting, max(0, stock.ownRights))
        stock.shareWaiting = 0
        guard units > 0 else { return try storage.put(stock) }
        try give(units, of: &stock, to: .edge(incarnation))
    }

    /// Gives rights away, and tells.
    ///
    /// - Throws: `rights.beyond` when fewer are free.
    func give(_ units: Int, of stock: inout ShopStock, to holder: Holder) throws {
        let decision = stock.rights.give(units, from: .headquarters, to: holder, free: stock.ownRights)
        for row in try decision.events() {
            stock.rights.set(row, of: .headquarters)
            try storage.put(stock)
            try append(.rights(stock.sku, row.message(of: .headquarters)), to: stock.shop)
        }
    }
}
