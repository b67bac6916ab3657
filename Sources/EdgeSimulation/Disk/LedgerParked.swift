// Parked events of the outbox and the ways back, on a simulated disk.

import EdgeAgent
import ShopModel

extension SimulatedLedger {
    /// The parked events of a subject, by their numbers.
    private func parked(_ subject: SubjectKey) -> [OutboxRow] {
        outbox.indexes.parkedOfSubject[subject].elements.compactMap { outbox[$0] }
            .sorted { $0.event.subjectSequence < $1.event.subjectSequence }
    }

    /// The first parked event of a subject in an incarnation, by its number.
    public func firstParked(
        of subject: String, _ incarnation: Incarnation
    ) throws(StorageFailure) -> OutboxEntry? {
        try checkWorking()
        return parked(SubjectKey(incarnation: incarnation, subject: subject)).first?.entry
    }

    /// Makes a parked event pending again, and what follows of its subject up to the next one that is parked for a
    /// reason of its own. Returns how many.
    public func unpark(row: Int64) throws(StorageFailure) -> Int {
        try checkWriting()
        guard let first = outbox[row], first.state == .parked else { return 0 }
        var count = 0
        var next: OutboxRow?
        for follower in parked(first.subject) where follower.event.subjectSequence >= first.event.subjectSequence {
            let isOfItsOwn = follower.event.row != row && follower.entry.follows == nil
            if let next, !isOfItsOwn {
                var waiting = follower
                waiting.reason = OutboxEntry.reason(following: next.event.id)
                outbox[follower.event.row] = waiting
            } else if isOfItsOwn {
                next = next ?? follower
            } else {
                outbox[follower.event.row] = OutboxRow(event: follower.event, state: .pending)
                count += 1
            }
        }
        return count
    }

    /// Makes all parked events pending again. Returns how many.
    public func unparkAll() throws(StorageFailure) -> Int {
        try checkWriting()
        let rows = Lane.allCases.flatMap { outbox.indexes.parked[$0].elements }
        for row in rows {
            if let parked = outbox[row] { outbox[row] = OutboxRow(event: parked.event, state: .pending) }
        }
        return rows.count
    }
}
