// The lock that keeps two servers from opening one socket at once, which nobody but the agent's own user can take.

import Glibc

/// A lock on a file beside a socket, from its making until `release()`.
///
/// Not on the folder: whoever may look into a folder may lock it, and every user of the box may look into that of the
/// control socket. The file is open to its owner alone, and there only as long as somebody holds the lock.
struct OpeningLock: Sendable {
    private let file: Int32
    private let path: String

    /// Takes the lock of the socket at `socket`, and waits a second at most for whoever has it.
    init(of socket: String) throws(ControlServerError) {
        path = Self.path(of: socket)
        for _ in 0..<50 {
            let file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
            guard file >= 0 else { throw Self.failure(socket, errno) }
            var facts = stat()
            guard fstat(file, &facts) == 0, facts.st_uid == geteuid() else {
                Glibc.close(file)
                throw .notPermitted(path: socket)
            }
            if fchmod(file, 0o600) == 0, flock(file, LOCK_EX | LOCK_NB) == 0, Self.lies(facts, at: path) {
                self.file = file
                return
            }
            // Another has it, or had it and took its file away.
            Glibc.close(file)
            usleep(20_000)
        }
        throw .openingElsewhere(path: socket)
    }

    /// Gives the lock back, and takes its file away.
    func release() {
        unlink(path)
        Glibc.close(file)
    }

    /// The file of a socket's lock.
    static func path(of socket: String) -> String { socket + ".lock" }

    private static func lies(_ facts: stat, at path: String) -> Bool {
        var present = stat()
        return lstat(path, &present) == 0 && present.st_dev == facts.st_dev && present.st_ino == facts.st_ino
    }

    private static func failure(_ socket: String, _ errorNumber: Int32) -> ControlServerError {
        switch errorNumber {
        case ENOENT, ENOTDIR: .directoryMissing(path: socket)
        case EACCES, EPERM, EROFS: .notPermitted(path: socket)
        default: .system(operation: "open of the lock", errorNumber: errorNumber)
        }
    }
}
