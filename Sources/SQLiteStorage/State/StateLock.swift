// Holds a state directory while no agent has it, and keeps one from starting meanwhile.

import CSQLite
import Glibc

/// The lock of a state: that of its ledger's file, which a running agent holds from its first transaction to its last.
final class StateLock {
    /// The ledger's file; nil when there is none yet, and then nobody else can have it either.
    let file: Int32?

    /// Takes the lock.
    ///
    /// - Throws: `.busy` while an agent runs.
    init(ledger path: String) throws(StorageError) {
        let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            switch errno {
            case ENOENT:
                self.file = nil
                return
            case EROFS: throw .readOnly(path: path)
            default: throw .unreadable(path: path, cause: StorageError.text(ofSystemError: errno))
            }
        }
        let answer = csqlite_lock_whole_file(file)
        guard answer == 0 else {
            close(file)
            if answer == EAGAIN || answer == EACCES { throw .busy(path: path) }
            throw .unreadable(path: path, cause: StorageError.text(ofSystemError: answer))
        }
        self.file = file
    }

    deinit { release() }

    private var isReleased = false

    /// Gives the lock back.
    func release() {
        if let file, !isReleased { close(file) }
        isReleased = true
    }
}
