// Carries commands out: everything that can be refused is, before the first row is written.

import Contract
import ShopCore
import ShopModel

extension Headquarters {
    /// Carries a command out and answers it.
    ///
    /// - Throws: a `Refusal` before anything was written, or what the storage threw.
    func perform(_ command: HeadquartersCommand) throws -> JSON {
        switch command {
        case .stockDelta(let shop, let sku, let units, let cause, let share):
            return try delta(known(shop), sku, units, cause: cause, share: share)
        case .stockAbsolute(let shop, let sku, let onHand, let asOf):
            return try absolute(known(shop), sku, onHand, asOf)
        case .rightsGrant(let shop, let sku, let units): return try grant(known(shop), sku, units)
        case .rightsWant(let shop, let sku, let level): return try want(known(shop), sku, level)
        case .orderPlace(let shop, let request): return try place(request, in: known(shop))
        case .orderCancel(let order, let reason): return try cancel(order, reason)
        case .customerErase(let customer, let request): return try erase(customer, request)
        case .feedSet(let owner, let feed, let entry): return try set(entry, of: feed, for: owner)
        }
    }

    private func known(_ shop: ShopID) throws(Refusal) -> ShopID {
        guard policy.shop(shop) != nil else {
            throw Refusal(
                .shopUnknown, [.text("shop", shop.value), .texts("known", policy.shops.map(\.id.value))])
        }
        return shop
    }

    /// Places an order, out of headquarters' own rights for each SKU, or not at all.
    private func place(_ request: HeadquartersCommand.OrderRequest, in shop: ShopID) throws -> JSON {
        if let known = try storage.document(.order, request.order.value) {
            throw Refusal(.orderKnown, [.text("order", known.id), .text("shop", known.shop.value)])
        }
        var stocks: [ShopStock] = []
        if request.source == .fromStock {
            var asked: [(sku: SKU, units: Int)] = []
            for line in request.lines {
                if let index = asked.firstIndex(where: { $0.sku == line.sku }) {
                    asked[index].units += line.quantity.units
                } else {
                    asked.append((line.sku, line.quantity.units))
                }
            }
            for (sku, units) in asked {
                var stock = try storage.stock(sku, in: shop) ?? ShopStock(shop: shop, sku: sku)
                guard units <= stock.ownRights else {
                    throw Refusal(
                        .orderNoRights,
                        [
                            .text("sku", sku.value), .text("shop", shop.value), .integer("asked", units),
                            .integer("available", max(0, stock.ownRights)),
                        ])
                }
                var row = stock.rights[.headquarters]
                row.spent += units
                stock.rights.set(row, of: .headquarters)
                stocks.append(stock)
            }
        }
        let placed = PlacedOrder(
            order: request.order, code: request.code, source: request.source,
            lines: request.lines.map { line in
                PlacedOrder.Line(
                    sku: line.sku, quantity: line.quantity,
                    rights: stocks.first { $0.sku == line.sku }?.rights[.headquarters].message(of: .headquarters))
            }, customer: request.customer, gift: request.gift, collectBy: request.collectBy, placedAt: now)
        let entry = OrderFeedEntry.placed(placed).json.encoded()
        guard entry.count <= Self.entryBytesMax else {
            throw Refusal(
                .feedEntryTooLarge,
                [
                    .text("key", request.order.value), .integer("bytes", entry.count),
                    .integer("limit", Self.entryBytesMax),
                ])
        }
        for stock in stocks { try storage.put(stock) }
        try storage.put(
            ShopDocument(
                kind: .order, id: request.order.value, shop: shop, state: "placed", sent: placed.json))
        // With its key, so that whom it names can be taken out when they are erased.
        try append(entry, to: FeedStream(.shop(shop), .orders), key: request.order.value, isRemoval: false)
        return ["order": .string(request.order.value), "code": .string(request.code), "shop": .string(shop.value)]
    }

