// What one loop hands to another: a bounded queue that wakes its reader (DESIGN §6).

import Synchronization

/// A bounded queue from any thread to the one that owns it.
public final class Mailbox<Message: Sendable>: Sendable {
    private let waiting = Mutex<[Message]>([])
    private let capacity: Int
    private let wake: @Sendable () -> Void

    /// A mailbox.
    ///
    /// - Parameters:
    ///   - capacity: messages that may wait; what comes beyond is not taken.
    ///   - wake: wakes the reader; called after each message, on the sender's thread.
    public init(capacity: Int, wake: @escaping @Sendable () -> Void) {
        self.capacity = capacity
        self.wake = wake
    }

    /// Puts a message in.
    ///
    /// - Parameter always: takes it even when the mailbox is full: for the few that nobody would send again.
    /// - Returns: false when the mailbox is full, and the message was not taken. Whoever sent it will hear nothing and
    ///   send it again: no correctness rests on a mailbox.
    @discardableResult
    public func send(_ message: Message, always: Bool = false) -> Bool {
        let taken = waiting.withLock { waiting in
            guard always || waiting.count < capacity else { return false }
            waiting.append(message)
            return true
        }
        if taken { wake() }
        return taken
    }

    /// Takes all that waits out, in the order sent.
    public func takeAll() -> [Message] {
        waiting.withLock { waiting in
            let all = waiting
            waiting = []
            return all
        }
    }
}
