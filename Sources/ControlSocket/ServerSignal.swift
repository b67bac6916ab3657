// What wakes the control server's thread from any other.

import Glibc
import Synchronization

/// Wakes the server's thread: to stop, or to look what was fetched for it.
final class ServerSignal: Sendable {
    /// Readable once the thread was woken.
    let readEnd: Int32
    private let writeEnd: Int32
    private let stopRequested = Atomic(false)

    init() throws(ControlServerError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .system(operation: "pipe", errorNumber: errno) }
        readEnd = ends[0]
        writeEnd = ends[1]
        guard setNonBlocking(readEnd), setNonBlocking(writeEnd) else {
            throw .system(operation: "fcntl", errorNumber: errno)
        }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    var isStopRequested: Bool { stopRequested.load(ordering: .acquiring) }

    func requestStop() {
        stopRequested.store(true, ordering: .releasing)
        wake()
    }

    func wake() {
        var byte: UInt8 = 1
        // A full pipe wakes as well as one byte does.
        _ = write(writeEnd, &byte, 1)
    }

    /// Takes back all wakes so far; by the server's thread.
    func drain() {
        var bytes: (UInt64, UInt64) = (0, 0)
        while read(readEnd, &bytes, MemoryLayout.size(ofValue: bytes)) > 0 {}
    }
}
