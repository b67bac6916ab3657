// A prepared statement on one table, whose failures are the agent's and whose unreadable rows are named.

import CSQLite
import EdgeAgent

/// A statement that is prepared when it is first used and then kept.
///
/// A row becomes a value in `make`, which answers `nil` for a row that is no value of the shop. Such a row was written
/// by another program or by a failing disk: the failure names the table and the row's key, which by agreement are the
/// first `key` columns of the result.
final class TableStatement {
    let table: StaticString
    let sql: String
    private let database: Database
    private let key: Int
    private let named: @Sendable (StorageError) -> StorageFailure
    private var kept: Statement?

    /// A statement on a table. `named` says what a failure is for the agent.
    init(
        _ database: Database, _ table: StaticString, key: Int = 1, _ sql: String,
        named: @escaping @Sendable (StorageError) -> StorageFailure = { StorageFailure($0) }
    ) {
        self.database = database
        self.table = table
        self.key = key
        self.sql = sql
        self.named = named
    }

    /// Runs it to its end. Returns how many rows it inserted, changed or deleted.
    @discardableResult
    func run<each Value: Bindable>(_ values: repeat each Value) throws(StorageFailure) -> Int {
        do throws(StorageError) { return try ready().run(repeat each values) } catch { throw named(error) }
    }

    /// Makes a value of the first row; `nil` when there is none.
    func first<each Value: Bindable, Element>(
        _ values: repeat each Value, make: (borrowing Row) throws(StorageError) -> Element?
    ) throws(StorageFailure) -> Element? {
        let statement = try begin(repeat each values)
        defer { statement.clear() }
        guard try step(statement) else { return nil }
        return try value(of: statement, make)
    }

    /// Makes a value of each row.
    func all<each Value: Bindable, Element>(
        _ values: repeat each Value, make: (borrowing Row) throws(StorageError) -> Element?
    ) throws(StorageFailure) -> [Element] {
        let statement = try begin(repeat each values)
        defer { statement.clear() }
        var result: [Element] = []
        while try step(statement) { result.append(try value(of: statement, make)) }
        return result
    }

    /// Makes a value of each row and hands it on, without keeping any.
    func each<each Value: Bindable, Element>(
        _ values: repeat each Value, make: (borrowing Row) throws(StorageError) -> Element?,
        _ body: (Element) throws(StorageFailure) -> Void
    ) throws(StorageFailure) {
        let statement = try begin(repeat each values)
        defer { statement.clear() }
        while try step(statement) { try body(try value(of: statement, make)) }
    }

    /// What the failure says of a row of this table that is no value.
    func unreadable(_ key: String) -> StorageFailure {
        .broken(
            "Row \(key) of table \(table) in \(database.path) is not a value of this shop. The file was changed by "
                + "another program or is damaged; run edgectl check.")
    }

    /// The statement, compiled; another when this one is in the middle of its rows.
    func ready() throws(StorageError) -> Statement {
        if let kept, !kept.isInUse { return kept }
        let made = try database.prepare(sql)
        if kept == nil { kept = made }
        return made
    }

    private func begin<each Value: Bindable>(_ values: repeat each Value) throws(StorageFailure) -> Statement {
        do throws(StorageError) {
            let statement = try ready()
            var position = 0
            for value in repeat each values {
                position += 1
                try value.bind(to: statement, at: position)
            }
            // SQLite takes a missing value for NULL.
            guard position == Int(sqlite3_bind_parameter_count(statement.handle)) else {
                throw .other(code: Int(SQLITE_RANGE), message: "\(position) values are not what \(sql) takes")
            }
            return statement
        } catch { throw named(error) }
    }

    private func step(_ statement: Statement) throws(StorageFailure) -> Bool {
        do throws(StorageError) { return try statement.step() } catch { throw named(error) }
    }

    private func value<Element>(
        of statement: Statement, _ make: (borrowing Row) throws(StorageError) -> Element?
    ) throws(StorageFailure) -> Element {
        do throws(StorageError) {
            if let value = try make(statement.row) { return value }
        } catch {
            guard case .unexpectedValue = error else { throw named(error) }
        }
        throw unreadable(key(of: statement))
    }

    private func key(of statement: Statement) -> String {
        (0..<key).map { column in
            // A key that is itself no text is shown by its bytes.
            if let text = try? statement.row.optionalText(column) { return text }
            guard let bytes = try? statement.row.bytes(column) else { return "?" }
            return bytes.map { String($0, radix: 16) }.joined()
        }.joined(separator: " ")
    }
}
