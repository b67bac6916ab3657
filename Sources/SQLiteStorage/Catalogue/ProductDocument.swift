// The few fields that storage itself reads of a product's document.

import Contract
import ShopModel

extension ProductNumbers {
    /// Reads `gtins` and `safety` of a document of the feed `catalogue`.
    ///
    /// What is no JSON, no GTIN or no number of units is left out: the link parks such entries before they come here,
    /// and one bad field must not take the product off the shelf.
    init(document: [UInt8]) {
        guard let json = try? JSONReader.read(document, limits: .feed) else { return }
        for element in json["gtins"]?.elements ?? [] {
            guard let digits = element.text, let gtin = GTIN(digits), !gtins.contains(gtin) else { continue }
            gtins.append(gtin)
        }
        if let units = json["safety"]?.integer, units >= 0 { safety = units }
    }
}
