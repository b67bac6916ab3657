// The questions that are answered without waiting: what a code is, what a product is, what is here of it.

import ShopModel

/// `scan`: what a code says. Always a question: it changes nothing.
public struct ScanQuestion: RequestPayload {
    /// The verb.
    public static let verb = Verb.scan
    /// The code as it was read, with whatever the scanner added: 1 to 2,048 bytes.
    public let code: [UInt8]

    /// The longest code, in bytes: two QR codes' worth of link.
    public static let bytesMax = 2_048

    /// Asks what a code says.
    public init(code: [UInt8]) { self.code = code }

    /// Asks what a code says.
    public init(_ code: String) { self.code = Array(code.utf8) }

    /// Reads the field.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        code = Array(try reader.text("code", max: Self.bytesMax).utf8)
    }

    /// The field; bytes that are no UTF-8 are written as U+FFFD.
    public var json: JSON { .fields(("code", .string(String(decoding: code, as: UTF8.self)))) }
}

/// `product.get`: the card of a product.
public struct ProductGet: RequestPayload {
    /// The verb.
    public static let verb = Verb.productGet
    /// Which product.
    public let item: ItemSelector

    /// Asks for a product's card.
    public init(_ item: ItemSelector) { self.item = item }

    /// Reads `sku` or `gtin`.
    public init(from reader: inout ObjectReader) throws(Refusal) { item = try ItemSelector(from: &reader) }

    /// The field.
    public var json: JSON { item.json }
}

/// `availability.get`: how many of a product are here and in the other shops.
public struct AvailabilityGet: RequestPayload {
    /// The verb.
    public static let verb = Verb.availabilityGet
    /// Which product.
    public let item: ItemSelector

    /// Asks for a product's availability.
    public init(_ item: ItemSelector) { self.item = item }

    /// Reads `sku` or `gtin`.
    public init(from reader: inout ObjectReader) throws(Refusal) { item = try ItemSelector(from: &reader) }

    /// The field.
    public var json: JSON { item.json }
}

/// What `availability.get` answers.
public struct AvailabilityResult: MessagePart {
    /// Which SKU.
    public let sku: SKU
    /// Here, then in the other shops.
    public let availability: [AvailabilityEntry]

    /// What is available of a SKU.
    public init(sku: SKU, availability: [AvailabilityEntry]) {
        self.sku = sku
        self.availability = availability
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        sku = try reader.identifier("sku", as: SKU.self)
        availability = try reader.parts("availability", as: AvailabilityEntry.self, max: 1_000)
    }

    /// The fields.
    public var json: JSON { .fields(("sku", sku.json), ("availability", .parts(availability))) }
}
