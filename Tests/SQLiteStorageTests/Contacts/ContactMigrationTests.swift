// From contacts in clear to sealed ones, whatever interrupts it, in the ledger and in every copy beside it.

import CSQLite
import EdgeAgent
import Glibc
import ShopCore
import ShopModel
import Testing

@testable import SQLiteStorage

@Suite("A ledger of an earlier release")
struct ContactMigrationTests {
    private let state: TestState
    /// Enough for pages to be shared out among others.
    private let count = 1_500

    init() throws { state = try TestState() }

    private func schema(_ steps: Int, _ contacts: any ContactSealing) -> Migrations {
        let all = LedgerSchema.migrations(sealing: contacts)
        return Migrations(
            applicationID: all.applicationID, steps: Array(all.steps.prefix(steps)), keepsCopy: all.keepsCopy)
    }

    private func order(_ number: Int) -> OrderID { OrderID.named("W-\(number * 7_919 % 10_007)") }

    /// A ledger with pickups in clear, stored in no order and changed since, as in a shop.
    private func makeClear(_ steps: Int = 2, in folder: TemporaryFolder? = nil) throws {
        let database = try Database(
            path: (folder ?? state.folder).file("ledger.db"), mode: .exclusiveFull,
            schema: schema(steps, state.vault.contacts))
        for number in 0..<count {
            try database.run(
                """
                INSERT INTO pickup (orderID, code, state, stateAt, revision, customer, name, phoneLast4, gift, receivedAt,
                    isOpen) VALUES (?, 'P-1', 'handedOver', 1, 1, 'C-1', ?, ?, 0, 0, 0)
                """, order(number).value, "Clara Klartext-\(number)", number % 3 == 0 ? nil : "0042")
            try database.run("INSERT INTO pickupLine VALUES (?, 0, 'A', 1, 0, 0, 1, 0)", order(number).value)
            if number % 3 == 0 {
                try database.run(
                    "UPDATE pickup SET stagedAt = 'on the long shelf in the back', state = 'received', isOpen = 1 WHERE orderID = ?",
                    order(number / 2).value)
            }
        }
    }

    private func isWhole(_ ledger: SQLiteLedger) throws -> Bool {
        for number in 0..<count {
            let found = try ledger.pickup(order(number))
            let told = Pickup.Recipient(
                customer: CustomerID("C-1"), name: "Clara Klartext-\(number)",
                phoneLast4: number % 3 == 0 ? nil : "0042")
            guard found?.recipient == told, found?.lines.count == 1 else { return false }
        }
        return try ledger.database.text(of: "PRAGMA foreign_key_check") == nil
    }

    private var inClear: [String] { state.folder.files(with: "Klartext") }

    @Test("of either schema is sealed where it lies, and nothing of it is left", arguments: [1, 2])
    func sealed(_ release: Int) throws {
        try makeClear(release)
        do {
            let ledger = try state.ledger()
            #expect(try ledger.forgetClearContacts { _ in false } == [])
            #expect(inClear == [])
            #expect(try isWhole(ledger))
        }
        #expect(inClear == [])
        // The way back: the release before opens its copy, with every pickup and without their names.
        #expect(rename(state.folder.file("ledger.db.schema\(release)"), state.folder.file("ledger.db")) == 0)
        let former = try Database(
            path: state.folder.file("ledger.db"), mode: .exclusiveFull, schema: schema(release, state.vault.contacts))
        #expect(try former.text(of: "SELECT count(*) FROM pickup WHERE customer = 'C-1'") == "\(count)")
        #expect(try former.text(of: "SELECT count(*) FROM pickup WHERE name IS NOT NULL") == "0")
        #expect(try former.text(of: "PRAGMA foreign_key_check") == nil)
        #expect(try former.quickCheck() == [])
        try former.run("INSERT INTO pickupLine VALUES (?, 1, 'B', 1, 0, 0, 0, 0)", order(1).value)
    }

