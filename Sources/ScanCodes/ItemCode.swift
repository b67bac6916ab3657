// A product's code with what its label says of this very unit or batch.

import ShopModel

/// A scanned product.
public struct ItemCode: Equatable, Sendable {
    /// The product, 14 digits.
    public let gtin: GTIN
    /// By what kind of code the product was named.
    public let source: Source
    /// Batch or lot (10).
    public internal(set) var lot: String?
    /// Serial number of the unit (21), or of its tag.
    public internal(set) var serial: String?
    /// Consumer product variant (22).
    public internal(set) var variant: String?
    /// Last day of use (17).
    public internal(set) var expiry: CodeDate?
    /// Best before (15).
    public internal(set) var bestBefore: CodeDate?
    /// Number of units (30), or of items contained (37).
    public internal(set) var count: Int?
    /// The price on the label (392n, 393n).
    public internal(set) var price: LabelPrice?
    /// Weights, lengths, areas and volumes, in the label's order (31nn to 36nn).
    public internal(set) var measures: [Measure] = []
    /// Every element of a GS1 message in its order; empty for a plain number.
    public internal(set) var elements: [GS1Element] = []

    init(gtin: GTIN, source: Source) {
        self.gtin = gtin
        self.source = source
    }

    /// The net weight in kilograms as exact decimal text (310n), such as `1.250`.
    public var netWeightKilograms: String? {
        measures.first { $0.identifier.utf8.starts(with: "310".utf8) }?.value
    }

    /// The kinds of codes that name a product.
    public enum Source: String, Sendable, CaseIterable {
        case ean13, ean8, upcA, upcE, gtin14
        /// Identifiers and values joined, separators unseen (`]C1`, `]d2`, `]Q3`, `]e0`, `]J1`).
        case gs1ElementString
        /// Identifiers in brackets, as printed for people.
        case gs1Bracketed
        case digitalLink
        /// The 96 bits of a tag in hexadecimal.
        case sgtin96
        /// An Electronic Product Code as a URN.
        case epcURN
    }
}

/// A measure from a label, its decimals placed.
public struct Measure: Equatable, Sendable {
    /// The application identifier, such as `3103`.
    public let identifier: String
    /// What is measured and its unit, as GS1 titles it: `NET WEIGHT (kg)`.
    public let title: String
    /// Exact decimal text, such as `1.250`.
    public let value: String
}

/// A price from a label, its decimals placed. Never the shop's price: the catalogue has that.
public struct LabelPrice: Equatable, Sendable {
    /// Exact decimal text, such as `12.50`.
    public let amount: String
    /// The currency as three digits of ISO 4217 (`978` for the euro), when the label says so (393n).
    public let currencyNumber: String?
}

/// Digits with `decimals` of them behind the point: `("001250", 3)` is `1.250`. No rounding, no loss.
func decimalText(_ digits: some Collection<UInt8>, decimals: Int) -> String {
    var text: [UInt8] = []
    let whole = digits.count - decimals
    if whole <= 0 {
        text = [UInt8(ascii: "0")]
    } else {
        text = Array(digits.prefix(whole).drop { $0 == UInt8(ascii: "0") })
        if text.isEmpty { text = [UInt8(ascii: "0")] }
    }
    if decimals > 0 {
        text.append(UInt8(ascii: "."))
        text.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(0, -whole)))
        text.append(contentsOf: digits.suffix(decimals))
    }
    return String(decoding: text, as: UTF8.self)
}
