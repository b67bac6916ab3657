// Opening a file and holding the connection to DESIGN §10: each setting is read back, or the agent does not run.

import CSQLite
import Glibc

extension Database {
    /// What concerns all connections of the process, settled before the first.
    private static let processSettings: Void = csqlite_take_pages_singly()

    /// Opens the bare connection.
    static func connect(to path: String, mode: Mode) throws(StorageError) -> OpaquePointer {
        // An SQLite path that starts with ':' or "file:" or is empty means something else than a file.
        guard path.hasPrefix("/") || path.hasPrefix(".") else {
            throw .unreadable(path: path, cause: "a path must start with / or .")
        }
        _ = processSettings
        if mode != .readOnly { try makePrivateFile(at: path) }
        var opened: OpaquePointer?
        let access = mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        let code = sqlite3_open_v2(
            path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            let error = StorageError(code: code, of: opened, path: path)
            sqlite3_close_v2(opened)
            throw error
        }
        return opened
    }

    /// Makes the file when there is none, for its owner alone: SQLite would let everyone read it, and gives its own
    /// `-wal` the same rights. A file that exists is not opened here, since closing it would drop this process's locks.
    private static func makePrivateFile(at path: String) throws(StorageError) {
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            return
        }
        let cause = errno
        switch cause {
        case EEXIST: return
        case ENOSPC, EDQUOT: throw .full(path: path)
        case EROFS: throw .readOnly(path: path)
        default: throw .unreadable(path: path, cause: StorageError.text(ofSystemError: cause))
        }
    }

    /// Sets and reads back everything, then brings the file to the schema.
    ///
    /// The order matters: nothing is written before the schema is known to be ours, and no page is read before the
    /// locking mode is set, or a `-shm` file would be made.
    func configure(for schema: Migrations?) throws(StorageError) {
        let hadLog = access(path + "-wal", F_OK) == 0
        try setOptions()
        if mode != .readOnly, sqlite3_db_readonly(handle, "main") == 1 { throw .readOnly(path: path) }
        try hold("locking_mode", mode == .exclusiveFull ? "exclusive" : "normal")
        try checkBounds()
        try hold("busy_timeout", String(mode == .exclusiveFull ? 0 : settings.busyMilliseconds))
        do throws(StorageError) { try schema?.check(self) } catch {
            // The look made an empty log. Whoever has the file to himself takes it away while he has: what is refused
            // is left as it was found.
            if mode == .exclusiveFull, !hadLog, logBytes == 0 { unlink(path + "-wal") }
            throw error
        }
        if mode == .readOnly {
            try require("journal_mode", "wal")
            try hold("query_only", "1")
        } else {
            try hold("journal_mode", "wal")
        }
        try hold("synchronous", mode == .exclusiveFull ? "2" : "1")
        try hold("foreign_keys", "1")
        try hold("trusted_schema", "0")
        try hold("secure_delete", "1")
        try hold("cell_size_check", "1")
        try hold("temp_store", "2")
        try hold("mmap_size", "0")
        try hold("cache_size", String(-settings.cacheKibibytesMax))
        try hold("wal_autocheckpoint", String(mode == .readOnly ? 0 : settings.checkpointPages))
        try hold("journal_size_limit", String(settings.journalBytesMax))
        if let most = settings.pageCountMax, mode != .readOnly {
            let present = Int(try text(of: "PRAGMA page_count") ?? "") ?? 0
            try hold("max_page_count", String(most), readsBack: String(max(most, present)))
        }
        if mode != .readOnly { try schema?.migrate(self) }
        // From here on the file is ours: closing may fold the log into it.
        try option(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, named: "no_ckpt_on_close")
    }

    private func setOptions() throws(StorageError) {
        let code = sqlite3_extended_result_codes(handle, 1)
        guard code == SQLITE_OK else { throw StorageError(code: code, of: handle, path: path) }
        // Until the schema is known to be ours, closing must leave file and log as they were found.
        try option(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, named: "no_ckpt_on_close")
        try option(SQLITE_DBCONFIG_DEFENSIVE, 1, named: "defensive")
        try option(SQLITE_DBCONFIG_DQS_DDL, 0, named: "dqs_ddl")
        try option(SQLITE_DBCONFIG_DQS_DML, 0, named: "dqs_dml")
    }

    private func option(_ number: Int32, _ value: Int32, named name: String) throws(StorageError) {
        guard csqlite_set_option(handle, number, value) == SQLITE_OK else {
            throw .pragma(name: name, wanted: String(value), found: "refused")
        }
    }

    private func checkBounds() throws(StorageError) {
        let bounds = [
            ("cache_size", settings.cacheKibibytesMax, 1), ("journal_size_limit", settings.journalBytesMax, 0),
            ("max_page_count", settings.pageCountMax ?? 1, 1), ("wal_autocheckpoint", settings.checkpointPages, 0),
            ("busy_timeout", settings.busyMilliseconds, 0),
        ]
        for (name, value, least) in bounds where value < least || value > Int(Int32.max) - 1 {
            throw .pragma(name: name, wanted: "\(least) to \(Int32.max - 1)", found: String(value))
        }
    }

    /// Sets a pragma and reads it back.
    func hold(_ name: String, _ value: String, readsBack expected: String? = nil) throws(StorageError) {
        _ = try text(of: "PRAGMA \(name) = \(value)")
        try require(name, expected ?? value)
    }

    private func require(_ name: String, _ expected: String) throws(StorageError) {
        let found = try text(of: "PRAGMA \(name)")
        guard found == expected else { throw .pragma(name: name, wanted: expected, found: found ?? "nothing") }
    }

    /// The first column of a statement's first row as text, or nil; the statement is not kept.
    func text(of sql: String) throws(StorageError) -> String? {
        let statement = try Statement(sql, on: handle)
        guard try statement.step() else { return nil }
        let text = try statement.row.optionalText(0)
        // Some pragmas act only when run to their end.
        while try statement.step() {}
        return text
    }
}
