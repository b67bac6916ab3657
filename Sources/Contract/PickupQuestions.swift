// Questions about pickups, and what is answered to every verb about them.

import ShopModel

/// `pickup.get`: one pickup, by its order or by the customer's code.
public enum PickupGet: RequestPayload {
    /// By its order.
    case order(OrderID)
    /// By the code that the customer shows, 1 to 2,048 bytes.
    case code(String)

    /// The verb.
    public static let verb = Verb.pickupGet

    /// Reads `order` or `code`.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        guard try reader.exactlyOne(of: ["order", "code"]) == "code" else {
            self = .order(try reader.identifier("order", as: OrderID.self))
            return
        }
        self = .code(try reader.text("code", max: 2_048))
    }

    /// The field.
    public var json: JSON {
        switch self {
        case .order(let order): .fields(("order", order.json))
        case .code(let code): .fields(("code", .string(code)))
        }
    }
}

/// Where in its life a pickup is, by the names that devices know.
public enum PickupState: String, CaseIterable, Sendable {
    case received, accepted, rejected, picking, picked, staged, ready, overdue, handedOver, putBack, cancelled, closed
}

/// `pickup.list`: pickups in the order of their orders' names, a page at a time.
public struct PickupList: RequestPayload {
    /// The verb.
    public static let verb = Verb.pickupList
    /// Those in one state only; the open ones when absent.
    public let state: PickupState?
    /// How many at most: 1 to 200; 50 when the message does not say.
    public let limit: Int
    /// Those behind this order: `next` of the page before.
    public let after: OrderID?

    /// Asks for a page.
    public init(state: PickupState? = nil, limit: Int = 50, after: OrderID? = nil) {
        self.state = state
        self.limit = limit
        self.after = after
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        state = try reader.optionalChoice("state", as: PickupState.self)
        limit = try reader.optionalInteger("limit", in: 1...200) ?? 50
        after = try reader.optionalIdentifier("after", as: OrderID.self)
    }

    /// The fields.
    public var json: JSON {
        .fields(("state", state?.json), ("limit", .count(limit)), ("after", after?.json))
    }
}

/// `pickup.find`: without a code at the counter. Ten at most are answered, masked.
public struct PickupFind: RequestPayload {
    /// The verb.
    public static let verb = Verb.pickupFind
    /// The last four of order or telephone, or the beginning of a name: 2 to 64 bytes.
    public let query: String

    /// Asks for pickups.
    public init(query: String) { self.query = query }

    /// Reads the field.
    public init(from reader: inout ObjectReader) throws(Refusal) { query = try reader.text("query", max: 64, min: 2) }

    /// The field.
    public var json: JSON { .fields(("query", .string(query))) }
}

/// Where the goods of a pickup come from.
public enum PickupSource: Equatable, Sendable {
    /// From this shop's shelves.
    case fromStock
    /// From a parcel, by its SSCC: 18 digits, the last a check digit.
    case fromParcel(sscc: String)

    /// The source as a field has it: `"fromStock"` or `{"fromParcel": sscc}`.
    init(_ field: JSONField) throws(Refusal) {
        guard case .object = field.value else {
            enum Plain: String, CaseIterable { case fromStock }
            _ = try field.choice(as: Plain.self)
            self = .fromStock
            return
        }
        var reader = try field.object()
        let parcel = try reader.required("fromParcel")
        let text = try parcel.text(max: 64)
        guard text.utf8.count == 18, let check = GTIN.checkDigit(of: Array(text.utf8).dropLast()),
            text.utf8.last == 0x30 + check
        else { throw parcel.refusal(.contractBadIdentifier, [.text("kind", "SSCC"), .text("seen", text)]) }
        self = .fromParcel(sscc: text)
    }

    /// `"fromStock"` or `{"fromParcel": sscc}`.
    var json: JSON {
        switch self {
        case .fromStock: "fromStock"
        case .fromParcel(let sscc): .fields(("fromParcel", .string(sscc)))
        }
    }
}

