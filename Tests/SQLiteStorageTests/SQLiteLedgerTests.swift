// SQLite's ledger keeps the rules of every ledger, and some of its own.

import CSQLite
import EdgeAgent
import Glibc
import ShopCore
import ShopModel
import Testing

@testable import SQLiteStorage

/// A state directory for one test.
struct TestState {
    let folder: TemporaryFolder
    let directory: StateDirectory
    /// Whose keys seal the contacts of its pickups.
    let vault: TestVault

    init(_ vault: TestVault? = nil) throws {
        self.vault = try vault ?? TestVault()
        folder = TemporaryFolder()
        directory = try StateDirectory(folder.path)
    }

    func ledger(_ settings: Database.Settings = SQLiteLedger.bounds) throws -> SQLiteLedger {
        let ledger = try SQLiteLedger(in: directory, contacts: vault.contacts, settings: settings)
        ledger.home = LedgerConformance.home
        return ledger
    }

    /// The ledger as a power cut at this moment would leave it.
    func ledgerAfterPowerLoss() throws -> (SQLiteLedger, TestState) {
        let other = try TestState(vault)
        for name in ["ledger.db", "ledger.db-wal"] where access(folder.file(name), F_OK) == 0 {
            other.folder.write(folder.bytes(name), to: name)
        }
        return (try other.ledger(), other)
    }
}

@Suite("SQLite's ledger")
struct SQLiteLedgerTests {
    @Test("keeps the rules of every ledger", arguments: LedgerConformance.rules)
    func conforms(_ rule: LedgerRule) throws {
        let state = try TestState()
        var kept: [TestState] = []
        try rule.check(
            LedgerUnderTest(ledger: try state.ledger()) {
                let (ledger, other) = try state.ledgerAfterPowerLoss()
                kept.append(other)
                return ledger
            })
    }

    @Test("has every row still there when the process starts again")
    func reopens() throws {
        let state = try TestState()
        do {
            let ledger = try state.ledger()
            try ledger.begin()
            try ledger.put(LedgerConformance.line("A", onHand: 5))
            try ledger.put(LedgerConformance.reservation("R-1", .held(until: LedgerConformance.at(9))))
            try ledger.commit()
        }
        let ledger = try state.ledger()
        #expect(try ledger.stockLine(LedgerConformance.sku("A")) == LedgerConformance.line("A", onHand: 5))
        #expect(try ledger.nextReservationEnd() == LedgerConformance.at(9))
    }

    @Test("numbers a SKU's events anew in each life of the shop")
    func movedInThisLife() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        try ledger.begin()
        ledger.home = .edge(try #require(Incarnation("life-0")))
        _ = try ledger.append(LedgerConformance.entry("A", LedgerConformance.moved(100), event: 7))
        ledger.home = LedgerConformance.home
        _ = try ledger.append(LedgerConformance.entry("A", LedgerConformance.moved(3), event: 2))
        try ledger.commit()
        #expect(try ledger.onHandMoved(LedgerConformance.sku("A"), afterEvent: 1) == 3)
        #expect(try ledger.onHandMoved(LedgerConformance.sku("A"), afterPosition: 0) == 103)
    }

    @Test("says so when it is asked for stock before it knows who the shop is")
    func needsHome() throws {
        let state = try TestState()
        let ledger = try SQLiteLedger(in: state.directory, contacts: state.vault.contacts)
        #expect(throws: StorageFailure.self) { try ledger.stockLine(LedgerConformance.sku("A")) }
        #expect(try ledger.value("incarnation") == nil)
    }

    @Test("gives an outbox row out once, also when the last one was forgotten before a restart or a rollback")
    func outboxRows() throws {
        let state = try TestState()
        func append(_ id: String, to ledger: SQLiteLedger) throws -> Int64 {
            try ledger.append(LedgerConformance.event(id, .moments, subject: id))
            return try #require(try ledger.outboxEntry(id: id)).event.row
        }
        do {
            let ledger = try state.ledger()
            try ledger.begin()
            #expect(try append("m1", to: ledger) == 1)
            #expect(try append("m2", to: ledger) == 2)
            #expect(try ledger.shedMoments(limit: 9) == 2)
            try ledger.savepoint()
            #expect(try append("m3", to: ledger) == 3)
            try ledger.rollbackToSavepoint()
            try ledger.commit()
        }
        let ledger = try state.ledger()
        #expect(try append("m4", to: ledger) == 3)
    }

