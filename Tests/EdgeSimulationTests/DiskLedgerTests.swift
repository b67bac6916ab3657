// The simulated ledger: its ways back, its orders, and each of its faults.

import EdgeAgent
import EdgeSimulation
import ShopCore
import ShopModel
import Testing

@Suite("The simulated ledger")
struct DiskLedgerTests {
    @Test(
        "goes back to exactly what it was, at every rollback, savepoint and crash", arguments: 0..<12 as Range<UInt64>)
    func waysBack(seed: UInt64) throws {
        let ledger = SimulatedLedger(random: SeededRandom(seed: seed))
        var day = LedgerDay(seed: seed)
        var chance = SeededRandom(seed: seed).stream("ways back")
        var committed = try observed(ledger)
        var rollbacks = 0
        for _ in 0..<60 {
            try ledger.begin()
            var points: [[String]] = []
            for _ in 0..<chance.below(16) {
                switch chance.below(8) {
                case 0:
                    points.append(try observed(ledger))
                    try ledger.savepoint()
                case 1 where !points.isEmpty:
                    try ledger.rollbackToSavepoint()
                    #expect(try observed(ledger) == points.removeLast())
                    rollbacks += 1
                case 2 where !points.isEmpty:
                    try ledger.releaseSavepoint()
                    points.removeLast()
                default: try day.write(to: ledger)
                }
            }
            switch chance.below(4) {
            case 0:
                ledger.rollback()
                #expect(try observed(ledger) == committed)
            case 1:
                ledger.crash(chance.chance(0.5) ? .power : .process)
                #expect(try observed(ledger) == committed)
            default:
                while points.popLast() != nil { try ledger.releaseSavepoint() }
                try ledger.commit()
                committed = try observed(ledger)
            }
        }
        #expect(rollbacks > 3 && ledger.counts.crashesInTransaction > 3 && ledger.counts.commits > 10)
    }

    @Test(
        "has the same rows and lists when only what was committed is written again", arguments: 0..<4 as Range<UInt64>)
    func replays(seed: UInt64) throws {
        let ledger = SimulatedLedger(random: SeededRandom(seed: seed))
        let twin = SimulatedLedger(random: SeededRandom(seed: seed + 1))
        var day = LedgerDay(seed: seed)
        for turn in 0..<100 {
            let before = day
            try ledger.begin()
            for _ in 0..<8 { try day.write(to: ledger) }
            guard turn % 3 != 0 else {
                ledger.crash()
                continue
            }
            try ledger.commit()
            var again = before
            try twin.begin()
            for _ in 0..<8 { try again.write(to: twin) }
            try twin.commit()
        }
        #expect(try observed(ledger) == observed(twin))
    }

    @Test("puts a backup back as it was, and knows nothing of what came after")
    func backups() throws {
        let ledger = SimulatedLedger(random: SeededRandom(seed: 1))
        var day = LedgerDay(seed: 1)
        func turn() throws {
            try ledger.begin()
            for _ in 0..<50 { try day.write(to: ledger) }
            try ledger.commit()
        }
        try turn()
        let then = try observed(ledger)
        let backup = try #require(ledger.backup())
        try turn()
        #expect(try observed(ledger) != then)
        #expect(ledger.restore(backup))
        #expect(try observed(ledger) == then)
        try ledger.begin()
        try day.write(to: ledger)
        #expect(ledger.backup() == nil)
    }

    @Test("reads stock only as somebody's, and every process says whose anew")
    func homes() throws {
        let ledger = SimulatedLedger(random: SeededRandom(seed: 1))
        let sku = LedgerDay.skus[0]
        #expect(throws: StorageFailure.self) { try ledger.stockLine(sku) }
        ledger.home = LedgerDay.home
        try ledger.begin()
        try ledger.put(StockLine(sku: sku, home: LedgerDay.home, onHand: 3))
        try ledger.commit()
        ledger.crash()
        #expect(throws: StorageFailure.self) { try ledger.stockLine(sku) }
        ledger.home = .edge(sure(Incarnation("second")))
        #expect(try ledger.stockLine(sku)?.home == ledger.home && ledger.stockLine(sku)?.onHand == 3)
    }

    @Test("refuses to write outside a transaction, and a transaction in a transaction")
    func misuse() throws {
        let ledger = SimulatedLedger(random: SeededRandom(seed: 1))
        #expect(throws: StorageFailure.self) { try ledger.setValue("a", "b") }
        #expect(throws: StorageFailure.self) { try ledger.commit() }
        try ledger.begin()
        #expect(throws: StorageFailure.self) { try ledger.begin() }
        #expect(throws: StorageFailure.self) { try ledger.rollbackToSavepoint() }
        try ledger.savepoint()
        #expect(throws: StorageFailure.self) { try ledger.commit() }
    }
}

