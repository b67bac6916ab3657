// When the shop is open, and what that does to the end of a hold (DESIGN law 6).

import ShopModel

/// The shop's opening hours, in the minutes of its own days.
public struct OpeningHours: Equatable, Sendable {
    /// Open times of each weekday, Monday first, in minutes of the day, end exclusive, in order.
    public var weekly: [[Range<Int>]]
    /// Days that differ; an empty list is a closed day.
    public var exceptions: [CivilDate: [Range<Int>]]
    /// The shop's zone.
    public var zone: TimeZoneRules

    /// Opening hours; `weekly` has seven lists.
    public init(weekly: [[Range<Int>]], exceptions: [CivilDate: [Range<Int>]] = [:], zone: TimeZoneRules) {
        self.weekly = weekly
        self.exceptions = exceptions
        self.zone = zone
    }

    /// Days to look ahead for an opening before the hours count as unknown.
    static let daysAheadMax = 400

    /// The open spans of a day.
    public func spans(on date: CivilDate) -> [Range<Instant>] {
        (exceptions[date] ?? weekly[date.weekday - 1]).map {
            zone.instant(date, minute: $0.lowerBound)..<zone.instant(date, minute: $0.upperBound)
        }
    }

    /// Whether the shop is open.
    public func isOpen(at instant: Instant) -> Bool {
        spans(on: zone.civil(instant).date).contains { $0.contains(instant) }
    }

    /// The next moment, later than `instant`, at which the shop opens.
    public func nextOpening(after instant: Instant) -> Instant? {
        firstDay(from: instant) { $0.lowerBound > instant }?.first { $0.lowerBound > instant }?.lowerBound
    }

    /// The end of the day's last span; of the next day's that has one, once it is over. A break at noon is no closing.
    public func nextClosing(after instant: Instant) -> Instant? {
        firstDay(from: instant) { $0.upperBound > instant }?.last?.upperBound
    }

    /// Where a hold ends that was to end at `instant`: there, or, when the shop is closed then, one hour after the
    /// next opening. A hold that ends just as the shop closes still ends then, since it lasts up to that moment.
    public func endOfHold(_ instant: Instant) -> Instant {
        let date = zone.civil(instant).date
        // A shop that closes at 24:00 closes at the first moment of another day.
        let dayBefore = CivilDate(daysSinceEpoch: date.daysSinceEpoch - 1)
        let spans = spans(on: dayBefore) + spans(on: date)
        if spans.contains(where: { $0.contains(instant) || $0.upperBound == instant }) { return instant }
        return nextOpening(after: instant).map { $0 + 3_600_000 } ?? instant
    }

    /// The moment at which the shop has been open for so many milliseconds from `start`.
    public func afterOpen(milliseconds: Int64, from start: Instant) -> Instant? {
        var left = milliseconds
        let first = zone.civil(start).date.daysSinceEpoch
        for day in first...first + Self.daysAheadMax {
            for span in spans(on: CivilDate(daysSinceEpoch: day)) where span.upperBound > start {
                let begin = max(span.lowerBound, start)
                if span.upperBound - begin >= left { return begin + left }
                left -= span.upperBound - begin
            }
        }
        return nil
    }

    /// The spans of the first day from `instant` on that has a matching one.
    private func firstDay(from instant: Instant, where matches: (Range<Instant>) -> Bool) -> [Range<Instant>]? {
        let first = zone.civil(instant).date.daysSinceEpoch
        for day in first...first + Self.daysAheadMax {
            let spans = spans(on: CivilDate(daysSinceEpoch: day))
            if spans.contains(where: matches) { return spans }
        }
        return nil
    }
}

/// How long a hold is to last, as it was asked for.
public enum Term: Equatable, Sendable {
    /// Up to, and not including, a moment.
    case until(Instant)
    /// So many minutes.
    case minutes(Int)
    /// Up to the end of the day's opening; of the next day's when the shop has closed for the day.
    case closing
    /// So many hours of opening.
    case openHours(Int)

    /// The end that was asked for, before any move to the next opening.
    ///
    /// - Throws: `term.hoursUnknown` when the term is by opening hours and none are known.
    public func end(from now: Instant, hours: OpeningHours?) throws(Refusal) -> Instant {
        switch self {
        case .until(let instant): return instant
        case .minutes(let minutes): return now + Int64(minutes) * 60_000
        case .closing:
            guard let end = hours?.nextClosing(after: now) else { throw Refusal(.termHoursUnknown) }
            return end
        case .openHours(let count):
            guard let end = hours?.afterOpen(milliseconds: Int64(count) * 3_600_000, from: now) else {
                throw Refusal(.termHoursUnknown)
            }
            return end
        }
    }
}
