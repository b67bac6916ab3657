// Backups: made while the ledger is written to, named, rotated, and put back in place of it.

import CSQLite
import EdgeAgent
import Glibc
import ShopModel
import Testing

@testable import SQLiteStorage

@Suite("A backup")
struct BackupTests {
    private let shop = ShopID("S1")
    private let madeAt = Instant(rfc3339: "2026-11-22T02:13:00Z") ?? Instant(milliseconds: 0)

    /// A ledger with so many lines; the state directory has a backup of it.
    private func backedUp(_ lines: Int, in state: TestState, name: String = "backup.db", shop: String = "S1") throws {
        let ledger = try state.ledger()
        try add(lines, to: ledger, prefix: "A")
        try ledger.beginBackup(to: state.directory.file(name))
        while try !ledger.stepBackup(pages: 4).isDone {}
        ledger.endBackup()
        try BackupLabel(shop: shop, madeAt: madeAt, release: "0.2.0").settle(state.directory.file(name))
    }

    private func add(_ lines: Int, to ledger: SQLiteLedger, prefix: String) throws {
        try ledger.begin()
        for number in 0..<lines { try ledger.put(LedgerConformance.line("\(prefix)-\(number)", onHand: 5)) }
        try ledger.setValue("identity", "this box")
        try ledger.setValue("incarnation", "first")
        try ledger.commit()
    }

    private func lines(_ state: TestState) throws -> Int {
        let ledger = try state.ledger()
        var count = 0
        try ledger.begin()
        try ledger.forEachStockLine { _ in count += 1 }
        ledger.rollback()
        return count
    }

    private func restoration(
        _ state: TestState, _ name: String = "backup.db", shop: String = "S1"
    ) throws(Refusal) -> Restoration {
        let path = state.directory.file(name)
        let file = open(path, O_RDONLY)
        defer { close(file) }
        guard let shop = ShopID(shop) else { throw Refusal(.restoreFailed) }
        return try Restoration(of: state.directory, from: file, named: name, shop: shop)
    }

    private func refusal(_ work: () throws(Refusal) -> Void) -> String? {
        do throws(Refusal) {
            try work()
            return nil
        } catch { return error.code.name }
    }

