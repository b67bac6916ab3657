// What was committed is there after a power cut, what was not is not, and a disk that fails is told apart by what to do.

import CSQLite
import Glibc
import Testing

@testable import SQLiteStorage

@Suite("A commit")
struct DurabilityTests {
    private let folder = TemporaryFolder()

    private func ledger(_ name: String = "ledger.db", _ settings: Database.Settings = .init()) throws -> Database {
        let database = try Database(path: folder.file(name), mode: .exclusiveFull, settings: settings)
        try database.execute("CREATE TABLE IF NOT EXISTS sale (ticket INTEGER PRIMARY KEY, note TEXT) STRICT")
        return database
    }

    private func tickets(_ database: Database) throws -> [Int] {
        try database.query("SELECT ticket FROM sale ORDER BY ticket") { try $0.int(0) }
    }

    private struct Refused: Error {}

    @Test("is found after a power cut in the middle of the next transaction, which is not")
    func crashImage() throws {
        var settings = Database.Settings()
        settings.cacheKibibytesMax = 16
        let database = try ledger("ledger.db", settings)
        try database.transaction { try database.run("INSERT INTO sale VALUES (1, 'committed')") }
        try database.beginWriting()
        // More than the cache holds, so that uncommitted pages are in the log when the power goes.
        for ticket in 2...400 {
            try database.run("INSERT INTO sale VALUES (?, ?)", ticket, String(repeating: "x", count: 500))
        }
        #expect(database.logBytes > 100_000)
        folder.copyImage(of: "ledger.db", to: "after.db")
        try database.commit()
        folder.copyImage(of: "ledger.db", to: "later.db")
        #expect(try tickets(ledger("after.db")) == [1])
        #expect(try tickets(ledger("later.db")) == Array(1...400))
        #expect(try ledger("after.db").quickCheck() == [])
    }

    @Test("undoes a savepoint and keeps what is around it")
    func savepoints() throws {
        let database = try ledger()
        try database.transaction {
            try database.run("INSERT INTO sale VALUES (1, '')")
            #expect(throws: Refused.self) {
                try database.withSavepoint("command") {
                    try database.run("INSERT INTO sale VALUES (2, '')")
                    throw Refused()
                }
            }
            try database.withSavepoint("command") {
                try database.run("INSERT INTO sale VALUES (3, '')")
                try database.savepoint("inner")
                try database.run("INSERT INTO sale VALUES (4, '')")
                try database.rollBack(to: "inner")
                try database.release("inner")
            }
            #expect(database.isInTransaction)
        }
        #expect(!database.isInTransaction)
        #expect(try tickets(database) == [1, 3])
        #expect(throws: Refused.self) {
            try database.transaction {
                try database.run("INSERT INTO sale VALUES (5, '')")
                throw Refused()
            }
        }
        #expect(try tickets(database) == [1, 3])
        try database.rollBack()
    }

    @Test("that finds its file at the size granted is refused as full, undone, and works once there is room")
    func pageCountFull() throws {
        var settings = Database.Settings()
        settings.pageCountMax = 20
        do {
            let database = try ledger("ledger.db", settings)
            #expect(try fill(database) == "storage.full")
            #expect(try tickets(database) == [])
            #expect(!database.isInTransaction)
            try database.transaction { try database.run("INSERT INTO sale VALUES (1, 'small')") }
            #expect(try tickets(database) == [1])
        }
        settings.pageCountMax = 2_000
        do {
            let database = try ledger("ledger.db", settings)
            #expect(try fill(database) == nil)
            #expect(try tickets(database).count == 401)
        }
        // A grant below the present size opens, and refuses growth only.
        settings.pageCountMax = 20
        let database = try ledger("ledger.db", settings)
        #expect(try tickets(database).count == 401)
        #expect(try database.run("DELETE FROM sale WHERE ticket > 300") == 200)
    }

    private func fill(_ database: Database) throws -> String? {
        storageErrorCode {
            try database.transaction {
                for ticket in 101...500 {
                    try database.run("INSERT INTO sale VALUES (?, ?)", ticket, String(repeating: "x", count: 1_000))
                }
            }
        }
    }

    @Test("on a disk without room is refused as full, undone, and works once there is room")
    func diskFull() throws {
        let database = try ledger()
        try database.run("INSERT INTO sale VALUES (1, 'before')")
        for cause in [ENOSPC, EDQUOT] {
            failingWrite.withLock(cause) {
                #expect(
                    storageErrorCode {
                        try database.transaction { try database.run("INSERT INTO sale VALUES (2, 'during')") }
                    } == "storage.full")
            }
            #expect(!database.isInTransaction)
            #expect(try tickets(database) == [1])
        }
        // A disk that is broken after it was full is not taken for full.
        failingWrite.withLock(EIO) {
            #expect(storageErrorCode { try database.run("INSERT INTO sale VALUES (2, 'during')") } == "storage.other")
        }
        try database.transaction { try database.run("INSERT INTO sale VALUES (3, 'after')") }
        folder.copyImage(of: "ledger.db", to: "after.db")
        #expect(try tickets(ledger("after.db")) == [1, 3])
    }

    @Test("whose sync fails is told apart from a full disk, also when the disk says that it is full")
    func syncFails() throws {
        for cause in [EIO, ENOSPC] {
            let database = try ledger("sync-\(cause).db")
            let restore = failSyncs(of: database, with: cause)
            let code = storageErrorCode {
                try database.transaction { try database.run("INSERT INTO sale VALUES (1, '')") }
            }
            restore()
            #expect(code == "storage.syncFailed")
            #expect(!database.isInTransaction)
        }
    }

    @Test("grows the log, which a checkpoint folds into the file and cuts to nothing")
    func checkpoints() throws {
        var settings = Database.Settings()
        settings.checkpointPages = 0
        let database = try ledger("ledger.db", settings)
        for ticket in 1...300 { try database.run("INSERT INTO sale VALUES (?, ?)", ticket, "x") }
        let before = database.logBytes
        #expect(before > 1_000_000, "nothing checkpoints by itself")
        let passive = try database.checkpoint(.passive)
        #expect(passive.pagesInLog > 300 && passive.pagesCopied == passive.pagesInLog && !passive.isPartial)
        #expect(database.logBytes == before)
        try database.checkpoint(.truncate)
        #expect(database.logBytes == 0)
        #expect(try database.pageCount() >= 2)
        #expect(try tickets(database).count == 300)
    }

    @Test("of the catalogue's writer is not folded past what a reader still sees")
    func partialCheckpoint() throws {
        var settings = Database.Settings()
        settings.checkpointPages = 0
        settings.busyMilliseconds = 10
        let writer = try Database(path: folder.file("c.db"), mode: .sharedNormal, settings: settings)
        try writer.execute("CREATE TABLE p (sku TEXT) STRICT")
        let reader = try Database(path: folder.file("c.db"), mode: .readOnly, settings: settings)
        try reader.beginReadingOneState()
        #expect(try reader.first("SELECT count(*) FROM p") { try $0.int(0) } == 0)
        try writer.run("INSERT INTO p VALUES ('A')")
        #expect(try writer.checkpoint(.truncate).isPartial)
        try reader.commit()
        #expect(try !writer.checkpoint(.truncate).isPartial)
        #expect(try reader.first("SELECT sku FROM p") { try $0.text(0) } == "A")
    }
}
