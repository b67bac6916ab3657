// Real files on a disk that refuses: the system calls below SQLite fail, for the thread and file under test only.

import CSQLite
import Glibc
import Synchronization

@testable import SQLiteStorage

/// Makes every `pwrite` of the calling thread fail for a while.
final class FailingWrite: Sendable {
    fileprivate let cause = Atomic<Int32>(0)
    fileprivate let thread = Atomic<UInt>(0)

    func withLock(_ error: Int32, _ body: () -> Void) {
        guard let system = sqlite3_vfs_find(nil) else { return }
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        cause.store(error, ordering: .sequentiallyConsistent)
        let failing: @convention(c) (Int32, UnsafeRawPointer?, Int, Int) -> Int = { descriptor, bytes, count, offset in
            let cause = failingWrite.cause.load(ordering: .sequentiallyConsistent)
            if cause != 0, failingWrite.thread.load(ordering: .relaxed) == UInt(pthread_self()) {
                errno = cause
                return -1
            }
            return pwrite(descriptor, bytes, count, offset)
        }
        for name in ["pwrite", "pwrite64"] {
            _ = system.pointee.xSetSystemCall(system, name, unsafeBitCast(failing, to: sqlite3_syscall_ptr.self))
        }
        body()
        cause.store(0, ordering: .sequentiallyConsistent)
        for name in ["pwrite", "pwrite64"] { _ = system.pointee.xSetSystemCall(system, name, nil) }
    }
}

let failingWrite = FailingWrite()

/// Makes every sync of this database's log fail, until the returned closure is called.
func failSyncs(of database: Database, with cause: Int32) -> () -> Void {
    var log: UnsafeMutablePointer<sqlite3_file>?
    sqlite3_file_control(database.handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log)
    guard let file = log, let original = file.pointee.pMethods else { return {} }
    let replaced = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    replaced.initialize(to: original.pointee)
    if cause == ENOSPC {
        replaced.pointee.xSync = { _, _ in failedSync(ENOSPC) }
    } else {
        replaced.pointee.xSync = { _, _ in failedSync(EIO) }
    }
    file.pointee.pMethods = UnsafePointer(replaced)
    return {
        file.pointee.pMethods = original
        replaced.deallocate()
    }
}

/// SQLITE_IOERR_FSYNC, a macro that Swift does not import.
private func failedSync(_ cause: Int32) -> Int32 {
    errno = cause
    return SQLITE_IOERR | (4 << 8)
}
