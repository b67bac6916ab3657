// What is answered about reservations.

import ShopModel

/// A reservation as every verb about it answers.
///
/// `placed` answers have all lines with what was asked; each field is told where it is known and makes sense.
public struct ReservationResult: MessagePart {
    /// The code that the customer holds.
    public let reservation: ReservationID
    /// Where in its life it is.
    public let state: ReservationState
    /// The end of the hold, exclusive, while it is held.
    public let until: Instant?
    /// Its lines.
    public let lines: [Line]
    /// The moment after which this answer should not be shown any more.
    public let expires: Instant?

    /// Units of one SKU.
    public struct Line: MessagePart {
        /// Which SKU.
        public let sku: SKU
        /// Units held, or awaiting their sale.
        public let quantity: Int
        /// Units asked for when it was placed.
        public let asked: Int?

        /// Units of a SKU.
        public init(sku: SKU, quantity: Int, asked: Int? = nil) {
            self.sku = sku
            self.quantity = quantity
            self.asked = asked
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            sku = try reader.identifier("sku", as: SKU.self)
            quantity = try reader.integer("quantity", in: 0...999_999)
            // 50 lines may name one SKU.
            asked = try reader.optionalInteger("asked", in: 0...50 * 999_999)
        }

        /// The fields.
        public var json: JSON {
            .fields(("sku", sku.json), ("quantity", .count(quantity)), ("asked", asked.map(JSON.count)))
        }
    }

    /// A reservation.
    public init(
        reservation: ReservationID, state: ReservationState, until: Instant? = nil, lines: [Line],
        expires: Instant? = nil
    ) {
        self.reservation = reservation
        self.state = state
        self.until = until
        self.lines = lines
        self.expires = expires
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        reservation = try reader.identifier("reservation", as: ReservationID.self)
        state = try reader.choice("state", as: ReservationState.self)
        until = try reader.optionalInstant("until")
        lines = try reader.parts("lines", as: Line.self, max: 50)
        expires = try reader.optionalInstant("expires")
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("reservation", reservation.json), ("state", state.json), ("until", until?.json),
            ("lines", .parts(lines)), ("expires", expires?.json))
    }
}

/// A page of reservations.
public struct ReservationListResult: MessagePart {
    /// The reservations, by code.
    public let reservations: [ReservationResult]
    /// The `after` of the next page; `nil` on the last.
    public let next: ReservationID?

    /// A page.
    public init(reservations: [ReservationResult], next: ReservationID? = nil) {
        self.reservations = reservations
        self.next = next
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        reservations = try reader.parts("reservations", as: ReservationResult.self, max: 200)
        next = try reader.optionalIdentifier("next", as: ReservationID.self)
    }

    /// The fields.
    public var json: JSON { .fields(("reservations", .parts(reservations)), ("next", next?.json)) }
}
