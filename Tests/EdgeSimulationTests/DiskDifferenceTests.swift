// The simulated disk against the real one: the same generated day must leave the same shop behind.

import CustomerVault
import EdgeAgent
import EdgeSimulation
import Glibc
import SQLiteStorage
import Testing

@Suite("The simulated ledger and SQLite's")
struct DiskDifferenceTests {
    @Test(
        "answer every question alike, through commits, rollbacks and savepoints",
        arguments: 0..<6 as Range<UInt64>)
    func agree(seed: UInt64) throws {
        let folder = try Folder()
        let simulated = SimulatedLedger(random: SeededRandom(seed: seed))
        let directory = try StateDirectory(folder.path)
        let contacts = SealedContacts(
            master: try MasterKey.loadOrCreate(directory.file("vault-key"), createIfAbsent: true),
            keys: WaitingKeys(try SQLiteKeys(in: directory)))
        let real = try SQLiteLedger(in: directory, contacts: contacts)
        var chance = SeededRandom(seed: seed).stream("turns")
        var days = (LedgerDay(seed: seed), LedgerDay(seed: seed))
        func both(_ body: (any LedgerStorage, inout LedgerDay) throws -> Void) throws {
            try body(simulated, &days.0)
            try body(real, &days.1)
        }
        for _ in 0..<25 {
            try both { ledger, _ in try ledger.begin() }
            for _ in 0..<6 {
                try both { ledger, _ in try ledger.savepoint() }
                let count = chance.below(5)
                try both { ledger, day in
                    for _ in 0..<count { try day.write(to: ledger) }
                }
                if chance.chance(0.3) {
                    try both { ledger, _ in try ledger.rollbackToSavepoint() }
                } else {
                    try both { ledger, _ in try ledger.releaseSavepoint() }
                }
            }
            if chance.chance(0.2) {
                try both { ledger, _ in ledger.rollback() }
            } else {
                try both { ledger, _ in try ledger.commit() }
            }
            for (ours, theirs) in zip(try observed(simulated), try observed(real)) { try #require(ours == theirs) }
        }
        let rows = try simulated.outboxEntries(lane: nil, state: nil, afterRow: 0, limit: 9).count
        #expect(rows > 3)
    }

    /// A folder for one test's files.
    private final class Folder {
        let path: String

        init() throws {
            var template = Array("/tmp/store-edge-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw StorageFailure.broken("no folder for the test") }
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        deinit {
            for name in ["ledger.db", "keys.db"] {
                for suffix in ["", "-wal", "-shm"] { unlink("\(path)/\(name)\(suffix)") }
            }
            for name in ["ballast", "vault-key"] { unlink("\(path)/\(name)") }
            rmdir(path)
        }
    }
}
