// What events do to the figures that headquarters keeps of its shops.

import Contract
import ShopCore
import ShopModel

extension Headquarters {
    /// Applies what an event means.
    ///
    /// - Throws: a `Refusal` before anything was written, or what the storage threw.
    func apply(_ effect: EventEffect, of event: CloudEvent) throws {
        let shop = event.shop
        switch effect {
        case .stock(let told): try apply(told, of: event)
        case .rightsWanted(let sku, let level, let row):
            var stock = try storage.stock(sku, in: shop) ?? ShopStock(shop: shop, sku: sku)
            try merge(row, of: .edge(event.incarnation), into: &stock)
            try storage.put(stock)
            try settle(sku, in: shop)
            try grant(sku, toReach: level, of: event.incarnation, in: shop)
        case .document(let kind, let id, let state):
            var document =
                try storage.document(kind, id) ?? ShopDocument(kind: kind, id: id, shop: shop, state: state)
            document.state = state
            document.told = event.data
            try storage.put(document)
        case .sale(let entry, let sku, let returned): try apply(entry, sku, returned, of: shop)
        case .setAside(let feed, let scope, let sequence, let code, let field):
            let place = field.map { " at \($0)" } ?? ""
            report(
                "shop \(shop) set entry \(sequence) of feed \(feed) (\(scope)) aside: \(code)\(place). Send it anew.")
        case .noted: break
        }
    }

    private func apply(_ told: EventEffect.StockTold, of event: CloudEvent) throws {
        let shop = event.shop
        var stock = try storage.stock(told.sku, in: shop) ?? ShopStock(shop: shop, sku: told.sku)
        let before = stock.available
        try merge(told.row, of: .edge(event.incarnation), into: &stock)
        // A life that is over still has facts to tell, but the figures of the one after it are newer.
        let lives = try storage.lives(of: shop).map(\.incarnation)
        let age = { (life: Incarnation?) in life.flatMap(lives.firstIndex(of:)) ?? -1 }
        if age(event.incarnation) >= age(stock.toldBy) {
            stock.toldBy = event.incarnation
            stock.onHand = told.onHand
            stock.unsellable = told.unsellable
            stock.holds = told.holds
            stock.owed = told.owed
            stock.toldAt = event.time
        }
        try storage.put(stock)
        if stock.available != before { moved.insert(told.sku) }
        try settle(told.sku, in: shop)
    }

    private func merge(_ row: RightsRow, of holder: Holder, into stock: inout ShopStock) throws {
        for merged in try stock.rights.merge(row, of: holder, at: .headquarters).events() {
            stock.rights.set(merged, of: holder)
        }
    }

    /// Counts a line of a ticket, once, and takes back what a void takes back.
    private func apply(_ entry: SaleEntry, _ resolved: SKU?, _ resolvedReturned: SKU?, of shop: ShopID) throws {
        func units(_ item: ItemLine, _ resolved: SKU?) -> ToldSale.Units? {
            let sku: SKU? = if case .sku(let sku) = item.item { sku } else { resolved }
            return sku.map { ToldSale.Units(sku: $0, count: item.quantity.units) }
        }
        let known = try storage.sale(entry.key, in: shop)
        // A void is another ticket's event, and may have come before the line that it takes back.
        let isVoided = known.map { $0.isVoided && $0.sold == nil && $0.returned == nil } ?? false
        if let known, !isVoided {
            return report(
                "ticket line \(known.key.till)/\(known.key.ticket)/\(known.key.line) of shop \(shop) came twice")
        }
        let told: ToldSale
        switch entry.kind {
        case .sale(let item): told = ToldSale(key: entry.key, sold: units(item, resolved), returned: nil)
        case .takenBack(let item, _): told = ToldSale(key: entry.key, sold: nil, returned: units(item, resolved))
        case .exchange(let item, let returned, _):
            told = ToldSale(key: entry.key, sold: units(item, resolved), returned: units(returned, resolvedReturned))
        case .void(let original):
            told = ToldSale(key: entry.key, sold: nil, returned: nil)
            var voided =
                try storage.sale(original, in: shop) ?? ToldSale(key: original, sold: nil, returned: nil)
            if !voided.isVoided {
                voided.isVoided = true
                try storage.put(voided, in: shop)
                try count(voided, by: -1, in: shop)
            }
        }
        guard !isVoided else {
            return try storage.put(
                ToldSale(key: told.key, sold: told.sold, returned: told.returned, isVoided: true), in: shop)
        }
        try storage.put(told, in: shop)
        try count(told, by: 1, in: shop)
    }

    private func count(_ sale: ToldSale, by sign: Int, in shop: ShopID) throws {
        if let sold = sale.sold {
            var total = try storage.salesTotal(sold.sku, in: shop) ?? SalesTotal(sku: sold.sku)
            total.sold += sign * sold.count
            try storage.put(total, in: shop)
        }
        if let returned = sale.returned {
            var total = try storage.salesTotal(returned.sku, in: shop) ?? SalesTotal(sku: returned.sku)
            total.returned += sign * returned.count
            try storage.put(total, in: shop)
        }
    }
}
