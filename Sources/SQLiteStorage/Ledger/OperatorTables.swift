// What people changed by the control socket.

import EdgeAgent
import ShopModel

enum OperatorTables {
    /// Numbers are never used twice (AUTOINCREMENT): ids of events are made of them. Acts are rare, a page more is not.
    static let schema = """
        CREATE TABLE operatorAct (
            number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, uid INTEGER NOT NULL, user TEXT NOT NULL,
            command TEXT NOT NULL, target TEXT NOT NULL, reason TEXT, outcome TEXT NOT NULL
        ) STRICT;
        CREATE INDEX operatorActOfTarget ON operatorAct (target, number);
        CREATE INDEX operatorActAt ON operatorAct (at);
        """
}

struct OperatorStatements {
    let add: TableStatement
    let find: TableStatement
    let ofTarget: TableStatement
    let page: TableStatement
    let forget: TableStatement

    init(_ database: Database) {
        func acts(_ rest: String) -> TableStatement {
            TableStatement(
                database, "operatorAct",
                "SELECT number, at, uid, user, command, target, reason, outcome FROM operatorAct WHERE \(rest)")
        }
        add = TableStatement(
            database, "operatorAct",
            """
            INSERT INTO operatorAct (at, uid, user, command, target, reason, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)
            """)
        find = acts("number = ?")
        ofTarget = acts("target = ? ORDER BY number DESC LIMIT ?")
        page = acts("number > ? ORDER BY number LIMIT ?")
        forget = TableStatement(
            database, "operatorAct",
            "DELETE FROM operatorAct WHERE number IN (SELECT number FROM operatorAct WHERE at < ? ORDER BY at LIMIT ?)")
    }

    static func act(_ row: borrowing Row) throws(StorageError) -> OperatorAct {
        OperatorAct(
            number: Int64(try row.int(0)), at: try row.instant(1), user: UInt32(truncatingIfNeeded: try row.int(2)),
            name: try row.text(3), command: try row.text(4), target: try row.text(5),
            reason: try row.optionalText(6), outcome: try row.text(7))
    }
}

extension SQLiteLedger {
    /// Stores an act; returns the number given.
    public func append(_ act: OperatorAct) throws(StorageFailure) -> Int64 {
        try operators.add.run(
            act.at, Int(act.user), act.name, act.command, act.target, act.reason, act.outcome)
        return database.lastInsertedRow
    }

    /// The act of a number.
    public func act(_ number: Int64) throws(StorageFailure) -> OperatorAct? {
        try operators.find.first(number, make: OperatorStatements.act)
    }

    /// The latest acts about a target, newest first.
    public func acts(about target: String, limit: Int) throws(StorageFailure) -> [OperatorAct] {
        try operators.ofTarget.all(target, max(0, limit), make: OperatorStatements.act)
    }

    /// Acts behind a number, oldest first.
    public func acts(afterNumber: Int64, limit: Int) throws(StorageFailure) -> [OperatorAct] {
        try operators.page.all(afterNumber, max(0, limit), make: OperatorStatements.act)
    }

    /// Removes up to `limit` acts older than `before`. Returns how many.
    public func forgetActs(before: Instant, limit: Int) throws(StorageFailure) -> Int {
        try operators.forget.run(before, max(0, limit))
    }
}
