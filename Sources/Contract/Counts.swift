// Counting what is really there.

import ShopModel

/// `count.record`: units of a product were counted.
public struct CountRecord: RequestPayload {
    /// The verb.
    public static let verb = Verb.countRecord
    /// Which product.
    public let item: ItemSelector
    /// Units found, those not for sale included: 0 to 999,999.
    public let counted: Int
    /// The journal position when they were counted; now when absent. Later changes are applied on top.
    public let asOf: Int64?

    /// A count.
    public init(_ item: ItemSelector, counted: Int, asOf: Int64? = nil) {
        self.item = item
        self.counted = counted
        self.asOf = asOf
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        item = try ItemSelector(from: &reader)
        counted = try reader.integer("counted", in: 0...999_999)
        asOf = try reader.optionalInteger("asOf", in: 0...JSONLimits.counterMax).map(Int64.init)
    }

    /// The fields.
    public var json: JSON {
        item.json.appending(.fields(("counted", .count(counted)), ("asOf", asOf.map(JSON.integer))))
    }
}

/// `count.approve`: the count that waits is right.
public struct CountApprove: RequestPayload {
    /// The verb.
    public static let verb = Verb.countApprove
    /// Which product.
    public let item: ItemSelector

    /// Approves the count of a product.
    public init(_ item: ItemSelector) { self.item = item }

    /// Reads `sku` or `gtin`.
    public init(from reader: inout ObjectReader) throws(Refusal) { item = try ItemSelector(from: &reader) }

    /// The field.
    public var json: JSON { item.json }
}

/// What a count came to.
public struct CountResult: MessagePart {
    /// Which SKU.
    public let sku: SKU
    /// Whether the books were corrected.
    public let state: State
    /// Units in the shop by the books, after any correction.
    public let onHand: Int
    /// What the count adds to the books, or would.
    public let difference: Int
    /// The journal position as of which it was counted.
    public let position: Int64

    /// Where a count stands.
    public enum State: String, CaseIterable, Sendable {
        /// The books are corrected.
        case approved
        /// It waits for somebody who may approve it.
        case counted
    }

    /// What a count came to.
    public init(sku: SKU, state: State, onHand: Int, difference: Int, position: Int64) {
        self.sku = sku
        self.state = state
        self.onHand = onHand
        self.difference = difference
        self.position = position
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        sku = try reader.identifier("sku", as: SKU.self)
        state = try reader.choice("state", as: State.self)
        onHand = try reader.integer("onHand", in: -1_000_000_000...1_000_000_000)
        difference = try reader.integer("difference", in: -1_000_000_000...1_000_000_000)
        position = Int64(try reader.integer("position", in: 0...JSONLimits.counterMax))
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("sku", sku.json), ("state", state.json), ("onHand", .count(onHand)), ("difference", .count(difference)),
            ("position", .integer(position)))
    }
}
