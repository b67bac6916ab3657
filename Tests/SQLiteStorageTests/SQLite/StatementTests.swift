// What is bound comes back as it was, and a statement is ready again after every use.

import Testing

@testable import SQLiteStorage

@Suite("A statement")
struct StatementTests {
    private let folder = TemporaryFolder()
    private let database: Database

    init() throws {
        database = try Database(path: folder.file("a.db"), mode: .exclusiveFull)
        try database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT, b BLOB) STRICT")
    }

    private struct Interruption: Error {}

    @Test("gives back numbers at both ends of 64 bits, texts with NUL and none at all, bytes, and nothing")
    func values() throws {
        for number in [Int.min, -1, 0, 1, Int.max] {
            try database.run("INSERT OR REPLACE INTO t (id, n) VALUES (1, ?)", number)
            #expect(try database.first("SELECT n FROM t WHERE id = 1") { try $0.int(0) } == number)
        }
        for text in ["", "été", "a\0b", "\0", "👩‍👩‍👧", String(repeating: "long ", count: 40_000)] {
            try database.run("INSERT OR REPLACE INTO t (id, s) VALUES (2, ?)", text)
            #expect(try database.first("SELECT s FROM t WHERE id = 2") { try $0.text(0) } == text)
            #expect(try database.first("SELECT s FROM t WHERE id = 2") { try $0.bytes(0) } == Array(text.utf8))
        }
        for bytes: [UInt8] in [[], [0], [0xFF, 0x00, 0xC3], Array(repeating: 7, count: 100_000)] {
            try database.run("INSERT OR REPLACE INTO t (id, b) VALUES (3, ?)", bytes)
            #expect(try database.first("SELECT b FROM t WHERE id = 3") { try $0.optionalBytes(0) } == bytes)
        }
        try database.run(
            "INSERT INTO t (id, n, s, b) VALUES (4, ?, ?, ?)", nil as Int?, nil as String?, nil as [UInt8]?)
        let empty = try database.first("SELECT n, s, b FROM t WHERE id = 4") {
            try $0.optionalInt(0) == nil && $0.optionalText(1) == nil && $0.optionalBytes(2) == nil && $0.isNull(0)
        }
        #expect(empty == true)
        #expect(try database.run("UPDATE t SET n = ? WHERE id > ?", true, Int64(0)) == 4)
        #expect(try database.first("SELECT n FROM t WHERE id = 4") { try $0.bool(0) } == true)
    }

    @Test("refuses text that is not UTF-8 rather than repairing it, and still shows its bytes")
    func invalidText() throws {
        try database.execute("INSERT INTO t (id, s) VALUES (1, CAST(x'41FF42' AS TEXT))")
        #expect(
            storageErrorCode { _ = try database.first("SELECT s FROM t") { try $0.text(0) } }
                == "storage.unexpectedValue")
        #expect(try database.first("SELECT s FROM t") { try $0.bytes(0) } == [0x41, 0xFF, 0x42])
    }

    @Test("refuses a value of another type than the one asked for")
    func mismatch() throws {
        try database.run("INSERT INTO t (id, n, s, b) VALUES (1, NULL, 'x', x'00')")
        for column in 0...2 {
            let code = storageErrorCode { _ = try database.first("SELECT n, s, b FROM t") { try $0.int(column) } }
            #expect(code == "storage.unexpectedValue")
        }
        #expect(
            storageErrorCode { _ = try database.first("SELECT b FROM t") { try $0.text(0) } }
                == "storage.unexpectedValue")
        #expect(
            storageErrorCode { try database.run("INSERT INTO t (n) VALUES (?)", "not a number") }
                == "storage.constraint")
    }

    @Test("refuses more or fewer values than it has parameters, and text that is not one statement")
    func count() throws {
        #expect(storageErrorCode { try database.run("INSERT INTO t (id, n) VALUES (?, ?)", 1) } == "storage.other")
        #expect(storageErrorCode { try database.run("INSERT INTO t (id) VALUES (?)", 1, 2) } == "storage.other")
        #expect(storageErrorCode { try database.run("DELETE FROM t; DELETE FROM t") } == "storage.other")
        #expect(storageErrorCode { try database.run("") } == "storage.other")
        #expect(storageErrorCode { try database.run("SELEC") } == "storage.other")
        try database.run("DELETE FROM t;\n  ")
    }

    @Test("is prepared once, is ready after a throw in the middle of its rows, and may be used inside its own rows")
    func reuse() throws {
        for number in 1...5 { try database.run("INSERT INTO t (id, n) VALUES (?, ?)", number, number * 10) }
        func ids(above: Int) throws -> [Int] {
            try database.query("SELECT id FROM t WHERE id > ? ORDER BY id", above) { try $0.int(0) }
        }
        func keptStatement() throws -> Statement { try database.statement("SELECT 1") }
        #expect(try keptStatement() === keptStatement())
        #expect(try ids(above: 3) == [4, 5])
        #expect(try ids(above: 0) == [1, 2, 3, 4, 5])

        var seen = 0
        func interrupted() throws {
            try database.each("SELECT id FROM t ORDER BY id") { _ in
                seen += 1
                if seen == 2 { throw Interruption() }
                return true
            }
        }
        #expect(throws: Interruption.self) { try interrupted() }
        #expect(seen == 2)
        seen = 10
        try interrupted()
        #expect(seen == 15)

        func depth(_ level: Int) throws -> [Int] {
            try database.query("SELECT id FROM t WHERE id <= 2 ORDER BY id") { row in
                let own = try row.int(0)
                return level == 0 ? own : own * 100 + (try depth(level - 1)).reduce(0, +)
            }
        }
        #expect(try depth(1) == [103, 203])

        let kept = try database.prepare("SELECT n FROM t WHERE id = ?")
        for id in [5, 1, 9] {
            try kept.bind(1, id)
            #expect(try kept.step() == (id != 9))
            if id != 9 { #expect(try kept.row.int(0) == id * 10) }
            kept.reset()
        }
        #expect(try kept.first(2) { try $0.int(0) } == 20)
    }

    @Test("that outlives its database still works, and the file closes after it")
    func outlives() throws {
        var other: Database? = try Database(path: folder.file("other.db"), mode: .exclusiveFull)
        var kept: Statement? = try other?.prepare("SELECT 42")
        other = nil
        #expect(try kept?.first { try $0.int(0) } == 42)
        kept = nil
        _ = try Database(path: folder.file("other.db"), mode: .exclusiveFull)
    }
}
