// An answer from another thread, waited for by the one that answers a request.

import Glibc
import MQTT
import Synchronization

/// An answer that is waited for.
final class Letter<Content: Sendable>: Sendable {
    private let content = Mutex<Content?>(nil)
    private let arrival: WakeUp

    init?() {
        guard let arrival = try? WakeUp() else { return nil }
        self.arrival = arrival
    }

    func put(_ content: Content) {
        self.content.withLock { $0 = content }
        arrival.signal()
    }

    func wait(milliseconds: Int32) -> Content? {
        var descriptor = pollfd(fd: arrival.fileDescriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&descriptor, 1, milliseconds)
        return content.withLock { $0 }
    }
}
