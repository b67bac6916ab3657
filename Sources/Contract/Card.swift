// The card: what a device shows of a code that was read.

import ShopModel

/// What a code turned out to be.
public struct Card: Equatable, Sendable {
    /// The code as it was read, when the card answers a scan.
    public let code: String?
    /// What it is.
    public let body: Body

    /// What a code can turn out to be.
    public enum Body: Equatable, Sendable {
        case product(ProductCard)
        case reservation(ReservationResult)
        case pickup(PickupResult)
        /// A loyalty card, by its number; `customer.get` tells more to who may know it.
        case loyalty(card: String)
    }

    /// A card.
    public init(code: String? = nil, _ body: Body) {
        self.code = code
        self.body = body
    }
}

extension Card: MessagePart {
    private enum Kind: String, CaseIterable { case product, reservation, pickup, loyalty }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        switch try reader.choice("kind", as: Kind.self) {
        case .product: body = .product(try ProductCard(from: &reader))
        case .reservation: body = .reservation(try ReservationResult(from: &reader))
        case .pickup: body = .pickup(try PickupResult(from: &reader))
        case .loyalty: body = .loyalty(card: try reader.text("card", max: 64))
        }
        code = try reader.optionalText("code", max: ScanQuestion.bytesMax * 3)
    }

    /// The fields, `kind` first.
    public var json: JSON {
        let (kind, fields): (Kind, JSON) =
            switch body {
            case .product(let card): (.product, card.json)
            case .reservation(let result): (.reservation, result.json)
            case .pickup(let result): (.pickup, result.json)
            case .loyalty(let card): (.loyalty, .fields(("card", .string(card))))
            }
        return JSON.fields(("kind", kind.json), ("code", code.map(JSON.string))).appending(fields)
    }
}

/// A product as a device shows it.
public struct ProductCard: MessagePart {
    /// Which SKU.
    public let sku: SKU
    /// Its GTIN, if it has one.
    public let gtin: GTIN?
    /// Its name.
    public let name: LocalizedText
    /// Its price.
    public let price: Price?
    /// Where its picture is: a path below the devices' origin, or a URL.
    public let image: String?
    /// Colour, size and whatever else the assortment says, at most 64.
    public let attributes: [JSON.Member]
    /// Here, then in the other shops.
    public let availability: [AvailabilityEntry]
    /// What should be known about how the code was read.
    public let warnings: [Warning]
    /// What the code says of this very item.
    public let batch: Batch?
    /// The moment after which the card should not be shown any more.
    public let expires: Instant

    /// Something to know about a code that was read all the same.
    public struct Warning: MessagePart {
        /// The stable code.
        public let code: String
        /// The sentence, in the shop's first language.
        public let detail: String

        /// A warning.
        public init(code: String, detail: String) {
            self.code = code
            self.detail = detail
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            code = try reader.text("code", max: 64)
            detail = try reader.text("detail", max: 1_024)
        }

        /// The fields.
        public var json: JSON { .fields(("code", .string(code)), ("detail", .string(detail))) }
    }

    /// What a code says of the very item it stands on (GS1 AI 10, 21, 17, 15, 11).
    public struct Batch: MessagePart {
        /// The lot.
        public let lot: String?
        /// The serial number.
        public let serial: String?
        /// Not to be used after this day.
        public let expiry: CivilDate?
        /// Best before this day.
        public let bestBefore: CivilDate?
        /// Made on this day.
        public let production: CivilDate?

        /// What a code says of its item.
        public init(
            lot: String? = nil, serial: String? = nil, expiry: CivilDate? = nil, bestBefore: CivilDate? = nil,
            production: CivilDate? = nil
        ) {
            self.lot = lot
            self.serial = serial
            self.expiry = expiry
            self.bestBefore = bestBefore
            self.production = production
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            lot = try reader.optionalText("lot", max: 90)
            serial = try reader.optionalText("serial", max: 90)
            expiry = try reader.optionalDay("expiry")
            bestBefore = try reader.optionalDay("bestBefore")
            production = try reader.optionalDay("production")
        }

