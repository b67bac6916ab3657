// A copy of a database file that is made in small steps, while its owner works on between them (sqlite.org/backup.html).

import CSQLite
import Glibc

/// A copy that is being made.
///
/// Source and copy belong to one thread. What the source's own connection commits between two steps goes into the copy
/// as well, so that the copy is the state of the last step's moment.
public final class DatabaseCopy {
    /// How far it is, in pages of 4 KiB.
    public struct Progress: Equatable, Sendable {
        /// Pages still to be copied.
        public let left: Int
        /// All pages.
        public let all: Int
        /// Whether the copy is whole.
        public let isDone: Bool
    }

    /// The file that becomes the copy.
    public let path: String
    private let source: Database
    private var target: BareDatabase?
    private var work: OpaquePointer?

    /// Begins a copy.
    ///
    /// - Parameter path: a file that is not there yet; it is made for its owner alone.
    public init(of source: Database, to path: String) throws(StorageError) {
        self.path = path
        self.source = source
        let file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw errno == ENOSPC
                ? .full(path: path) : .unreadable(path: path, cause: StorageError.text(ofSystemError: errno))
        }
        close(file)
        let target = try BareDatabase(path: path)
        // It is synced once, when it is whole; one that was not finished is thrown away.
        try target.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -256")
        guard let work = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
            throw StorageError(code: sqlite3_errcode(target.handle), of: target.handle, path: path)
        }
        self.target = target
        self.work = work
    }

    deinit { end() }

    /// Copies some pages more.
    ///
    /// - Throws: `.full` and others of the copy's file; the source is as it was.
    public func step(pages: Int) throws(StorageError) -> Progress {
        guard let work, let target else { return Progress(left: 0, all: 0, isDone: true) }
        let code = sqlite3_backup_step(work, Int32(clamping: pages))
        switch code {
        case SQLITE_OK, SQLITE_DONE:
            return Progress(
                left: Int(sqlite3_backup_remaining(work)), all: Int(sqlite3_backup_pagecount(work)),
                isDone: code == SQLITE_DONE)
        default: throw StorageError(code: code, of: target.handle, path: path)
        }
    }

    /// Ends the work and closes the copy, whole or not.
    public func end() {
        if let work { sqlite3_backup_finish(work) }
        work = nil
        target = nil
    }

    /// Makes a whole copy at once: of a file that nobody works with yet.
    static func make(of source: Database, at path: String) throws(StorageError) {
        let copy = try DatabaseCopy(of: source, to: path)
        while try !copy.step(pages: 1_024).isDone {}
        copy.end()
    }
}

@available(*, unavailable)
extension DatabaseCopy: Sendable {}
