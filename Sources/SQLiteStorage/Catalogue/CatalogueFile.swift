// What becomes of a catalogue that cannot be used: it is set aside, never deleted, and a new one is begun.

import EdgeAgent
import Glibc

/// A file that was set aside, for the log and for the technician.
public struct SetAsideFile: Equatable, Sendable {
    /// Where it lies now.
    public let path: String
    /// Why.
    public let reason: String
}

/// The catalogue's file in a state directory.
struct CatalogueFile {
    private let directory: StateDirectory

    init(in directory: StateDirectory) { self.directory = directory }

    var path: String { directory.file(CatalogueSchema.fileName) }
    private var mark: String { directory.file("catalogue.damaged") }

    /// Notes that a page was found to be bad while the agent ran: opening a file does not look at every page.
    func noteDamage() {
        let descriptor = open(mark, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Names a failure as the agent knows it, and notes damage.
    func failure(_ error: StorageError) -> StorageFailure {
        if case .corrupt = error { noteDamage() }
        return StorageFailure(error)
    }

    /// Opens the file for its writer. A bad one is set aside and a new one begun.
    func openForWriting(_ settings: Database.Settings) throws(StorageError) -> (Database, SetAsideFile?) {
        var aside: SetAsideFile?
        if access(mark, F_OK) == 0 {
            aside = try setAside("a damaged page was found while the agent ran")
            unlink(mark)
        }
        do throws(StorageError) {
            return (try connect(settings), aside)
        } catch {
            switch error {
            case .corrupt, .foreignFile:
                aside = try setAside(error.description)
                return (try connect(settings), aside)
            default: throw error
            }
        }
    }

    private func connect(_ settings: Database.Settings) throws(StorageError) -> Database {
        try Database(path: path, mode: .sharedNormal, settings: settings, schema: CatalogueSchema.migrations)
    }

    /// Renames file, log and index, the file last: were the process to die in between, the next start finds it bad again.
    private func setAside(_ reason: String) throws(StorageError) -> SetAsideFile? {
        guard access(path, F_OK) == 0 else { return nil }
        var number = 1
        while number < 10_000, access("\(path).bad-\(number)", F_OK) == 0 { number += 1 }
        let aside = "\(path).bad-\(number)"
        for suffix in ["-shm", "-wal", ""] where access(path + suffix, F_OK) == 0 {
            guard rename(path + suffix, aside + suffix) == 0 else {
                throw .unreadable(path: path + suffix, cause: StorageError.text(ofSystemError: errno))
            }
        }
        return SetAsideFile(path: aside, reason: reason)
    }
}
