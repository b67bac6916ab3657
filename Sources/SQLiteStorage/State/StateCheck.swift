// Looks through the files of a state that no agent has open, on copies: what is looked at is not changed by the look.

import Glibc

/// What was found in the files of a state.
public struct StateCheck: Equatable, Sendable {
    /// What was found in one file.
    public struct File: Equatable, Sendable {
        /// Its name, `ledger.db`.
        public let name: String
        /// Its size; nil when there is no such file.
        public let bytes: Int?
        /// The size of its write-ahead log, 0 without one.
        public let logBytes: Int
        /// The schema that it has; nil when it cannot be told.
        public let schema: Int?
        /// The schema that this release knows.
        public let schemaKnown: Int
        /// The stable code of what is wrong; nil when nothing is.
        public let problem: String?
        /// What is wrong in SQLite's words.
        public let detail: String?
    }

    /// Ledger, catalogue, keys.
    public let files: [File]

    /// Copies the files while nobody has them, gives them back, and looks through the copies.
    ///
    /// The keys are copied to memory alone (`/dev/shm`): a destroyed key must not live on in a copy's freed blocks.
    ///
    /// - Throws: `.busy` while an agent runs; `.unreadable`; `.full` when there is no room for the copies anywhere.
    public init(of folder: String) throws(StorageError) {
        let names = ["ledger.db", "catalogue.db", "keys.db"]
        StateCopies.sweep(folder)
        let lock = try StateLock(ledger: folder + "/ledger.db")
        var places: [String] = []
        defer {
            for place in places { StateCopies.remove(place) }
        }
        var copies: [String?] = []
        for name in names {
            let path = "\(folder)/\(name)"
            guard let size = Disk.size(of: path) else {
                copies.append(nil)
                continue
            }
            let bytes = size + (Disk.size(of: path + "-wal") ?? 0)
            let place = try StateCopies.place(for: bytes, inMemory: name == "keys.db", beside: folder)
            places.append(place)
            for suffix in ["", "-wal"] {
                let source = suffix.isEmpty && name == names[0] ? lock.file : nil
                try StateCopies.copy(path + suffix, to: "\(place)/\(name)\(suffix)", from: source)
            }
            copies.append("\(place)/\(name)")
        }
        // An agent may start again while the copies are looked through.
        lock.release()
        let schemas = [LedgerSchema.form, CatalogueSchema.migrations.form, SQLiteKeys.schema.form]
        files = names.indices.map { Self.look(at: copies[$0], of: "\(folder)/\(names[$0])", names[$0], schemas[$0]) }
    }

    private static func look(at copy: String?, of path: String, _ name: String, _ schema: FileForm) -> File {
        let bytes = Disk.size(of: path)
        let logBytes = Disk.size(of: path + "-wal") ?? 0
        func file(_ found: Int?, _ problem: String? = nil, _ detail: String? = nil) -> File {
            File(
                name: name, bytes: bytes, logBytes: logBytes, schema: found, schemaKnown: schema.version,
                problem: problem, detail: detail)
        }
        guard let copy else { return file(nil) }
        do throws(StorageError) {
            let database = try BareDatabase(path: copy)
            // The first look at the file: what is no database says so here.
            let application = try database.number("PRAGMA application_id")
            let version = try database.number("PRAGMA user_version")
            guard application == Int(schema.applicationID) || application == 0 && version == 0 else {
                return file(nil, "storage.foreignFile", "application id \(application)")
            }
            guard version <= schema.version else {
                return file(version, "storage.newerSchema", "schema \(version), known \(schema.version)")
            }
            let isLarge = (bytes ?? 0) > 64 << 20
            if let first = try database.contradictions(isThorough: !isLarge).first {
                return file(version, "storage.corrupt", first)
            }
            return file(version)
        } catch {
            if case .corrupt(_, let message) = error { return file(nil, error.code, message) }
            return file(nil, error.code, error.sentence)
        }
    }
}
