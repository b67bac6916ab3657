// The till's lines: what was sold, brought back, taken back or exchanged.

import ShopModel

/// `sale.record`: lines of tickets, one sale's or a whole day's.
public struct SaleRecord: RequestPayload {
    /// The verb.
    public static let verb = Verb.saleRecord
    /// The lines, 1 to 1,000; a longer file is cut by the till.
    public let lines: [Line]

    /// A line of the message. One that cannot be read does not stop those around it.
    public enum Line: Equatable, Sendable {
        /// A line that can be recorded.
        case readable(SaleEntry)
        /// A line whose key is known but whose content is wrong: it is parked with the reason.
        case unreadable(TicketLine, Refusal, raw: JSON)

        /// Till, ticket and line.
        public var key: TicketLine {
            switch self {
            case .readable(let entry): entry.key
            case .unreadable(let key, _, _): key
            }
        }
    }

    /// Lines of tickets.
    public init(lines: [Line]) { self.lines = lines }

    /// Lines of tickets, all readable.
    public init(_ entries: [SaleEntry]) { lines = entries.map(Line.readable) }

    /// Reads the lines, each by itself.
    ///
    /// - Throws: a refusal of the whole only where a line's key cannot be read, since nothing could be said of it.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        var lines: [Line] = []
        for field in try reader.array("lines", max: 1_000, min: 1) {
            var line = try field.object()
            let key = try TicketLine(from: &line)
            do throws(Refusal) {
                lines.append(.readable(try SaleEntry(key, from: &line)))
            } catch {
                lines.append(.unreadable(key, error, raw: field.value))
            }
        }
        self.lines = lines
    }

    /// The fields; a line that could not be read is written as it came.
    public var json: JSON {
        .fields(
            (
                "lines",
                .array(
                    lines.map {
                        switch $0 {
                        case .readable(let entry): entry.json
                        case .unreadable(_, _, let raw): raw
                        }
                    })
            ))
    }
}

/// One line of a till's ticket.
public struct SaleEntry: MessagePart {
    /// Till, ticket and line: recorded once, however often it is sent.
    public let key: TicketLine
    /// What happened.
    public let kind: Kind
    /// What was paid for the line, tax included, in minor units.
    public let price: Money?
    /// The day in the shop's books.
    public let businessDate: CivilDate?
    /// When it happened, by the till's clock.
    public let at: Instant?
    /// The reservation whose units these are, when the till knows it.
    public let reservation: ReservationID?
    /// The paid order whose goods these are: such a line never lowers stock.
    public let order: OrderID?

    /// What a line of a ticket can be.
    public enum Kind: Equatable, Sendable {
        /// Units left with the customer.
        case sale(ItemLine)
        /// Units came back, from the line named when it is known.
        case takenBack(ItemLine, original: TicketLine?)
        /// An earlier line is cancelled wholly.
        case void(original: TicketLine)
        /// Units left, and others came back.
        case exchange(ItemLine, returned: ItemLine, original: TicketLine?)

        /// The name in the message: `sale`, `return`, `void` or `exchange`.
        public var name: String {
            switch self {
            case .sale: "sale"
            case .takenBack: "return"
            case .void: "void"
            case .exchange: "exchange"
            }
        }
    }

    private enum KindName: String, CaseIterable { case sale, `return`, void, exchange }

    /// A line of a ticket.
    public init(
        _ key: TicketLine, _ kind: Kind, price: Money? = nil, businessDate: CivilDate? = nil, at: Instant? = nil,
        reservation: ReservationID? = nil, order: OrderID? = nil
    ) {
        self.key = key
        self.kind = kind
        self.price = price
        self.businessDate = businessDate
        self.at = at
        self.reservation = reservation
        self.order = order
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        try self.init(try TicketLine(from: &reader), from: &reader)
    }

    init(_ key: TicketLine, from reader: inout ObjectReader) throws(Refusal) {
        self.key = key
        switch try reader.choice("kind", as: KindName.self) {
        case .sale: kind = .sale(try ItemLine(from: &reader))
        case .return:
            let line = try ItemLine(from: &reader)
            kind = .takenBack(line, original: try reader.optionalPart("original", as: TicketLine.self))
        case .void: kind = .void(original: try reader.part("original", as: TicketLine.self))
        case .exchange:
            let line = try ItemLine(from: &reader)
            let returned = try reader.part("returned", as: ItemLine.self)
            kind = .exchange(
                line, returned: returned, original: try reader.optionalPart("original", as: TicketLine.self))
        }
        price = try reader.optionalPart("price", as: Money.self)
        businessDate = try reader.optionalDay("businessDate")
        at = try reader.optionalInstant("at")
        reservation = try reader.optionalIdentifier("reservation", as: ReservationID.self)
        order = try reader.optionalIdentifier("order", as: OrderID.self)
    }

