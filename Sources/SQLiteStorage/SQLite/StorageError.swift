// What can go wrong with a database file, as kinds that the agent acts on and sentences that a technician acts on.

import CSQLite
import Glibc
import ShopModel

/// Why the storage did not do what was asked.
///
/// The kinds are those that the agent answers differently: `full` is answered `later`, `syncFailed` ends the process
/// before anything is written out, `corrupt` sets the file aside (DESIGN §6 and §10). Sentences name the file and never
/// hold a value from a row.
public enum StorageError: Error, Equatable, Sendable {
    /// The disk, its quota, or the page count granted to this file is used up; nothing of the transaction was kept.
    case full(path: String)
    /// Another process or connection holds a lock on the file.
    case busy(path: String)
    /// The file is not a database, or its pages contradict each other.
    case corrupt(path: String, message: String)
    /// The disk did not confirm that bytes are safe: what was committed last may or may not be on it.
    case syncFailed(path: String, cause: String)
    /// A later release of the agent wrote this file.
    case newerSchema(path: String, found: Int, known: Int)
    /// The file waits for a migration, which only its writer may do.
    case olderSchema(path: String, found: Int, known: Int)
    /// The file is a database, but another program's, or another of ours.
    case foreignFile(path: String, found: Int, expected: Int)
    /// The file, or its file system, cannot be written.
    case readOnly(path: String)
    /// The file or its folder cannot be opened.
    case unreadable(path: String, cause: String)
    /// The state directory is not one that this process may use.
    case unfitDirectory(path: String, Unfitness)
    /// SQLite did not take a setting that the agent relies on.
    case pragma(name: String, wanted: String, found: String)
    /// A row breaks a rule of its table; `code` is SQLite's extended result code.
    case constraint(code: Int, message: String)
    /// A column does not hold what the statement promises.
    case unexpectedValue(statement: String, column: Int, expected: String)
    /// A restore was begun here and not finished.
    case restoreInterrupted(path: String)
    /// Anything else; `code` is SQLite's extended result code.
    case other(code: Int, message: String)

    /// Why a state directory is not used.
    public enum Unfitness: Equatable, Sendable {
        case isMissing
        case isNoDirectory
        /// Root could write to anybody's directory, and would leave files there that the service cannot open again.
        case belongsTo(owner: UInt32, processRunsAs: UInt32)
    }
}

extension StorageError {
    /// Reads the error that a connection has just reported.
    ///
    /// - Parameters:
    ///   - code: the result code of the call that failed.
    ///   - connection: where it failed; nil when there was not even memory for a connection.
    ///   - path: the file, when the connection may not know it yet.
    init(code: Int32, of connection: OpaquePointer?, path: String? = nil) {
        guard let connection else {
            self = .other(code: Int(code), message: String(cString: sqlite3_errstr(code)))
            return
        }
        // The extended code is the connection's when it speaks of the same failure.
        let extended = sqlite3_extended_errcode(connection)
        let whole = extended & 0xFF == code & 0xFF ? extended : code
        let message = String(cString: sqlite3_errmsg(connection))
        self.init(
            code: whole, systemError: Self.systemError(of: connection, code: whole), message: message,
            path: path ?? Self.path(of: connection))
    }

    /// The `errno` behind a failure, 0 when unknown.
    ///
    /// `sqlite3_system_errno` is not set when a commit fails on a write (3.40.1: tried), so the files are asked too. They
    /// keep theirs until the next failure: one that is not about space wins, so that an old full disk never hides a
    /// broken one.
    private static func systemError(of connection: OpaquePointer, code: Int32) -> Int32 {
        let general = sqlite3_system_errno(connection)
        guard general == 0, code & 0xFF == SQLITE_IOERR else { return general }
        let errors = [SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER]
            .map { csqlite_file_error(connection, $0) }
            .filter { $0 != 0 }
        return errors.first { !isAboutSpace($0) } ?? errors.first ?? 0
    }

