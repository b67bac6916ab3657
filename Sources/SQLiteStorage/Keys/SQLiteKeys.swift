// The wrapped keys of customers and of pickups, in a file of their own that no backup holds (DESIGN §9).

import EdgeAgent
import ShopModel

/// `keys.db`. Each change is on the disk when its call returns, and a destroyed key is nowhere in the files any more.
///
/// It belongs to the thread of the ledger's loop.
///
/// Keys of pickups lie in the same table as those of customers, under `pickup ORDER`: no customer's name has a space. So
/// the file's schema is that of the first release, which can be gone back to with this file as it is; a copy of it, as
/// the ledger's migrations make, would be a second place for keys.
public final class SQLiteKeys: CustomerKeyStorage, ContactKeyStorage {
    static var schema: Migrations {
        Migrations(
            applicationID: 0x4564_4B79,
            steps: [
                Migrations.Step(
                    "first tables",
                    sql: """
                        CREATE TABLE customerKey (
                            customer TEXT PRIMARY KEY, version INTEGER NOT NULL, wrapped BLOB NOT NULL
                        ) STRICT, WITHOUT ROWID;
                        """)
            ])
    }

    private let database: Database
    private let find: TableStatement
    private let put: TableStatement
    private let remove: TableStatement

    /// Opens the file, made when there is none.
    ///
    /// - Throws: what `Database` throws.
    public init(in directory: StateDirectory) throws(StorageError) {
        var settings = Database.Settings()
        settings.cacheKibibytesMax = 128
        settings.journalBytesMax = 1 << 20
        database = try Database(
            path: directory.file("keys.db"), mode: .exclusiveFull, settings: settings, schema: Self.schema)
        find = TableStatement(
            database, "customerKey", "SELECT customer, version, wrapped FROM customerKey WHERE customer = ?")
        put = TableStatement(database, "customerKey", "INSERT OR REPLACE INTO customerKey VALUES (?, ?, ?)")
        remove = TableStatement(database, "customerKey", "DELETE FROM customerKey WHERE customer = ?")
    }

    /// The wrapped key of a customer, and its version.
    public func wrappedKey(of customer: CustomerID) throws(StorageFailure) -> WrappedCustomerKey? {
        try key(named: customer.value)
    }

    /// Stores a wrapped key.
    public func setWrappedKey(_ key: WrappedCustomerKey, of customer: CustomerID) throws(StorageFailure) {
        try put.run(customer.value, key.version, key.bytes)
    }

    /// Destroys a key; its pages are overwritten, and the log that may still have it is cut.
    public func removeKey(of customer: CustomerID) throws(StorageFailure) {
        try remove.run(customer.value)
        try cutLog()
    }

    /// The wrapped key of a pickup.
    public func wrappedKey(ofPickup order: OrderID) throws(StorageFailure) -> WrappedCustomerKey? {
        try key(named: Self.name(of: order))
    }

    /// Makes and destroys keys of pickups in one commit; the log is cut when one was destroyed.
    public func change(_ changes: [ContactKeyChange]) throws(StorageFailure) {
        try failing { () throws(StorageError) in try database.beginWriting() }
        do throws(StorageFailure) {
            for change in changes {
                if let key = change.key {
                    try put.run(Self.name(of: change.order), key.version, key.bytes)
                } else {
                    try remove.run(Self.name(of: change.order))
                }
            }
            try failing { () throws(StorageError) in try database.commit() }
        } catch {
            try? database.rollBack()
            throw error
        }
        if changes.contains(where: { $0.key == nil }) { try cutLog() }
    }

    private static func name(of order: OrderID) -> String { "pickup \(order.value)" }

    private func key(named name: String) throws(StorageFailure) -> WrappedCustomerKey? {
        try find.first(name) { (row) throws(StorageError) in
            WrappedCustomerKey(version: try row.int(1), bytes: try row.bytes(2))
        }
    }

    private func cutLog() throws(StorageFailure) {
        let done = try failing { () throws(StorageError) in try database.checkpoint(.truncate) }
        guard !done.isPartial else {
            throw .broken("The log of \(database.path) could not be cut, so a destroyed key may still be in it.")
        }
    }
}

@available(*, unavailable)
extension SQLiteKeys: Sendable {}
