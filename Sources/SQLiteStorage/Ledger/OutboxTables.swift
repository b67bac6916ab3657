// The outbox: what headquarters still has to hear, in lanes.

import EdgeAgent
import ShopModel

struct OutboxStatements {
    let nextSequence: TableStatement
    let findParked: TableStatement
    let lastRow: TableStatement
    let add: TableStatement
    let pending: TableStatement
    let receipt: TableStatement
    let findSubject: TableStatement
    let park: TableStatement
    let parkFollowing: TableStatement
    let parked: ParkedStatements
    let resend: TableStatement
    let nextEpoch: TableStatement
    let resendEpoch: TableStatement
    let forgetEpoch: TableStatement
    let shed: TableStatement
    let count: TableStatement
    let oldest: TableStatement
    let find: TableStatement
    let page: TableStatement
    let pageStanding: TableStatement
    let ofSubject: TableStatement

    init(_ database: Database) {
        let columns = """
            row, lane, state, id, type, subject, subjectSequence, incarnation, time, data, reason
            """
        func entries(_ rest: String) -> TableStatement {
            TableStatement(database, "outbox", "SELECT \(columns) FROM outbox WHERE \(rest)")
        }
        nextSequence = TableStatement(
            database, "subjectSequence",
            """
            INSERT INTO subjectSequence VALUES (?, ?, 1)
            ON CONFLICT (subject, incarnation) DO UPDATE SET last = last + 1 RETURNING last
            """)
        // Left to itself, SQLite walks through all events of the subject.
        findParked = TableStatement(
            database, "outbox",
            """
            SELECT id FROM outbox INDEXED BY outboxParked WHERE subject = ? AND incarnation = ? AND state = 2 LIMIT 1
            """)
        lastRow = TableStatement(
            database, "outbox",
            """
            SELECT max(coalesce((SELECT max(row) FROM outbox), 0),
                coalesce((SELECT CAST(value AS INTEGER) FROM value WHERE name = ?), 0))
            """)
        add = TableStatement(
            database, "outbox",
            """
            INSERT INTO outbox (row, lane, state, id, type, subject, subjectSequence, incarnation, time, data, reason)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        pending = entries("state = 0 AND lane = ? AND row > ? ORDER BY row LIMIT ?")
        receipt = TableStatement(
            database, "outbox",
            "UPDATE outbox SET state = 1, reason = NULL, receiptedAt = ?, epoch = ? WHERE row = ?")
        findSubject = TableStatement(
            database, "outbox", "SELECT row, id, subject, incarnation, subjectSequence FROM outbox WHERE row = ?")
        park = TableStatement(
            database, "outbox",
            "UPDATE outbox SET state = 2, reason = ?, receiptedAt = NULL, epoch = NULL WHERE row = ?")
        parkFollowing = TableStatement(
            database, "outbox",
            """
            UPDATE outbox SET state = 2, reason = ?
            WHERE subject = ? AND incarnation = ? AND subjectSequence > ? AND state = 0
            """)
        parked = ParkedStatements(database, columns: columns)
        resend = TableStatement(
            database, "outbox",
            """
            UPDATE outbox SET state = 0, receiptedAt = NULL, epoch = NULL
            WHERE subject = ? AND incarnation = ? AND subjectSequence >= ? AND state = 1
            """)
        nextEpoch = TableStatement(
            database, "outbox", "SELECT epoch FROM outbox WHERE state = 1 AND epoch > ? ORDER BY epoch LIMIT 1")
        resendEpoch = TableStatement(
            database, "outbox",
            "UPDATE outbox SET state = 0, receiptedAt = NULL, epoch = NULL WHERE state = 1 AND epoch = ?")
        forgetEpoch = TableStatement(
            database, "outbox",
            """
            DELETE FROM outbox WHERE row IN (SELECT row FROM outbox
                WHERE state = 1 AND epoch = ? AND receiptedAt < ? ORDER BY receiptedAt LIMIT ?)
            """)
        shed = TableStatement(
            database, "outbox",
            """
            DELETE FROM outbox WHERE row IN (
                SELECT row FROM outbox WHERE state = 0 AND lane = ? ORDER BY row LIMIT ?)
            """)
        count = TableStatement(database, "outbox", "SELECT count(*) FROM outbox WHERE state = ? AND lane = ?")
        oldest = TableStatement(
            database, "outbox", "SELECT time FROM outbox WHERE state = 0 AND lane = ? ORDER BY row LIMIT 1")
        find = entries("id = ?")
        page = entries("row > ? ORDER BY row LIMIT ?")
        pageStanding = entries("state = ? AND lane = ? AND row > ? ORDER BY row LIMIT ?")
        ofSubject = entries("subject = ? ORDER BY row LIMIT ?")
    }

    /// Reads an entry.
    static func entry(_ row: borrowing Row) throws(StorageError) -> OutboxEntry? {
        guard let lane = Lane(rawValue: try row.int(1)), let state = OutboxState(rawValue: try row.int(2)) else {
            return nil
        }
        let event = OutboxEvent(
            row: Int64(try row.int(0)), lane: lane, id: try row.text(3), type: try row.text(4),
            subject: try row.text(5), subjectSequence: Int64(try row.int(6)), incarnation: try row.name(7),
            time: try row.instant(8), data: try row.bytes(9))
        return OutboxEntry(event: event, state: state, reason: try row.optionalText(10))
    }
}

extension SQLiteLedger {
    /// The next number of a subject in an incarnation, from 1; taking it uses it up.
    public func nextSequence(of subject: String, _ incarnation: Incarnation) throws(StorageFailure) -> Int64 {
        let next = try outbox.nextSequence.first(subject, incarnation.value) { (row) throws(StorageError) in
            Int64(try row.int(0))
        }
        guard let next else { throw outbox.nextSequence.unreadable(subject) }
        return next
    }

    /// Stores an event; parked from the start when one before it of its subject is.
    public func append(_ event: OutboxEvent) throws(StorageFailure) {
        let parked = try outbox.findParked.first(event.subject, event.incarnation.value) { (row) throws(StorageError) in
            try row.text(0)
        }
        let state = parked == nil ? OutboxState.pending : .parked
        let row = try lastOutboxRow() + 1
        try outbox.add.run(
            row, event.lane.rawValue, state.rawValue, event.id, event.type, event.subject, event.subjectSequence,
            event.incarnation.value, event.time, event.data, parked.map(OutboxEntry.reason(following:)))
        knownOutboxRow = row
    }

    /// The highest row ever given out. Rows are never used twice: what was in flight when a row was forgotten must not
    /// be taken for a later one.
    private func lastOutboxRow() throws(StorageFailure) -> Int64 {
        if let knownOutboxRow { return knownOutboxRow }
        let row = try outbox.lastRow.first(Self.lastRowName) { (row) throws(StorageError) in Int64(try row.int(0)) }
        guard let row else { throw outbox.lastRow.unreadable(Self.lastRowName) }
        knownOutboxRow = row
        return row
    }

    /// Under this name the highest row is kept before rows are removed. SQLite's AUTOINCREMENT would write one page
    /// more with every event.
    private static let lastRowName = "outbox.lastRow"

    private func keepLastRow() throws(StorageFailure) {
        try setValue(Self.lastRowName, String(try lastOutboxRow()))
    }

    /// Pending events of a lane behind a row, in the order of rows.
    public func pending(_ lane: Lane, afterRow: Int64, limit: Int) throws(StorageFailure) -> [OutboxEvent] {
        try outbox.pending.all(lane.rawValue, afterRow, max(0, limit)) { (row) throws(StorageError) in
            try OutboxStatements.entry(row)?.event
        }
    }

    /// Marks events as received.
    public func markReceipted(rows: [Int64], at: Instant, epoch: String) throws(StorageFailure) {
        for row in rows { try outbox.receipt.run(at, epoch, row) }
    }

    /// Parks an event, and all that follow of its subject and are pending. Returns how many.
    @discardableResult
    public func park(row: Int64, reason: String) throws(StorageFailure) -> Int {
        let found = try outbox.findSubject.first(row) { (row) throws(StorageError) in
            (id: try row.text(1), subject: try row.text(2), incarnation: try row.text(3), sequence: try row.int(4))
        }
        guard let event = found else { return 0 }
        return try outbox.park.run(reason, row)
            + outbox.parkFollowing.run(
                OutboxEntry.reason(following: event.id), event.subject, event.incarnation, event.sequence)
    }

    /// Makes received events pending again: those of a subject from a number on.
    public func resend(
        subject: String, _ incarnation: Incarnation, from sequence: Int64
    ) throws(StorageFailure) {
        try outbox.resend.run(subject, incarnation.value, sequence)
    }

    /// Makes everything pending again that was received in another epoch than this. Returns how many.
    public func resendAll(exceptEpoch: String) throws(StorageFailure) -> Int {
        var count = 0
        for epoch in try receiptedEpochs() where epoch != exceptEpoch { count += try outbox.resendEpoch.run(epoch) }
        return count
    }

    /// Removes up to `limit` received events older than `before`. Returns how many.
    public func forgetReceipted(before: Instant, limit: Int) throws(StorageFailure) -> Int {
        try keepLastRow()
        var count = 0
        for epoch in try receiptedEpochs() where count < limit {
            count += try outbox.forgetEpoch.run(epoch, before, limit - count)
        }
        return count
    }

    /// The epochs in which something was received: few, each found through the index at once.
    private func receiptedEpochs() throws(StorageFailure) -> [String] {
        var epochs: [String] = []
        while let next = try outbox.nextEpoch.first(
            epochs.last ?? "", make: { (row) throws(StorageError) in try row.text(0) })
        { epochs.append(next) }
        return epochs
    }

    /// Gives up pending moments, oldest first (law 7). Returns how many.
    public func shedMoments(limit: Int) throws(StorageFailure) -> Int {
        try keepLastRow()
        return try outbox.shed.run(Lane.moments.rawValue, max(0, limit))
    }

    /// Counts by lane, most urgent first, each lane present.
    public func laneCounts() throws(StorageFailure) -> [LaneCount] {
        var counts: [LaneCount] = []
        for lane in Lane.allCases {
            let oldest = try outbox.oldest.first(lane.rawValue) { (row) throws(StorageError) in try row.instant(0) }
            counts.append(
                LaneCount(
                    lane: lane, pending: try count(.pending, lane), parked: try count(.parked, lane), oldest: oldest))
        }
        return counts
    }

    private func count(_ state: OutboxState, _ lane: Lane) throws(StorageFailure) -> Int {
        try outbox.count.first(state.rawValue, lane.rawValue) { (row) throws(StorageError) in try row.int(0) } ?? 0
    }

    /// The event of an id.
    public func outboxEntry(id: String) throws(StorageFailure) -> OutboxEntry? {
        try outbox.find.first(id, make: OutboxStatements.entry)
    }

    /// Events of a lane or of all, in a state, behind a row.
    public func outboxEntries(
        lane: Lane?, state: OutboxState?, afterRow: Int64, limit: Int
    ) throws(StorageFailure) -> [OutboxEntry] {
        let limit = max(0, limit)
        if lane == nil, state == nil { return try outbox.page.all(afterRow, limit, make: OutboxStatements.entry) }
        // One walk through the index for each lane and state that is asked for, put together by row.
        var entries: [OutboxEntry] = []
        for lane in lane.map({ [$0] }) ?? Lane.allCases {
            for state in state.map({ [$0] }) ?? OutboxState.allCases {
                entries += try outbox.pageStanding.all(
                    state.rawValue, lane.rawValue, afterRow, limit, make: OutboxStatements.entry)
            }
        }
        return Array(entries.sorted { $0.event.row < $1.event.row }.prefix(limit))
    }

    /// Events of a subject, oldest first.
    public func outboxEntries(subject: String, limit: Int) throws(StorageFailure) -> [OutboxEntry] {
        try outbox.ofSubject.all(subject, max(0, limit), make: OutboxStatements.entry)
    }
}
