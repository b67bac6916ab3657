// Entries of the log feeds: stock and rights, orders, erasures. Every one counts.

import ShopModel

/// A holder's own row of rights, as it travels (DESIGN §8). None of its numbers ever falls.
public struct RightsRowMessage: MessagePart {
    /// Whose row: `hq`, or `edge.<incarnation>`. 1 to 64 bytes.
    public let holder: String
    /// Rights made from nothing.
    public let created: Int
    /// Rights given to others so far, by receiver, in the order sent.
    public let given: [Gift]
    /// Rights used up.
    public let spent: Int

    /// Rights given to one holder so far.
    public struct Gift: Equatable, Sendable {
        /// The receiver's name.
        public let to: String
        /// How many, in all.
        public let units: Int

        /// Rights given to one holder so far.
        public init(to: String, units: Int) {
            self.to = to
            self.units = units
        }
    }

    /// A row.
    public init(holder: String, created: Int, given: [Gift], spent: Int) {
        self.holder = holder
        self.created = created
        self.given = given
        self.spent = spent
    }

    /// Reads the fields; at most 64 receivers, numbers from 0 to 10⁹.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        holder = try reader.text("holder", max: 64)
        created = try reader.integer("created", in: 0...1_000_000_000)
        var given: [Gift] = []
        if var gifts = try reader.optionalObject("given") {
            for to in gifts.names().prefix(64) {
                given.append(Gift(to: to, units: try gifts.integer(to, in: 0...1_000_000_000)))
            }
        }
        self.given = given
        spent = try reader.integer("spent", in: 0...1_000_000_000)
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("holder", .string(holder)), ("created", .count(created)),
            ("given", .object(given.map { JSON.Member($0.to, .count($0.units)) })), ("spent", .count(spent)))
    }
}

/// An entry of the feed `stock`.
public enum StockFeedEntry: Equatable, Sendable {
    /// Units came or went by headquarters' word; the row goes with them.
    case delta(SKU, quantity: Int, cause: String, rights: RightsRowMessage)
    /// What is here by headquarters' word, as of one of the shop's own events, or as of now.
    case absolute(SKU, onHand: Int, asOf: AsOf?)
    /// Headquarters' row of rights changed.
    case rights(SKU, RightsRowMessage)
    /// Headquarters asks for units until its own rights reach a level.
    case rightsWanted(SKU, level: Int)

    /// An event of the shop, of subject `sku/<SKU>`.
    public struct AsOf: MessagePart {
        /// The life of the ledger.
        public let incarnation: Incarnation
        /// The event's `subjectsequence`; 0 for before the first.
        public let sequence: Int64

        /// An event of the shop.
        public init(incarnation: Incarnation, sequence: Int64) {
            self.incarnation = incarnation
            self.sequence = sequence
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            incarnation = try reader.identifier("incarnation", as: Incarnation.self)
            sequence = Int64(try reader.integer("sequence", in: 0...JSONLimits.counterMax))
        }

        /// The fields.
        public var json: JSON { .fields(("incarnation", incarnation.json), ("sequence", .integer(sequence))) }
    }

    /// Reads an entry of a type; `nil` when this version does not know the type.
    init?(_ type: String, from reader: inout ObjectReader) throws(Refusal) {
        guard ["delta", "absolute", "rights", "rightsWanted"].contains(type) else { return nil }
        let sku = try reader.identifier("sku", as: SKU.self)
        switch type {
        case "delta":
            self = .delta(
                sku, quantity: try reader.integer("quantity", in: -999_999...999_999),
                cause: try reader.text("cause", max: 64),
                rights: try reader.part("rights", as: RightsRowMessage.self))
        case "absolute":
            self = .absolute(
                sku, onHand: try reader.integer("onHand", in: 0...999_999),
                asOf: try reader.optionalPart("asOf", as: AsOf.self))
        case "rights": self = .rights(sku, try reader.part("rights", as: RightsRowMessage.self))
        default: self = .rightsWanted(sku, level: try reader.integer("level", in: 0...999_999))
        }
    }

    /// Which SKU.
    public var sku: SKU {
        switch self {
        case .delta(let sku, _, _, _), .absolute(let sku, _, _), .rights(let sku, _), .rightsWanted(let sku, _): sku
        }
    }

    /// The fields, `type` first.
    public var json: JSON {
        switch self {
        case .delta(let sku, let quantity, let cause, let rights):
            .fields(
                ("type", "delta"), ("sku", sku.json), ("quantity", .count(quantity)), ("cause", .string(cause)),
                ("rights", rights.json))
        case .absolute(let sku, let onHand, let asOf):
            .fields(
                ("type", "absolute"), ("sku", sku.json), ("onHand", .count(onHand)), ("asOf", asOf?.json ?? .null))
        case .rights(let sku, let rights): .fields(("type", "rights"), ("sku", sku.json), ("rights", rights.json))
        case .rightsWanted(let sku, let level):
            .fields(("type", "rightsWanted"), ("sku", sku.json), ("level", .count(level)))
        }
    }
}

