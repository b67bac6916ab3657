// Values of the state feeds, by feed.

import ShopModel

/// A value of a state feed, known by its key.
public protocol FeedRecord: Equatable, Sendable {
    /// Reads a value; the key is part of what it says.
    ///
    /// - Throws: a refusal that names the field, below `/value`.
    init(_ entry: StateEntry) throws(Refusal)
    /// The key and the value, as headquarters sends them.
    var entry: StateEntry { get }
}

extension StateEntry {
    /// The fields of the value.
    func fields() throws(Refusal) -> ObjectReader { try ObjectReader(value ?? .null, at: "/value") }

    /// The key as a name of its kind.
    func key<Name: Identifier>(as kind: Name.Type) throws(Refusal) -> Name {
        guard let name = Name(key) else {
            throw Refusal(
                .contractBadIdentifier, field: "/key",
                [.text("name", "key"), .text("kind", String(describing: kind)), .text("seen", key)])
        }
        return name
    }

    /// A value as it was stored: read within the limits of the messages that bring it, so that all that is taken in can be
    /// read again.
    public init(key: String, stored bytes: [UInt8]) throws(Refusal) {
        self.init(key: key, value: try JSONReader.read(bytes, limits: .feed))
    }

    /// Refuses a value that is longer than its kind may be.
    func refuseLonger(than bytesMax: Int) throws(Refusal) {
        let bytes = (value ?? .null).encoded().count
        guard bytes <= bytesMax else {
            throw Refusal(
                .contractValueTooLong, field: "/value", [.integer("bytes", bytes), .integer("limit", bytesMax)])
        }
    }
}

/// A product of the assortment (feed `catalogue`, key: its SKU).
public struct ProductRecord: FeedRecord {
    /// Which SKU.
    public let sku: SKU
    /// Its GTINs, at most 32; the first is shown.
    public let gtins: [GTIN]
    /// Its name.
    public let name: LocalizedText
    /// Its price.
    public let price: Price?
    /// Where its picture is, up to 1,024 bytes.
    public let image: String?
    /// Colour, size and whatever else is shown, at most 64.
    public let attributes: [JSON.Member]
    /// Units never to be promised, for this product: 0 to 999,999.
    public let safety: Int?

    /// How long its value may be, so that a card of it fits into a reply: 64 KiB.
    public static let bytesMax = 65_536

    /// A product.
    public init(
        sku: SKU, gtins: [GTIN], name: LocalizedText, price: Price?, image: String? = nil,
        attributes: [JSON.Member] = [], safety: Int? = nil
    ) {
        self.sku = sku
        self.gtins = gtins
        self.name = name
        self.price = price
        self.image = image
        self.attributes = attributes
        self.safety = safety
    }

    /// Reads a value of at most 65,536 bytes. A `sku` in it must be the key.
    public init(_ entry: StateEntry) throws(Refusal) {
        try entry.refuseLonger(than: Self.bytesMax)
        var reader = try entry.fields()
        let sku = try entry.key(as: SKU.self)
        if let field = reader.optional("sku"), try field.identifier(as: SKU.self) != sku {
            throw field.refusal(
                .contractBadIdentifier,
                [.text("kind", "repetition of the key"), .text("seen", field.value.text ?? "")])
        }
        try self.init(sku, from: &reader)
    }

    /// Reads a value that was stored under its SKU.
    public init(_ sku: SKU, _ bytes: [UInt8]) throws(Refusal) {
        var reader = try StateEntry(key: sku.value, stored: bytes).fields()
        try self.init(sku, from: &reader)
    }

    private init(_ sku: SKU, from reader: inout ObjectReader) throws(Refusal) {
        self.sku = sku
        var gtins: [GTIN] = []
        for field in try reader.optionalArray("gtins", max: 32) ?? [] { gtins.append(try field.gtin()) }
        self.gtins = gtins
        name = try reader.part("name", as: LocalizedText.self)
        price = try reader.optionalPart("price", as: Price.self)
        image = try reader.optionalText("image", max: 1_024)
        attributes = try reader.freeFields("attributes", max: 64)
        safety = try reader.optionalInteger("safety", in: 0...999_999)
    }

    /// The key and the value.
    public var entry: StateEntry {
        StateEntry(
            key: sku.value,
            value: .fields(
                ("sku", sku.json), ("gtins", .array(gtins.map(\.json))), ("name", name.json), ("price", price?.json),
                ("image", image.map(JSON.string)), ("attributes", .object(attributes)),
                ("safety", safety.map(JSON.count))))
    }
}

/// What the other shops have of a SKU (feed `network`, key: the SKU).
public struct NetworkRecord: FeedRecord {
    /// Which SKU.
    public let sku: SKU
    /// The shops, at most 1,000, in the order in which they are shown.
    public let shops: [Shop]

