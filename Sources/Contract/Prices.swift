// Names and prices of products, as cards show them and headquarters' assortment has them.

import ShopModel

/// A text in the languages of the shop.
public struct LocalizedText: MessagePart {
    /// The French text.
    public let french: String?
    /// The English text.
    public let english: String?

    /// A text; at least one language should be there.
    public init(french: String? = nil, english: String? = nil) {
        self.french = french
        self.english = english
    }

    /// Reads `fr` and `en`, each up to 256 bytes; at least one is needed.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        french = try reader.optionalText("fr", max: 256, min: 1)
        english = try reader.optionalText("en", max: 256, min: 1)
        if french == nil, english == nil {
            throw reader.refusal(.contractExactlyOne, [.texts("names", ["fr", "en"]), .integer("seen", 0)])
        }
    }

    /// The text in a language, or in the other when there is none.
    public func text(in language: Language) -> String {
        switch language {
        case .french: french ?? english ?? ""
        case .english: english ?? french ?? ""
        }
    }

    /// `{"fr", "en"}`.
    public var json: JSON { .fields(("fr", french.map(JSON.string)), ("en", english.map(JSON.string))) }
}

/// A rate of value-added tax, exact to a hundredth of a percent.
public struct VATRate: Hashable, Sendable {
    /// Hundredths of a percent: 2,000 for 20 %, 550 for 5.5 %.
    public let hundredthsOfPercent: Int

    /// A rate; `nil` outside 0 to 100 %.
    public init?(hundredthsOfPercent: Int) {
        guard (0...10_000).contains(hundredthsOfPercent) else { return nil }
        self.hundredthsOfPercent = hundredthsOfPercent
    }

    /// A rate as JSON has it: percent, with up to two decimals.
    init(_ field: JSONField) throws(Refusal) {
        let lexeme: String
        switch field.value {
        case .integer(let number): lexeme = String(number)
        case .decimal(let text): lexeme = text
        default:
            throw field.refusal(
                .contractWrongType, [.text("expected", "number"), .text("seen", field.value.typeName)])
        }
        let parts = lexeme.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? String(Substring(parts[1])) : ""
        guard parts.count <= 2, fraction.utf8.count <= 2, let whole = Int(String(Substring(parts[0]))),
            let hundredths = Int((fraction + "00").prefix(2)), whole >= 0, whole <= 100,
            let rate = VATRate(hundredthsOfPercent: whole * 100 + hundredths)
        else {
            throw field.refusal(
                .contractBadIdentifier,
                [.text("kind", "VAT rate (0 to 100 percent, two decimals)"), .text("seen", String(lexeme.prefix(64)))])
        }
        self = rate
    }

    /// Percent: `20`, `5.5`, `2.25`.
    var json: JSON {
        let (whole, rest) = (hundredthsOfPercent / 100, hundredthsOfPercent % 100)
        if rest == 0 { return .count(whole) }
        let fraction = rest % 10 == 0 ? String(rest / 10) : (rest < 10 ? "0" : "") + String(rest)
        return .decimal("\(whole).\(fraction)")
    }
}

/// A price, tax included.
public struct Price: MessagePart {
    /// How much, in minor units of the currency.
    public let amount: Money
    /// The rate of value-added tax in it.
    public let vatRate: VATRate?
    /// The country whose tax it is, two capital letters of ISO 3166-1.
    public let country: String?
    /// When reduced: the lowest price of the prior 30 days, in minor units (Directive 98/6/EC, article 6a).
    public let priorLowest: Int64?
    /// From when it holds.
    public let validFrom: Instant?
    /// Until when it holds, exclusive.
    public let validUntil: Instant?

    /// A price.
    public init(
        _ amount: Money, vatRate: VATRate? = nil, country: String? = nil, priorLowest: Int64? = nil,
        validFrom: Instant? = nil, validUntil: Instant? = nil
    ) {
        self.amount = amount
        self.vatRate = vatRate
        self.country = country
        self.priorLowest = priorLowest
        self.validFrom = validFrom
        self.validUntil = validUntil
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        amount = try Money(from: &reader)
        if let field = reader.optional("vatRate") { vatRate = try VATRate(field) } else { vatRate = nil }
        country = try reader.optionalText("country", max: 2, min: 2)
        priorLowest = try reader.optionalInteger("priorLowest", in: 0...1_000_000_000_000).map(Int64.init)
        validFrom = try reader.optionalInstant("validFrom")
        validUntil = try reader.optionalInstant("validUntil")
    }

    /// The fields.
    public var json: JSON {
        amount.json.appending(
            .fields(
                ("vatRate", vatRate?.json), ("country", country.map(JSON.string)),
                ("priorLowest", priorLowest.map(JSON.integer)), ("validFrom", validFrom?.json),
                ("validUntil", validUntil?.json)))
    }
}
