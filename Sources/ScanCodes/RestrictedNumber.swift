// Numbers of a shop's own making: 02 and 20 to 29, and the rule by which the shop made them.

import ShopModel

/// How a shop builds its own numbers for one prefix: ten digits between prefix and check digit, cut in three
/// (GS1 General Specifications, 2.1.11).
public struct RestrictedNumberRule: Equatable, Sendable {
    /// The first two digits as a number: 2, or 20 to 29.
    public let prefix: Int
    /// How many digits name the item.
    public let itemDigits: Int
    /// How many digits between item and value are not looked at, such as a price's own check digit.
    public let skippedDigits: Int
    /// What the last digits say; `nil` when all ten name the item.
    public let value: Value?
    /// How many of the value's digits are decimals.
    public let decimals: Int

    /// What the value may be.
    public enum Value: String, Sendable, CaseIterable {
        /// In the shop's currency.
        case price
        /// In kilograms.
        case weight
        /// A number of pieces.
        case count
    }

    /// A rule; `nil` when the prefix is none of 2 and 20 to 29, or the digits do not fit into ten.
    ///
    /// - Parameters:
    ///   - itemDigits: 1 to 10; 10 if and only if there is no value.
    ///   - skippedDigits: 0 to 2.
    ///   - decimals: 0 to the number of the value's digits.
    public init?(prefix: Int, itemDigits: Int, skippedDigits: Int = 0, value: Value? = nil, decimals: Int = 0) {
        let valueDigits = 10 - itemDigits - skippedDigits
        guard prefix == 2 || (20...29).contains(prefix), itemDigits >= 1, (0...2).contains(skippedDigits),
            value == nil ? valueDigits == 0 && skippedDigits == 0 : valueDigits >= 1,
            decimals >= 0, decimals <= valueDigits
        else { return nil }
        self.prefix = prefix
        self.itemDigits = itemDigits
        self.skippedDigits = skippedDigits
        self.value = value
        self.decimals = decimals
    }
}

/// An item by a number of the shop's own making. Such a number means nothing outside the shop.
public struct RestrictedItem: Equatable, Sendable {
    /// The number as it was read.
    public let gtin: GTIN
    /// The first two digits as a number: 2, or 20 to 29.
    public let prefix: Int
    /// The digits that name the item, by the shop's rule; all ten without one.
    public let itemReference: String
    /// The number under which a catalogue keeps the item: what is not the item is zeros, the check digit its own.
    /// The number as read when there is no rule.
    public let itemGTIN: GTIN
    /// What the last digits say, when the shop's rule gives them a meaning.
    public let value: RestrictedNumberRule.Value?
    /// The value as exact decimal text, such as `1.250`.
    public let amount: String?

    /// Takes a number apart; `nil` when it is no restricted one.
    init?(_ gtin: GTIN, rules: [RestrictedNumberRule]) {
        let prefix = Int(gtin.number / 100_000_000_000)
        guard prefix == 2 || (20...29).contains(prefix) else { return nil }
        self.gtin = gtin
        self.prefix = prefix
        let ten = Array(padded(gtin.number / 10 % 10_000_000_000, 10).utf8)
        guard let rule = rules.first(where: { $0.prefix == prefix }), let value = rule.value else {
            itemReference = String(decoding: ten, as: UTF8.self)
            itemGTIN = gtin
            self.value = nil
            amount = nil
            return
        }
        itemReference = String(decoding: ten.prefix(rule.itemDigits), as: UTF8.self)
        self.value = value
        amount = decimalText(ten.dropFirst(rule.itemDigits + rule.skippedDigits), decimals: rule.decimals)
        var unit: UInt64 = 1
        for _ in rule.itemDigits...10 { unit *= 10 }
        let base = gtin.number / unit * unit
        itemGTIN = GTIN(number: base + RetailNumber.expectedCheckDigit(of: base)) ?? gtin
    }
}