    @Test("has nothing of people in set-aside entries afterwards, in the ledger and beside it")
    func parkedPeople() throws {
        do {
            let database = try Database(
                path: state.folder.file("ledger.db"), mode: .exclusiveFull, schema: schema(3, state.vault.contacts))
            for (number, feed) in ["customers", "clerks", "erasures", "stock"].enumerated() {
                try database.run(
                    "INSERT INTO parkedEntry (scope, feed, sequence, reason, entry) VALUES ('shop', ?, ?, 'x: y', ?)",
                    feed, number, Array(#"{"key":"C-1","name":"Klartext \#(feed)"}"#.utf8))
            }
        }
        #expect(mkdir(state.folder.file("backups"), 0o700) == 0)
        let backup = "backups/ledger-20261101T021300Z.db"
        state.folder.write(state.folder.bytes("ledger.db"), to: backup)
        let form = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY type, name)"
        let before = try BareDatabase(path: state.folder.file(backup)).text(form)
        let ledger = try state.ledger()
        #expect(try ledger.forgetClearContacts { _ in true } == [])
        for feed in ["customers", "clerks", "erasures"] {
            #expect(state.folder.files(with: "Klartext \(feed)") == [])
        }
        #expect(state.folder.files(with: "Klartext stock").contains(backup), "what is of goods stays")
        #expect(try ledger.parkedEntryCount() == 4)
        #expect(try BareDatabase(path: state.folder.file(backup)).text(form) == before)
    }

    @Test("and its copy have the same tables and indexes afterwards, word for word")
    func sameSchema() throws {
        try makeClear(2)
        let form = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY type, name)"
        let before = try BareDatabase(path: state.folder.file("ledger.db")).text(form)
        do { #expect(try state.ledger().forgetClearContacts { _ in false } == []) }
        #expect(try BareDatabase(path: state.folder.file("ledger.db.schema2")).text(form) == before)
    }

    @Test("that is interrupted, by an error or by the power, is sealed at the next start", arguments: [1, 257, 1_500])
    func interrupted(_ place: Int) throws {
        try makeClear(2)
        let power = try TestState(state.vault)
        let interrupted = InterruptedContacts(state.vault.contacts) { (number) throws(StorageFailure) in
            guard number == place else { return }
            state.folder.copyImage(of: "ledger.db", to: "image.db")
            for (name, suffix) in [("ledger.db", ""), ("ledger.db-wal", "-wal"), ("ledger.db.schema2", "")] {
                let source = name == "ledger.db.schema2" ? name : "image.db" + suffix
                guard access(state.folder.file(source), F_OK) == 0 else { continue }
                power.folder.write(state.folder.bytes(source), to: name)
            }
            throw .broken("interrupted")
        }
        #expect(
            storageErrorCode { try SQLiteLedger(in: state.directory, contacts: interrupted) } == "storage.other")
        for name in ["image.db", "image.db-wal"] { unlink(state.folder.file(name)) }
        for other in [state, power] {
            do {
                let half = try BareDatabase(path: other.folder.file("ledger.db"))
                #expect(try half.number("PRAGMA user_version") == 2)
            }
            let ledger = try other.ledger()
            #expect(try ledger.forgetClearContacts { _ in false } == [])
            #expect(try isWhole(ledger))
            #expect(other.folder.files(with: "Klartext") == [])
        }
    }

    @Test("that is full while it is sealed goes on with what it had, once there is room")
    func full() throws {
        try makeClear(2)
        let contacts = InterruptedContacts(state.vault.contacts) { (number) throws(StorageFailure) in
            if number == 300 { throw .full }
        }
        #expect(storageErrorCode { try SQLiteLedger(in: state.directory, contacts: contacts) } == "storage.full")
        #expect(try isWhole(state.ledger()))
    }

    @Test("whose power failed between the sealing and the cleaning is cleaned at the next start")
    func interruptedCleaning() throws {
        try makeClear(2)
        let power = try TestState(state.vault)
        do {
            let ledger = try state.ledger()
            // As the disk is at this moment: pages in clear are still in file, log and copy.
            for name in ["ledger.db", "ledger.db-wal", "ledger.db.schema2"] {
                power.folder.write(state.folder.bytes(name), to: name)
            }
            _ = ledger
        }
        #expect(power.folder.files(with: "Klartext").contains("ledger.db.schema2"))
        let ledger = try power.ledger()
        #expect(try ledger.forgetClearContacts { _ in false } == [])
        #expect(power.folder.files(with: "Klartext") == [])
        #expect(try isWhole(ledger))
    }

    @Test("has backups and ledgers set aside, which are cleaned too, and what cannot be is named")
    func copies() throws {
        try makeClear(2)
        let image = state.folder.bytes("ledger.db")
        for folder in ["backups", "aside-20261101T000000Z"] { #expect(mkdir(state.folder.file(folder), 0o700) == 0) }
        let backups = ["backups/ledger-20261101T021300Z.db", "backups/ledger-20261102T021300Z.db"]
        for name in backups {
            state.folder.write(image, to: name)
            state.folder.write([1], to: name + ".sha256")
        }
        // Set aside with a log that was not folded in.
        do {
            let live = TemporaryFolder()
            try makeClear(2, in: live)
            let database = try Database(path: live.file("ledger.db"), mode: .exclusiveFull)
            try database.run("UPDATE pickup SET name = 'Klartext in the log' WHERE orderID = ?", order(3).value)
            for name in ["ledger.db", "ledger.db-wal"] {
                state.folder.write(live.bytes(name), to: "aside-20261101T000000Z/" + name)
            }
        }
        #expect(state.folder.files(with: "Klartext in the log") == ["aside-20261101T000000Z/ledger.db-wal"])
        var damaged = image
        for place in 8_192..<damaged.count - 4_096 where place % 4_096 < 64 { damaged[place] = 0xFF }
        state.folder.write(damaged, to: "backups/ledger-20261103T021300Z.db")

        let ledger = try state.ledger()
        let problems = try ledger.forgetClearContacts { path in
            state.folder.write(Array("new".utf8), to: String(path.dropFirst(state.folder.path.count + 1)) + ".sha256")
            return true
        }
        #expect(problems.map(\.path) == [state.folder.file("backups/ledger-20261103T021300Z.db")])
        #expect(inClear == ["backups/ledger-20261103T021300Z.db"])
        for name in backups {
            #expect(state.folder.bytes(name + ".sha256") == Array("new".utf8))
            let copy = try BareDatabase(path: state.folder.file(name))
            #expect(try copy.contradictions() == [])
            #expect(try copy.number("SELECT count(*) FROM pickup") == count)
        }
        #expect(access(state.folder.file("backups/ledger-20261103T021300Z.db.sha256"), F_OK) != 0)
        // Clean ones are let alone, and one that was cleaned but has no digest yet gets it.
        unlink(state.folder.file(backups[1] + ".sha256"))
        var written: [String] = []
        _ = try ledger.forgetClearContacts { path in
            written.append(path)
            return true
        }
        #expect(written == [state.folder.file(backups[1])])
    }
}
