// How the feeds of headquarters fare, the ledger's and the assortment's together, and what is wrong with the link.

import Contract
import ShopCore
import ShopModel

/// How a feed of headquarters fares.
public struct FeedReport: Equatable, Sendable {
    /// `shop`, or `group/<name>`.
    public let scope: String
    /// The feed's name.
    public let feed: String
    /// How far it was taken in; `nil` when it was never heard, and what came was set aside or refused.
    public var cursor: FeedCursor?
    /// Entries set aside.
    public var parked = 0
    /// Messages and entries meant for another shop.
    public var foreign = 0
    /// Messages and entries that a later version of the agent may read.
    public var newer = 0

    /// The report as status and health tell it.
    public var json: JSON {
        .told(
            ("scope", .string(scope)), ("feed", .string(feed)), ("epoch", cursor.map { .string($0.epoch) }),
            ("sequence", .integer(cursor?.sequence ?? 0)), ("takenAt", cursor?.takenAt.map { .moment($0) }),
            ("parked", .count(parked)), ("foreign", .count(foreign)), ("newer", .count(newer)))
    }
}

extension FeedReport {
    /// How each feed fares, by scope and feed; one of which nothing ever came is not there.
    ///
    /// - Parameters:
    ///   - cursors: how far the ledger's feeds were taken in.
    ///   - parked: what of them was set aside.
    ///   - link: what headquarters' link knows, the assortment's feeds among it.
    public static func all(cursors: [FeedCursor], parked: [ParkedCount], link: LinkFacts) -> [FeedReport] {
        var reports: [FeedReport] = []
        func change(_ scope: String, _ feed: String, _ change: (inout FeedReport) -> Void) {
            let index = reports.firstIndex { $0.scope == scope && $0.feed == feed }
            var report = index.map { reports[$0] } ?? FeedReport(scope: scope, feed: feed)
            change(&report)
            if let index { reports[index] = report } else { reports.append(report) }
        }
        for cursor in cursors + (link.catalogueCursors ?? []) {
            change(cursor.scope, cursor.feed) { $0.cursor = cursor }
        }
        for parked in parked + link.catalogueParked {
            change(parked.scope, parked.feed) {
                $0.parked += parked.count
                if parked.isForeign { $0.foreign += parked.count }
                if parked.isNewer { $0.newer += parked.count }
            }
        }
        for trouble in link.troubles {
            change("shop", trouble.feed) {
                switch trouble.kind {
                case .foreign: $0.foreign += trouble.count
                case .newer: $0.newer += trouble.count
                // A finding of its own tells of it; the cursor stands where it stood.
                case .unrelated: break
                }
            }
        }
        return reports.sorted { ($0.scope, $0.feed) < ($1.scope, $1.feed) }
    }
}

extension Ledger {
    /// In how short a time a session has to be taken over, and how often, to mean a second box.
    static let thrownOutMillisecondsMax: Int64 = 600_000
    static let thrownOutCountMax = 3

    /// How each feed fares.
    public func feedReports() throws(StorageFailure) -> [FeedReport] {
        FeedReport.all(cursors: try storage.cursors(), parked: try storage.parkedEntryCounts(), link: board.now)
    }

