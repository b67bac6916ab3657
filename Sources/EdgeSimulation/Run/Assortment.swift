// What the simulated shop sells, who works there, and which devices it has.

import Contract
import EdgeAgent
import ShopModel

/// The goods, clerks and devices of the simulated shop.
struct Assortment {
    /// A product.
    struct Product {
        let sku: SKU
        let gtin: GTIN
        let safety: Int?
        /// Units at the opening.
        let opening: Int
    }

    let products: [Product]
    let clerks: [PlainSurroundings.Clerk] = [
        .init(id: "anna", badge: "B-ANNA", pin: "1234", isManager: false),
        .init(id: "boris", badge: "B-BORIS", pin: "5678", isManager: true),
    ]
    let devices: [(id: String, role: DeviceRole)]
    let customers = ["c-1", "c-2", "c-3"]

    /// A small and skewed assortment: units are few, so that devices contend for them.
    init(_ random: SeededRandom) {
        var random = random
        products = (1...12).compactMap { number in
            let digits = Array("37600000\(1000 + number)".utf8)
            guard let check = GTIN.checkDigit(of: digits), let sku = SKU("SKU-\(number)"),
                let gtin = GTIN(String(decoding: digits, as: UTF8.self) + String(check))
            else { return nil }
            return Product(
                sku: sku, gtin: gtin, safety: number == 3 ? 1 : nil,
                opening: number <= 4 ? 8 + random.below(20) : 2 + random.below(8))
        }
        var devices: [(id: String, role: DeviceRole)] = [
            ("tablet-1", .clerk), ("till-1", .till), ("mirror-1", .customer), ("scanner-1", .scan),
        ]
        if random.chance(0.7) { devices.append(("tablet-2", .clerk)) }
        if random.chance(0.3) { devices.append(("till-2", .till)) }
        self.devices = devices
    }

    /// A product, the first ones far more often than the last.
    func product(_ random: inout SeededRandom) -> Product {
        products[min(random.below(products.count), random.below(products.count))]
    }
}