/// A pickup as every verb about it answers.
public struct PickupResult: MessagePart {
    /// The order.
    public let order: OrderID
    /// Where in its life it is.
    public let state: PickupState
    /// Counts the changes, from 1.
    public let revision: Int
    /// Where the goods come from.
    public let source: PickupSource
    /// Its lines, at most 200.
    public let lines: [Line]
    /// Where the goods wait, once staged.
    public let place: String?
    /// The last moment at which the goods may be collected.
    public let deadline: Instant?
    /// The clerk who prepares it.
    public let claimedBy: ClerkID?
    /// Whether headquarters asked to cancel it.
    public let cancelRequested: Bool
    /// For whom it is, masked.
    public let name: String?
    /// Whether there is a name or telephone that cannot be read on this box.
    public let contactUnreadable: Bool

    /// Units of one SKU, by what happened to them.
    public struct Line: MessagePart {
        /// Which SKU.
        public let sku: SKU
        /// Its name, in the shop's first language.
        public let name: String?
        /// Units ordered.
        public let quantity: Int
        /// Units picked and still here.
        public let picked: Int
        /// Units that could not be picked.
        public let short: Int
        /// Units given to the customer.
        public let handedOver: Int
        /// Units that the customer did not want.
        public let refused: Int

        /// Units of a SKU.
        public init(
            sku: SKU, name: String? = nil, quantity: Int, picked: Int = 0, short: Int = 0, handedOver: Int = 0,
            refused: Int = 0
        ) {
            self.sku = sku
            self.name = name
            self.quantity = quantity
            self.picked = picked
            self.short = short
            self.handedOver = handedOver
            self.refused = refused
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            sku = try reader.identifier("sku", as: SKU.self)
            name = try reader.optionalText("name", max: 256)
            quantity = try reader.integer("quantity", in: 1...999_999)
            picked = try reader.integer("picked", in: 0...999_999)
            short = try reader.integer("short", in: 0...999_999)
            handedOver = try reader.integer("handedOver", in: 0...999_999)
            refused = try reader.integer("refused", in: 0...999_999)
        }

        /// The fields.
        public var json: JSON {
            .fields(
                ("sku", sku.json), ("name", name.map(JSON.string)), ("quantity", .count(quantity)),
                ("picked", .count(picked)), ("short", .count(short)), ("handedOver", .count(handedOver)),
                ("refused", .count(refused)))
        }
    }

    /// A pickup.
    public init(
        order: OrderID, state: PickupState, revision: Int, source: PickupSource, lines: [Line],
        place: String? = nil, deadline: Instant? = nil, claimedBy: ClerkID? = nil, cancelRequested: Bool = false,
        name: String? = nil, contactUnreadable: Bool = false
    ) {
        self.order = order
        self.state = state
        self.revision = revision
        self.source = source
        self.lines = lines
        self.place = place
        self.deadline = deadline
        self.claimedBy = claimedBy
        self.cancelRequested = cancelRequested
        self.name = name
        self.contactUnreadable = contactUnreadable
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        order = try reader.identifier("order", as: OrderID.self)
        state = try reader.choice("state", as: PickupState.self)
        revision = try reader.integer("revision", in: 1...1_000_000_000)
        source = try PickupSource(try reader.required("source"))
        lines = try reader.parts("lines", as: Line.self, max: 200)
        place = try reader.optionalText("place", max: 64)
        deadline = try reader.optionalInstant("deadline")
        claimedBy = try reader.optionalIdentifier("claimedBy", as: ClerkID.self)
        cancelRequested = try reader.optionalTruth("cancelRequested") ?? false
        name = try reader.optionalText("name", max: 256)
        contactUnreadable = try reader.optionalTruth("contactUnreadable") ?? false
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("order", order.json), ("state", state.json), ("revision", .count(revision)), ("source", source.json),
            ("lines", .parts(lines)), ("place", place.map(JSON.string)), ("deadline", deadline?.json),
            ("claimedBy", claimedBy?.json), ("cancelRequested", cancelRequested ? true : nil),
            ("name", name.map(JSON.string)), ("contactUnreadable", contactUnreadable ? true : nil))
    }
}

/// A page of pickups.
public struct PickupListResult: MessagePart {
    /// The pickups, by order.
    public let pickups: [PickupResult]
    /// The `after` of the next page; `nil` on the last.
    public let next: OrderID?

    /// A page.
    public init(pickups: [PickupResult], next: OrderID? = nil) {
        self.pickups = pickups
        self.next = next
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        pickups = try reader.parts("pickups", as: PickupResult.self, max: 200)
        next = try reader.optionalIdentifier("next", as: OrderID.self)
    }

    /// The fields.
    public var json: JSON { .fields(("pickups", .parts(pickups)), ("next", next?.json)) }
}
