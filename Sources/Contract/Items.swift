// How a message names a product, and units of one.

import ShopModel

/// A product as a message names it: by SKU or by GTIN, exactly one of them.
public enum ItemSelector: Hashable, Sendable {
    /// By headquarters' name for it.
    case sku(SKU)
    /// By the number in its bar code, 8, 12, 13 or 14 digits long in the message.
    case gtin(GTIN)
}

extension ItemSelector: MessagePart {
    /// Reads `sku` or `gtin`.
    ///
    /// - Throws: `contract.exactlyOne`, `contract.badIdentifier`, `contract.gtinCheckDigit` with the digit expected.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        self = try Self.read(from: &reader)
    }

    /// `{"sku"}` or `{"gtin"}`, the latter with all 14 digits.
    public var json: JSON { .object([member]) }

    /// The one member of `json`.
    var member: JSON.Member {
        switch self {
        case .sku(let sku): JSON.Member("sku", sku.json)
        case .gtin(let gtin): JSON.Member("gtin", gtin.json)
        }
    }

    private static func read(from reader: inout ObjectReader) throws(Refusal) -> ItemSelector {
        guard try reader.exactlyOne(of: ["sku", "gtin"]) == "gtin" else {
            return .sku(try reader.identifier("sku", as: SKU.self))
        }
        return .gtin(try reader.checkedGTIN("gtin"))
    }
}

extension ObjectReader {
    /// A GTIN; a wrong check digit is refused with the digit that was expected, since that is the commonest slip.
    mutating func checkedGTIN(_ name: String) throws(Refusal) -> GTIN {
        let field = try required(name)
        if case .string(let text) = field.value, GTIN(text) == nil, [8, 12, 13, 14].contains(text.utf8.count),
            let expected = GTIN.checkDigit(of: Array(text.utf8).dropLast()),
            let last = text.utf8.last, (0x30...0x39).contains(last), last != 0x30 + expected
        {
            throw field.refusal(.contractGTINCheckDigit, [.text("seen", text), .integer("expected", Int(expected))])
        }
        return try field.gtin()
    }
}

/// Units of one product.
public struct ItemLine: MessagePart {
    /// Which product.
    public let item: ItemSelector
    /// How many units; 1 when the message does not say.
    public let quantity: Quantity

    /// Units of a product.
    public init(_ item: ItemSelector, _ quantity: Quantity = .one) {
        self.item = item
        self.quantity = quantity
    }

    /// Reads `sku` or `gtin`, and `quantity`.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        self.init(try ItemSelector(from: &reader), try reader.optionalQuantity("quantity") ?? .one)
    }

    /// `{"sku"|"gtin", "quantity"}`.
    public var json: JSON { .object([item.member, JSON.Member("quantity", quantity.json)]) }
}

/// Units of one SKU, as results tell them.
public struct SKULine: MessagePart {
    /// Which SKU.
    public let sku: SKU
    /// How many units; may be zero.
    public let quantity: Int

    /// Units of a SKU.
    public init(sku: SKU, quantity: Int) {
        self.sku = sku
        self.quantity = quantity
    }

    /// Reads `sku` and `quantity`.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        sku = try reader.identifier("sku", as: SKU.self)
        quantity = try reader.integer("quantity", in: 0...999_999)
    }

    /// `{"sku", "quantity"}`.
    public var json: JSON { .fields(("sku", sku.json), ("quantity", .count(quantity))) }
}

extension Money: MessagePart {
    /// Reads `amount`, in minor units, and `currency`.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        let amount = try reader.integer("amount", in: -1_000_000_000_000...1_000_000_000_000)
        let field = try reader.required("currency")
        let text = try field.text(max: 3, min: 3)
        guard let money = Money(minorUnits: Int64(amount), currency: text) else {
            throw field.refusal(.contractBadIdentifier, [.text("kind", "ISO 4217 currency"), .text("seen", text)])
        }
        self = money
    }

    /// `{"amount", "currency"}`.
    public var json: JSON { .fields(("amount", .integer(minorUnits)), ("currency", .string(currency))) }
}

extension TicketLine: MessagePart {
    /// Reads `till`, `ticket` and `line`.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        let till = try reader.text("till", max: 64)
        let ticketField = try reader.required("ticket")
        let ticket = try ticketField.text(max: 64)
        let line = try reader.integer("line", in: 1...9_999)
        guard let key = TicketLine(till: till, ticket: ticket, line: line) else {
            throw ticketField.refusal(
                .contractBadIdentifier, [.text("kind", "till and ticket"), .text("seen", till + " " + ticket)])
        }
        self = key
    }

    /// `{"till", "ticket", "line"}`.
    public var json: JSON {
        .fields(("till", .string(till)), ("ticket", .string(ticket)), ("line", .count(line)))
    }
}
