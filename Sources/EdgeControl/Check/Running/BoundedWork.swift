// Work on threads of its own, whose end is waited for a bounded time: what hangs is left behind, and nobody waits for it.

import CLinux
import Glibc
import Synchronization

/// Threads whose results arrive at one place.
///
/// A thread that hangs in a system call cannot be ended from outside. It is left behind and ends with the process.
final class BoundedWork<Value: Sendable>: Sendable {
    private let finished = Mutex<[(number: Int, value: Value)]>([])
    private let arrival: Int32
    private let signal: Int32

    /// Nil when the process has no descriptors left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard linux_pipe(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else { return nil }
        arrival = ends[0]
        signal = ends[1]
    }

    deinit {
        close(arrival)
        close(signal)
    }

    /// Starts a thread. `false` when the machine has none to give.
    func start(_ number: Int, _ work: @escaping @Sendable () -> Value) -> Bool {
        // The thread keeps this alive, so that one that was left behind still has a place to end in.
        let body = Unmanaged.passRetained(
            Body { [self] in
                let value = work()
                finished.withLock { $0.append((number, value)) }
                var byte: UInt8 = 1
                _ = write(signal, &byte, 1)
            })
        var handle = pthread_t()
        let result = pthread_create(
            &handle, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard result == 0 else {
            body.release()
            return false
        }
        pthread_detach(handle)
        return true
    }

    /// What has finished; waits for something to finish, at most so long.
    func next(milliseconds: Int) -> [(number: Int, value: Value)] {
        var descriptor = pollfd(fd: arrival, events: Int16(POLLIN), revents: 0)
        if poll(&descriptor, 1, Int32(clamping: max(0, milliseconds))) > 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            _ = read(arrival, &bytes, bytes.count)
        }
        return finished.withLock { finished in
            defer { finished = [] }
            return finished
        }
    }
}

private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Milliseconds of a clock that nobody sets.
func monotonicMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
}
