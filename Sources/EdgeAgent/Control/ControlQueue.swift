// What waits for headquarters, told to a technician.

import Contract
import ShopModel

extension LedgerCommand {
    /// The events for headquarters.
    static let queue = [
        question("queue.list") { fields throws(Refusal) in
            let lane = try fields.optionalChoice("lane", as: LaneName.self)?.lane
            let state = try fields.optionalChoice("state", as: QueueState.self) ?? .pending
            let after = Int64(try fields.optionalInteger("after", in: 0...Int.max) ?? 0)
            let limit = try fields.pageLimit()
            if state == .setAside {
                return { ledger, _ in try ledger.setAside(afterRow: after, limit: limit) }
            }
            return { ledger, _ in
                try ledger.queue(lane: lane, state: state.outboxState, afterRow: after, limit: limit)
            }
        },
        question("queue.show") { fields throws(Refusal) in
            let id = try fields.text("id", max: 256)
            return { ledger, _ in try ledger.queued(id) }
        },
    ]
}

extension Ledger {
    /// `queue.list`: a page of the outbox.
    func queue(lane: Lane?, state: OutboxState?, afterRow: Int64, limit: Int) throws(StorageFailure) -> JSON {
        let entries = try storage.outboxEntries(lane: lane, state: state, afterRow: afterRow, limit: limit)
        return .told(
            ("now", .moment(now)), ("events", .array(entries.map(\.summary))),
            ("next", entries.count == limit ? entries.last.map { .integer($0.event.row) } : nil))
    }

    /// `queue.show`: an event with its data.
    ///
    /// - Throws: `control.unknownEvent`.
    func queued(_ id: String) throws -> JSON {
        guard let entry = try event(id) else { throw Refusal(.controlUnknownEvent, [.text("id", id)]) }
        return .told(("now", .moment(now)), ("event", entry.whole))
    }

    /// The event of an id, or of a row of the outbox: no event's id is a plain number.
    func event(_ id: String) throws(StorageFailure) -> OutboxEntry? {
        if let entry = try storage.outboxEntry(id: id) { return entry }
        guard let row = Int64(id), row > 0 else { return nil }
        let entry = try storage.outboxEntries(lane: nil, state: nil, afterRow: row - 1, limit: 1).first
        return entry?.event.row == row ? entry : nil
    }
}

extension OutboxEntry {
    /// The event without its data.
    var summary: JSON { .object(members) }

    /// The event with its data.
    var whole: JSON {
        .object(members + [.init("data", (try? JSONReader.read(event.data)) ?? .null)])
    }

    private var members: [JSON.Member] {
        [
            .init("row", .integer(event.row)), .init("id", .string(event.id)), .init("lane", .string(event.lane.name)),
            .init("type", .string(event.type)), .init("subject", .string(event.subject)),
            .init("subjectsequence", .integer(event.subjectSequence)), .init("incarnation", .name(event.incarnation)),
            .init("time", .moment(event.time)), .init("state", .string(state.name)),
        ] + (reason.map { [.init("reason", .string($0))] } ?? [])
            + (follows.map { [.init("follows", .string($0))] } ?? [])
    }
}

/// The names of the lanes, as a request has them.
private enum LaneName: String, CaseIterable {
    case orders, stock, customer, status, moments

    var lane: Lane? { Lane(name: rawValue) }
}

/// Which events of the outbox are asked for.
private enum QueueState: String, CaseIterable {
    case pending, receipted, parked, all
    /// No events: the entries of headquarters' feeds that were set aside.
    case setAside

    var outboxState: OutboxState? {
        switch self {
        case .pending: .pending
        case .receipted: .receipted
        case .parked: .parked
        case .all, .setAside: nil
        }
    }
}

extension OutboxState {
    /// The name in answers.
    var name: String {
        switch self {
        case .pending: "pending"
        case .receipted: "receipted"
        case .parked: "parked"
        }
    }
}
