// Parked events of the outbox, and the ways back: what follows of a subject goes after it, never before.

import EdgeAgent
import ShopModel

/// All of them look among the parked events alone: left to itself, SQLite walks through all events of the subject.
struct ParkedStatements {
    let first: TableStatement
    let nextOfItsOwn: TableStatement
    let release: TableStatement
    let followAnother: TableStatement
    let releaseAll: TableStatement

    init(_ database: Database, columns: String) {
        let ofSubject = "subject = ? AND incarnation = ? AND state = 2"
        first = TableStatement(
            database, "outbox",
            """
            SELECT \(columns) FROM outbox INDEXED BY outboxParked WHERE \(ofSubject)
            ORDER BY subjectSequence LIMIT 1
            """)
        nextOfItsOwn = TableStatement(
            database, "outbox",
            """
            SELECT \(columns) FROM outbox INDEXED BY outboxParked
            WHERE \(ofSubject) AND subjectSequence > ? AND reason NOT GLOB ?
            ORDER BY subjectSequence LIMIT 1
            """)
        release = TableStatement(
            database, "outbox",
            """
            UPDATE outbox INDEXED BY outboxParked SET state = 0, reason = NULL
            WHERE \(ofSubject) AND subjectSequence >= ? AND subjectSequence < ?
            """)
        followAnother = TableStatement(
            database, "outbox",
            """
            UPDATE outbox INDEXED BY outboxParked SET reason = ?
            WHERE \(ofSubject) AND subjectSequence > ? AND reason GLOB ?
            """)
        releaseAll = TableStatement(database, "outbox", "UPDATE outbox SET state = 0, reason = NULL WHERE state = 2")
    }
}

extension SQLiteLedger {
    /// The first parked event of a subject in an incarnation, by its number.
    public func firstParked(
        of subject: String, _ incarnation: Incarnation
    ) throws(StorageFailure) -> OutboxEntry? {
        try outbox.parked.first.first(subject, incarnation.value, make: OutboxStatements.entry)
    }

    /// Makes a parked event pending again, and what follows of its subject up to the next one that is parked for a
    /// reason of its own. Returns how many.
    public func unpark(row: Int64) throws(StorageFailure) -> Int {
        let found = try outboxEntries(lane: nil, state: nil, afterRow: row - 1, limit: 1).first
        guard let entry = found, entry.event.row == row, entry.state == .parked else { return 0 }
        let event = entry.event
        let next = try outbox.parked.nextOfItsOwn.first(
            event.subject, event.incarnation.value, event.subjectSequence, OutboxEntry.followingPattern,
            make: OutboxStatements.entry)
        let count = try outbox.parked.release.run(
            event.subject, event.incarnation.value, event.subjectSequence, next?.event.subjectSequence ?? .max)
        if let next = next?.event {
            try outbox.parked.followAnother.run(
                OutboxEntry.reason(following: next.id), next.subject, next.incarnation.value, next.subjectSequence,
                OutboxEntry.followingPattern)
        }
        return count
    }

    /// Makes all parked events pending again. Returns how many.
    public func unparkAll() throws(StorageFailure) -> Int { try outbox.parked.releaseAll.run() }
}
