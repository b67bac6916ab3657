// Monotonic time, a timer that a loop can wait for, and what a row of latencies comes to.

import CLinux
import Contract
import Glibc

/// Monotonic time.
enum Stopwatch {
    /// Nanoseconds since some fixed moment.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A descriptor that becomes readable at moments given in nanoseconds of `Stopwatch`.
struct Timer: ~Copyable {
    let fileDescriptor: Int32

    init() throws {
        fileDescriptor = linux_timer()
        guard fileDescriptor >= 0 else { throw BenchProblem("no timer is left") }
    }

    deinit { close(fileDescriptor) }

    /// Becomes readable at that moment, at once when it is past, and not before.
    func set(_ moment: Int64) { _ = linux_timer_set(fileDescriptor, max(1, moment)) }

    /// Forgets that it was due.
    func drain() {
        var count: UInt64 = 0
        _ = read(fileDescriptor, &count, MemoryLayout<UInt64>.size)
    }
}

/// Latencies in nanoseconds.
struct Latencies {
    private var values: [Int64] = []

    var count: Int { values.count }

    mutating func add(_ nanoseconds: Int64) { values.append(nanoseconds) }

    /// Median, 99th percentile and longest, in microseconds, as members of a JSON object.
    mutating func members() -> [JSON.Member] {
        values.sort()
        func microseconds(_ hundredths: Int) -> JSON {
            guard !values.isEmpty else { return .null }
            return .integer(values[min(values.count - 1, values.count * hundredths / 100)] / 1_000)
        }
        return [
            .init("p50", microseconds(50)), .init("p99", microseconds(99)), .init("longest", microseconds(100)),
        ]
    }
}

/// Prints a line of JSON at once.
func tell(_ members: [JSON.Member]) {
    var bytes = JSON.object(members).encoded()
    bytes.append(UInt8(ascii: "\n"))
    bytes.withUnsafeBytes { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}
