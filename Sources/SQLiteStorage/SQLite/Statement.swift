// A prepared statement: bind, step, read, and it is ready again.

import CSQLite

/// A statement that SQLite has compiled, used by the thread of its database.
///
/// ```swift
/// let find = try database.prepare("SELECT name FROM product WHERE gtin = ?")
/// let name = try find.first(gtin) { try $0.text(0) }
/// ```
///
/// `run`, `query`, `first` and `each` leave it reset and its values let go, also when they throw. `bind`, `step` and
/// `reset` are the bare way for a loop that counts nanoseconds.
public final class Statement {
    let handle: OpaquePointer
    /// Whether rows are being read from it.
    private(set) var isInUse = false

    /// Compiles one statement.
    ///
    /// - Parameter kept: whether it will live as long as its connection, which SQLite likes to know.
    init(_ sql: String, on connection: OpaquePointer, kept: Bool = true) throws(StorageError) {
        var sql = sql
        var prepared: OpaquePointer?
        var isWhole = false
        let code = sql.withUTF8 { bytes -> Int32 in
            bytes.withMemoryRebound(to: CChar.self) { text in
                var rest: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v3(
                    connection, text.baseAddress, Int32(truncatingIfNeeded: text.count),
                    UInt32(kept ? SQLITE_PREPARE_PERSISTENT : 0), &prepared, &rest)
                // What SQLite left unread may be blanks, not a second statement.
                let read = rest.flatMap { rest in text.baseAddress.map { rest - $0 } } ?? 0
                isWhole = bytes[read...].allSatisfy { $0 <= UInt8(ascii: " ") }
                return code
            }
        }
        guard code == SQLITE_OK else { throw StorageError(code: code, of: connection) }
        guard let prepared, isWhole else {
            sqlite3_finalize(prepared)
            throw .other(code: Int(SQLITE_MISUSE), message: "exactly one statement is expected: \(sql)")
        }
        handle = prepared
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Binds a value to the parameter at `position`, counted from 1.
    public func bind(_ position: Int, _ value: some Bindable) throws(StorageError) {
        try value.bind(to: self, at: position)
    }

    /// Goes to the next row.
    ///
    /// - Returns: true on a row; false at the end, when the statement is reset and keeps its values.
    public func step() throws(StorageError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW {
            isInUse = true
            return true
        }
        isInUse = false
        guard code == SQLITE_DONE else {
            // Read before the reset, which may overwrite it.
            let error = StorageError(code: code, of: sqlite3_db_handle(handle))
            sqlite3_reset(handle)
            throw error
        }
        sqlite3_reset(handle)
        return false
    }

    /// The row that `step` has just reached.
    public var row: Row { Row(of: handle) }

    /// Leaves the rows and keeps the values.
    public func reset() {
        isInUse = false
        sqlite3_reset(handle)
    }

    /// Leaves the rows and lets the values go.
    public func clear() {
        reset()
        sqlite3_clear_bindings(handle)
    }

    /// Runs the statement to its end.
    ///
    /// - Returns: how many rows it inserted, changed or deleted; meaningless for anything else.
    @discardableResult
    public func run<each Value: Bindable>(_ values: repeat each Value) throws(StorageError) -> Int {
        defer { clear() }
        try bindAll(repeat each values)
        while try step() {}
        return Int(sqlite3_changes64(sqlite3_db_handle(handle)))
    }

    /// Makes a value of each row.
    public func query<each Value: Bindable, Element>(
        _ values: repeat each Value, row: (borrowing Row) throws -> Element
    ) throws -> [Element] {
        defer { clear() }
        try bindAll(repeat each values)
        var result: [Element] = []
        while try step() { result.append(try row(self.row)) }
        return result
    }

    /// Makes a value of the first row; nil when there is none.
    public func first<each Value: Bindable, Element>(
        _ values: repeat each Value, row: (borrowing Row) throws -> Element
    ) throws -> Element? {
        defer { clear() }
        try bindAll(repeat each values)
        return try step() ? try row(self.row) : nil
    }

    /// Shows each row, until `row` returns false.
    public func each<each Value: Bindable>(
        _ values: repeat each Value, row: (borrowing Row) throws -> Bool
    ) throws {
        defer { clear() }
        try bindAll(repeat each values)
        while try step() { guard try row(self.row) else { return } }
    }

    /// Binds all parameters; another number of values than the statement has is refused, since SQLite takes a missing
    /// one for NULL.
    private func bindAll<each Value: Bindable>(_ values: repeat each Value) throws(StorageError) {
        var position = 0
        for value in repeat each values {
            position += 1
            try value.bind(to: self, at: position)
        }
        guard position == Int(sqlite3_bind_parameter_count(handle)) else {
            throw .other(
                code: Int(SQLITE_RANGE),
                message: "\(position) values for \(sqlite3_bind_parameter_count(handle)) parameters")
        }
    }

    /// Throws what a call on this statement reported.
    func check(_ code: Int32) throws(StorageError) {
        guard code == SQLITE_OK else { throw StorageError(code: code, of: sqlite3_db_handle(handle)) }
    }
}

@available(*, unavailable)
extension Statement: Sendable {}