    /// What one shop has.
    public struct Shop: MessagePart {
        /// Which shop.
        public let shop: ShopID
        /// How many units can be had there.
        public let quantity: Int
        /// When that was true.
        public let asOf: Instant

        /// What one shop has.
        public init(shop: ShopID, quantity: Int, asOf: Instant) {
            self.shop = shop
            self.quantity = quantity
            self.asOf = asOf
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            shop = try reader.identifier("shop", as: ShopID.self)
            quantity = try reader.integer("quantity", in: 0...999_999)
            asOf = try reader.instant("asOf")
        }

        /// The fields.
        public var json: JSON {
            .fields(("shop", shop.json), ("quantity", .count(quantity)), ("asOf", asOf.json))
        }
    }

    /// What the other shops have.
    public init(sku: SKU, shops: [Shop]) {
        self.sku = sku
        self.shops = shops
    }

    /// Reads a value.
    public init(_ entry: StateEntry) throws(Refusal) {
        var reader = try entry.fields()
        sku = try entry.key(as: SKU.self)
        shops = try reader.parts("shops", as: Shop.self, max: 1_000)
    }

    /// Reads a value that was stored under its SKU.
    public init(_ sku: SKU, _ bytes: [UInt8]) throws(Refusal) {
        try self.init(StateEntry(key: sku.value, stored: bytes))
    }

    /// The key and the value.
    public var entry: StateEntry { StateEntry(key: sku.value, value: .fields(("shops", .parts(shops)))) }
}

/// A customer's snippet (feed `customers`, key: the customer).
public struct CustomerRecord: FeedRecord {
    /// Which customer.
    public let customer: CustomerID
    /// The numbers of their loyalty cards, at most 8.
    public let cards: [String]
    /// Their name.
    public let name: String
    /// Their tier of the loyalty scheme.
    public let tier: String?
    /// What they agreed to.
    public let consent: [String]
    /// The declared fields, at most 64.
    public let fields: [JSON.Member]
    /// The end of the snippet's life, exclusive.
    public let expires: Instant

    /// How long its value may be, as it is sealed: 64 KiB.
    public static let bytesMax = 65_536

    /// A snippet.
    public init(
        customer: CustomerID, cards: [String], name: String, tier: String? = nil, consent: [String],
        fields: [JSON.Member] = [], expires: Instant
    ) {
        self.customer = customer
        self.cards = cards
        self.name = name
        self.tier = tier
        self.consent = consent
        self.fields = fields
        self.expires = expires
    }

    /// Reads a value of at most 65,536 bytes, as `entry` writes it again.
    public init(_ entry: StateEntry) throws(Refusal) {
        var reader = try entry.fields()
        customer = try entry.key(as: CustomerID.self)
        cards = try reader.texts("cards", max: 8, bytesMax: 64)
        name = try reader.text("name", max: 256)
        tier = try reader.optionalText("tier", max: 64)
        consent = try reader.texts("consent", max: 32, bytesMax: 64)
        fields = try reader.freeFields("fields", max: 64)
        expires = try reader.instant("expires")
        try self.entry.refuseLonger(than: Self.bytesMax)
    }

    /// The key and the value.
    public var entry: StateEntry {
        StateEntry(
            key: customer.value,
            value: .fields(
                ("cards", .texts(cards)), ("name", .string(name)), ("tier", tier.map(JSON.string)),
                ("consent", .texts(consent)), ("fields", .object(fields)), ("expires", expires.json)))
    }
}

/// A clerk (feed `clerks`, key: the clerk).
public struct ClerkRecord: FeedRecord {
    /// Which clerk.
    public let clerk: ClerkID
    /// What the badge says when it is read.
    public let badge: String
    /// The name on the badge.
    public let name: String
    /// What they may do, by name; a role that this version does not know gives no right.
    public let roles: [String]
    /// The PIN, derived: `pbkdf2-sha256$<iterations>$<salt hex>$<hash hex>`.
    public let pin: String

    /// A clerk.
    public init(clerk: ClerkID, badge: String, name: String, roles: [String], pin: String) {
        self.clerk = clerk
        self.badge = badge
        self.name = name
        self.roles = roles
        self.pin = pin
    }

    /// Reads a value.
    public init(_ entry: StateEntry) throws(Refusal) {
        var reader = try entry.fields()
        clerk = try entry.key(as: ClerkID.self)
        badge = try reader.text("badge", max: 64)
        name = try reader.text("name", max: 256)
        roles = try reader.texts("roles", max: 16, bytesMax: 32)
        pin = try reader.text("pin", max: 256)
    }

    /// The key and the value.
    public var entry: StateEntry {
        StateEntry(
            key: clerk.value,
            value: .fields(
                ("badge", .string(badge)), ("name", .string(name)), ("roles", .texts(roles)), ("pin", .string(pin))))
    }
}
