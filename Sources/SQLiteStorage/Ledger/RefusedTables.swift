// Commands of a device, and messages that were refused before they were decided: what explains a device's trouble.

import EdgeAgent
import ShopModel

enum RefusedTables {
    /// A ring: the row with the lowest number gives way. No content of a message is in it.
    static let schema = """
        CREATE TABLE refusedMessage (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL, device TEXT NOT NULL, verb TEXT NOT NULL, code TEXT NOT NULL,
            field TEXT, role TEXT NOT NULL, at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX refusedMessageOfID ON refusedMessage (id);
        CREATE INDEX refusedMessageOfDevice ON refusedMessage (device);
        """
}

struct RefusedStatements {
    /// Commands that are looked through for those of one device: an index on the device would cost a page with every
    /// command, and this some milliseconds once in a while.
    static let commandsLookedThroughMax = 5_000

    let add: TableStatement
    let giveWay: TableStatement
    let ofID: TableStatement
    let ofDevice: TableStatement
    let commandsOfDevice: TableStatement

    init(_ database: Database) {
        func refusals(_ rest: String) -> TableStatement {
            TableStatement(
                database, "refusedMessage",
                "SELECT number, id, device, verb, code, field, role, at FROM refusedMessage WHERE \(rest)")
        }
        add = TableStatement(
            database, "refusedMessage",
            "INSERT INTO refusedMessage (id, device, verb, code, field, role, at) VALUES (?, ?, ?, ?, ?, ?, ?)")
        giveWay = TableStatement(database, "refusedMessage", "DELETE FROM refusedMessage WHERE number <= ?")
        ofID = refusals("id = ? ORDER BY number LIMIT ?")
        ofDevice = refusals("device = ? ORDER BY number DESC LIMIT ?")
        commandsOfDevice = TableStatement(
            database, "command", key: 2,
            """
            SELECT id, device, verb, digest, outcome, reply, decidedAt FROM command
            WHERE row > (SELECT max(row) FROM command) - ? AND device = ? ORDER BY row DESC LIMIT ?
            """)
    }

    static func refusal(_ row: borrowing Row) throws(StorageError) -> RefusedMessage {
        RefusedMessage(
            id: try row.name(1), device: try row.device(2), verb: try row.text(3), code: try row.text(4),
            field: try row.optionalText(5), role: try row.text(6), at: try row.instant(7))
    }
}

extension SQLiteLedger {
    /// The latest commands of a device among the latest of all devices, newest first.
    public func commands(of device: DeviceID, limit: Int) throws(StorageFailure) -> [StoredCommand] {
        try refused.commandsOfDevice.all(
            RefusedStatements.commandsLookedThroughMax, device.value, max(0, limit)
        ) { (row) throws(StorageError) in
            StoredCommand(
                id: try row.name(0), device: try row.device(1), verb: try row.text(2), digest: try row.bytes(3),
                outcome: try row.text(4), reply: try row.optionalBytes(5), decidedAt: try row.instant(6))
        }
    }

    /// Remembers a message that was refused before it was decided; the oldest gives way.
    public func insert(_ refusal: RefusedMessage) throws(StorageFailure) {
        try refused.add.run(
            refusal.id.value, refusal.device.value, refusal.verb, refusal.code, refusal.field, refusal.role,
            refusal.at)
        try refused.giveWay.run(database.lastInsertedRow - Int64(RefusedMessage.keptMax))
    }

    /// What was refused under an id, oldest first.
    public func refusals(of id: CommandID, limit: Int) throws(StorageFailure) -> [RefusedMessage] {
        try refused.ofID.all(id.value, max(0, limit), make: RefusedStatements.refusal)
    }

    /// The latest refusals of a device, newest first.
    public func refusals(of device: DeviceID, limit: Int) throws(StorageFailure) -> [RefusedMessage] {
        try refused.ofDevice.all(device.value, max(0, limit), make: RefusedStatements.refusal)
    }
}
