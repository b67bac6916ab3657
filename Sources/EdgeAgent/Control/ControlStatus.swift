// How the agent fares, in one answer: numbers, and what of them somebody should look after.

import Contract
import ShopCore
import ShopModel

/// Something that a technician should look after.
public struct Finding {
    /// How bad it is.
    public enum Level: String {
        /// Something is broken, or stands still until somebody acts.
        case fault
        /// The shop works, with less than it should have.
        case warning
    }

    let level: Level
    /// What it is, in the form of every sentence of the house.
    let refusal: Refusal

    /// Something to look after.
    public init(_ level: Level, _ code: Refusal.Code, _ facts: [Refusal.Fact] = []) {
        self.level = level
        refusal = Refusal(code, facts)
    }

    /// It as an element of the `findings` of `status`.
    public func json(in language: Language) -> JSON {
        let problem = Problem(refusal, in: language)
        return .told(
            ("level", .string(level.rawValue)), ("code", .string(problem.code)), ("detail", .string(problem.detail)),
            ("facts", .object(problem.facts)))
    }
}

extension LedgerCommand {
    /// How the agent fares.
    static let status = [
        question("status") { _ throws(Refusal) in { ledger, context in try ledger.status(context) } }
    ]
}

extension Ledger {
    /// An order that headquarters should have had for so long stands still: health is progress (DESIGN §7).
    static let orderWaitsMillisecondsMax: Int64 = 300_000
    /// How many SKUs with a shortfall are named.
    static let shortfallsNamedMax = 50

    /// `status`: the ledger, its clock, its line, what waits and what is open.
    func status(_ facts: ControlContext) throws -> JSON {
        let lanes = try storage.laneCounts()
        let feeds = try feedReports()
        let parkedEntries = feeds.reduce(0) { $0 + $1.parked }
        // Those that a finding of their own explains are not told twice.
        let parkedPlainly = try (storage.parkedEntryCounts() + board.now.catalogueParked).filter { !$0.isExplained }
        let open = view.openPromises()
        let short = try shortLines(among: open.reservations)
        let findings =
            findings(
                facts, lanes: lanes, parkedEntries: parkedPlainly.reduce(0) { $0 + $1.count },
                linesShort: max(open.linesShort, short.count)) + (try linkFindings(feeds))
        let line: JSON = .told(
            ("up", .bool(facts.lineIsUp)), ("inFlight", .count(pump.inFlightCount)),
            ("epoch", try storage.value(ValueName.epoch).map(JSON.string)))
        return .told(
            ("now", .moment(now)), ("shop", .name(profile.shop)), ("version", .string(facts.version)),
            ("since", .moment(facts.startedAt)), ("incarnation", .name(incarnation)),
            (
                "clock",
                .told(
                    ("trust", .string(clock.trust.rawValue)), ("now", .moment(now)),
                    ("stepsSeen", .count(clock.stepsSeen)))
            ),
            ("line", line), ("lanes", .array(lanes.map(\.json))),
            ("feeds", .array(feeds.map(\.json))), ("parkedFeedEntries", .count(parkedEntries)),
            ("open", counts(open.reservations, open.pickups)),
            (
                "shortfalls",
                .told(
                    ("count", .count(max(open.linesShort, short.count))),
                    (
                        "lines",
                        .array(
                            short.map { .told(("sku", .name($0.sku)), ("short", .count($0.shortfall))) })
                    ))
            ),
            ("findings", .array(findings.map { $0.json(in: facts.language) })))
    }

    private func counts(_ reservations: [Reservation], _ pickups: [Pickup]) -> JSON {
        var (held, awaiting) = (0, 0)
        for reservation in reservations {
            switch reservation.state(at: now) {
            case .held: held += 1
            case .awaitingSale: awaiting += 1
            case .closed: break
            }
        }
        var (received, ready, overdue, cancelling) = (0, 0, 0, 0)
        for pickup in pickups {
            switch pickup.state(at: now) {
            case .received: received += 1
            case .ready: ready += 1
            case .overdue: overdue += 1
            default: break
            }
            if pickup.cancelRequest != nil { cancelling += 1 }
        }
        return .told(
            ("reservationsHeld", .count(held)), ("awaitedSales", .count(awaiting)),
            ("pickups", .count(pickups.count)), ("pickupsNew", .count(received)), ("pickupsReady", .count(ready)),
            ("pickupsOverdue", .count(overdue)), ("cancelRequests", .count(cancelling)))
    }

    /// The lines whose promises have no rights behind them. A promise has a reservation, so that no line is read but
    /// those that the view says are short.
    private func shortLines(among reservations: [Reservation]) throws(StorageFailure) -> [StockLine] {
        var short: Set<SKU> = []
        for reservation in reservations {
            for units in reservation.locked where (view.figures(of: units.sku)?.free ?? 0) < 0 {
                short.insert(units.sku)
            }
        }
        var lines: [StockLine] = []
        for sku in short.sorted().prefix(Self.shortfallsNamedMax) {
            if let line = try storage.stockLine(sku) { lines.append(line) }
        }
        return lines
    }

    private func findings(
        _ facts: ControlContext, lanes: [LaneCount], parkedEntries: Int, linesShort: Int
    ) -> [Finding] {
        var findings: [Finding] = []
        let parked = lanes.reduce(0) { $0 + $1.parked }
        if parked > 0 { findings.append(Finding(.fault, .findingEventsParked, [.integer("count", parked)])) }
        if facts.lineIsUp, let oldest = lanes.first(where: { $0.lane == .orders })?.oldest,
            now - oldest > Self.orderWaitsMillisecondsMax
        {
            findings.append(
                Finding(.fault, .findingOrdersWait, [.integer("minutes", Int((now - oldest) / 60_000))]))
        }
        if !facts.lineIsUp {
            let pending = lanes.reduce(0) { $0 + $1.pending }
            findings.append(Finding(.warning, .findingLineDown, [.integer("count", pending)]))
        }
        if clock.trust == .untrusted { findings.append(Finding(.warning, .findingClockUntrusted)) }
        if parkedEntries > 0 {
            findings.append(Finding(.warning, .findingEntriesParked, [.integer("count", parkedEntries)]))
        }
        if linesShort > 0 {
            findings.append(Finding(.warning, .findingShortfalls, [.integer("count", linesShort)]))
        }
        return findings
    }
}

extension LaneCount {
    fileprivate var json: JSON {
        .told(
            ("lane", .string(lane.name)), ("pending", .count(pending)), ("parked", .count(parked)),
            ("oldest", oldest.map { .moment($0) }))
    }
}
