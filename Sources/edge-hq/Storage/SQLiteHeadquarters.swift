// Headquarters' rows in SQLite: one file, one connection, every commit on the disk before it returns.

import Contract
import Headquarters
import SQLiteStorage
import ShopCore
import ShopModel

/// `headquarters.db`.
final class SQLiteHeadquarters: HeadquartersStorage {
    let database: Database

    /// Opens the file, or makes it.
    init(in directory: StateDirectory) throws(StorageError) {
        database = try Database(
            path: directory.file("headquarters.db"), mode: .exclusiveFull,
            settings: Database.Settings(cacheKibibytesMax: 16_384, journalBytesMax: 16 << 20),
            schema: HeadquartersSchema.migrations)
    }

    func begin() throws { try database.beginWriting() }
    func commit() throws { try database.commit() }
    func rollback() {
        // Nothing is left to undo when this fails: the next begin says what is wrong with the file.
        try? database.rollBack()
    }

    func value(_ name: String) throws -> String? {
        try database.first("SELECT value FROM value WHERE name = ?", name) { try $0.text(0) }
    }

    func setValue(_ name: String, _ value: String) throws {
        try database.run("INSERT OR REPLACE INTO value VALUES (?, ?)", name, value)
    }

    func event(_ id: String, of shop: ShopID) throws -> ReceivedEvent? {
        try database.first(
            "SELECT position, lane, receivedAt, arrived, refusal, body FROM event WHERE shop = ? AND id = ?",
            shop.value, id, row: Self.event)
    }

    func append(_ event: ReceivedEvent) throws {
        var body: [UInt8] = []
        event.event.append(to: &body)
        try database.run(
            "INSERT INTO event (shop, id, lane, receivedAt, arrived, refusal, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
            event.event.shop.value, event.event.id, event.lane.name, event.receivedAt.milliseconds, event.arrived,
            event.refusal, body)
    }

    func update(_ event: ReceivedEvent) throws {
        try database.run(
            "UPDATE event SET arrived = ?, refusal = ? WHERE position = ?", event.arrived, event.refusal,
            event.position)
    }

    func events(after position: Int64, of shop: ShopID?, limit: Int) throws -> [ReceivedEvent] {
        try database.query(
            """
            SELECT position, lane, receivedAt, arrived, refusal, body FROM event
            WHERE position > ? AND (? IS NULL OR shop = ?) ORDER BY position LIMIT ?
            """, position, shop?.value, shop?.value, limit, row: Self.event)
    }

    func eventCount() throws -> Int {
        try database.first("SELECT count(*) FROM event") { try $0.int(0) } ?? 0
    }

    private static func event(_ row: borrowing Row) throws -> ReceivedEvent {
        var reader = try ObjectReader(try JSONReader.read(try row.bytes(5), limits: .events))
        return ReceivedEvent(
            position: Int64(try row.int(0)), event: try CloudEvent(from: &reader),
            lane: Lane(name: try row.text(1)) ?? .moments, receivedAt: try row.instant(2), arrived: try row.int(3),
            refusal: try row.optionalText(4))
    }

    func lastSequence(_ subject: String, _ incarnation: Incarnation, of shop: ShopID) throws -> Int64 {
        try database.first(
            "SELECT sequence FROM progress WHERE shop = ? AND incarnation = ? AND subject = ?", shop.value,
            incarnation.value, subject
        ) { Int64(try $0.int(0)) } ?? 0
    }

    func setLastSequence(
        _ subject: String, _ incarnation: Incarnation, of shop: ShopID, _ sequence: Int64
    ) throws {
        try database.run(
            "INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?)", shop.value, incarnation.value, subject, sequence)
    }

    func lives(of shop: ShopID) throws -> [ShopLife] {
        try database.query(
            "SELECT incarnation, state, seenAt, returns FROM life WHERE shop = ? ORDER BY number", shop.value
        ) { row in
            ShopLife(
                incarnation: try row.name(0), state: ShopLife.State(rawValue: try row.text(1)) ?? .forked,
                seenAt: try row.instant(2), returns: try row.int(3))
        }
    }

    func put(_ life: ShopLife, of shop: ShopID) throws {
        try database.run(
            """
            INSERT INTO life (shop, incarnation, state, seenAt, returns) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (shop, incarnation) DO UPDATE SET state = excluded.state, returns = excluded.returns
            """, shop.value, life.incarnation.value, life.state.rawValue, life.seenAt.milliseconds, life.returns)
    }
}

extension Row {
    /// A checked name.
    func name<Name: Identifier>(_ column: Int, as kind: Name.Type = Name.self) throws -> Name {
        let text = try text(column)
        guard let name = Name(text) else { throw DamagedRow(what: "\(kind)", text: text) }
        return name
    }

    /// A moment, kept as milliseconds.
    func instant(_ column: Int) throws(StorageError) -> Instant { Instant(milliseconds: Int64(try int(column))) }
}

/// A row of headquarters' file says what nobody wrote.
struct DamagedRow: Error, CustomStringConvertible {
    let what: String
    let text: String
    var description: String { "the file headquarters.db is damaged: \"\(text)\" is no \(what)" }
}
