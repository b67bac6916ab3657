// A file comes from any release's schema to this one's, whatever interrupts it; a later one's is left alone.

import Testing

@testable import SQLiteStorage

@Suite("A schema")
struct MigrationTests {
    private let folder = TemporaryFolder()

    private static let ledgerID: Int32 = 0x5345_4C31

    private func schema(
        steps count: Int = 3, failingAt failing: Int? = nil, afterFailing: (@Sendable () -> Void)? = nil
    ) -> Migrations {
        let all: [(String, String)] = [
            ("sales", "CREATE TABLE sale (ticket INTEGER PRIMARY KEY) STRICT; INSERT INTO sale VALUES (1)"),
            (
                "lines",
                """
                CREATE TABLE line (ticket INTEGER REFERENCES sale, sku TEXT) STRICT;
                INSERT INTO line VALUES (1, 'A')
                """
            ),
            (
                "sales with a note",
                """
                CREATE TABLE sale2 (ticket INTEGER PRIMARY KEY, note TEXT) STRICT;
                INSERT INTO sale2 SELECT ticket, 'old' FROM sale;
                DROP TABLE sale;
                ALTER TABLE sale2 RENAME TO sale;
                """
            ),
        ]
        return Migrations(
            applicationID: Self.ledgerID,
            steps: all.prefix(count).enumerated().map { index, step in
                let (name, sql) = step
                guard index + 1 == failing else { return Migrations.Step(name, sql: sql) }
                return Migrations.Step(name) { database throws(StorageError) in
                    try database.execute(sql)
                    afterFailing?()
                    throw .other(code: 0, message: "interrupted")
                }
            })
    }

    private func open(_ name: String, _ schema: Migrations, mode: Database.Mode = .exclusiveFull) throws -> Database {
        try Database(path: folder.file(name), mode: mode, schema: schema)
    }

    private func isWhole(_ database: Database) throws -> Bool {
        let version = try database.text(of: "PRAGMA user_version")
        let rows = try database.query("SELECT sale.ticket, note, sku FROM sale JOIN line USING (ticket)") {
            try "\($0.int(0)) \($0.text(1)) \($0.text(2))"
        }
        return try version == "3" && rows == ["1 old A"] && database.text(of: "PRAGMA foreign_keys") == "1"
    }

    @Test("is built in a new file and found again")
    func fresh() throws {
        do { #expect(try isWhole(open("a.db", schema()))) }
        #expect(try isWhole(open("a.db", schema())))
    }

    @Test("of every release before comes to this one's")
    func fromEveryRelease() throws {
        for release in 0...3 {
            do { _ = try open("\(release).db", schema(steps: release)) }
            #expect(try isWhole(open("\(release).db", schema())))
        }
    }

    @Test("interrupted at any step, by an error or by the power, goes on from the last whole step")
    func interrupted() throws {
        for step in 1...3 {
            let name = "\(step).db"
            let folder = self.folder.path
            let error = storageErrorCode {
                _ = try open(
                    name,
                    schema(
                        failingAt: step,
                        afterFailing: {
                            TemporaryFolder.copyImage(in: folder, of: name, to: "power-" + name)
                        }))
            }
            #expect(error == "storage.other")
            for file in [name, "power-" + name] {
                do {
                    let half = try Database(path: self.folder.file(file), mode: .exclusiveFull)
                    #expect(try half.text(of: "PRAGMA user_version") == String(step - 1))
                }
                #expect(try isWhole(open(file, schema())), "\(file)")
            }
        }
    }

    @Test("of a later release is refused and neither file nor log changes by a byte")
    func newer() throws {
        // A later release was killed: part of its work is in the log only.
        let later = try open("source.db", schema())
        try later.run("INSERT INTO sale VALUES (2, 'in the log')")
        folder.copyImage(of: "source.db", to: "later.db")
        let file = folder.bytes("later.db")
        let log = folder.bytes("later.db-wal")
        #expect(!log.isEmpty)
        let known = schema(steps: 2)
        for mode in [Database.Mode.exclusiveFull, .sharedNormal, .readOnly] {
            #expect {
                _ = try open("later.db", known, mode: mode)
            } throws: { error in
                error as? StorageError == .newerSchema(path: folder.file("later.db"), found: 3, known: 2)
            }
            #expect(folder.bytes("later.db") == file)
            #expect(folder.bytes("later.db-wal") == log)
        }
        #expect(try open("later.db", schema()).query("SELECT ticket FROM sale") { try $0.int(0) } == [1, 2])

        // The same after a clean stop, without a log.
        do { _ = try open("stopped.db", schema()) }
        let stopped = folder.bytes("stopped.db")
        #expect(storageErrorCode { _ = try open("stopped.db", known) } == "storage.newerSchema")
        #expect(folder.bytes("stopped.db") == stopped)
        #expect(!folder.names.contains("stopped.db-wal"), "a look at a file that is refused left a log behind")
    }

    @Test("is not built in another program's file, nor in another of ours")
    func foreign() throws {
        do {
            let other = try Database(path: folder.file("other.db"), mode: .exclusiveFull)
            try other.execute("CREATE TABLE theirs (a INTEGER) STRICT")
        }
        let bytes = folder.bytes("other.db")
        #expect(storageErrorCode { _ = try open("other.db", schema()) } == "storage.foreignFile")
        #expect(folder.bytes("other.db") == bytes)
        do { _ = try open("ours.db", schema()) }
        let catalogue = Migrations(applicationID: 7, steps: [.init("nothing", sql: "SELECT 1")])
        #expect(storageErrorCode { _ = try open("ours.db", catalogue) } == "storage.foreignFile")
    }

    @Test("that is older than the reader needs waits for the writer")
    func older() throws {
        do { _ = try open("a.db", schema(steps: 1), mode: .sharedNormal) }
        #expect(storageErrorCode { _ = try open("a.db", schema(), mode: .readOnly) } == "storage.olderSchema")
        let writer = try open("a.db", schema(), mode: .sharedNormal)
        #expect(try isWhole(open("a.db", schema(), mode: .readOnly)))
        #expect(try isWhole(writer))
    }

    @Test("step that would leave a row without its parent is undone")
    func foreignKeys() throws {
        var steps = schema().steps
        steps.append(.init("forget sales", sql: "DELETE FROM sale"))
        let wrong = Migrations(applicationID: Self.ledgerID, steps: steps)
        #expect(storageErrorCode { _ = try open("a.db", wrong) } == "storage.constraint")
        #expect(try isWhole(open("a.db", schema())))
    }
}
