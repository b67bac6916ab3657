// When the shop is open, and the settings that headquarters gives it.

import ShopModel

/// Opening hours (feed `hours`): every week's, or one day's that differs.
public enum HoursRecord: FeedRecord {
    /// Key `weekly`: seven days from Monday, each with its times; a day without times is closed.
    case weekly([[Span]])
    /// Key `YYYY-MM-DD`: that day's times in place of the week's; none when closed.
    case day(CivilDate, [Span])

    /// From opening to closing, in minutes of the shop's local day.
    public struct Span: Hashable, Sendable {
        /// The minute of opening, 0 to 1,439.
        public let opens: Int
        /// The minute of closing, after `opens`, up to 1,440 (`24:00`).
        public let closes: Int

        /// A span; `nil` when it is empty or outside the day.
        public init?(opens: Int, closes: Int) {
            guard (0..<1_440).contains(opens), opens < closes, closes <= 1_440 else { return nil }
            self.opens = opens
            self.closes = closes
        }

        fileprivate init(_ field: JSONField) throws(Refusal) {
            let ends = try field.array(max: 2, min: 2)
            guard let span = Span(opens: try Self.minute(ends[0]), closes: try Self.minute(ends[1])) else {
                throw field.refusal(
                    .contractBadIdentifier,
                    [
                        .text("kind", "span from opening to a later closing"),
                        .text("seen", ends.map { $0.value.text ?? "" }.joined(separator: "–")),
                    ])
            }
            self = span
        }

        private static func minute(_ field: JSONField) throws(Refusal) -> Int {
            let text = try field.text(max: 5)
            let bytes = Array(text.utf8)
            guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"), let hour = Int(text.prefix(2)),
                let minute = Int(text.suffix(2)), bytes[0] != 0x2B, bytes[0] != 0x2D, bytes[3] != 0x2B,
                bytes[3] != 0x2D, minute < 60, hour < 24 || (hour == 24 && minute == 0)
            else { throw field.refusal(.contractBadIdentifier, [.text("kind", "time HH:MM"), .text("seen", text)]) }
            return hour * 60 + minute
        }

        fileprivate var json: JSON { .texts([Self.text(opens), Self.text(closes)]) }

        private static func text(_ minute: Int) -> String {
            let (hour, rest) = (minute / 60, minute % 60)
            return (hour < 10 ? "0" : "") + String(hour) + ":" + (rest < 10 ? "0" : "") + String(rest)
        }
    }

    private static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    /// Reads a value. A day has at most 8 spans, in order and apart from each other.
    public init(_ entry: StateEntry) throws(Refusal) {
        guard entry.key != "weekly" else {
            var reader = try entry.fields()
            var week: [[Span]] = []
            for name in Self.dayNames {
                week.append(try Self.spans(try reader.optionalArray(name, max: 8) ?? []))
            }
            self = .weekly(week)
            return
        }
        guard let day = CivilDate(entry.key) else {
            throw Refusal(
                .contractBadIdentifier, field: "/key",
                [.text("name", "key"), .text("kind", "weekly or YYYY-MM-DD"), .text("seen", entry.key)])
        }
        var reader = try ObjectReader(.fields(("value", entry.value ?? .null)))
        self = .day(day, try Self.spans(try reader.array("value", max: 8)))
    }

    private static func spans(_ fields: [JSONField]) throws(Refusal) -> [Span] {
        var spans: [Span] = []
        for field in fields {
            let span = try Span(field)
            if let last = spans.last, span.opens < last.closes {
                throw field.refusal(
                    .contractBadIdentifier,
                    [
                        .text("kind", "span after the one before"),
                        .text("seen", String(decoding: span.json.encoded(), as: UTF8.self)),
                    ])
            }
            spans.append(span)
        }
        return spans
    }

    /// The key and the value.
    public var entry: StateEntry {
        switch self {
        case .weekly(let week):
            StateEntry(
                key: "weekly",
                value: .object(
                    zip(Self.dayNames, week).map { JSON.Member($0, .array($1.map(\.json))) }))
        case .day(let day, let spans):
            StateEntry(key: day.description, value: .array(spans.map(\.json)))
        }
    }
}

/// A setting (feed `settings`, key: its name). A setting that this version does not know is kept under its name.
public enum SettingRecord: FeedRecord {
    /// The length of a hold when nobody says, in minutes: 1 to 525,600.
    case holdMinutesDefault(Int)
    /// The longest hold, in minutes: 1 to 525,600.
    case holdMinutesMax(Int)
    /// Units of every product never to be promised: 0 to 999,999.
    case safetyStock(Int)
    /// Open reservations without a customer from one device: 0 to 999,999.
    case limitAnonymous(Int)
    /// Open reservations that a known customer may have: 0 to 999,999.
    case limitKnown(Int)
    /// How soon an order must be accepted, in minutes: 1 to 525,600.
    case pickupAcceptMinutes(Int)
    /// A setting of a later version.
    case unknown(name: String, JSON)

    /// Reads a value.
    public init(_ entry: StateEntry) throws(Refusal) {
        let field = JSONField(entry.value ?? .null, at: "value", in: "")
        let minutes = 1...525_600
        let units = 0...999_999
        switch entry.key {
        case "holdMinutesDefault": self = .holdMinutesDefault(try field.integer(in: minutes))
        case "holdMinutesMax": self = .holdMinutesMax(try field.integer(in: minutes))
        case "safetyStock": self = .safetyStock(try field.integer(in: units))
        case "limitAnonymous": self = .limitAnonymous(try field.integer(in: units))
        case "limitKnown": self = .limitKnown(try field.integer(in: units))
        case "pickup.acceptMinutes": self = .pickupAcceptMinutes(try field.integer(in: minutes))
        default: self = .unknown(name: entry.key, field.value)
        }
    }

    /// The key and the value.
    public var entry: StateEntry {
        switch self {
        case .holdMinutesDefault(let value): StateEntry(key: "holdMinutesDefault", value: .count(value))
        case .holdMinutesMax(let value): StateEntry(key: "holdMinutesMax", value: .count(value))
        case .safetyStock(let value): StateEntry(key: "safetyStock", value: .count(value))
        case .limitAnonymous(let value): StateEntry(key: "limitAnonymous", value: .count(value))
        case .limitKnown(let value): StateEntry(key: "limitKnown", value: .count(value))
        case .pickupAcceptMinutes(let value): StateEntry(key: "pickup.acceptMinutes", value: .count(value))
        case .unknown(let name, let value): StateEntry(key: name, value: value == .null ? nil : value)
        }
    }
}
