// A file is opened as the design says or not at all, and a refusal says what to mend.

import Glibc
import Testing

@testable import SQLiteStorage

@Suite("Opening a database")
struct OpeningTests {
    private let folder = TemporaryFolder()

    private func pragma(_ name: String, _ database: Database) throws -> String? {
        try database.text(of: "PRAGMA \(name)")
    }

    @Test("of the ledger holds every setting of the design")
    func exclusiveSettings() throws {
        var settings = Database.Settings()
        settings.cacheKibibytesMax = 700
        settings.pageCountMax = 5_000
        settings.checkpointPages = 250
        settings.journalBytesMax = 123_456
        let ledger = try Database(path: folder.file("ledger.db"), mode: .exclusiveFull, settings: settings)
        let expected = [
            "journal_mode": "wal", "synchronous": "2", "locking_mode": "exclusive", "foreign_keys": "1",
            "trusted_schema": "0", "secure_delete": "1", "cache_size": "-700", "journal_size_limit": "123456",
            "max_page_count": "5000", "mmap_size": "0", "temp_store": "2", "cell_size_check": "1",
            "wal_autocheckpoint": "250",
        ]
        for (name, value) in expected { #expect(try pragma(name, ledger) == value, "\(name)") }
        try ledger.execute("CREATE TABLE a (b INTEGER) STRICT")
        #expect(folder.names == ["ledger.db", "ledger.db-wal"], "no -shm: the log's index is in memory")
        var status = stat()
        #expect(stat(folder.file("ledger.db"), &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(stat(folder.file("ledger.db-wal"), &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("of the catalogue has one writer and a reader that cannot write")
    func sharedSettings() throws {
        let writer = try Database(path: folder.file("catalogue.db"), mode: .sharedNormal)
        try writer.execute("CREATE TABLE product (sku TEXT) STRICT; INSERT INTO product VALUES ('A')")
        let reader = try Database(path: folder.file("catalogue.db"), mode: .readOnly)
        #expect(try pragma("synchronous", writer) == "1")
        #expect(try pragma("locking_mode", writer) == "normal")
        #expect(try pragma("busy_timeout", writer) == "2000")
        #expect(try pragma("wal_autocheckpoint", reader) == "0")
        #expect(try reader.first("SELECT sku FROM product") { try $0.text(0) } == "A")
        #expect(storageErrorCode { try reader.run("DELETE FROM product") } == "storage.readOnly")
        // A reader's transaction sees one state, whatever the writer commits meanwhile.
        try reader.beginReadingOneState()
        #expect(try reader.first("SELECT count(*) FROM product") { try $0.int(0) } == 1)
        try writer.run("INSERT INTO product VALUES ('B')")
        #expect(try reader.first("SELECT count(*) FROM product") { try $0.int(0) } == 1)
        try reader.commit()
        #expect(try reader.first("SELECT count(*) FROM product") { try $0.int(0) } == 2)
    }

    @Test("of a ledger that another connection holds is refused as busy")
    func busy() throws {
        let first = try Database(path: folder.file("ledger.db"), mode: .exclusiveFull)
        #expect(
            storageErrorCode { _ = try Database(path: folder.file("ledger.db"), mode: .exclusiveFull) }
                == "storage.busy")
        try first.execute("CREATE TABLE a (b INTEGER) STRICT")
    }

    @Test("with a bound that SQLite would read differently names the setting")
    func badBound() {
        var settings = Database.Settings()
        settings.cacheKibibytesMax = -5
        #expect {
            _ = try Database(path: folder.file("a.db"), mode: .exclusiveFull, settings: settings)
        } throws: { error in
            guard case .pragma("cache_size", _, "-5") = error as? StorageError else { return false }
            return true
        }
    }

    @Test("where a setting does not take names it")
    func settingNotTaken() throws {
        let database = try Database(path: folder.file("a.db"), mode: .exclusiveFull)
        #expect {
            try database.hold("page_size", "1000")
        } throws: { error in
            error as? StorageError == .pragma(name: "page_size", wanted: "1000", found: "4096")
        }
        #expect(storageErrorCode { try database.hold("no_such_setting", "1") } == "storage.setting")
    }

    @Test("in a folder that is missing, is a file, or is closed to us says so with the system's words")
    func unreadable() throws {
        folder.write([1], to: "plain")
        #expect(cause("missing/ledger.db") == "No such file or directory")
        #expect(cause("plain/ledger.db") == "Not a directory")
        #expect(mkdir(folder.file("closed"), 0o000) == 0)
        chmod(folder.path, 0o755)
        let closed = asStrangerToFiles { cause("closed/ledger.db") }
        rmdir(folder.file("closed"))
        #expect(closed == "Permission denied")
        #expect(
            storageErrorCode { _ = try Database(path: folder.file("none.db"), mode: .readOnly) }
                == "storage.unreadable")
        #expect(storageErrorCode { _ = try Database(path: ":memory:", mode: .exclusiveFull) } == "storage.unreadable")
    }

    private func cause(_ name: String) -> String? {
        do {
            _ = try Database(path: folder.file(name), mode: .exclusiveFull)
            return nil
        } catch {
            guard case .unreadable(let path, let cause) = error, path == folder.file(name) else { return "\(error)" }
            return cause
        }
    }

    @Test("of a file that belongs to another and cannot be written is refused as read-only")
    func readOnlyFile() throws {
        do { _ = try Database(path: folder.file("a.db"), mode: .exclusiveFull) }
        chmod(folder.path, 0o755)
        chmod(folder.file("a.db"), 0o444)
        let code = asStrangerToFiles {
            storageErrorCode { try Database(path: folder.file("a.db"), mode: .exclusiveFull) }
        }
        #expect(code == "storage.readOnly")
    }

    @Test("of a file that is no database, or a damaged one, is refused as corrupt and the file is left as it was")
    func corrupt() throws {
        let noise = (0..<8_192).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        folder.write(noise, to: "noise.db")
        #expect(
            storageErrorCode { _ = try Database(path: folder.file("noise.db"), mode: .exclusiveFull) }
                == "storage.corrupt")
        #expect(folder.bytes("noise.db") == noise)

        do {
            let database = try Database(path: folder.file("hurt.db"), mode: .exclusiveFull)
            try database.execute("CREATE TABLE a (b INTEGER PRIMARY KEY, c TEXT) STRICT")
            for number in 0..<500 {
                try database.run("INSERT INTO a VALUES (?, ?)", number, String(repeating: "x", count: 50))
            }
            #expect(try database.quickCheck() == [])
        }
        var bytes = folder.bytes("hurt.db")
        for index in 4_096..<(3 * 4_096) { bytes[index] = 0xA5 }
        folder.write(bytes, to: "hurt.db")
        let hurt = try Database(path: folder.file("hurt.db"), mode: .exclusiveFull)
        #expect(storageErrorCode { _ = try hurt.query("SELECT c FROM a") { try $0.text(0) } } == "storage.corrupt")
        let findings = (try? hurt.quickCheck()) ?? ["too damaged"]
        #expect(!findings.isEmpty)
    }
}
