// A connection without the agent's settings, to a file that no agent works on: a copy that is checked, a backup.

import CSQLite
import Glibc

/// A connection to a copy.
///
/// It is in nobody's way and holds to none of the agent's bounds but memory. The file keeps the journal mode that it
/// has.
final class BareDatabase {
    let path: String
    let handle: OpaquePointer

    /// Opens a file that is there.
    ///
    /// - Throws: `.unreadable` and what SQLite says when it looks at the file.
    init(path: String) throws(StorageError) {
        self.path = path
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(
            path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            let error = StorageError(code: code, of: opened, path: path)
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        // A file that somebody brought along must not run anything of its own (sqlite.org/security.html).
        try execute(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -512")
    }

    deinit { sqlite3_close_v2(handle) }

    /// Runs statements that return nothing.
    func execute(_ sql: String) throws(StorageError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw StorageError(code: code, of: handle, path: path) }
    }

    /// Names another file in statements.
    func attach(_ path: String, as name: String) throws(StorageError) {
        try Statement("ATTACH DATABASE ? AS \(name)", on: handle).run(path)
    }

    /// Forgets a file that was named.
    func detach(_ name: String) { try? execute("DETACH DATABASE \(name)") }

    /// The first column of each row.
    func texts(_ sql: String, most: Int = 1_000) throws(StorageError) -> [String] {
        let statement = try Statement(sql, on: handle)
        var texts: [String] = []
        while texts.count < most, try statement.step() { texts.append(try statement.row.optionalText(0) ?? "") }
        return texts
    }

    /// The first column of the first row.
    func text(_ sql: String) throws(StorageError) -> String? { try texts(sql, most: 1).first }

    /// The number that a pragma or a count returns, 0 when it returns nothing.
    func number(_ sql: String) throws(StorageError) -> Int { Int(try text(sql) ?? "0") ?? 0 }

    /// Looks through the file for contradictions.
    ///
    /// - Parameter isThorough: indexes are compared with their tables too, which takes several times as long.
    /// - Returns: what is wrong; nothing when all is well.
    func contradictions(isThorough: Bool = true) throws(StorageError) -> [String] {
        let found = try texts("PRAGMA \(isThorough ? "integrity_check" : "quick_check")(5)")
        return found == ["ok"] ? [] : found
    }
}
