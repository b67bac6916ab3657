// A backup takes the ledger's place: proven first, the present ledger set aside, never deleted, and fenced (DESIGN §8).

import EdgeAgent
import Glibc
import ShopModel

/// A backup that is to take the place of a state's ledger.
///
/// While it lives, no agent can start: it has the lock of the state.
public final class Restoration {
    /// What the backup says of itself.
    public let label: BackupLabel
    /// Whether there is a ledger at present.
    public let hasLedger: Bool
    /// What is in the present ledger and not in the backup; nil when the present one cannot be read.
    public let loss: RestoreLoss?
    /// What of the present ledger's outbox can be read although the rest cannot; nil when nothing can, or all can.
    public let readable: ReadableOutbox?

    private let directory: StateDirectory
    private let lock: StateLock
    private let language: Language
    private var part: String { directory.file("ledger.db.restoring") }

    /// Copies the backup beside the ledger and proves it. Nothing that the agent looks at is changed yet.
    ///
    /// - Parameters:
    ///   - source: the backup, open for reading.
    ///   - name: what it is called in refusals.
    ///   - shop: whose it has to be.
    ///   - language: of what the storage says in refusals.
    /// - Throws: `restore.…`.
    public init(
        of directory: StateDirectory, from source: Int32, named name: String, shop: ShopID,
        language: Language = .english
    ) throws(Refusal) {
        self.directory = directory
        self.language = language
        do throws(StorageError) { lock = try StateLock(ledger: directory.file("ledger.db")) } catch {
            if case .busy = error { throw Refusal(.restoreAgentRuns) }
            throw Self.failed(error, language)
        }
        let part = directory.file("ledger.db.restoring")
        do throws(StorageError) {
            unlink(part)
            var status = stat()
            fstat(source, &status)
            try Disk.requireRoom(for: Int(status.st_size), in: directory.path)
            try StateCopies.copy(name, to: part, from: source)
        } catch {
            unlink(part)
            throw Self.failed(error, language)
        }
        do throws(Refusal) { label = try Self.proven(part, named: name, shop: shop) } catch {
            unlink(part)
            throw error
        }
        hasLedger = Disk.size(of: directory.file("ledger.db")) != nil
        do throws(StorageError) { (loss, readable) = try Self.compare(part, with: directory, lock) } catch {
            unlink(part)
            throw Self.failed(error, language)
        }
    }

    /// Forgets the restore: everything is as it was.
    public func giveUp() { unlink(part) }

    private static func failed(_ error: StorageError, _ language: Language) -> Refusal {
        Refusal(.restoreFailed, [.text("reason", error.sentence(in: language))])
    }

    /// The label of a copy of a backup that is whole, this shop's, and of a schema that this release knows.
    private static func proven(_ part: String, named name: String, shop: ShopID) throws(Refusal) -> BackupLabel {
        let schema = LedgerSchema.form
        var found: (version: Int, label: BackupLabel?, contradiction: String?)?
        do throws(StorageError) {
            let copy = try BareDatabase(path: part)
            if try copy.number("PRAGMA application_id") == Int(schema.applicationID) {
                let contradiction = try copy.contradictions().first
                found = (
                    try copy.number("PRAGMA user_version"),
                    contradiction == nil ? try BackupLabel.read(from: copy) : nil, contradiction
                )
            }
        } catch {
            throw Refusal(.restoreDamaged, [.text("file", name), .text("reason", reason(error))])
        }
        if let contradiction = found?.contradiction {
            throw Refusal(.restoreDamaged, [.text("file", name), .text("reason", contradiction)])
        }
        guard let found, let label = found.label else { throw Refusal(.restoreNoBackup, [.text("file", name)]) }
        guard label.shop == shop.value else {
            throw Refusal(
                .restoreOtherShop, [.text("file", name), .text("found", label.shop), .text("shop", shop.value)])
        }
        guard found.version <= schema.version else {
            throw Refusal(
                .restoreNewer,
                [.text("file", name), .integer("found", found.version), .integer("known", schema.version)])
        }
        return label
    }

