// Commands by their ids, deaths, and small values by name.

import EdgeAgent
import ShopModel

struct CommandStatements {
    let find: TableStatement
    let add: TableStatement
    let forgetReplies: TableStatement
    let findDeaths: TableStatement
    let addDeath: TableStatement
    let findValue: TableStatement
    let putValue: TableStatement

    init(_ database: Database) {
        find = TableStatement(
            database, "command",
            "SELECT id, device, verb, digest, outcome, reply, decidedAt FROM command WHERE id = ?")
        add = TableStatement(
            database, "command",
            "INSERT INTO command (id, device, verb, digest, outcome, reply, decidedAt) VALUES (?, ?, ?, ?, ?, ?, ?)")
        forgetReplies = TableStatement(
            database, "command",
            """
            UPDATE command SET reply = NULL WHERE row IN (
                SELECT row FROM command WHERE reply IS NOT NULL AND decidedAt < ? ORDER BY decidedAt LIMIT ?)
            """)
        findDeaths = TableStatement(database, "death", "SELECT times FROM death WHERE digest = ?")
        addDeath = TableStatement(
            database, "death", "INSERT INTO death VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET times = times + 1")
        findValue = TableStatement(database, "value", "SELECT value FROM value WHERE name = ?")
        putValue = TableStatement(database, "value", "INSERT OR REPLACE INTO value VALUES (?, ?)")
    }
}

extension SQLiteLedger {
    /// The command of that id, if it was ever decided.
    public func command(_ id: CommandID) throws(StorageFailure) -> StoredCommand? {
        try commands.find.first(id.value) { (row) throws(StorageError) in
            StoredCommand(
                id: try row.name(0), device: try row.device(1), verb: try row.text(2), digest: try row.bytes(3),
                outcome: try row.text(4), reply: try row.optionalBytes(5), decidedAt: try row.instant(6))
        }
    }

    /// Remembers a command for ever.
    public func insert(_ command: StoredCommand) throws(StorageFailure) {
        try commands.add.run(
            command.id.value, command.device.value, command.verb, command.digest, command.outcome, command.reply,
            command.decidedAt)
    }

    /// Forgets up to `limit` replies older than `before`, ids and outcomes stay. Returns how many.
    public func forgetReplies(before: Instant, limit: Int) throws(StorageFailure) -> Int {
        try commands.forgetReplies.run(before, max(0, limit))
    }

    /// How often the process died while it decided this command.
    public func deaths(of digest: [UInt8]) throws(StorageFailure) -> Int {
        try commands.findDeaths.first(digest) { (row) throws(StorageError) in try row.int(0) } ?? 0
    }

    /// Counts a death.
    public func countDeath(of digest: [UInt8]) throws(StorageFailure) { try commands.addDeath.run(digest) }

    /// A small durable value by name.
    public func value(_ name: String) throws(StorageFailure) -> String? {
        try commands.findValue.first(name) { (row) throws(StorageError) in try row.text(0) }
    }

    /// Sets a small durable value.
    public func setValue(_ name: String, _ value: String) throws(StorageFailure) {
        try commands.putValue.run(name, value)
    }
}