@Suite("A fault of the simulated ledger")
struct DiskLedgerFaultTests {
    private func ledger(seed: UInt64 = 1) throws -> SimulatedLedger {
        let ledger = SimulatedLedger(random: SeededRandom(seed: seed))
        try write(ledger, "first")
        return ledger
    }

    private func write(_ ledger: SimulatedLedger, _ value: String) throws {
        try ledger.begin()
        try ledger.setValue("value", value)
        try ledger.commit()
    }

    @Test("full: nothing is kept, and after a rollback the same can be tried again")
    func full() throws {
        let ledger = try ledger()
        ledger.failNextCommit(.full)
        #expect(throws: StorageFailure.full) { try write(ledger, "second") }
        ledger.rollback()
        #expect(try ledger.value("value") == "first")
        try write(ledger, "second")
        #expect(try ledger.value("value") == "second")
        #expect(ledger.counts.fullCommits == 1)
    }

    @Test("full disk: the ballast makes room for a while, and space for good")
    func ballast() throws {
        let ledger = try ledger()
        ledger.fillDisk(ballastCommits: 2)
        #expect(throws: StorageFailure.full) { try write(ledger, "a") }
        ledger.rollback()
        ledger.releaseBallast()
        ledger.releaseBallast()
        try write(ledger, "b")
        try write(ledger, "c")
        #expect(throws: StorageFailure.full) { try write(ledger, "d") }
        ledger.rollback()
        ledger.freeDisk()
        try write(ledger, "e")
        #expect(ledger.counts.ballastReleases == 1 && ledger.counts.fullCommits == 2)
    }

    @Test("failed sync: nothing works until the start, which finds all of the transaction or nothing of it")
    func broken() throws {
        var kept = 0
        for seed in 0..<40 as Range<UInt64> {
            let ledger = try ledger(seed: seed)
            ledger.failNextCommit(.broken)
            #expect(throws: StorageFailure.self) { try write(ledger, "second") }
            #expect(throws: StorageFailure.self) { try ledger.value("value") }
            ledger.rollback()
            #expect(throws: StorageFailure.self) { try ledger.begin() }
            ledger.crash(.process)
            let value = try ledger.value("value")
            #expect(value == "first" || value == "second")
            kept += value == "second" ? 1 : 0
            #expect(ledger.counts.brokenCommitsKept == (value == "second" ? 1 : 0))
            try write(ledger, "third")
        }
        #expect((10...30).contains(kept))
    }

    @Test("sync that was a lie: what was committed since vanishes with the power, not with the process")
    func lies() throws {
        let ledger = try ledger()
        ledger.faults.lieAboutSync = true
        try write(ledger, "second")
        try write(ledger, "third")
        ledger.crash(.process)
        #expect(try ledger.value("value") == "third")
        try write(ledger, "fourth")
        try ledger.begin()
        try ledger.setValue("value", "fifth")
        ledger.crash(.power)
        #expect(try ledger.value("value") == "first")
        #expect(ledger.counts.vanishedCommits == 3)
        try write(ledger, "sixth")
        ledger.faults.lieAboutSync = false
        try write(ledger, "seventh")
        ledger.crash(.power)
        #expect(try ledger.value("value") == "seventh")
    }

    @Test("forgetful start: decided commands, or the feeds' cursors, are gone, and nothing else is")
    func forgets() throws {
        let ledger = try ledger()
        let id = try #require(CommandID("00000000-0000-0000-0000-000000000001"))
        try ledger.begin()
        try ledger.insert(
            StoredCommand(
                id: id, device: .agent, verb: "sale.record", digest: [], outcome: "done", reply: [1],
                decidedAt: Instant(milliseconds: 1)))
        try ledger.setCursor(FeedCursor(scope: "shop", feed: "stock", epoch: "e", sequence: 9))
        try ledger.commit()
        ledger.crash()
        #expect(try ledger.command(id) != nil && ledger.cursor(scope: "shop", feed: "stock") != nil)
        ledger.faults.forgetCommandsAtCrash = true
        ledger.crash()
        #expect(try ledger.command(id) == nil && ledger.cursors().count == 1)
        #expect(try ledger.begin() == ())
        #expect(try ledger.forgetReplies(before: Instant(milliseconds: 99), limit: 9) == 0)
        ledger.rollback()
        ledger.faults.forgetCursorsAtCrash = true
        ledger.crash()
        #expect(try ledger.cursors().isEmpty)
        #expect(try ledger.value("value") == "first")
        #expect(ledger.counts.forgottenCommands == 1 && ledger.counts.forgottenCursors == 1)
    }
}
