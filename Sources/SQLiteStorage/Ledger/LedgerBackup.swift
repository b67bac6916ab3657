// The ledger copies itself, page by page, while it is in use.

import EdgeAgent
import Glibc

extension SQLiteLedger: BackedUpStorage {
    /// Begins a copy of the ledger.
    public func beginBackup(to path: String) throws(StorageFailure) {
        endBackup()
        try failing { () throws(StorageError) in
            try Disk.requireRoom(
                for: try database.pageCount() * 4_096, in: path.droppingLastComponent)
            backup = try DatabaseCopy(of: database, to: path)
        }
    }

    /// Copies some pages more.
    public func stepBackup(pages: Int) throws(StorageFailure) -> BackupProgress {
        guard let backup else { throw .broken("no backup is under way") }
        let progress = try failing { () throws(StorageError) in try backup.step(pages: pages) }
        return BackupProgress(left: progress.left, all: progress.all, isDone: progress.isDone)
    }

    /// Ends the copy.
    public func endBackup() {
        backup?.end()
        backup = nil
    }
}
