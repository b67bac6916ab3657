// Care of the file: checkpoints of the write-ahead log, sizes, and a check of its pages.

import CSQLite
import Glibc

extension Database {
    /// How far a checkpoint goes.
    public enum CheckpointKind: Sendable {
        /// Copies what no reader needs any more, waits for nobody.
        case passive
        /// Copies everything and cuts the log to nothing.
        case truncate
    }

    /// What a checkpoint found and did.
    public struct Checkpoint: Equatable, Sendable {
        /// Pages in the log.
        public let pagesInLog: Int
        /// Pages of it that are in the file.
        public let pagesCopied: Int
        /// Whether a reader or writer stood in the way of the rest; try again later.
        public let isPartial: Bool
    }

    /// Copies committed pages from the log into the file. Only the writer calls this, outside a transaction.
    @discardableResult
    public func checkpoint(_ kind: CheckpointKind) throws(StorageError) -> Checkpoint {
        var inLog: Int32 = 0
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(
            handle, "main", kind == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE, &inLog, &copied)
        guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else {
            throw StorageError(code: code, of: handle, path: path)
        }
        return Checkpoint(
            pagesInLog: max(0, Int(inLog)), pagesCopied: max(0, Int(copied)),
            isPartial: code != SQLITE_OK || copied < inLog)
    }

    /// The size of the write-ahead log in bytes, 0 when there is none.
    public var logBytes: Int {
        var status = stat()
        // Asked by name: opening and closing the file here would drop this process's locks on it.
        return stat(path + "-wal", &status) == 0 ? Int(status.st_size) : 0
    }

    /// The pages of the file, those in its log included.
    public func pageCount() throws(StorageError) -> Int {
        Int(try text(of: "PRAGMA page_count") ?? "0") ?? 0
    }

    /// Looks through every page for contradictions: seconds for a hundred megabytes, so not on a path that someone
    /// waits for.
    ///
    /// - Parameter most: how many findings are enough.
    /// - Returns: what is wrong, nothing when all is well.
    /// - Throws: `.corrupt` when the file is too damaged to be looked through.
    public func quickCheck(most: Int = 20) throws(StorageError) -> [String] {
        let statement = try Statement("PRAGMA quick_check(\(max(1, most)))", on: handle)
        var findings: [String] = []
        while try statement.step() { findings.append(try statement.row.text(0)) }
        return findings == ["ok"] ? [] : findings
    }
}
