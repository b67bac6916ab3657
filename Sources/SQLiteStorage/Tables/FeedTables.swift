// Cursors of feeds, snapshots that are coming in, and entries set aside: the same in the ledger and in the catalogue.

import EdgeAgent
import ShopModel

/// What both files keep of feeds, whatever becomes of the values.
final class FeedTables {
    static let schema = """
        CREATE TABLE feedCursor (
            scope TEXT NOT NULL, feed TEXT NOT NULL, epoch TEXT NOT NULL, sequence INTEGER NOT NULL,
            PRIMARY KEY (scope, feed)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE feedSnapshot (
            scope TEXT NOT NULL, feed TEXT NOT NULL, epoch TEXT NOT NULL, id TEXT NOT NULL, sequence INTEGER NOT NULL,
            count INTEGER NOT NULL, hash BLOB NOT NULL, seen INTEGER NOT NULL, hashSoFar BLOB NOT NULL,
            PRIMARY KEY (scope, feed)
        ) STRICT, WITHOUT ROWID;
        \(parkedEntry)

        """

    /// The set-aside entries.
    static let parkedEntry = """
        CREATE TABLE parkedEntry (
            row INTEGER PRIMARY KEY, scope TEXT NOT NULL, feed TEXT NOT NULL, sequence INTEGER NOT NULL,
            reason TEXT NOT NULL, entry BLOB NOT NULL
        ) STRICT;
        """

    /// When something was taken in last: the second step of both files.
    static let momentsOfCursors = "ALTER TABLE feedCursor ADD COLUMN takenAt INTEGER;\n"

    private let findCursor: TableStatement
    private let putCursor: TableStatement
    let listCursors: TableStatement
    private let findSnapshot: TableStatement
    private let putSnapshot: TableStatement
    private let removeSnapshot: TableStatement
    private let addParked: TableStatement
    let countParked: TableStatement
    private let countParkedByCode: TableStatement
    private let listParked: TableStatement
    private let removeParked: TableStatement

    init(
        _ database: Database, named: @escaping @Sendable (StorageError) -> StorageFailure = { StorageFailure($0) }
    ) {
        func statement(_ table: StaticString, key: Int = 1, _ sql: String) -> TableStatement {
            TableStatement(database, table, key: key, sql, named: named)
        }
        findCursor = statement(
            "feedCursor", key: 2,
            "SELECT scope, feed, epoch, sequence, takenAt FROM feedCursor WHERE scope = ? AND feed = ?")
        putCursor = statement("feedCursor", "INSERT OR REPLACE INTO feedCursor VALUES (?, ?, ?, ?, ?)")
        listCursors = statement(
            "feedCursor", key: 2,
            "SELECT scope, feed, epoch, sequence, takenAt FROM feedCursor ORDER BY scope, feed")
        findSnapshot = statement(
            "feedSnapshot", key: 2,
            """
            SELECT scope, feed, epoch, id, sequence, count, hash, seen, hashSoFar FROM feedSnapshot
            WHERE scope = ? AND feed = ?
            """)
        putSnapshot = statement(
            "feedSnapshot", "INSERT OR REPLACE INTO feedSnapshot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        removeSnapshot = statement("feedSnapshot", "DELETE FROM feedSnapshot WHERE scope = ? AND feed = ?")
        addParked = statement(
            "parkedEntry",
            "INSERT INTO parkedEntry (scope, feed, sequence, reason, entry) VALUES (?, ?, ?, ?, ?)")
        countParked = statement("parkedEntry", "SELECT count(*) FROM parkedEntry")
        countParkedByCode = statement(
            "parkedEntry", key: 3,
            """
            SELECT scope, feed, substr(reason, 1, max(0, instr(reason, ':') - 1)) AS code, count(*) FROM parkedEntry
            GROUP BY scope, feed, code ORDER BY scope, feed, code
            """)
        listParked = statement(
            "parkedEntry",
            "SELECT row, scope, feed, sequence, reason FROM parkedEntry WHERE row > ? ORDER BY row LIMIT ?")
        removeParked = statement(
            "parkedEntry", key: 2,
            "DELETE FROM parkedEntry WHERE scope = ? AND feed = ? AND sequence BETWEEN ? AND ?")
    }

    func cursor(scope: String, feed: String) throws(StorageFailure) -> FeedCursor? {
        try findCursor.first(scope, feed, make: Self.cursor)
    }

    func setCursor(_ cursor: FeedCursor) throws(StorageFailure) {
        try putCursor.run(cursor.scope, cursor.feed, cursor.epoch, cursor.sequence, cursor.takenAt?.milliseconds)
    }

    func cursors() throws(StorageFailure) -> [FeedCursor] { try listCursors.all(make: Self.cursor) }

    func snapshot(scope: String, feed: String) throws(StorageFailure) -> FeedSnapshot? {
        try findSnapshot.first(scope, feed) { (row) throws(StorageError) in
            FeedSnapshot(
                scope: try row.text(0), feed: try row.text(1), epoch: try row.text(2), id: try row.text(3),
                sequence: Int64(try row.int(4)), count: try row.int(5), hash: try row.bytes(6), seen: try row.int(7),
                hashSoFar: try row.bytes(8))
        }
    }

    func setSnapshot(_ snapshot: FeedSnapshot) throws(StorageFailure) {
        try putSnapshot.run(
            snapshot.scope, snapshot.feed, snapshot.epoch, snapshot.id, snapshot.sequence, snapshot.count,
            snapshot.hash, snapshot.seen, snapshot.hashSoFar)
    }

    func forgetSnapshot(scope: String, feed: String) throws(StorageFailure) { try removeSnapshot.run(scope, feed) }

    func park(
        scope: String, feed: String, sequence: Int64, reason: String, _ entry: [UInt8]
    ) throws(StorageFailure) {
        try addParked.run(scope, feed, sequence, reason, entry)
    }

    func parkedCount() throws(StorageFailure) -> Int {
        try countParked.first { (row) throws(StorageError) in try row.int(0) } ?? 0
    }

    func parkedEntryCounts() throws(StorageFailure) -> [ParkedCount] {
        try countParkedByCode.all { (row) throws(StorageError) in
            ParkedCount(
                scope: try row.text(0), feed: try row.text(1), code: try row.text(2), count: try row.int(3))
        }
    }

    func setAside(afterRow row: Int64, limit: Int) throws(StorageFailure) -> [SetAsideEntry] {
        try listParked.all(row, limit) { (row) throws(StorageError) in
            SetAsideEntry(
                row: Int64(try row.int(0)), scope: try row.text(1), feed: try row.text(2),
                sequence: Int64(try row.int(3)), reason: try row.text(4))
        }
    }

    func forgetParked(scope: String, feed: String, from: Int64, through: Int64) throws(StorageFailure) {
        try removeParked.run(scope, feed, from, through)
    }

    private static func cursor(_ row: borrowing Row) throws(StorageError) -> FeedCursor? {
        FeedCursor(
            scope: try row.text(0), feed: try row.text(1), epoch: try row.text(2), sequence: Int64(try row.int(3)),
            takenAt: try row.optionalInt(4).map { Instant(milliseconds: Int64($0)) })
    }
}
