// How another thread ends the wait of a loop.

import CMosquitto
import Glibc

/// A bell between threads: any of them signals, the loop that waits for its descriptor wakes up.
///
/// Signals add up to one until they are drained, so that a loop drains first and looks into its mailbox after.
public final class WakeUp: Sendable {
    /// What to wait for; owned by this object, readable while a signal is pending.
    public let fileDescriptor: Int32

    /// Makes a bell that is silent.
    /// - Throws: ``MQTTError/configuration(_:)`` when the process has no descriptor left.
    public init() throws(MQTTError) {
        fileDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard fileDescriptor >= 0 else {
            throw .configuration("no event descriptor could be made: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        if fileDescriptor >= 0 { close(fileDescriptor) }
    }

    /// Rings. Never blocks; callable from any thread.
    public func signal() {
        var one: UInt64 = 1
        // The only failure is a counter at its limit, which is a pending signal already.
        _ = write(fileDescriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Silences it. Called by the loop that was woken up.
    public func drain() {
        var count: UInt64 = 0
        _ = read(fileDescriptor, &count, MemoryLayout<UInt64>.size)
    }
}
