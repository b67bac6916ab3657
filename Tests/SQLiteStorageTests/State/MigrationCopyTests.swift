// What a release changes is copied first, whole and proven, so that the release before can be gone back to.

import CSQLite
import Glibc
import Testing

@testable import SQLiteStorage

@Suite("Before a release changes a file")
struct MigrationCopyTests {
    private let folder = TemporaryFolder()

    private func schema(_ count: Int, failing: Bool = false) -> Migrations {
        var steps = [
            Migrations.Step(
                "one", sql: "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (41)"),
            Migrations.Step("two", sql: "CREATE TABLE b (x INTEGER) STRICT; UPDATE a SET x = 42"),
            Migrations.Step("three", sql: "CREATE TABLE c (x INTEGER) STRICT"),
        ]
        if failing {
            steps[count - 1] = Migrations.Step("fails") { _ throws(StorageError) in
                throw .other(code: 0, message: "interrupted")
            }
        }
        return Migrations(applicationID: 0x4564_5400, steps: Array(steps.prefix(count)), keepsCopy: true)
    }

    private func open(_ schema: Migrations) throws(StorageError) -> Database {
        try Database(path: folder.file("ledger.db"), mode: .exclusiveFull, schema: schema)
    }

    private func number(_ file: String, _ sql: String) throws -> Int {
        try BareDatabase(path: folder.file(file)).number(sql)
    }

    @Test("a copy is kept under the number of its schema, for its owner alone, and the file goes on")
    func kept() throws {
        do { _ = try open(schema(1)) }
        #expect(!folder.names.contains("ledger.db.schema1"), "a new file has nothing to be copied")
        do { _ = try open(schema(3)) }
        #expect(try number("ledger.db", "SELECT x FROM a") == 42)
        #expect(try number("ledger.db", "PRAGMA user_version") == 3)
        #expect(try number("ledger.db.schema1", "PRAGMA user_version") == 1)
        #expect(try number("ledger.db.schema1", "SELECT x FROM a") == 41)
        #expect(!folder.names.contains("ledger.db.schema2"), "one way back is enough")
        var status = stat()
        #expect(stat(folder.file("ledger.db.schema1"), &status) == 0 && status.st_mode & 0o777 == 0o600)
        // The release before opens the copy as it would have opened the file.
        #expect(rename(folder.file("ledger.db.schema1"), folder.file("ledger.db")) == 0)
        do { #expect(try open(schema(1)).query("SELECT x FROM a") { try $0.int(0) } == [41]) }
    }

    @Test("what is only in the log is in the copy too")
    func log() throws {
        let source = try Database(path: folder.file("live.db"), mode: .exclusiveFull, schema: schema(1))
        try source.run("INSERT INTO a VALUES (7)")
        folder.copyImage(of: "live.db", to: "ledger.db")
        #expect(!folder.bytes("ledger.db-wal").isEmpty)
        do { _ = try open(schema(2)) }
        #expect(try number("ledger.db.schema1", "SELECT count(*) FROM a") == 2)
    }

    @Test("an interrupted one is begun again with a copy, at whatever step it stopped")
    func interrupted() throws {
        do { _ = try open(schema(1)) }
        for step in 2...3 {
            #expect(storageErrorCode { _ = try open(schema(step, failing: true)) } == "storage.other")
            #expect(try number("ledger.db.schema1", "SELECT x FROM a") == 41)
            #expect(!folder.names.contains { $0.hasSuffix(".part") })
        }
        #expect(try number("ledger.db", "PRAGMA user_version") == 2)
        do { _ = try open(schema(3)) }
        #expect(try number("ledger.db", "PRAGMA user_version") == 3)
        #expect(try number("ledger.db.schema2", "SELECT x FROM a") == 42)
    }

    @Test("a copy that cannot be made leaves the file as it was")
    func noCopy() throws {
        do { _ = try open(schema(1)) }
        let before = folder.bytes("ledger.db")
        // Where the copy would be written lies a folder.
        #expect(mkdir(folder.file("ledger.db.schema1.part"), 0o700) == 0)
        #expect(storageErrorCode { _ = try open(schema(2)) } == "storage.unreadable")
        #expect(folder.bytes("ledger.db") == before)
        #expect(rmdir(folder.file("ledger.db.schema1.part")) == 0)
        do { _ = try open(schema(2)) }
    }

    @Test("a copy is forgotten after its ninety days")
    func forgotten() throws {
        folder.write([1], to: "ledger.db.schema1")
        folder.write([1], to: "ledger.db.schema2")
        var times = [timespec](repeating: timespec(tv_sec: time(nil) - 91 * 86_400, tv_nsec: 0), count: 2)
        #expect(utimensat(AT_FDCWD, folder.file("ledger.db.schema1"), &times, 0) == 0)
        MigrationCopy.forgetOld(in: folder.path)
        #expect(folder.names == ["ledger.db.schema2"])
    }
}