    @Test("is refused to a second process, which is told why")
    func secondProcess() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        #expect(storageErrorCode { try state.ledger() } == "storage.busy")
        try ledger.begin()
        try ledger.setValue("a", "1")
        try ledger.commit()
    }

    @Test("of a later release is refused, and not a byte of it is changed")
    func newerSchema() throws {
        let state = try TestState()
        _ = try state.ledger()
        do {
            let database = try Database(path: state.folder.file("ledger.db"), mode: .exclusiveFull)
            try database.execute("PRAGMA user_version = 99")
        }
        let before = state.folder.bytes("ledger.db")
        #expect(storageErrorCode { try state.ledger() } == "storage.newerSchema")
        #expect(state.folder.bytes("ledger.db") == before)
    }

    @Test("names table and row of what is no value of the shop, and goes on with the rest")
    func unreadableRows() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        try ledger.put(LedgerConformance.reservation("R-1", .held(until: LedgerConformance.at(9))))
        try ledger.put(LedgerConformance.reservation("R-2", .held(until: LedgerConformance.at(9))))
        try ledger.put(LedgerConformance.line("A", onHand: 1))
        let damages = [
            "UPDATE reservation SET state = 'lost' WHERE id = 'R-1'",
            "UPDATE reservation SET state = 'released', reason = 'boredom' WHERE id = 'R-1'",
            "UPDATE reservation SET until = NULL, state = 'held', reason = NULL WHERE id = 'R-1'",
        ]
        for damage in damages {
            try ledger.database.execute(damage)
            #expect(
                message { try ledger.reservation(ReservationID.named("R-1")) }?.contains("Row R-1 of table reservation")
                    == true)
        }
        #expect(try ledger.reservation(ReservationID.named("R-2")) != nil)
        try ledger.database.execute("UPDATE stock SET sku = 'a b' WHERE sku = 'A'")
        #expect(message { try ledger.forEachStockLine { _ in } }?.contains("Row a b of table stock") == true)
    }

    private func message<Result>(_ body: () throws -> Result) -> String? {
        do {
            _ = try body()
            return nil
        } catch StorageFailure.broken(let sentence) {
            return sentence
        } catch {
            return nil
        }
    }

    @Test("that has no room says full, undoes the transaction, and goes on once there is room")
    func full() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        failingWrite.withLock(ENOSPC) {
            #expect(throws: StorageFailure.full) {
                try ledger.begin()
                try ledger.setValue("a", "1")
                try ledger.commit()
            }
            ledger.rollback()
        }
        #expect(try ledger.value("a") == nil)
        try ledger.begin()
        try ledger.setValue("a", "2")
        try ledger.commit()
        #expect(try ledger.value("a") == "2")
    }

    @Test("whose disk does not confirm a commit is broken, never full")
    func failedSync() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        let restore = failSyncs(of: ledger.database, with: ENOSPC)
        defer { restore() }
        try ledger.begin()
        try ledger.setValue("a", "1")
        let failure = #expect(throws: StorageFailure.self) { try ledger.commit() }
        #expect(failure != .full)
    }

    @Test("keeps 4 MiB for the worst day, gives them back, and takes them again at the next start")
    func ballast() throws {
        let state = try TestState()
        do {
            let ledger = try state.ledger()
            #expect(blocks(state) >= 4 << 20)
            ledger.releaseBallast()
            #expect(blocks(state) == 0)
        }
        _ = try state.ledger()
        #expect(blocks(state) >= 4 << 20)
    }

    private func blocks(_ state: TestState) -> Int {
        var status = stat()
        return stat(state.folder.file("ballast"), &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }

    @Test("stores and shows 100,000 lines")
    func manyLines() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        try ledger.begin()
        for number in 0..<100_000 { try ledger.put(LedgerConformance.line("S\(100_000 + number)", onHand: number)) }
        try ledger.commit()
        var count = 0
        var units = 0
        try ledger.forEachStockLine {
            count += 1
            units += $0.onHand
        }
        #expect(count == 100_000)
        #expect(units == 99_999 * 50_000)
    }
}
