// Goods that come in.

import ShopModel

/// `delivery.receive`: goods of a delivery are in the shop.
public struct DeliveryReceive: RequestPayload {
    /// The verb.
    public static let verb = Verb.deliveryReceive
    /// The delivery, as its note names it: 1 to 64 bytes. A SKU of it is received once.
    public let delivery: String
    /// What came: 1 to 1,000 lines.
    public let lines: [ItemLine]

    /// Goods of a delivery.
    public init(delivery: String, lines: [ItemLine]) {
        self.delivery = delivery
        self.lines = lines
    }

    /// Reads the fields. A delivery's name becomes part of an event's subject, so it is a name like an order's.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        delivery = try reader.identifier("delivery", as: OrderID.self).value
        lines = try reader.parts("lines", as: ItemLine.self, max: 1_000, min: 1)
    }

    /// The fields.
    public var json: JSON { .fields(("delivery", .string(delivery)), ("lines", .parts(lines))) }
}

/// What is here after a delivery.
public struct DeliveryResult: MessagePart {
    /// The delivery.
    public let delivery: String
    /// What is here of each SKU received.
    public let lines: [Line]

    /// What is here of a SKU.
    public struct Line: MessagePart {
        /// Which SKU.
        public let sku: SKU
        /// Units in the shop by the books; below zero when more was sold than was known.
        public let onHand: Int

        /// What is here of a SKU.
        public init(sku: SKU, onHand: Int) {
            self.sku = sku
            self.onHand = onHand
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            sku = try reader.identifier("sku", as: SKU.self)
            onHand = try reader.integer("onHand", in: -1_000_000_000...1_000_000_000)
        }

        /// The fields.
        public var json: JSON { .fields(("sku", sku.json), ("onHand", .count(onHand))) }
    }

    /// What is here after a delivery.
    public init(delivery: String, lines: [Line]) {
        self.delivery = delivery
        self.lines = lines
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        delivery = try reader.text("delivery", max: 64)
        lines = try reader.parts("lines", as: Line.self, max: 1_000)
    }

    /// The fields.
    public var json: JSON { .fields(("delivery", .string(delivery)), ("lines", .parts(lines))) }
}