    /// The fields.
    public var json: JSON {
        key.json.appending(.fields(("kind", .string(kind.name)))).appending(item?.json ?? .object([])).appending(
            .fields(
                ("price", price?.json), ("businessDate", businessDate?.json), ("at", at?.json),
                ("reservation", reservation?.json), ("order", order?.json), ("original", original?.json),
                ("returned", returned?.json)))
    }

    /// The units that left, or came back with a return.
    private var item: ItemLine? {
        switch kind {
        case .sale(let line), .takenBack(let line, _), .exchange(let line, _, _): line
        case .void: nil
        }
    }

    private var original: TicketLine? {
        switch kind {
        case .sale: nil
        case .takenBack(_, let original), .exchange(_, _, let original): original
        case .void(let original): original
        }
    }

    private var returned: ItemLine? {
        if case .exchange(_, let returned, _) = kind { returned } else { nil }
    }
}

/// What became of the lines of a `sale.record`.
public struct SaleResult: MessagePart {
    /// What became of each line, in the order sent.
    public let lines: [Line]
    /// Promises that no right stands behind any more.
    public let shortfalls: [Shortfall]
    /// Whether sentences, warnings or promises are left out, since the reply would be too long otherwise.
    public let isShortened: Bool

    /// What became of a line.
    public enum Outcome: String, CaseIterable, Sendable {
        /// Recorded now.
        case recorded
        /// Recorded before, with the same content.
        case known
        /// Set aside with a reason; somebody has to look.
        case parked
    }

    /// A line and what became of it.
    public struct Line: MessagePart {
        /// Till, ticket and line.
        public let key: TicketLine
        /// What became of it.
        public let outcome: Outcome
        /// Why it was parked: the code of a refusal.
        public let reason: String?
        /// Why it was parked: a sentence for a person, in the shop's first language; left out of a shortened result.
        public let detail: String?
        /// What should be known about a line that counts all the same; left out of a shortened result.
        public let warnings: [ProductCard.Warning]

        /// A line and what became of it.
        public init(
            _ key: TicketLine, _ outcome: Outcome, reason: String? = nil, detail: String? = nil,
            warnings: [ProductCard.Warning] = []
        ) {
            self.key = key
            self.outcome = outcome
            self.reason = reason
            self.detail = detail
            self.warnings = warnings
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            key = try TicketLine(from: &reader)
            outcome = try reader.choice("outcome", as: Outcome.self)
            reason = try reader.optionalText("reason", max: 128)
            detail = try reader.optionalText("detail", max: 4_096)
            warnings =
                reader.optional("warnings") == nil
                ? [] : try reader.parts("warnings", as: ProductCard.Warning.self, max: 16)
        }

        /// The fields.
        public var json: JSON {
            key.json.appending(
                .fields(
                    ("outcome", outcome.json), ("reason", reason.map(JSON.string)), ("detail", detail.map(JSON.string)),
                    ("warnings", warnings.isEmpty ? nil : .parts(warnings))))
        }
    }

    /// Units of a SKU that are promised but no longer there, and to whom.
    public struct Shortfall: MessagePart {
        /// Which SKU.
        public let sku: SKU
        /// How many units too few.
        public let short: Int
        /// The reservations and orders at risk, the newest first, at most `promisesMax`.
        public let promises: [String]
        /// How many more are at risk than are named.
        public let morePromises: Int

        /// How many promises are named at most.
        public static let promisesMax = 1_000

        /// A shortfall.
        public init(sku: SKU, short: Int, promises: [String], morePromises: Int = 0) {
            self.sku = sku
            self.short = short
            self.promises = promises
            self.morePromises = morePromises
        }

        /// Reads the fields.
        public init(from reader: inout ObjectReader) throws(Refusal) {
            sku = try reader.identifier("sku", as: SKU.self)
            short = try reader.integer("short", in: 0...1_000_000_000)
            promises = try reader.texts("promises", max: Self.promisesMax, bytesMax: 64)
            morePromises = try reader.optionalInteger("morePromises", in: 0...1_000_000_000) ?? 0
        }

        /// The fields.
        public var json: JSON {
            .fields(
                ("sku", sku.json), ("short", .count(short)), ("promises", .texts(promises)),
                ("morePromises", morePromises == 0 ? nil : .count(morePromises)))
        }
    }

    /// What became of the lines.
    public init(lines: [Line], shortfalls: [Shortfall] = [], isShortened: Bool = false) {
        self.lines = lines
        self.shortfalls = shortfalls
        self.isShortened = isShortened
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        lines = try reader.parts("lines", as: Line.self, max: 1_000)
        shortfalls = try reader.parts("shortfalls", as: Shortfall.self, max: 1_000)
        isShortened = try reader.optionalTruth("shortened") ?? false
    }

    /// The fields.
    public var json: JSON {
        .fields(
            ("lines", .parts(lines)), ("shortfalls", .parts(shortfalls)), ("shortened", isShortened ? true : nil))
    }
}
