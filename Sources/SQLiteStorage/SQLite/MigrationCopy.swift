// The copy of a file that is kept before a release changes its schema: the way back, should the new release disappoint.

import Glibc

/// The file as the release before wrote it: `ledger.db.schema1` beside `ledger.db`. Names of people that it had in clear
/// are taken from it once its successor is sealed (`ClearContacts`).
struct MigrationCopy {
    /// How long it is kept: a release is judged within weeks.
    static let daysMax = 90
    private let database: Database
    private let version: Int

    /// Of a file that has that schema now.
    init(of database: Database, version: Int) {
        self.database = database
        self.version = version
    }

    /// Where it is kept.
    var path: String { "\(database.path).schema\(version)" }

    /// Makes the copy, whole and proven, before anything of the file is changed.
    ///
    /// An earlier copy of the same schema is replaced, at once: it is that of a migration that was interrupted, or of
    /// one that a restored backup undid.
    ///
    /// - Throws: `.full` when there is no room for it, with the file unchanged: a migration without a way back is worse
    ///   than a start that waits for room.
    func make() throws(StorageError) {
        let part = path + ".part"
        unlink(part)
        try Disk.requireRoom(for: try database.pageCount() * 4_096, in: path.droppingLastComponent)
        do throws(StorageError) {
            try DatabaseCopy.make(of: database, at: part)
            try Self.settle(part)
            try Disk.rename(part, to: path)
        } catch {
            unlink(part)
            throw error
        }
    }

    /// Makes one file of a copy, proves that it is sound, and waits until it is on the disk.
    static func settle(_ path: String) throws(StorageError) {
        try prove(try BareDatabase(path: path))
        try Disk.sync(path)
    }

    private static func prove(_ copy: BareDatabase) throws(StorageError) {
        try copy.execute("PRAGMA journal_mode = DELETE")
        if let first = try copy.contradictions().first { throw .corrupt(path: copy.path, message: first) }
    }

    /// Throws copies away that have been kept long enough.
    static func forgetOld(in folder: String, now: Int = time(nil)) {
        for name in Disk.names(in: folder, beginning: "ledger.db.schema") {
            let path = "\(folder)/\(name)"
            var status = stat()
            if stat(path, &status) == 0, now - status.st_mtim.tv_sec > daysMax * 86_400 { unlink(path) }
        }
    }
}