    @Test("has what was committed while it was made")
    func whileInUse() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        try add(300, to: ledger, prefix: "A")
        try ledger.beginBackup(to: state.directory.file("backup.db"))
        var steps = 0
        while try !ledger.stepBackup(pages: 2).isDone {
            steps += 1
            if steps == 3 { try add(50, to: ledger, prefix: "B") }
        }
        ledger.endBackup()
        #expect(steps > 3)
        try BackupLabel(shop: "S1", madeAt: madeAt, release: "0.2.0").settle(state.directory.file("backup.db"))
        let copy = try BareDatabase(path: state.directory.file("backup.db"))
        #expect(try copy.number("SELECT count(*) FROM stock") == 350)
        #expect(try copy.text("PRAGMA journal_mode") == "delete")
        #expect(try BackupLabel.read(from: copy) == BackupLabel(shop: "S1", madeAt: madeAt, release: "0.2.0"))
        var status = stat()
        #expect(stat(state.directory.file("backup.db"), &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("that is given up leaves the ledger at work")
    func givenUp() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        try add(100, to: ledger, prefix: "A")
        try ledger.beginBackup(to: state.directory.file("backup.db"))
        _ = try ledger.stepBackup(pages: 2)
        ledger.endBackup()
        #expect(throws: StorageFailure.self) { try ledger.stepBackup(pages: 2) }
        try add(100, to: ledger, prefix: "B")
    }

    @Test("takes the ledger's place: the former is set aside whole, and the next start begins another life")
    func restored() throws {
        let state = try TestState()
        try backedUp(20, in: state)
        do { try add(7, to: try state.ledger(), prefix: "C") }
        var aside: String?
        do {
            let restoration = try restoration(state)
            #expect(restoration.label.madeAt == madeAt)
            #expect(restoration.loss?.isNothing == true)
            aside = try restoration.putInPlace(now: madeAt)
        }
        let former = try BareDatabase(path: try #require(aside) + "/ledger.db")
        #expect(try former.number("SELECT count(*) FROM stock") == 27)
        #expect(try lines(state) == 20)
        let copy = try BareDatabase(path: state.directory.file("ledger.db"))
        #expect(try copy.number("SELECT count(*) FROM value WHERE name = 'identity'") == 0)
        #expect(try copy.text("SELECT value FROM value WHERE name = 'incarnation'") == "first")
        #expect(try copy.number("SELECT count(*) FROM sqlite_schema WHERE name = 'backupLabel'") == 0)
    }

    @Test("that a clock made which was ahead tells what came after it all the same")
    func lossWithoutClock() throws {
        let state = try TestState()
        // A day ahead of what is decided after it.
        try backedUp(1, in: state)
        do {
            let ledger = try state.ledger()
            try ledger.begin()
            for number in 0..<3 {
                try ledger.insert(
                    StoredCommand(
                        id: try #require(CommandID("018f3c2e-7a10-7cc4-a2f1-0b5d2f6f1a1\(number)")),
                        device: try #require(DeviceID("till-1")), verb: "sale.record",
                        digest: [1], outcome: "done", reply: nil, decidedAt: madeAt + -86_400_000))
            }
            try ledger.commit()
        }
        let restoration = try restoration(state)
        #expect(restoration.loss?.commands == 3)
        #expect(restoration.loss?.until == madeAt + -86_400_000)
        #expect(restoration.loss?.isNothing == false)
        restoration.giveUp()
    }

    @Test(
        "that takes the ledger's place knows who was erased since, and what technicians did, even of a damaged one",
        arguments: [false, true])
    func inheritance(isDamaged: Bool) throws {
        let state = try TestState()
        try backedUp(200, in: state)
        do {
            let ledger = try state.ledger()
            try ledger.begin()
            let customer = try #require(CustomerID("C-1"))
            try ledger.markErased(customer, at: madeAt + 1)
            _ = try ledger.append(
                OperatorAct(
                    at: madeAt + 1, user: 0, name: "root", command: "customer.erase", target: "C-1", reason: nil,
                    outcome: "done"))
            try ledger.commit()
        }
        if isDamaged {
            do { try BareDatabase(path: state.directory.file("ledger.db")).execute("PRAGMA wal_checkpoint(TRUNCATE)") }
            var bytes = state.folder.bytes("ledger.db")
            let row = try #require(bytes.firstRange(of: Array("A-100".utf8)))
            let page = row.lowerBound / 4_096 * 4_096
            for place in page..<(page + 4_096) { bytes[place] = 0xA5 }
            state.folder.write(bytes, to: "ledger.db")
        }
        do {
            let restoration = try restoration(state)
            #expect((restoration.loss == nil) == isDamaged)
            _ = try restoration.putInPlace(now: madeAt)
        }
        let ledger = try state.ledger()
        try ledger.begin()
        #expect(try ledger.isErased(try #require(CustomerID("C-1"))))
        #expect(try ledger.acts(about: "C-1", limit: 10).count == (isDamaged ? 0 : 1))
        ledger.rollback()
    }

    @Test("is not looked at twice: given up, all is as it was")
    func dryRun() throws {
        let state = try TestState()
        try backedUp(3, in: state)
        let before = state.folder.names
        try restoration(state).giveUp()
        #expect(state.folder.names == before)
        #expect(try lines(state) == 3)
    }

    @Test("of another shop, a later release, cut off, with a changed byte, or none at all, is refused")
    func refused() throws {
        let state = try TestState()
        try backedUp(200, in: state)
        let bytes = state.folder.bytes("backup.db")
        state.folder.write(Array(bytes.prefix(bytes.count / 2)), to: "cut.db")
        var spoilt = bytes
        for place in (bytes.count / 2)..<(bytes.count / 2 + 4_096) { spoilt[place] = 0xA5 }
        state.folder.write(spoilt, to: "spoilt.db")
        state.folder.write(Array("no database".utf8), to: "text.db")
        state.folder.write([], to: "empty.db")
        state.folder.write(bytes, to: "newer.db")
        try BareDatabase(path: state.directory.file("newer.db")).execute("PRAGMA user_version = 99")
        let names = state.folder.names
        #expect(refusal { () throws(Refusal) in _ = try restoration(state, shop: "S2") } == "restore.otherShop")
        #expect(refusal { () throws(Refusal) in _ = try restoration(state, "cut.db") } == "restore.damaged")
        #expect(refusal { () throws(Refusal) in _ = try restoration(state, "spoilt.db") } == "restore.damaged")
        #expect(refusal { () throws(Refusal) in _ = try restoration(state, "text.db") } == "restore.damaged")
        #expect(refusal { () throws(Refusal) in _ = try restoration(state, "empty.db") } == "restore.noBackup")
        #expect(refusal { () throws(Refusal) in _ = try restoration(state, "newer.db") } == "restore.newerSchema")
        #expect(refusal { () throws(Refusal) in _ = try restoration(state, "ledger.db") } == "restore.noBackup")
        #expect(state.folder.names == names)
    }

    @Test("is not put in place while an agent runs, and no agent starts while one is, or was interrupted")
    func alone() throws {
        let state = try TestState()
        try backedUp(3, in: state)
        do {
            let ledger = try state.ledger()
            try ledger.begin()
            // In a process of its own, as edged is: this one's own locks do not keep it out.
            #expect(refusal { () throws(Refusal) in _ = try restoration(state) } == "restore.agentRuns")
            ledger.rollback()
        }
        do {
            let restoration = try restoration(state)
            #expect(storageErrorCode { try state.ledger() } == "storage.busy")
            restoration.giveUp()
        }
        state.folder.write([], to: "restore.pending")
        #expect(storageErrorCode { try state.ledger() } == "storage.restoreInterrupted")
        _ = try restoration(state).putInPlace(now: madeAt)
        #expect(try lines(state) == 3)
    }

    @Test("is kept for seven days and four weeks, the newest of each")
    func rotation() throws {
        let now = Instant(rfc3339: "2026-11-22T12:00:00Z") ?? Instant(milliseconds: 0)
        let day: Int64 = 86_400_000
        // Two a day for sixty days.
        let moments = (0..<120).map { now + -Int64($0) * day / 2 }
        let kept = Set(BackupFolder.kept(moments))
        for number in 0..<7 { #expect(kept.contains((now + -Int64(number) * day).milliseconds)) }
        // 22 November 2026 is a Sunday: the newest of the weeks before are Sundays too.
        for number in 1..<4 { #expect(kept.contains((now + -Int64(number) * 7 * day).milliseconds)) }
        #expect(kept.count == 10)
        // A clock that is behind names the backup just made as one of long ago: it is not removed for that.
        let state = try TestState()
        let folder = BackupFolder(of: state.folder.path)
        try folder.prepare()
        let made = folder.file(at: now + -1_100 * day)
        for file in (0..<40).map({ folder.file(at: now + -Int64($0) * day) }) + [made] {
            let name = "backups/" + (file.split(separator: "/").last.map(String.init) ?? "")
            state.folder.write([1], to: name)
            state.folder.write([1], to: name + ".sha256")
        }
        folder.rotate(keeping: made)
        #expect(folder.backups.count == 11 && folder.backups.last?.path == made)
        // A box that was off for a year keeps what it has.
        let old = (0..<3).map { now + -(400 - Int64($0)) * day }
        #expect(Set(BackupFolder.kept(old)).count == 3)
    }

    @Test("without its digest is no backup, and what was cut off is cleared away")
    func folder() throws {
        let state = try TestState()
        let folder = BackupFolder(of: state.folder.path)
        try folder.prepare()
        let file = folder.file(at: madeAt)
        #expect(file.hasSuffix("/backups/ledger-20261122T021300Z.db"))
        state.folder.write([1], to: "backups/ledger-20261122T021300Z.db")
        state.folder.write([1], to: "backups/ledger-20261123T021300Z.db.part")
        #expect(folder.backups == [])
        state.folder.write([1], to: "backups/ledger-20261122T021300Z.db.sha256")
        #expect(folder.backups == [Backup(path: file, madeAt: madeAt, bytes: 1)])
        try folder.prepare()
        #expect(Disk.names(in: folder.path, beginning: "ledger-").count == 2)
    }
}

@Suite("A state that no agent has open")
struct StateCheckTests {
    private func check(_ state: TestState) throws -> [StateCheck.File] { try StateCheck(of: state.folder.path).files }

    @Test("is looked through on copies, what is only in the log too, and stays as it was")
    func looked() throws {
        let source = try TestState()
        let ledger = try source.ledger()
        try ledger.begin()
        try ledger.put(LedgerConformance.line("A", onHand: 5))
        try ledger.commit()
        let state = try TestState()
        for name in ["ledger.db", "ledger.db-wal"] { state.folder.write(source.folder.bytes(name), to: name) }
        let before = (state.folder.bytes("ledger.db"), state.folder.bytes("ledger.db-wal"), state.folder.names)
        let files = try check(state)
        #expect(files[0].problem == nil && files[0].schema == LedgerSchema.form.version)
        #expect(files[0].logBytes == before.1.count)
        #expect(files[1].bytes == nil && files[2].bytes == nil)
        #expect(state.folder.bytes("ledger.db") == before.0)
        #expect(state.folder.bytes("ledger.db-wal") == before.1)
        #expect(state.folder.names == before.2)
    }

    @Test("that is damaged, a later release's, or another program's is told so, file by file")
    func problems() throws {
        let state = try TestState()
        do {
            let ledger = try state.ledger()
            try ledger.begin()
            for number in 0..<500 { try ledger.put(LedgerConformance.line("A-\(number)", onHand: 5)) }
            try ledger.commit()
            _ = try SQLiteKeys(in: state.directory)
            _ = try SQLiteCatalogue(in: state.directory)
        }
        #expect(try check(state).allSatisfy { $0.problem == nil })
        let sound = state.folder.bytes("ledger.db")
        var spoilt = sound
        for place in (sound.count / 2)..<(sound.count / 2 + 4_096) { spoilt[place] = 0x5A }
        state.folder.write(spoilt, to: "ledger.db")
        #expect(try check(state).map(\.problem) == ["storage.corrupt", nil, nil])
        state.folder.write(sound, to: "ledger.db")
        do { try BareDatabase(path: state.directory.file("ledger.db")).execute("PRAGMA user_version = 99") }
        let newer = try check(state)[0]
        #expect(newer.problem == "storage.newerSchema" && newer.schema == 99)
        state.folder.write(Array("text, no database".utf8), to: "keys.db")
        #expect(try check(state)[2].problem == "storage.corrupt")
    }

    @Test("is not looked at while an agent has it")
    func inUse() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        try ledger.begin()
        #expect(storageErrorCode { try StateCheck(of: state.folder.path) } == "storage.busy")
        ledger.rollback()
    }
}