    private func cancel(_ order: OrderID, _ reason: String?) throws -> JSON {
        guard let document = try storage.document(.order, order.value) else {
            throw Refusal(.orderUnknown, [.text("order", order.value)])
        }
        try append(.cancelRequested(order, reason: reason), to: document.shop)
        return [
            "order": .string(order.value), "shop": .string(document.shop.value), "state": .string(document.state),
            "cancel": "requested",
        ]
    }

    /// Forgets a customer here and asks every shop to. The shops' receipts come as events.
    private func erase(_ customer: CustomerID, _ request: String) throws -> JSON {
        let gone = StateEntry(key: customer.value, value: nil).json.encoded()
        var streams = policy.shops.map { FeedStream(.shop($0.id), .customers) }
        streams += allGroups.map { FeedStream(.group($0), .customers) }
        for stream in streams {
            try set(StateEntry(key: customer.value, value: nil), of: stream)
            try storage.overwrite(customer.value, of: stream, with: gone)
            snapshots[stream] = nil
        }
        try forgetRecipient(customer)
        for shop in policy.shops {
            try storage.put(
                ShopDocument(
                    kind: .erasure, id: "\(shop.id)/\(customer)", shop: shop.id, state: "requested",
                    sent: ["request": .string(request)]))
            try append(
                ErasureFeedEntry(customer: customer, request: request).json.encoded(),
                to: FeedStream(.shop(shop.id), .erasures), key: nil, isRemoval: false)
        }
        return [
            "customer": .string(customer.value), "request": .string(request), "shops": .count(policy.shops.count),
        ]
    }

    /// Takes a customer out of the orders placed for them; the orders themselves still count.
    private func forgetRecipient(_ customer: CustomerID) throws {
        var after: String?
        while true {
            let page = try storage.documents(.order, after: after, limit: 500)
            for var document in page where document.sent["customer"]?["customer"]?.text == customer.value {
                guard case .object(let members) = document.sent else { continue }
                document.sent = .object(members.filter { $0.name != "customer" })
                try storage.put(document)
                try storage.overwrite(
                    document.id, of: FeedStream(.shop(document.shop), .orders),
                    with: JSON.object([.init("type", "placed")] + members.filter { $0.name != "customer" }).encoded())
            }
            after = page.last?.id
            if page.count < 500 { return }
        }
    }

    private func set(_ entry: StateEntry, of feed: Feed, for owner: FeedOwner) throws -> JSON {
        guard feed.isState else { throw Refusal(.feedNotState, [.text("feed", feed.rawValue)]) }
        switch owner {
        case .shop(let shop): _ = try known(shop)
        case .group(let group):
            guard allGroups.contains(group) else {
                throw Refusal(
                    .groupUnknown, [.text("group", group.value), .texts("known", allGroups.map(\.value))])
            }
        }
        if entry.value != nil { try Self.check(entry, of: feed) }
        let changed = try set(entry, of: FeedStream(owner, feed))
        return ["feed": .string(feed.rawValue), "key": .string(entry.key), "changed": .bool(changed)]
    }

    /// Every group of a configured shop, by name.
    var allGroups: [GroupID] {
        var groups: [GroupID] = []
        for shop in policy.shops {
            for group in shop.groups where !groups.contains(group) { groups.append(group) }
        }
        return groups.sorted()
    }

    /// Refuses a value that the shops could not read.
    static func check(_ entry: StateEntry, of feed: Feed) throws(Refusal) {
        switch feed {
        case .catalogue: _ = try ProductRecord(entry)
        case .network: _ = try NetworkRecord(entry)
        case .customers: _ = try CustomerRecord(entry)
        case .clerks: _ = try ClerkRecord(entry)
        case .hours: _ = try HoursRecord(entry)
        case .settings: _ = try SettingRecord(entry)
        case .offers, .keys, .media, .stock, .orders, .erasures: break
        }
    }
}
