// What the other shops of a group have, derived from what each told, for every shop of the group.

import Contract
import ShopModel

extension Headquarters {
    /// Tells each shop anew what its neighbours have of the SKUs that moved in this turn: one entry a SKU, however
    /// often it moved.
    func deriveNetwork() throws {
        guard !moved.isEmpty else { return }
        for sku in moved.sorted() {
            for shop in policy.shops {
                var neighbours: [NetworkRecord.Shop] = []
                for other in policy.shops
                where other.id != shop.id && other.groups.contains(where: shop.groups.contains) {
                    guard let stock = try storage.stock(sku, in: other.id), let toldAt = stock.toldAt else { continue }
                    neighbours.append(
                        NetworkRecord.Shop(shop: other.id, quantity: min(stock.available, 999_999), asOf: toldAt))
                }
                guard !neighbours.isEmpty else { continue }
                try set(
                    NetworkRecord(sku: sku, shops: neighbours).entry, of: FeedStream(.shop(shop.id), .network))
            }
        }
    }
}
