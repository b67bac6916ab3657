// One connection to one SQLite file, with its prepared statements.

import CSQLite

/// A connection to a database file, owned by one thread.
///
/// ```swift
/// let ledger = try Database(path: "/var/lib/edged/ledger.db", mode: .exclusiveFull, schema: ledgerSchema)
/// try ledger.transaction {
///     try ledger.run("UPDATE stock SET onHand = onHand - ? WHERE sku = ?", 1, "A-100")
/// }
/// let onHand = try ledger.first("SELECT onHand FROM stock WHERE sku = ?", "A-100") { try $0.int(0) }
/// ```
///
/// Statements written as literals are prepared once and kept. SQLite's own mutexes are off: a connection must not be
/// used by two threads at a time, which its not being `Sendable` enforces. The file is closed when the database and the
/// last statement prepared from it are gone.
public final class Database {
    /// The file.
    public let path: String
    /// How it was opened.
    public let mode: Mode
    /// The bounds it was opened with.
    public let settings: Settings

    let handle: OpaquePointer
    private var statements: [StatementKey: Statement] = [:]
    var savepoints: [StatementKey: SavepointStatements] = [:]
    let begin: Statement
    let beginReading: Statement
    let commitStatement: Statement
    let rollbackStatement: Statement

    /// Opens the file, makes it when a writer does not find it (readable by its owner alone), and holds it to the
    /// settings: each is read back.
    ///
    /// - Parameters:
    ///   - path: the file; its folder must exist.
    ///   - mode: who else may have it open.
    ///   - settings: bounds.
    ///   - schema: what the file must be. A writer migrates an older one; a newer or a foreign one is refused before
    ///     anything is written. Nil opens whatever there is.
    /// - Throws: `.unreadable`, `.readOnly`, `.busy`, `.corrupt`, `.full`, `.pragma` naming the setting that did not
    ///   hold, `.newerSchema`, `.olderSchema` (readers only), `.foreignFile`.
    public init(
        path: String, mode: Mode, settings: Settings = Settings(), schema: Migrations? = nil
    ) throws(StorageError) {
        self.path = path
        self.mode = mode
        self.settings = settings
        let handle = try Self.connect(to: path, mode: mode)
        do throws(StorageError) {
            begin = try Statement("BEGIN IMMEDIATE", on: handle)
            beginReading = try Statement("BEGIN", on: handle)
            commitStatement = try Statement("COMMIT", on: handle)
            rollbackStatement = try Statement("ROLLBACK", on: handle)
        } catch {
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        try configure(for: schema)
    }

    deinit {
        statements.removeAll()
        savepoints.removeAll()
        // Closes now, or when the last statement that someone else still holds is gone.
        sqlite3_close_v2(handle)
    }

    /// Prepares a statement for its owner to keep: the shortest way to SQLite there is.
    public func prepare(_ sql: String) throws(StorageError) -> Statement {
        try Statement(sql, on: handle)
    }

    /// Runs a statement that returns nothing.
    ///
    /// - Returns: how many rows it inserted, changed or deleted; meaningless for anything else.
    @discardableResult
    public func run<each Value: Bindable>(_ sql: StaticString, _ values: repeat each Value) throws(StorageError) -> Int
    {
        try statement(sql).run(repeat each values)
    }

    /// Runs a query and makes a value of each row.
    public func query<each Value: Bindable, Element>(
        _ sql: StaticString, _ values: repeat each Value, row: (borrowing Row) throws -> Element
    ) throws -> [Element] {
        try statement(sql).query(repeat each values, row: row)
    }

    /// Runs a query and makes a value of its first row; nil when there is none.
    public func first<each Value: Bindable, Element>(
        _ sql: StaticString, _ values: repeat each Value, row: (borrowing Row) throws -> Element
    ) throws -> Element? {
        try statement(sql).first(repeat each values, row: row)
    }

    /// Runs a query and shows each row, until `row` returns false.
    public func each<each Value: Bindable>(
        _ sql: StaticString, _ values: repeat each Value, row: (borrowing Row) throws -> Bool
    ) throws {
        try statement(sql).each(repeat each values, row: row)
    }

    /// Runs one or more statements without values, kept nowhere: schemas and rare acts.
    public func execute(_ sql: String) throws(StorageError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw StorageError(code: code, of: handle, path: path) }
    }

    /// The row number that the last successful insertion got.
    public var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// The kept statement for a literal; another when that one is in the middle of its rows (a query inside its own
    /// row's closure).
    func statement(_ sql: StaticString) throws(StorageError) -> Statement {
        let key = StatementKey(sql)
        if let kept = statements[key] {
            return kept.isInUse ? try Statement(sql.description, on: handle) : kept
        }
        let made = try Statement(sql.description, on: handle, kept: true)
        statements[key] = made
        return made
    }
}

@available(*, unavailable)
extension Database: Sendable {}

/// Knows a literal by where it lies in the program, which costs no look at its text.
struct StatementKey: Hashable {
    private let address: UInt
    private let length: Int

    init(_ sql: StaticString) {
        if sql.hasPointerRepresentation {
            address = UInt(bitPattern: sql.utf8Start)
            length = sql.utf8CodeUnitCount
        } else {
            address = UInt(sql.unicodeScalar.value)
            length = -1
        }
    }
}
