// Questions and commands about reservations, and their results.

import ShopModel

/// The end of a hold, as a device asks for it; the shop computes the moment once and tells it as `until`.
public enum HoldTerm: Equatable, Sendable {
    /// Up to, and not including, a moment.
    case until(Instant)
    /// So many minutes from now: 1 to 525,600.
    case minutes(Int)
    /// Up to today's closing, the next one when the shop is closed.
    case closing
    /// So many hours during which the shop is open: 1 to 1,000.
    case openHours(Int)
}

extension HoldTerm: MessagePart {
    /// Reads exactly one of `until`, `minutes`, `closing` and `openHours`.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        switch try reader.exactlyOne(of: ["until", "minutes", "closing", "openHours"]) {
        case "until": self = .until(try reader.instant("until"))
        case "minutes": self = .minutes(try reader.integer("minutes", in: 1...525_600))
        case "openHours": self = .openHours(try reader.integer("openHours", in: 1...1_000))
        default:
            let field = try reader.required("closing")
            guard try field.truth() else {
                throw field.refusal(.contractUnknownValue, [.text("seen", "false"), .texts("known", ["true"])])
            }
            self = .closing
        }
    }

    /// `{"until"}`, `{"minutes"}`, `{"closing": true}` or `{"openHours"}`.
    public var json: JSON {
        switch self {
        case .until(let instant): .fields(("until", instant.json))
        case .minutes(let minutes): .fields(("minutes", .count(minutes)))
        case .closing: .fields(("closing", true))
        case .openHours(let hours): .fields(("openHours", .count(hours)))
        }
    }
}

/// `reservation.place`: units to be held for a customer, without payment.
public struct ReservationPlace: RequestPayload {
    /// The verb.
    public static let verb = Verb.reservationPlace
    /// What is to be held: 1 to 50 lines.
    public let lines: [ItemLine]
    /// Until when; the shop's default when absent.
    public let term: HoldTerm?
    /// Whether fewer units than asked for are welcome; otherwise all or none.
    public let partial: Bool
    /// For whom, when known.
    public let customer: CustomerID?
    /// Where the customer is; `store` when absent.
    public let channel: Channel?

    /// Where a customer is.
    public enum Channel: String, CaseIterable, Sendable { case store, web, phone, mirror, social }

    /// Units to be held.
    public init(
        lines: [ItemLine], term: HoldTerm? = nil, partial: Bool = false, customer: CustomerID? = nil,
        channel: Channel? = nil
    ) {
        self.lines = lines
        self.term = term
        self.partial = partial
        self.customer = customer
        self.channel = channel
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        lines = try reader.parts("lines", as: ItemLine.self, max: 50, min: 1)
        term = try reader.optionalPart("term", as: HoldTerm.self)
        partial = try reader.optionalTruth("partial") ?? false
        customer = try reader.optionalIdentifier("customer", as: CustomerID.self)
        channel = try reader.optionalChoice("channel", as: Channel.self)
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("lines", .parts(lines)), ("term", term?.json), ("partial", partial ? true : nil),
            ("customer", customer?.json), ("channel", channel?.json))
    }
}

/// `reservation.extend`: a hold is to end later.
public struct ReservationExtend: RequestPayload {
    /// The verb.
    public static let verb = Verb.reservationExtend
    /// Which reservation.
    public let reservation: ReservationID
    /// The new end.
    public let term: HoldTerm

    /// A later end.
    public init(reservation: ReservationID, term: HoldTerm) {
        self.reservation = reservation
        self.term = term
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        reservation = try reader.identifier("reservation", as: ReservationID.self)
        term = try reader.part("term", as: HoldTerm.self)
    }

    /// The fields.
    public var json: JSON { .fields(("reservation", reservation.json), ("term", term.json)) }
}

/// `reservation.cancel`: units are given free before the term.
public struct ReservationCancel: RequestPayload {
    /// The verb.
    public static let verb = Verb.reservationCancel
    /// Which reservation.
    public let reservation: ReservationID
    /// Why; `customer` when absent.
    public let reason: Reason?
    /// Which units, 1 to 50 lines; all when absent.
    public let lines: [ItemLine]?

    /// Why a hold is given up.
    public enum Reason: String, CaseIterable, Sendable { case customer, noShow, mistake, notCollected }

    /// Units to be freed.
    public init(reservation: ReservationID, reason: Reason? = nil, lines: [ItemLine]? = nil) {
        self.reservation = reservation
        self.reason = reason
        self.lines = lines
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        reservation = try reader.identifier("reservation", as: ReservationID.self)
        reason = try reader.optionalChoice("reason", as: Reason.self)
        lines = try reader.optionalParts("lines", as: ItemLine.self, max: 50, min: 1)
    }

    /// The fields.
    public var json: JSON {
        .fields(("reservation", reservation.json), ("reason", reason?.json), ("lines", lines.map(JSON.parts)))
    }
}

/// `reservation.collect`: the customer takes the units; what is not taken is freed.
public struct ReservationCollect: RequestPayload {
    /// The verb.
    public static let verb = Verb.reservationCollect
    /// Which reservation.
    public let reservation: ReservationID
    /// Which units, 1 to 50 lines; all when absent.
    public let lines: [ItemLine]?

    /// Units to be collected.
    public init(reservation: ReservationID, lines: [ItemLine]? = nil) {
        self.reservation = reservation
        self.lines = lines
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        reservation = try reader.identifier("reservation", as: ReservationID.self)
        lines = try reader.optionalParts("lines", as: ItemLine.self, max: 50, min: 1)
    }

    /// The fields.
    public var json: JSON { .fields(("reservation", reservation.json), ("lines", lines.map(JSON.parts))) }
}

/// `reservation.get`: one reservation.
public struct ReservationGet: RequestPayload {
    /// The verb.
    public static let verb = Verb.reservationGet
    /// Which reservation.
    public let reservation: ReservationID

    /// Asks for a reservation.
    public init(reservation: ReservationID) { self.reservation = reservation }

    /// Reads the field.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        reservation = try reader.identifier("reservation", as: ReservationID.self)
    }

    /// The field.
    public var json: JSON { .fields(("reservation", reservation.json)) }
}

/// Where in its life a reservation is, by the names that devices know.
public enum ReservationState: String, CaseIterable, Sendable { case held, awaitingSale, sold, expired, released }

/// `reservation.list`: reservations in the order of their codes, a page at a time.
public struct ReservationList: RequestPayload {
    /// The verb.
    public static let verb = Verb.reservationList
    /// Those of one customer only.
    public let customer: CustomerID?
    /// Those in one state only.
    public let state: ReservationState?
    /// How many at most: 1 to 200; 50 when the message does not say.
    public let limit: Int
    /// Those behind this one: `next` of the page before.
    public let after: ReservationID?

    /// Asks for a page.
    public init(
        customer: CustomerID? = nil, state: ReservationState? = nil, limit: Int = 50, after: ReservationID? = nil
    ) {
        self.customer = customer
        self.state = state
        self.limit = limit
        self.after = after
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        customer = try reader.optionalIdentifier("customer", as: CustomerID.self)
        state = try reader.optionalChoice("state", as: ReservationState.self)
        limit = try reader.optionalInteger("limit", in: 1...200) ?? 50
        after = try reader.optionalIdentifier("after", as: ReservationID.self)
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("customer", customer?.json), ("state", state?.json), ("limit", .count(limit)), ("after", after?.json))
    }
}