/// An entry of the feed `orders`.
public enum OrderFeedEntry: Equatable, Sendable {
    /// A paid order that this shop is to prepare.
    case placed(PlacedOrder)
    /// Headquarters would like to cancel an order; the shop confirms or refuses.
    case cancelRequested(OrderID, reason: String?)

    /// Reads an entry of a type; `nil` when this version does not know the type.
    init?(_ type: String, from reader: inout ObjectReader) throws(Refusal) {
        switch type {
        case "placed": self = .placed(try PlacedOrder(from: &reader))
        case "cancelRequested":
            self = .cancelRequested(
                try reader.identifier("order", as: OrderID.self), reason: try reader.optionalText("reason", max: 256))
        default: return nil
        }
    }

    /// The fields, `type` first.
    public var json: JSON {
        switch self {
        case .placed(let order): JSON.fields(("type", "placed")).appending(order.json)
        case .cancelRequested(let order, let reason):
            .fields(("type", "cancelRequested"), ("order", order.json), ("reason", reason.map(JSON.string)))
        }
    }
}

/// A paid order, as headquarters sends it to the shop that is to prepare it.
public struct PlacedOrder: MessagePart {
    /// Which order.
    public let order: OrderID
    /// The pickup code that the customer holds, 1 to 64 bytes; one of ours in its printed form.
    public let code: String
    /// Where the goods come from.
    public let source: PickupSource
    /// What was ordered, 1 to 200 lines.
    public let lines: [Line]
    /// Whom it is for.
    public let customer: Customer?
    /// Whether it is a gift: then no price is shown anywhere.
    public let gift: Bool
    /// The last moment at which the goods may be collected.
    public let collectBy: Instant?
    /// When it was placed.
    public let placedAt: Instant

    /// Units of one SKU, with the row in which headquarters used its rights for them.
    public struct Line: MessagePart {
        /// Which SKU.
        public let sku: SKU
        /// How many units.
        public let quantity: Quantity
        /// Headquarters' row after this order; absent for what comes by parcel.
        public let rights: RightsRowMessage?

        /// Units of a SKU.
        public init(sku: SKU, quantity: Quantity, rights: RightsRowMessage?) {
            self.sku = sku
            self.quantity = quantity
            self.rights = rights
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            sku = try reader.identifier("sku", as: SKU.self)
            quantity = try reader.quantity("quantity")
            rights = try reader.optionalPart("rights", as: RightsRowMessage.self)
        }

        /// The fields.
        public var json: JSON {
            .fields(("sku", sku.json), ("quantity", quantity.json), ("rights", rights?.json))
        }
    }

    /// As much of a customer as the counter needs.
    public struct Customer: MessagePart {
        /// The name on the order.
        public let name: String
        /// The last four digits of the telephone.
        public let phoneLast4: String?
        /// Headquarters' name for them, when they have one.
        public let customer: CustomerID?

        /// A customer.
        public init(name: String, phoneLast4: String? = nil, customer: CustomerID? = nil) {
            self.name = name
            self.phoneLast4 = phoneLast4
            self.customer = customer
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            name = try reader.text("name", max: 256)
            phoneLast4 = try reader.optionalText("phoneLast4", max: 4, min: 4)
            customer = try reader.optionalIdentifier("customer", as: CustomerID.self)
        }

        /// The fields.
        public var json: JSON {
            .fields(
                ("name", .string(name)), ("phoneLast4", phoneLast4.map(JSON.string)), ("customer", customer?.json))
        }
    }

    /// A paid order.
    public init(
        order: OrderID, code: String, source: PickupSource, lines: [Line], customer: Customer? = nil,
        gift: Bool = false, collectBy: Instant? = nil, placedAt: Instant
    ) {
        self.order = order
        self.code = code
        self.source = source
        self.lines = lines
        self.customer = customer
        self.gift = gift
        self.collectBy = collectBy
        self.placedAt = placedAt
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        order = try reader.identifier("order", as: OrderID.self)
        code = try reader.required("code").pickupCode()
        source = try PickupSource(try reader.required("source"))
        lines = try reader.parts("lines", as: Line.self, max: 200, min: 1)
        customer = try reader.optionalPart("customer", as: Customer.self)
        gift = try reader.optionalTruth("gift") ?? false
        collectBy = try reader.optionalInstant("collectBy")
        placedAt = try reader.instant("placedAt")
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("order", order.json), ("code", .string(code)), ("source", source.json), ("lines", .parts(lines)),
            ("customer", customer?.json), ("gift", gift ? true : nil), ("collectBy", collectBy?.json),
            ("placedAt", placedAt.json))
    }
}

/// An entry of the feed `erasures`: a customer is to be forgotten everywhere at once.
public struct ErasureFeedEntry: MessagePart {
    /// Whom.
    public let customer: CustomerID
    /// The request at headquarters that the receipt answers, 1 to 64 bytes.
    public let request: String

    /// An erasure.
    public init(customer: CustomerID, request: String) {
        self.customer = customer
        self.request = request
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        customer = try reader.identifier("customer", as: CustomerID.self)
        request = try reader.text("request", max: 64)
    }

    /// The fields, `type` first.
    public var json: JSON {
        .fields(("type", "erase"), ("customer", customer.json), ("request", .string(request)))
    }
}
