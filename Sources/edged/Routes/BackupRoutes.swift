// Backups of the ledger while the shop works: `backup` begins one, `backup.status` says how far it is and which there are.

import Contract
import EdgeAgent
import Glibc
import Logging
import SQLiteStorage
import ShopCore
import ShopModel
import Synchronization

/// The commands around backups.
enum BackupRoutes {
    static let table: [String: ControlRoute] = [
        "backup": .change(journalling: .init(target: "file")) { request, _, room throws(Refusal) in
            var fields = request.fields
            try fields.refuseUnknown()
            return .done(["file": .string(try room.backups.begin(room))])
        },
        "backup.status": .question { request, _, room throws(Refusal) in
            var fields = request.fields
            try fields.refuseUnknown()
            return .done(room.backups.status(room))
        },
    ]
}

/// Makes backups, one at a time, on a thread of its own: the ledger gives it a few pages between two turns.
final class BackupKeeper: Sendable {
    /// Pages a step: 256 KiB, which a turn hardly feels.
    private static let pagesPerStep = 64
    /// What lies between two steps, in microseconds.
    private static let pauseMicroseconds: UInt32 = 2_000

    private struct State {
        var isRunning = false
        var progress: BackupProgress?
        var failure: Refusal?
    }

    private let state = Mutex(State())

    /// Begins a backup.
    ///
    /// - Returns: the file that it becomes.
    /// - Throws: `backup.running`, `backup.noRoom`, `backup.failed`.
    func begin(_ room: SharedRoom) throws(Refusal) -> String {
        let isFirst = state.withLock { state in
            guard !state.isRunning else { return false }
            state = State(isRunning: true)
            return true
        }
        guard isFirst else { throw Refusal(.backupRunning) }
        let folder = BackupFolder(of: room.configuration.stateDirectory)
        let moment = room.now
        let file = folder.file(at: moment)
        do throws(Refusal) {
            try Self.failing { () throws(StorageError) in try folder.prepare() }
            let part = file + ".part"
            try LedgerErrands.run(room) { ledger, _ throws(StorageFailure) in
                do throws(Refusal) {
                    return (.success(try ledger.beginBackup(to: part)), nil)
                } catch { return (.failure(error), nil) }
            }
        } catch {
            state.withLock { $0 = State(failure: error) }
            throw error
        }
        let started = Thread.start("backup") { [self] in
            var failure: Refusal?
            do throws(Refusal) { try finish(file, folder, moment, room) } catch { failure = error }
            if let failure {
                unlink(file + ".part")
                room.log.log(.error, "backup.failed", [("reason", failure.sentence(in: .english))])
            } else {
                room.log.log(.info, "backup.made", [("file", file)])
            }
            state.withLock { $0 = State(failure: failure) }
        }
        guard started != nil else {
            state.withLock { $0 = State() }
            throw Refusal(.backupFailed, [.text("reason", "no thread is left")])
        }
        return file
    }

    /// Copies what is left, proves the copy, names it.
    private func finish(
        _ file: String, _ folder: BackupFolder, _ moment: Instant, _ room: SharedRoom
    ) throws(Refusal) {
        let part = file + ".part"
        do throws(Refusal) { try copy(part, room) } catch {
            // The ledger must not go on feeding a copy that nobody wants.
            try? LedgerErrands.run(room) { ledger, _ in (.success(ledger.endBackup()), nil) }
            throw error
        }
        try Self.failing { () throws(StorageError) in
            try BackupLabel(shop: room.profile.shop.value, madeAt: moment, release: Version.text).settle(part)
            guard rename(part, file) == 0 else {
                throw .unreadable(path: part, cause: String(cString: strerror(errno)))
            }
        }
        try writeDigest(of: file)
        folder.rotate(keeping: file)
    }

    private func copy(_ part: String, _ room: SharedRoom) throws(Refusal) {
        while true {
            let progress = try LedgerErrands.run(room) { ledger, _ throws(StorageFailure) in
                do throws(Refusal) {
                    let progress = try ledger.stepBackup(pages: Self.pagesPerStep, to: part)
                    if progress.isDone { ledger.endBackup() }
                    return (.success(progress), nil)
                } catch { return (.failure(error), nil) }
            }
            state.withLock { $0.progress = progress }
            if progress.isDone { return }
            guard !room.stop.isRequested else {
                throw Refusal(.backupFailed, [.text("reason", "the agent is stopping")])
            }
            usleep(Self.pauseMicroseconds)
        }
    }

    private func writeDigest(of file: String) throws(Refusal) {
        guard BackupDigest.write(of: file) else {
            throw Refusal(.backupFailed, [.text("reason", "its digest could not be written")])
        }
    }

    /// What is there, and what is being done.
    func status(_ room: SharedRoom) -> JSON {
        let state = state.withLock { $0 }
        let backups = BackupFolder(of: room.configuration.stateDirectory).backups
        var members: [JSON.Member] = [
            .init("now", .string(KernelClock().read().wall.description)), .init("running", .bool(state.isRunning)),
        ]
        if state.isRunning, let progress = state.progress {
            members += [.init("pagesLeft", .count(progress.left)), .init("pages", .count(progress.all))]
        }
        if let failure = state.failure {
            members.append(
                .init(
                    "lastFailure",
                    [
                        "code": .string(failure.code.name),
                        "sentences": [
                            "en": .string(failure.sentence(in: .english)), "fr": .string(failure.sentence(in: .french)),
                        ],
                    ]))
        }
        members.append(
            .init(
                "backups",
                .array(
                    backups.map { backup in
                        [
                            "file": .string(backup.path), "at": .string(backup.madeAt.description),
                            "bytes": .count(backup.bytes),
                        ]
                    })))
        return .object(members)
    }

    private static func failing(_ work: () throws(StorageError) -> Void) throws(Refusal) {
        do throws(StorageError) { try work() } catch {
            switch error {
            case .full(let path): throw Refusal(.backupNoRoom, [.text("folder", path)])
            case .corrupt(_, let message): throw Refusal(.backupLedgerDamaged, [.text("reason", message)])
            default: throw Refusal(.backupFailed, [.text("reason", error.sentence)])
            }
        }
    }
}

/// Writes a small file whole, or not at all.
enum SmallFileWriter {
    /// `false` when it could not be written.
    static func write(_ text: String, to path: String) -> Bool {
        let part = path + ".part"
        unlink(part)
        let file = open(part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return false }
        let bytes = Array(text.utf8)
        let isWritten = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } == bytes.count
        let isSynced = isWritten && fsync(file) == 0
        close(file)
        guard isSynced, rename(part, path) == 0 else {
            unlink(part)
            return false
        }
        return true
    }
}
