// What a backup says of itself: whose it is, when it was made, by which release.

import Glibc
import ShopModel

/// The label inside a backup.
public struct BackupLabel: Equatable, Sendable {
    /// The shop.
    public let shop: String
    /// When it was made.
    public let madeAt: Instant
    /// The release of edged that made it.
    public let release: String

    /// A label.
    public init(shop: String, madeAt: Instant, release: String) {
        self.shop = shop
        self.madeAt = madeAt
        self.release = release
    }

    /// Writes the label into a copy of the ledger, proves the copy, and waits until it is on the disk as one file.
    ///
    /// - Throws: `.corrupt` when the copy contradicts itself: then so does the ledger.
    public func settle(_ path: String) throws(StorageError) {
        try write(to: try BareDatabase(path: path))
        try MigrationCopy.settle(path)
    }

    private func write(to database: BareDatabase) throws(StorageError) {
        try database.execute("CREATE TABLE backupLabel (shop TEXT, madeAt INTEGER, release TEXT) STRICT")
        let insert = try Statement("INSERT INTO backupLabel VALUES (?, ?, ?)", on: database.handle)
        try insert.run(shop, madeAt.milliseconds, release)
    }

    /// The label of a copy; nil when it has none.
    static func read(from database: BareDatabase) throws(StorageError) -> BackupLabel? {
        guard try database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'backupLabel'") == 1 else {
            return nil
        }
        let fields = try database.texts(
            "SELECT shop FROM backupLabel UNION ALL SELECT madeAt FROM backupLabel UNION ALL SELECT release FROM backupLabel"
        )
        guard fields.count == 3, let moment = Int64(fields[1]) else { return nil }
        return BackupLabel(shop: fields[0], madeAt: Instant(milliseconds: moment), release: fields[2])
    }
}
