// The outbox on a simulated disk.

import EdgeAgent
import ShopModel

/// An event of the outbox, where it stands, and since when.
struct OutboxRow {
    let event: OutboxEvent
    var state: OutboxState
    var reason: String?
    var receiptedAt: Instant?
    var epoch: String?

    var entry: OutboxEntry { OutboxEntry(event: event, state: state, reason: reason) }
    var subject: SubjectKey { SubjectKey(incarnation: event.incarnation, subject: event.subject) }
}

/// A subject in one life of the ledger.
struct SubjectKey: Hashable {
    let incarnation: Incarnation
    let subject: String
}

/// The outbox by row, by lane and state, by id and by subject.
struct OutboxIndexes: RowIndexes {
    var all = SortedElements<Int64>()
    var byID = SortedGroups<String, Int64>()
    var pending = SortedGroups<Lane, Int64>()
    var parked = SortedGroups<Lane, Int64>()
    /// Received ones by when.
    var receipted = SortedElements<Ranked<Int64>>()
    var bySubject = SortedGroups<String, Int64>()
    var parkedOfSubject = SortedGroups<SubjectKey, Int64>()

    mutating func insert(_ row: OutboxRow) {
        let number = row.event.row
        all.insert(number)
        byID.insert(number, in: row.event.id)
        bySubject.insert(number, in: row.event.subject)
        switch row.state {
        case .pending: pending.insert(number, in: row.event.lane)
        case .receipted: receipted.insert(Ranked(row.receiptedAt?.milliseconds ?? 0, number))
        case .parked:
            parked.insert(number, in: row.event.lane)
            parkedOfSubject.insert(number, in: row.subject)
        }
    }

    mutating func remove(_ row: OutboxRow) {
        let number = row.event.row
        all.remove(number)
        byID.remove(number, from: row.event.id)
        bySubject.remove(number, from: row.event.subject)
        switch row.state {
        case .pending: pending.remove(number, from: row.event.lane)
        case .receipted: receipted.remove(Ranked(row.receiptedAt?.milliseconds ?? 0, number))
        case .parked:
            parked.remove(number, from: row.event.lane)
            parkedOfSubject.remove(number, from: row.subject)
        }
    }
}

extension SimulatedLedger {
    /// The next number of a subject, used up by asking.
    public func nextSequence(of subject: String, _ incarnation: Incarnation) throws(StorageFailure) -> Int64 {
        try checkWriting()
        let key = SubjectKey(incarnation: incarnation, subject: subject)
        let number = (subjects[key] ?? 0) + 1
        subjects[key] = number
        return number
    }

    /// Stores an event; parked from the start when one before it of its subject is. The same id twice is broken.
    public func append(_ event: OutboxEvent) throws(StorageFailure) {
        try checkWriting()
        guard outbox.indexes.byID[event.id].isEmpty else { throw .broken("event \(event.id) is stored already") }
        var event = event
        event.row = next(.outbox)
        var row = OutboxRow(event: event, state: .pending)
        if let before = outbox.indexes.parkedOfSubject[row.subject].first.flatMap({ outbox[$0] }) {
            row.state = .parked
            row.reason = OutboxEntry.reason(following: before.event.id)
        }
        outbox[event.row] = row
    }

    /// Pending events of a lane behind a row.
    public func pending(_ lane: Lane, afterRow: Int64, limit: Int) throws(StorageFailure) -> [OutboxEvent] {
        try checkWorking()
        return outbox.indexes.pending[lane].after(afterRow).prefix(limit).compactMap { outbox[$0]?.event }
    }

    /// Marks events as received, parked ones too: headquarters knows best what it has.
    public func markReceipted(rows: [Int64], at: Instant, epoch: String) throws(StorageFailure) {
        try checkWriting()
        for number in rows {
            guard var row = outbox[number] else { continue }
            row.state = .receipted
            row.reason = nil
            row.receiptedAt = at
            row.epoch = epoch
            outbox[number] = row
        }
    }

