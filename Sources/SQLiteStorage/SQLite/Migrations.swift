// The schema of a file as numbered steps, each taken once, in a transaction of its own.

/// What a database file must be, and the way there from any release before.
///
/// A step's number is its place, from 1; `user_version` holds the last one taken. A released step is never changed,
/// moved or removed. A crash between or inside steps leaves the file at a whole step, and the next start goes on.
public struct Migrations {
    /// One step.
    public struct Step {
        /// What it brings, in a few words.
        public let name: String
        let change: (Database) throws(StorageError) -> Void

        /// A step that is SQL alone.
        public init(_ name: String, sql: String) {
            self.name = name
            change = { database throws(StorageError) in try database.execute(sql) }
        }

        /// A step that needs more. It must not begin or end a transaction.
        public init(_ name: String, _ change: @escaping (Database) throws(StorageError) -> Void) {
            self.name = name
            self.change = change
        }
    }

    /// Tells our files from others' and from each other (SQLite's `application_id`, not 0).
    public let applicationID: Int32
    /// All steps ever released, in order.
    public let steps: [Step]
    /// Whether the file is copied before it is changed, so that the release before can be gone back to.
    public let keepsCopy: Bool

    /// Declares a schema.
    public init(applicationID: Int32, steps: [Step], keepsCopy: Bool = false) {
        self.applicationID = applicationID
        self.steps = steps
        self.keepsCopy = keepsCopy
    }

    /// The schema's number in this release.
    public var version: Int { steps.count }

    /// What tells a file of this schema from others.
    var form: FileForm { FileForm(applicationID: applicationID, version: version) }

    /// Refuses a file that is another program's or a later release's, without a write.
    func check(_ database: Database) throws(StorageError) {
        let found = try database.number("PRAGMA application_id")
        let version = try database.number("PRAGMA user_version")
        // A new file has neither number, and nothing in it.
        let isEmpty = try database.number("SELECT count(*) FROM sqlite_schema") == 0
        let isNew = found == 0 && version == 0 && isEmpty && database.mode != .readOnly
        guard isNew || found == Int(applicationID) else {
            throw .foreignFile(path: database.path, found: found, expected: Int(applicationID))
        }
        guard version <= self.version else {
            throw .newerSchema(path: database.path, found: version, known: self.version)
        }
        if database.mode == .readOnly, version < self.version {
            throw .olderSchema(path: database.path, found: version, known: self.version)
        }
    }

    /// Takes the steps that the file has not taken yet.
    func migrate(_ database: Database) throws(StorageError) {
        var taken = try database.number("PRAGMA user_version")
        guard taken < version else { return }
        if keepsCopy, taken > 0 { try MigrationCopy(of: database, version: taken).make() }
        // A table is changed by building a new one in its place, which foreign keys would forbid; they can only be
        // switched outside a transaction, and are checked as a whole before each commit.
        try database.hold("foreign_keys", "0")
        while taken < version {
            try take(steps[taken], number: taken + 1, in: database)
            taken += 1
        }
        try database.hold("foreign_keys", "1")
    }

    private func take(_ step: Step, number: Int, in database: Database) throws(StorageError) {
        try database.beginWriting()
        do throws(StorageError) {
            try step.change(database)
            if let table = try database.text(of: "PRAGMA foreign_key_check") {
                throw .constraint(code: 787, message: "step \(number) (\(step.name)) breaks a foreign key of \(table)")
            }
            try database.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(number)")
            try database.commit()
        } catch {
            try? database.rollBack()
            throw error
        }
    }
}

/// Whose a file is, and in which schema.
struct FileForm {
    /// SQLite's `application_id`.
    let applicationID: Int32
    /// The schema's number.
    let version: Int
}

extension Database {
    /// The number that a pragma or a count returns, 0 when it returns nothing.
    fileprivate func number(_ sql: String) throws(StorageError) -> Int {
        Int(try text(of: sql) ?? "0") ?? 0
    }
}
