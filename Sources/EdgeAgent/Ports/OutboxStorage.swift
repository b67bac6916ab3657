// What headquarters still has to hear, in lanes (DESIGN §7 and law 7).

import ShopModel

/// An event for headquarters.
public struct OutboxEvent: Equatable, Sendable {
    /// Its place in the outbox, rising; assigned when it is stored.
    public var row: Int64
    /// Its lane.
    public let lane: Lane
    /// Its id, derived from its command's id, or from aggregate and deadline (DESIGN law 2).
    public let id: String
    /// Its type, `store.<noun>.<past participle>`.
    public let type: String
    /// What it is about.
    public let subject: String
    /// Its number within (incarnation, subject), from 1 and without gaps.
    public let subjectSequence: Int64
    /// The life of the ledger that numbered it.
    public let incarnation: Incarnation
    /// When it happened.
    public let time: Instant
    /// Its data, JSON bytes.
    public let data: [UInt8]

    /// An event; storage assigns its row.
    public init(
        row: Int64 = 0, lane: Lane, id: String, type: String, subject: String, subjectSequence: Int64,
        incarnation: Incarnation, time: Instant, data: [UInt8]
    ) {
        self.row = row
        self.lane = lane
        self.id = id
        self.type = type
        self.subject = subject
        self.subjectSequence = subjectSequence
        self.incarnation = incarnation
        self.time = time
        self.data = data
    }
}

/// Where an event of the outbox stands.
public enum OutboxState: Int, Sendable, CaseIterable {
    /// Headquarters has not said that it has it.
    case pending = 0
    /// Headquarters has it.
    case receipted = 1
    /// Headquarters refused it, or one before it of the same subject.
    case parked = 2
}

/// An event of the outbox, and where it stands.
public struct OutboxEntry: Equatable, Sendable {
    /// The event.
    public let event: OutboxEvent
    /// Where it stands.
    public let state: OutboxState
    /// Why it is parked.
    public let reason: String?

    /// An event and where it stands.
    public init(event: OutboxEvent, state: OutboxState, reason: String?) {
        self.event = event
        self.state = state
        self.reason = reason
    }
}

extension OutboxEntry {
    private static let following = (before: "follows ", after: ", which is parked")

    /// The reason of an event that is parked only because one before it of its subject is.
    public static func reason(following id: String) -> String { following.before + id + following.after }

    /// The pattern of such reasons, as `GLOB` has it.
    public static let followingPattern = following.before + "*" + following.after

    /// The id of the event that this one waits for; `nil` for one that is parked for a reason of its own, or not parked.
    public var follows: String? {
        let (before, after) = Self.following
        guard state == .parked, let reason, reason.hasPrefix(before), reason.hasSuffix(after) else { return nil }
        return String(reason.dropFirst(before.count).dropLast(after.count))
    }
}

/// Counts of a lane.
public struct LaneCount: Equatable, Sendable {
    /// Which lane.
    public let lane: Lane
    /// Not receipted yet.
    public let pending: Int
    /// Parked.
    public let parked: Int
    /// When the oldest pending one happened.
    public let oldest: Instant?

    /// Counts of a lane.
    public init(lane: Lane, pending: Int, parked: Int, oldest: Instant?) {
        self.lane = lane
        self.pending = pending
        self.parked = parked
        self.oldest = oldest
    }
}

/// The outbox.
public protocol OutboxStorage {
    /// The next number of a subject in an incarnation, from 1; taking it uses it up.
    func nextSequence(of subject: String, _ incarnation: Incarnation) throws(StorageFailure) -> Int64
    /// Stores an event; parked from the start when one before it of its subject is.
    func append(_ event: OutboxEvent) throws(StorageFailure)
    /// Pending events of a lane behind a row, in the order of rows.
    func pending(_ lane: Lane, afterRow: Int64, limit: Int) throws(StorageFailure) -> [OutboxEvent]
    /// Marks events as received.
    func markReceipted(rows: [Int64], at: Instant, epoch: String) throws(StorageFailure)
    /// Parks an event, and all that follow of its subject and are pending. Returns how many.
    @discardableResult
    func park(row: Int64, reason: String) throws(StorageFailure) -> Int
    /// The first parked event of a subject in an incarnation, by its number.
    func firstParked(of subject: String, _ incarnation: Incarnation) throws(StorageFailure) -> OutboxEntry?
    /// Makes a parked event pending again, and what follows of its subject up to the next one that is parked for a
    /// reason of its own; what is behind that one waits for it. Returns how many; 0 when it is not parked.
    func unpark(row: Int64) throws(StorageFailure) -> Int
    /// Makes all parked events pending again. Returns how many.
    func unparkAll() throws(StorageFailure) -> Int
    /// Makes received events pending again: those of a subject from a number on.
    func resend(subject: String, _ incarnation: Incarnation, from sequence: Int64) throws(StorageFailure)
    /// Makes everything pending again that was received in another epoch than this. Returns how many.
    func resendAll(exceptEpoch: String) throws(StorageFailure) -> Int
    /// Removes up to `limit` received events older than `before`. Returns how many.
    func forgetReceipted(before: Instant, limit: Int) throws(StorageFailure) -> Int
    /// Gives up pending moments, oldest first (law 7). Returns how many.
    func shedMoments(limit: Int) throws(StorageFailure) -> Int
    /// Counts by lane, most urgent first, each lane present.
    func laneCounts() throws(StorageFailure) -> [LaneCount]
    /// The event of an id.
    func outboxEntry(id: String) throws(StorageFailure) -> OutboxEntry?
    /// Events of a lane or of all, in a state, behind a row.
    func outboxEntries(lane: Lane?, state: OutboxState?, afterRow: Int64, limit: Int)
        throws(StorageFailure) -> [OutboxEntry]
    /// Events of a subject, oldest first.
    func outboxEntries(subject: String, limit: Int) throws(StorageFailure) -> [OutboxEntry]
}
