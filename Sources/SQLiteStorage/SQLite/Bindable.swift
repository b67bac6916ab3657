// What can be bound to a statement's parameters.

import CSQLite

/// A value that a statement's parameter can take.
///
/// Integers are 64 bits and signed. There are no floating-point values: amounts and times are integers here.
/// An absent value is an optional of its type, `nil as String?`.
public protocol Bindable {
    /// Binds to the parameter at `position`, counted from 1.
    func bind(to statement: Statement, at position: Int) throws(StorageError)
}

extension Int: Bindable {
    /// Binds the number.
    public func bind(to statement: Statement, at position: Int) throws(StorageError) {
        try statement.check(sqlite3_bind_int64(statement.handle, Int32(truncatingIfNeeded: position), Int64(self)))
    }
}

extension Int64: Bindable {
    /// Binds the number.
    public func bind(to statement: Statement, at position: Int) throws(StorageError) {
        try statement.check(sqlite3_bind_int64(statement.handle, Int32(truncatingIfNeeded: position), self))
    }
}

extension Bool: Bindable {
    /// Binds 1 or 0.
    public func bind(to statement: Statement, at position: Int) throws(StorageError) {
        try (self ? 1 : 0).bind(to: statement, at: position)
    }
}

extension String: Bindable {
    /// Binds the text whole, a NUL in it included.
    public func bind(to statement: Statement, at position: Int) throws(StorageError) {
        var text = self
        let code = text.withUTF8 {
            csqlite_bind_text(
                statement.handle, Int32(truncatingIfNeeded: position), $0.baseAddress, UInt64($0.count))
        }
        try statement.check(code)
    }
}

extension [UInt8]: Bindable {
    /// Binds the bytes as a blob; no bytes are an empty blob, not NULL.
    public func bind(to statement: Statement, at position: Int) throws(StorageError) {
        let code = withUnsafeBytes {
            csqlite_bind_bytes(
                statement.handle, Int32(truncatingIfNeeded: position), $0.baseAddress, UInt64($0.count))
        }
        try statement.check(code)
    }
}

extension Optional: Bindable where Wrapped: Bindable {
    /// Binds the value, or NULL.
    public func bind(to statement: Statement, at position: Int) throws(StorageError) {
        switch self {
        case .some(let value): try value.bind(to: statement, at: position)
        case .none: try statement.check(sqlite3_bind_null(statement.handle, Int32(truncatingIfNeeded: position)))
        }
    }
}
