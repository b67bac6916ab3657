// How long a probe may take: a moment of the monotonic clock that no wait outlives.

import Glibc

/// A moment after which nobody waits any more.
struct Deadline: Sendable {
    private let end: Int

    /// The moment in so many milliseconds.
    init(milliseconds: Int) { end = monotonicMilliseconds() + milliseconds }

    /// Milliseconds left, 0 when it is over.
    var remaining: Int { max(0, end - monotonicMilliseconds()) }
    /// Whether it is over.
    var isOver: Bool { remaining == 0 }

    /// This moment, or the one in so many milliseconds if that is earlier.
    func within(milliseconds: Int) -> Deadline { Deadline(milliseconds: min(milliseconds, remaining)) }

    /// Waits until the descriptor is ready for one of `events` or this is over.
    ///
    /// - Returns: what it is ready for; 0 when the time was up.
    func wait(for descriptor: Int32, _ events: Int32) -> Int32 {
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
            let count = poll(&entry, 1, Int32(clamping: remaining))
            if count > 0 { return Int32(entry.revents) }
            if count == 0 || errno != EINTR { return 0 }
        }
    }
}

/// Does what may hang on a thread that is left behind when it does.
///
/// The system's resolver, above all, has no deadline of its own and cannot be interrupted.
enum Abandonable {
    /// Does `work`; `nil` when it is not done by the deadline, or no thread is to be had.
    static func run<Value: Sendable>(until deadline: Deadline, _ work: @escaping @Sendable () -> Value) -> Value? {
        guard let bounded = BoundedWork<Value>(), bounded.start(0, work) else { return nil }
        return bounded.next(milliseconds: deadline.remaining).first?.value
    }
}