        /// The fields.
        public var json: JSON {
            .fields(
                ("lot", lot.map(JSON.string)), ("serial", serial.map(JSON.string)), ("expiry", expiry?.json),
                ("bestBefore", bestBefore?.json), ("production", production?.json))
        }
    }

    /// A product.
    public init(
        sku: SKU, gtin: GTIN?, name: LocalizedText, price: Price?, image: String? = nil,
        attributes: [JSON.Member] = [], availability: [AvailabilityEntry], warnings: [Warning] = [],
        batch: Batch? = nil, expires: Instant
    ) {
        self.sku = sku
        self.gtin = gtin
        self.name = name
        self.price = price
        self.image = image
        self.attributes = attributes
        self.availability = availability
        self.warnings = warnings
        self.batch = batch
        self.expires = expires
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        sku = try reader.identifier("sku", as: SKU.self)
        gtin = try reader.optionalGTIN("gtin")
        name = try reader.part("name", as: LocalizedText.self)
        price = try reader.optionalPart("price", as: Price.self)
        image = try reader.optionalText("image", max: 1_024)
        attributes = try reader.freeFields("attributes", max: 64)
        availability = try reader.parts("availability", as: AvailabilityEntry.self, max: 1_000)
        warnings = try reader.parts("warnings", as: Warning.self, max: 16)
        batch = try reader.optionalPart("batch", as: Batch.self)
        expires = try reader.instant("expires")
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("sku", sku.json), ("gtin", gtin?.json), ("name", name.json), ("price", price?.json),
            ("image", image.map(JSON.string)), ("attributes", .object(attributes)),
            ("availability", .parts(availability)), ("warnings", .parts(warnings)), ("batch", batch?.json),
            ("expires", expires.json))
    }
}

/// How many of a product can be had somewhere: never a bare number (DESIGN §8).
public struct AvailabilityEntry: MessagePart {
    /// Which shop; `nil` for this one.
    public let shop: ShopID?
    /// What the number means.
    public let kind: Kind
    /// How many.
    public let value: Int
    /// How old the number is, in whole seconds; `nil` when that is not known.
    public let ageSeconds: Int?
    /// Who said it.
    public let source: Source
    /// When it was true; `nil` when that is not known.
    public let asOf: Instant?

    /// What a number means.
    public enum Kind: String, CaseIterable, Sendable {
        /// Can be had here.
        case here
        /// Another shop has it, by headquarters' word.
        case otherShop
        /// Something is here, but how many can be promised is not known while the line is down.
        case limited
    }

    /// Who said a number.
    public enum Source: String, CaseIterable, Sendable {
        /// This shop's own books.
        case ledger
        /// Headquarters, about its other shops.
        case network
    }

    /// How many can be had somewhere.
    public init(shop: ShopID?, kind: Kind, value: Int, ageSeconds: Int?, source: Source, asOf: Instant?) {
        self.shop = shop
        self.kind = kind
        self.value = value
        self.ageSeconds = ageSeconds
        self.source = source
        self.asOf = asOf
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        let shop = try reader.required("shop")
        self.shop = shop.value.text == "here" ? nil : try shop.identifier(as: ShopID.self)
        kind = try reader.choice("kind", as: Kind.self)
        value = try reader.integer("value", in: 0...1_000_000_000)
        ageSeconds = try reader.optionalInteger("ageSeconds", in: 0...JSONLimits.counterMax)
        source = try reader.choice("source", as: Source.self)
        asOf = try reader.optionalInstant("asOf")
    }

    /// The fields; an age that is not known is `null`, so that nobody takes it for fresh.
    public var json: JSON {
        .fields(
            ("shop", shop?.json ?? "here"), ("kind", kind.json), ("value", .count(value)),
            ("ageSeconds", ageSeconds.map(JSON.count) ?? .null), ("source", source.json),
            ("asOf", asOf?.json ?? .null))
    }
}
