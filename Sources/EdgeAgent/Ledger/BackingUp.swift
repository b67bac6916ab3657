// A backup of the ledger, in steps that are taken between its turns.

import ShopModel

extension Ledger {
    /// Begins a backup.
    ///
    /// - Throws: `backup.noRoom`, `backup.failed`. Neither harms the ledger.
    public func beginBackup(to path: String) throws(Refusal) {
        try backingUp(path) { storage throws(StorageFailure) in try storage.beginBackup(to: path) }
    }

    /// Takes a step of the backup.
    public func stepBackup(pages: Int, to path: String) throws(Refusal) -> BackupProgress {
        try backingUp(path) { storage throws(StorageFailure) in try storage.stepBackup(pages: pages) }
    }

    /// Ends the backup, whole or not.
    public func endBackup() { (storage as? any BackedUpStorage)?.endBackup() }

    private func backingUp<Answer>(
        _ path: String, _ work: (any BackedUpStorage) throws(StorageFailure) -> Answer
    ) throws(Refusal) -> Answer {
        guard let storage = storage as? any BackedUpStorage else {
            throw Refusal(.backupFailed, [.text("reason", "this storage has no copies")])
        }
        do throws(StorageFailure) {
            return try work(storage)
        } catch {
            storage.endBackup()
            switch error {
            case .full: throw Refusal(.backupNoRoom, [.text("folder", path)])
            case .broken(let reason): throw Refusal(.backupFailed, [.text("reason", reason)])
            }
        }
    }
}
