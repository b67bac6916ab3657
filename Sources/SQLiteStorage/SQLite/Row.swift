// One row of a result, read by column number.

import CSQLite

/// The row that a statement stands on; it cannot be kept beyond that.
///
/// Columns are counted from 0. A value of another type than the one asked for is an error, never a silent zero or an
/// empty text: tables are STRICT, so it means a wrong query or a damaged file.
public struct Row: ~Copyable {
    private let statement: OpaquePointer

    init(of statement: OpaquePointer) {
        self.statement = statement
    }

    /// A whole number.
    public func int(_ column: Int) throws(StorageError) -> Int {
        guard let value = try optionalInt(column) else { throw mismatch(column, "a whole number") }
        return value
    }

    /// A whole number, or nil for NULL.
    public func optionalInt(_ column: Int) throws(StorageError) -> Int? {
        let column32 = Int32(truncatingIfNeeded: column)
        switch sqlite3_column_type(statement, column32) {
        case SQLITE_INTEGER: return Int(sqlite3_column_int64(statement, column32))
        case SQLITE_NULL: return nil
        default: throw mismatch(column, "a whole number")
        }
    }

    /// A yes or no, kept as 1 or 0.
    public func bool(_ column: Int) throws(StorageError) -> Bool {
        switch try int(column) {
        case 0: return false
        case 1: return true
        default: throw mismatch(column, "0 or 1")
        }
    }

    /// A text. Bytes that are not UTF-8 are refused rather than repaired; `bytes` reads them as they are.
    public func text(_ column: Int) throws(StorageError) -> String {
        guard let value = try optionalText(column) else { throw mismatch(column, "a text") }
        return value
    }

    /// A text, or nil for NULL. A number is read as its digits.
    public func optionalText(_ column: Int) throws(StorageError) -> String? {
        let column32 = Int32(truncatingIfNeeded: column)
        switch sqlite3_column_type(statement, column32) {
        case SQLITE_TEXT, SQLITE_INTEGER:
            guard let start = sqlite3_column_text(statement, column32) else { throw mismatch(column, "a text") }
            let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column32)))
            guard let text = String(validating: bytes, as: UTF8.self) else { throw mismatch(column, "valid UTF-8") }
            return text
        case SQLITE_NULL: return nil
        default: throw mismatch(column, "a text")
        }
    }

    /// The bytes of a blob or of a text.
    public func bytes(_ column: Int) throws(StorageError) -> [UInt8] {
        try withBytes(column) { [UInt8]($0) }
    }

    /// The bytes of a blob or of a text, or nil for NULL.
    public func optionalBytes(_ column: Int) throws(StorageError) -> [UInt8]? {
        isNull(column) ? nil : try bytes(column)
    }

    /// Shows the bytes of a blob or of a text where they lie, without a copy. They must not leave `body`.
    public func withBytes<Result>(
        _ column: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(StorageError) -> Result {
        let column32 = Int32(truncatingIfNeeded: column)
        let type = sqlite3_column_type(statement, column32)
        guard type == SQLITE_BLOB || type == SQLITE_TEXT else { throw mismatch(column, "bytes") }
        let start = sqlite3_column_blob(statement, column32)
        return body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column32))))
    }

    /// Whether the column holds nothing.
    public func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(statement, Int32(truncatingIfNeeded: column)) == SQLITE_NULL
    }

    private func mismatch(_ column: Int, _ expected: String) -> StorageError {
        let sql = sqlite3_sql(statement).map { String(cString: $0) } ?? ""
        return .unexpectedValue(statement: sql, column: column, expected: expected)
    }
}
