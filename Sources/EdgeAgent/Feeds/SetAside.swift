// Entries of headquarters' feeds that this shop could not take: headquarters is told, and a technician sees them.

import Contract
import ShopCore
import ShopModel

/// An entry of a feed that was set aside.
public struct SetAsideEntry: Equatable, Sendable {
    /// Its row among those set aside in the same file; larger for later ones.
    public let row: Int64
    /// `shop`, or `group/<name>`.
    public let scope: String
    /// The feed's name.
    public let feed: String
    /// Its number; that of a snapshot, below zero, for an entry of one.
    public let sequence: Int64
    /// Why: the code, and after a colon the sentence, which may show what was read.
    public let reason: String

    /// An entry that was set aside.
    public init(row: Int64, scope: String, feed: String, sequence: Int64, reason: String) {
        self.row = row
        self.scope = scope
        self.feed = feed
        self.sequence = sequence
        self.reason = reason
    }

    /// The code of the refusal; empty where none was kept.
    public var code: String {
        reason.firstIndex(of: ":").map { String(reason[..<$0]) } ?? ""
    }
}

extension Ledger {
    /// Tells headquarters that an entry of its feed was set aside.
    ///
    /// The cursor goes on behind the entry, so that one cannot stop those after it; without this word a paid order would
    /// vanish between the two.
    func tellSetAside(
        _ refusal: Refusal, sequence: Int64, of feed: Feed, scope: String, epoch: String, in turn: Turn
    ) throws(StorageFailure) {
        var author = Author(
            seed: seed(of: sequence, feed, scope: scope, epoch: epoch) + "/setAside", by: "feed.\(feed.rawValue)",
            at: turn.now)
        guard try storage.outboxEntry(id: "\(author.seed)/1") == nil else { return }
        let told = refusal.withoutPerson(in: feed)
        var data: [JSON.Member] = [
            .init("feed", .string(feed.rawValue)), .init("scope", .string(scope)), .init("epoch", .string(epoch)),
            .init("sequence", .integer(sequence)), .init("code", .string(told.code.name)),
        ]
        if let field = told.field { data.append(.init("field", .string(field))) }
        data.append(.init("detail", .string(told.sentence(in: .english))))
        do {
            try emit(
                "store.feed.entrySetAside", lane: .status, subject: Self.subject(of: feed.rawValue, scope),
                .object(data + author.members), author: &author, in: turn)
        } catch let failure as StorageFailure {
            throw failure
        } catch {
            throw .broken("\(error)")
        }
    }

    private static func subject(of feed: String, _ scope: String) -> String { "feed/\(feed)/\(scope)" }

    /// `queue.list` of what was set aside: a page of the ledger's feeds, and before its first the assortment's.
    func setAside(afterRow: Int64, limit: Int) throws(StorageFailure) -> JSON {
        let page = try storage.setAsideEntries(afterRow: afterRow, limit: limit)
        var told: [JSON] = []
        if afterRow == 0 {
            for entry in board.now.catalogueSetAside { told.append(Self.described(entry, event: nil)) }
        }
        var events: [String: [OutboxEntry]] = [:]
        for entry in page {
            let subject = Self.subject(of: entry.feed, entry.scope)
            if events[subject] == nil { events[subject] = try storage.outboxEntries(subject: subject, limit: 500) }
            let event = events[subject]?.last { event in
                event.event.type == "store.feed.entrySetAside"
                    && (try? JSONReader.read(event.event.data))?["sequence"]?.integer == Int(entry.sequence)
            }
            told.append(Self.described(entry, event: event))
        }
        return .told(
            ("now", .moment(now)), ("setAside", .array(told)),
            ("next", page.count == limit ? page.last.map { .integer($0.row) } : nil))
    }

    /// Never the reason's sentence, which shows what was read; the event's is without the person.
    private static func described(_ entry: SetAsideEntry, event: OutboxEntry?) -> JSON {
        let data = event.flatMap { try? JSONReader.read($0.event.data) }
        return .told(
            ("feed", .string(entry.feed)), ("scope", .string(entry.scope)), ("sequence", .integer(entry.sequence)),
            ("code", .string(entry.code)), ("at", event.map { .moment($0.event.time) }),
            ("event", event.map { .integer($0.event.row) }), ("field", data?["field"]), ("detail", data?["detail"]))
    }
}

extension Refusal {
    /// The refusal without what was read, wherever that may be about a person.
    fileprivate func withoutPerson(in feed: Feed) -> Refusal {
        let isPersonal =
            switch feed {
            case .customers, .clerks, .erasures: true
            case .orders: field?.split(separator: "/").contains { $0 == "customer" } == true
            default: false
            }
        guard isPersonal else { return self }
        return Refusal(code, field: field, facts.map { $0.name == "seen" ? .text("seen", "…") : $0 })
    }
}