    /// What is wrong with headquarters' link and what came by it.
    func linkFindings(_ reports: [FeedReport]) throws(StorageFailure) -> [Finding] {
        let link = board.now
        var findings: [Finding] = []
        if let finding = twoBoxes(link) { findings.append(finding) }
        if let echo = link.echo, now - echo.at < Self.thrownOutMillisecondsMax,
            ["fenced", "forked"].contains(echo.answer.sees.state)
        {
            findings.append(Finding(.fault, .findingFenced))
        }
        if let reason = try storage.value(ValueName.beganBecause), reason != LifeReason.firstStart,
            try storage.value(ValueName.grantedTo) != incarnation.value
        {
            findings.append(Finding(.fault, .findingCopiedLedger, [.text("reason", reason)]))
        }
        let troubles = FeedTrouble.all(parked: try storage.parkedEntryCounts(), link: link, now: now)
        for (code, level, kind) in [
            (Refusal.Code.findingForeignFeed, Finding.Level.fault, FeedTrouble.Kind.foreign),
            (.findingFeedUnrelated, .fault, .unrelated), (.findingFeedNewer, .warning, .newer),
        ] {
            let ofKind = troubles.filter { $0.kind == kind }
            guard !ofKind.isEmpty else { continue }
            let feeds = Set(ofKind.map(\.feed)).sorted().joined(separator: ", ")
            findings.append(
                Finding(
                    level, code,
                    [.text("feeds", feeds), .integer("count", ofKind.reduce(0) { $0 + $1.count })]))
        }
        if let cursors = link.catalogueCursors {
            if !cursors.contains(where: { $0.feed == Feed.catalogue.rawValue }) {
                findings.append(Finding(.warning, .findingCatalogueLacking))
            } else if profile.scopes.count > 1, !cursors.contains(where: { $0.feed == Feed.network.rawValue }) {
                findings.append(Finding(.warning, .findingNetworkLacking))
            }
        }
        return findings
    }

    private func twoBoxes(_ link: LinkFacts) -> Finding? {
        if let echo = link.echo, echo.answer.sees.twoBoxes, now - echo.at < Self.thrownOutMillisecondsMax {
            let other = echo.answer.sees.otherInstance?.instance.value ?? "?"
            return Finding(.fault, .findingTwoBoxes, [.text("sign", "headquarters ↔ \(other)")])
        }
        let thrownOut = link.thrownOutAt.filter { now - $0 < Self.thrownOutMillisecondsMax }
        guard thrownOut.count >= Self.thrownOutCountMax else { return nil }
        return Finding(.fault, .findingTwoBoxes, [.text("sign", "edge-\(profile.shop) × \(thrownOut.count)")])
    }

    /// Notes that headquarters has granted rights to this life of the ledger.
    func noteGrant(on line: StockLine) throws(StorageFailure) {
        guard line.rights[.headquarters].given(to: home) > 0,
            try storage.value(ValueName.grantedTo) != incarnation.value
        else { return }
        try storage.setValue(ValueName.grantedTo, incarnation.value)
    }
}

extension FeedTrouble {
    /// For how long what came down wrong, and was not kept, is worth telling.
    static let tellingMillisecondsMax: Int64 = 86_400_000

    /// What is to be told: what is kept aside, until it is mended, and what was not kept, as long as it is news.
    public static func all(parked: [ParkedCount], link: LinkFacts, now: Instant) -> [FeedTrouble] {
        var troubles = link.troubles.filter { now - $0.lastAt < tellingMillisecondsMax }
        for parked in parked + link.catalogueParked {
            let kind: Kind
            if parked.isForeign {
                kind = .foreign
            } else if parked.isNewer {
                kind = .newer
            } else {
                continue
            }
            if let index = troubles.firstIndex(where: { $0.kind == kind && $0.feed == parked.feed }) {
                troubles[index].count += parked.count
            } else {
                var trouble = FeedTrouble(kind: kind, feed: parked.feed)
                trouble.count = parked.count
                trouble.detail = parked.code
                troubles.append(trouble)
            }
        }
        return troubles.sorted { ($0.kind.rawValue, $0.feed) < ($1.kind.rawValue, $1.feed) }
    }

    /// The trouble as health tells it.
    public var json: JSON {
        .told(
            ("kind", .string(kind.rawValue)), ("feed", .string(feed)), ("count", .count(count)),
            ("lastAt", lastAt.milliseconds > 0 ? .moment(lastAt) : nil), ("detail", .string(detail)))
    }
}

/// Why a life of the ledger began.
enum LifeReason {
    static let firstStart = "first start"
}

extension ParkedCount {
    fileprivate var isForeign: Bool { code == Refusal.Code.contractForeignShop.name }
    /// Whether a later version may read it.
    var isNewer: Bool { Refusal.Code.newerThanThisVersion.contains { $0.name == code } }
    /// Whether it has a finding of its own.
    var isExplained: Bool { isForeign || isNewer }
}