    private static func reason(_ error: StorageError) -> String {
        if case .corrupt(_, let message) = error { return message }
        return error.sentence
    }

    /// Looks at a copy of the present ledger: counts what the backup does not have, or of a damaged one what can be read,
    /// and gives the backup's copy what it has to take over.
    private static func compare(
        _ part: String, with directory: StateDirectory, _ lock: StateLock
    ) throws(StorageError) -> (RestoreLoss?, ReadableOutbox?) {
        let path = directory.file("ledger.db")
        guard let file = lock.file, let size = Disk.size(of: path) else { return (nil, nil) }
        let log = Disk.size(of: path + "-wal") ?? 0
        guard let place = try? StateCopies.place(for: size + log, inMemory: false, beside: directory.path) else {
            return (nil, nil)
        }
        defer { StateCopies.remove(place) }
        let copy: BareDatabase
        do throws(StorageError) {
            try StateCopies.copy(path, to: "\(place)/ledger.db", from: file)
            try StateCopies.copy(path + "-wal", to: "\(place)/ledger.db-wal", from: nil)
            copy = try BareDatabase(path: "\(place)/ledger.db")
        } catch {
            return (nil, nil)
        }
        let loss = try? RestoreLoss(of: copy, against: part)
        let inheritance = RestoreInheritance(of: copy, isSound: loss != nil)
        try inheritance.give(to: try BareDatabase(path: part))
        return (loss, loss == nil ? ReadableOutbox(of: copy) : nil)
    }

    // MARK: - Doing it

    /// Puts the backup in the ledger's place.
    ///
    /// A mark stands from the first rename to the last, and no agent starts while it does: half of the old state with
    /// half of the new one is no state. Interrupted, it is done again from the beginning.
    ///
    /// - Returns: the folder in which the former ledger lies; nil when there was none.
    /// - Throws: `restore.failed`.
    public func putInPlace(now: Instant) throws(Refusal) -> String? {
        do throws(StorageError) {
            try fence()
            let mark = Self.mark(in: directory)
            let file = open(mark, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard file >= 0 else { throw .unreadable(path: mark, cause: StorageError.text(ofSystemError: errno)) }
            close(file)
            try Disk.sync(directory.path)
            let aside = try setAside(now: now)
            try Disk.rename(part, to: directory.file("ledger.db"))
            unlink(mark)
            try Disk.sync(directory.path)
            return aside
        } catch {
            throw Self.failed(error, language)
        }
    }

    /// Takes from the copy what made it the ledger of one life: the agent that opens it begins another, which may
    /// promise nothing until headquarters grants it rights.
    private func fence() throws(StorageError) {
        try forget(try BareDatabase(path: part))
        try Disk.sync(part)
    }

    private func forget(_ copy: BareDatabase) throws(StorageError) {
        try copy.execute("DELETE FROM value WHERE name = '\(LedgerLife.identityValue)'; DROP TABLE backupLabel")
    }

    private func setAside(now: Instant) throws(StorageError) -> String? {
        let names = ["ledger.db", "ledger.db-wal", "deciding"].filter { Disk.size(of: directory.file($0)) != nil }
        guard !names.isEmpty else { return nil }
        let text = now.description.filter { $0 != "-" && $0 != ":" }.prefix(15)
        var aside = directory.file("aside-\(text)Z")
        var number = 1
        while mkdir(aside, 0o700) != 0 {
            guard errno == EEXIST, number < 1_000 else {
                throw .unreadable(path: aside, cause: StorageError.text(ofSystemError: errno))
            }
            number += 1
            aside = directory.file("aside-\(text)Z-\(number)")
        }
        for name in names { try Disk.rename(directory.file(name), to: "\(aside)/\(name)") }
        try Disk.sync(directory.path)
        return aside
    }

    private static func mark(in directory: StateDirectory) -> String { directory.file("restore.pending") }

    /// Refuses a state in which a restore was begun and not finished.
    static func refuseUnfinished(in directory: StateDirectory) throws(StorageError) {
        if access(mark(in: directory), F_OK) == 0 { throw .restoreInterrupted(path: directory.file("ledger.db")) }
    }
}
