// Files of earlier releases beside the ledger, in which people lie in clear, as contacts of pickups or in set-aside entries
// of feeds: what is forgotten in one place is forgotten everywhere (DESIGN §9).

import EdgeAgent
import Glibc

/// The copies of a ledger that releases before schema 4 left: `ledger.db.schemaN`, backups, ledgers set aside by a restore,
/// what a restore that was cut off had copied.
///
/// They are cleaned once and for all, as soon as the ledger itself is sealed, rather than bit by bit as people are
/// forgotten: from then on nothing in them has to be reached, and nobody's erasure hangs on a file that cannot be
/// written. Everything else in them stays, so that they are still a way back.
public struct ClearContacts {
    /// A file that could not be cleaned.
    public struct Problem: Equatable, Sendable {
        /// The file.
        public let path: String
        /// Why, for a technician.
        public let reason: String
    }

    /// The last schema that had people in clear.
    static let lastSchema = 3
    /// The last one of which the contacts of pickups were.
    private static let lastWithClearContacts = 2

    private let directory: StateDirectory
    private let writeDigest: (String) -> Bool

    /// Of a state directory; `writeDigest` writes a backup's digest beside it.
    init(in directory: StateDirectory, writeDigest: @escaping (String) -> Bool) {
        self.directory = directory
        self.writeDigest = writeDigest
    }

    /// The files of such a schema, clean or not. A look at each one's header, which needs no SQLite.
    var files: [String] {
        let copies = Disk.names(in: directory.path, beginning: "ledger.db.").map(directory.file)
        let backups = BackupFolder(of: directory.path).path
        let backupFiles = Disk.names(in: backups, beginning: "ledger-").map { "\(backups)/\($0)" }
        let aside = Disk.names(in: directory.path, beginning: "aside-").map { directory.file($0) + "/ledger.db" }
        return (copies + backupFiles + aside).filter(Self.isOfClearSchema)
    }

    /// Cleans what is not clean yet. A file that cannot be cleaned keeps no other from it.
    func clean(_ files: [String]) -> [Problem] {
        files.compactMap { path in
            do throws(StorageError) {
                try clean(path)
                return nil
            } catch { return Problem(path: path, reason: error.sentence) }
        }
    }

    private func clean(_ path: String) throws(StorageError) {
        let isBackup = path.hasPrefix(BackupFolder(of: directory.path).path + "/")
        let digest = BackupFolder.digestFile(of: path)
        let copy = try BareDatabase(path: path)
        // A log beside a ledger that was set aside may have brought it to a later schema.
        let schema = try copy.number("PRAGMA user_version")
        guard schema <= Self.lastSchema else { return }
        let hasContacts = schema <= Self.lastWithClearContacts ? try Self.hasClearContacts(copy) : false
        let hasPeople = try ParkedPeople.areClear(in: copy)
        if hasContacts || hasPeople {
            // Without its digest it is no backup: one that is half cleaned is not taken for one.
            if isBackup { unlink(digest) }
            if hasPeople {
                try copy.execute("PRAGMA secure_delete = ON; BEGIN IMMEDIATE; \(ParkedPeople.migration) COMMIT")
            }
            if hasContacts { try Self.forgetContacts(in: copy) }
            // A ledger that was set aside has a log, and names in it.
            try copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            try Disk.sync(path)
        }
        guard isBackup, Disk.size(of: digest) == nil else { return }
        if let first = try copy.contradictions().first { throw .corrupt(path: path, message: first) }
        guard writeDigest(path) else { throw .unreadable(path: digest, cause: "it could not be written") }
    }

    /// SQLite's header says whose a file is, and of which schema (sqlite.org/fileformat2.html, 1.3).
    private static func isOfClearSchema(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return false }
        defer { close(file) }
        var header = [UInt8](repeating: 0, count: 72)
        guard read(file, &header, header.count) == header.count, header.starts(with: Array("SQLite format 3\0".utf8))
        else { return false }
        func number(_ place: Int) -> Int { header[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        return number(68) == Int(LedgerSchema.form.applicationID) && (1...lastSchema).contains(number(60))
    }

    private static func hasClearContacts(_ copy: BareDatabase) throws(StorageError) -> Bool {
        try copy.number("SELECT EXISTS (SELECT 1 FROM pickup WHERE name IS NOT NULL OR phoneLast4 IS NOT NULL)") == 1
    }

    /// Builds the table anew without them, word for word as the release that wrote it had it. Changed in place, rows leave
    /// remains (see `ContactMigration`).
    private static func forgetContacts(in copy: BareDatabase) throws(StorageError) {
        let made = try copy.texts("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = 'pickup'")
        let indexes = try copy.texts(
            "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'pickup' AND sql IS NOT NULL")
        // With the old way of renaming, lines go on referring to `pickup`, whatever table has that name.
        try copy.execute("PRAGMA secure_delete = ON; PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON")
        try copy.execute("BEGIN IMMEDIATE; ALTER TABLE pickup RENAME TO clearPickup")
        try copy.execute(
            (made + [
                """
                INSERT INTO pickup (\(ContactMigration.kept)) SELECT \(ContactMigration.kept) FROM clearPickup;
                DROP TABLE clearPickup
                """
            ] + indexes).joined(separator: ";\n"))
        try copy.execute("COMMIT")
    }
}

extension SQLiteLedger {
    /// Cleans the files that earlier releases left of contacts in clear, should there be any: to be called at every start,
    /// before anything is answered.
    ///
    /// - Parameter writeDigest: writes the digest of the backup at a path beside it.
    /// - Returns: the files that could not be cleaned; a technician has to remove them.
    /// - Throws: when the ledger's own log, which may have such contacts too, cannot be cut.
    public func forgetClearContacts(
        writeDigest: @escaping (String) -> Bool
    ) throws(StorageError) -> [ClearContacts.Problem] {
        let clear = ClearContacts(in: directory, writeDigest: writeDigest)
        let files = clear.files
        // A migration leaves a copy of the schema before: where there is none, there was nothing in clear.
        guard !files.isEmpty else { return [] }
        guard try !database.checkpoint(.truncate).isPartial else { throw .busy(path: database.path) }
        return clear.clean(files)
    }
}
