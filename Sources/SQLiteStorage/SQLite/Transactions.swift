// Transactions and savepoints.

import CSQLite

/// The three statements of a savepoint's name.
struct SavepointStatements {
    let open: Statement
    let release: Statement
    let rollBack: Statement
}

extension Database {
    /// Whether a transaction is open. SQLite ends one by itself after some errors, a full disk among them.
    public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Begins a transaction that may write, taking the write lock at once rather than at the first change.
    public func beginWriting() throws(StorageError) { try begin.run() }

    /// Begins a transaction that sees one state of the file from its first query to its end.
    public func beginReadingOneState() throws(StorageError) { try beginReading.run() }

    /// Makes the transaction durable, as the mode promises, before it returns.
    ///
    /// - Throws: what stopped it. The transaction is then still open or already rolled back: `rollBack` suits both.
    public func commit() throws(StorageError) { try commitStatement.run() }

    /// Undoes the transaction; nothing when SQLite has done so already.
    public func rollBack() throws(StorageError) {
        if isInTransaction { try rollbackStatement.run() }
    }

    /// Runs `body` in one transaction: committed when it returns, rolled back when it or the commit throws.
    @discardableResult
    public func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try beginWriting()
        do {
            let result = try body()
            try commit()
            return result
        } catch {
            // The first error says what is wrong; one of the rollback would only follow from it.
            try? rollBack()
            throw error
        }
    }

    /// Opens a savepoint; savepoints nest, and the innermost of a name is meant.
    public func savepoint(_ name: StaticString) throws(StorageError) { try statements(of: name).open.run() }

    /// Keeps what was done since the savepoint and closes it.
    public func release(_ name: StaticString) throws(StorageError) { try statements(of: name).release.run() }

    /// Undoes what was done since the savepoint, which stays open.
    public func rollBack(to name: StaticString) throws(StorageError) { try statements(of: name).rollBack.run() }

    /// Runs `body` between a savepoint and its release; what it did is undone when it throws, and the transaction
    /// around goes on.
    ///
    /// After an error that ended the whole transaction (`isInTransaction` is false) there is nothing left to undo.
    @discardableResult
    public func withSavepoint<Result>(_ name: StaticString, _ body: () throws -> Result) throws -> Result {
        try savepoint(name)
        do {
            let result = try body()
            try release(name)
            return result
        } catch {
            if isInTransaction {
                try? rollBack(to: name)
                try? release(name)
            }
            throw error
        }
    }

    private func statements(of name: StaticString) throws(StorageError) -> SavepointStatements {
        let key = StatementKey(name)
        if let kept = savepoints[key] { return kept }
        let made = SavepointStatements(
            open: try Statement("SAVEPOINT \"\(name)\"", on: handle),
            release: try Statement("RELEASE \"\(name)\"", on: handle),
            rollBack: try Statement("ROLLBACK TO \"\(name)\"", on: handle))
        savepoints[key] = made
        return made
    }
}
