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
public final class SQLiteKeys: KeyStorage {
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

    /// The wrapped key of a customer or a pickup, and its version.
    public func wrappedKey(of owner: KeyOwner) throws(StorageFailure) -> WrappedCustomerKey? {
        try find.first(Self.name(of: owner)) { (row) throws(StorageError) in
            WrappedCustomerKey(version: try row.int(1), bytes: try row.bytes(2))
        }
    }

    /// Makes and destroys keys in one commit. Pages of destroyed ones are overwritten, and the log that may still have
    /// them is cut.
    public func change(_ changes: [KeyChange]) throws(StorageFailure) {
        try failing { () throws(StorageError) in try database.beginWriting() }
        do throws(StorageFailure) {
            for change in changes {
                if let key = change.key {
                    try put.run(Self.name(of: change.owner), key.version, key.bytes)
                } else {
                    try remove.run(Self.name(of: change.owner))
                }
            }
            try failing { () throws(StorageError) in try database.commit() }
        } catch {
            try? database.rollBack()
            throw error
        }
        if changes.contains(where: { $0.key == nil }) { try cutLog() }
    }

    private static func name(of owner: KeyOwner) -> String {
        switch owner {
        case .customer(let customer): customer.value
        case .pickup(let order): "pickup \(order.value)"
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