    private static func isAboutSpace(_ systemError: Int32) -> Bool {
        systemError == ENOSPC || systemError == EDQUOT
    }

    /// Names a failure from its parts.
    ///
    /// - Parameters:
    ///   - code: SQLite's extended result code.
    ///   - systemError: the `errno` behind it, 0 when there is none.
    ///   - message: SQLite's words.
    ///   - path: the file.
    init(code: Int32, systemError: Int32, message: String, path: String) {
        let noSpace = Self.isAboutSpace(systemError)
        let cause = systemError == 0 ? message : Self.text(ofSystemError: systemError)
        switch (code & 0xFF, code) {
        // A sync that fails is never "full": the pages that it lost are gone from the cache, and a retry would lie.
        case (SQLITE_IOERR, Self.ioSync), (SQLITE_IOERR, Self.ioFolderSync):
            self = .syncFailed(path: path, cause: cause)
        case (SQLITE_FULL, _),
            (SQLITE_IOERR, _) where noSpace, (SQLITE_CANTOPEN, _) where noSpace:
            self = .full(path: path)
        case (SQLITE_BUSY, _), (SQLITE_LOCKED, _), (SQLITE_PROTOCOL, _): self = .busy(path: path)
        case (SQLITE_CORRUPT, _), (SQLITE_NOTADB, _), (SQLITE_IOERR, Self.ioData), (SQLITE_IOERR, Self.ioCorruptSystem):
            self = .corrupt(path: path, message: message)
        case (SQLITE_READONLY, _): self = .readOnly(path: path)
        case (SQLITE_CANTOPEN, _), (SQLITE_PERM, _), (SQLITE_AUTH, _): self = .unreadable(path: path, cause: cause)
        case (SQLITE_CONSTRAINT, _): self = .constraint(code: Int(code), message: message)
        case (SQLITE_IOERR, _) where systemError != 0: self = .other(code: Int(code), message: "\(message): \(cause)")
        default: self = .other(code: Int(code), message: message)
        }
    }

    /// A state directory that cannot be looked at, by the `errno` of the try.
    static func noDirectory(_ path: String, _ number: Int32) -> StorageError {
        number == ENOENT
            ? .unfitDirectory(path: path, .isMissing) : .unreadable(path: path, cause: text(ofSystemError: number))
    }

    /// The file of a connection, empty when it has none.
    static func path(of connection: OpaquePointer) -> String {
        sqlite3_db_filename(connection, "main").map { String(cString: $0) } ?? ""
    }

    /// The system's words for an `errno`.
    static func text(ofSystemError number: Int32) -> String {
        strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }

    // The extended codes are macros with a shift, which Swift does not import.
    private static let ioSync = SQLITE_IOERR | (4 << 8)
    private static let ioFolderSync = SQLITE_IOERR | (5 << 8)
    private static let ioData = SQLITE_IOERR | (32 << 8)
    private static let ioCorruptSystem = SQLITE_IOERR | (33 << 8)
}

extension StorageError: CustomStringConvertible {
    /// The stable name of the kind, `storage.` and a word.
    public var code: String {
        switch self {
        case .full: "storage.full"
        case .busy: "storage.busy"
        case .corrupt: "storage.corrupt"
        case .syncFailed: "storage.syncFailed"
        case .newerSchema: "storage.newerSchema"
        case .olderSchema: "storage.olderSchema"
        case .foreignFile: "storage.foreignFile"
        case .readOnly: "storage.readOnly"
        case .unreadable, .unfitDirectory: "storage.unreadable"
        case .pragma: "storage.setting"
        case .constraint: "storage.constraint"
        case .unexpectedValue: "storage.unexpectedValue"
        case .restoreInterrupted: "storage.restoreInterrupted"
        case .other: "storage.other"
        }
    }

    /// One or two sentences: what is wrong, and what mends it; in English, as a log has them.
    public var sentence: String { sentence(in: .english) }

    /// The code and the sentence, as a log has them.
    public var description: String { "\(code): \(sentence)" }
}