    /// Parks an event, and the pending ones that follow of its subject. Returns how many.
    @discardableResult
    public func park(row number: Int64, reason: String) throws(StorageFailure) -> Int {
        try checkWriting()
        guard let first = outbox[number] else { return 0 }
        var count = 0
        for other in outbox.indexes.bySubject[first.event.subject].elements {
            guard var row = outbox[other], row.subject == first.subject else { continue }
            let follows = row.state == .pending && row.event.subjectSequence > first.event.subjectSequence
            guard other == number || follows else { continue }
            row.state = .parked
            row.reason = other == number ? reason : OutboxEntry.reason(following: first.event.id)
            row.receiptedAt = nil
            row.epoch = nil
            outbox[other] = row
            count += 1
        }
        return count
    }

    /// Makes received events of a subject pending again, from a number on.
    public func resend(
        subject: String, _ incarnation: Incarnation, from sequence: Int64
    ) throws(StorageFailure) {
        try checkWriting()
        for number in outbox.indexes.bySubject[subject].elements {
            guard let row = outbox[number], row.event.incarnation == incarnation, row.state == .receipted,
                row.event.subjectSequence >= sequence
            else { continue }
            outbox[number] = OutboxRow(event: row.event, state: .pending)
        }
    }

    /// Makes everything pending again that was received in another epoch.
    public func resendAll(exceptEpoch: String) throws(StorageFailure) -> Int {
        try checkWriting()
        var count = 0
        for entry in outbox.indexes.receipted.elements {
            guard let row = outbox[entry.name], row.epoch != exceptEpoch else { continue }
            outbox[entry.name] = OutboxRow(event: row.event, state: .pending)
            count += 1
        }
        return count
    }

    /// Removes events received before a moment, the earliest first.
    public func forgetReceipted(before: Instant, limit: Int) throws(StorageFailure) -> Int {
        try checkWriting()
        let old = Array(outbox.indexes.receipted.prefix { $0.rank >= before.milliseconds }.prefix(limit))
        for entry in old { outbox[entry.name] = nil }
        return old.count
    }

    /// Gives up pending moments, oldest first.
    public func shedMoments(limit: Int) throws(StorageFailure) -> Int {
        try checkWriting()
        let oldest = Array(outbox.indexes.pending[.moments].elements.prefix(limit))
        for row in oldest { outbox[row] = nil }
        return oldest.count
    }

    /// Counts by lane, most urgent first.
    public func laneCounts() throws(StorageFailure) -> [LaneCount] {
        try checkWorking()
        return Lane.allCases.map { lane in
            let pending = outbox.indexes.pending[lane]
            return LaneCount(
                lane: lane, pending: pending.elements.count, parked: outbox.indexes.parked[lane].elements.count,
                oldest: pending.first.flatMap { outbox[$0]?.event.time })
        }
    }

    /// The event of an id.
    public func outboxEntry(id: String) throws(StorageFailure) -> OutboxEntry? {
        try checkWorking()
        return outbox.indexes.byID[id].first.flatMap { outbox[$0]?.entry }
    }

    /// Events of a lane or of all, in a state, behind a row.
    public func outboxEntries(
        lane: Lane?, state: OutboxState?, afterRow: Int64, limit: Int
    ) throws(StorageFailure) -> [OutboxEntry] {
        try checkWorking()
        var found: [OutboxEntry] = []
        for number in outbox.indexes.all.after(afterRow) {
            guard found.count < limit else { break }
            guard let row = outbox[number] else { continue }
            if let lane, row.event.lane != lane { continue }
            if let state, row.state != state { continue }
            found.append(row.entry)
        }
        return found
    }

    /// Events of a subject, oldest first.
    public func outboxEntries(subject: String, limit: Int) throws(StorageFailure) -> [OutboxEntry] {
        try checkWorking()
        return outbox.indexes.bySubject[subject].elements.prefix(limit).compactMap { outbox[$0]?.entry }
    }
}
