// What a device may ask about a customer, and what it is told.

import ShopModel

/// `customer.get`: the snippet of a customer, by loyalty card or by headquarters' name for them.
public enum CustomerGet: RequestPayload {
    /// By the number of a loyalty card, 1 to 64 bytes.
    case card(String)
    /// By headquarters' name for them.
    case customer(CustomerID)

    /// The verb.
    public static let verb = Verb.customerGet

    /// Reads `card` or `customer`.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        guard try reader.exactlyOne(of: ["card", "customer"]) == "card" else {
            self = .customer(try reader.identifier("customer", as: CustomerID.self))
            return
        }
        self = .card(try reader.text("card", max: 64))
    }

    /// The field.
    public var json: JSON {
        switch self {
        case .card(let card): .fields(("card", .string(card)))
        case .customer(let customer): .fields(("customer", customer.json))
        }
    }
}

/// What a device is told of a customer: only fields that its role may see, masked unless a clerk unmasked them.
public struct CustomerResult: MessagePart {
    /// Headquarters' name for them.
    public let customer: CustomerID
    /// The name, masked: `M. D***`.
    public let name: String
    /// The tier of the loyalty scheme.
    public let tier: String?
    /// The other fields that the role may see, at most 64, in the order of the record.
    public let fields: [JSON.Member]
    /// What the customer agreed to.
    public let consent: [String]
    /// The moment after which this must not be shown any more.
    public let expires: Instant

    /// What a device is told of a customer.
    public init(
        customer: CustomerID, name: String, tier: String? = nil, fields: [JSON.Member] = [], consent: [String],
        expires: Instant
    ) {
        self.customer = customer
        self.name = name
        self.tier = tier
        self.fields = fields
        self.consent = consent
        self.expires = expires
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        customer = try reader.identifier("customer", as: CustomerID.self)
        name = try reader.text("name", max: 256)
        tier = try reader.optionalText("tier", max: 64)
        fields = try reader.freeFields("fields", max: 64)
        consent = try reader.texts("consent", max: 32, bytesMax: 64)
        expires = try reader.instant("expires")
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("customer", customer.json), ("name", .string(name)), ("tier", tier.map(JSON.string)),
            ("fields", .object(fields)), ("consent", .texts(consent)), ("expires", expires.json))
    }
}

extension ObjectReader {
    /// The members of an object whose names are data; empty when it is absent.
    mutating func freeFields(_ name: String, max: Int) throws(Refusal) -> [JSON.Member] {
        guard let field = optional(name) else { return [] }
        _ = try field.object()
        let members = field.value.members ?? []
        guard members.count <= max else {
            throw field.refusal(
                .contractBadLength, [.integer("seen", members.count), .integer("least", 0), .integer("most", max)])
        }
        return members
    }
}
