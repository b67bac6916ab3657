// The control server's thread: waits for clients, serves those that are ready, closes those that sleep.

import Glibc
import Synchronization

/// Asks the thread to stop, from any other.
final class StopSignal: Sendable {
    /// Readable once stopping was asked for.
    let readEnd: Int32
    private let writeEnd: Int32
    private let requested = Atomic(false)

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

    var isRequested: Bool { requested.load(ordering: .acquiring) }

    func request() {
        requested.store(true, ordering: .releasing)
        var byte: UInt8 = 1
        // A full pipe wakes as well as one byte does.
        _ = write(writeEnd, &byte, 1)
    }
}

/// The loop and all that it owns. Used by its own thread alone once that has started.
final class ControlLoop {
    private let listener: ListeningSocket
    private let stop: StopSignal
    private let idleMillisecondsMax: Int64
    private let handler: ControlServer.Handler
    private var connections: [Connection] = []
    private var scratch = [UInt8](repeating: 0, count: 16_384)
    /// When accepting goes on after the process ran out of descriptors: a listener that stays readable would otherwise
    /// keep the thread turning.
    private var acceptsAgainAtMilliseconds: Int64?

    init(
        listener: ListeningSocket, stop: StopSignal, idleMillisecondsMax: Int, handler: @escaping ControlServer.Handler
    ) {
        self.listener = listener
        self.stop = stop
        self.idleMillisecondsMax = Int64(idleMillisecondsMax)
        self.handler = handler
    }

    func run() {
        while !stop.isRequested { turn() }
        listener.close()
        bidFarewell()
    }

    private func turn() {
        var now = monotonicMilliseconds()
        if let again = acceptsAgainAtMilliseconds, now >= again { acceptsAgainAtMilliseconds = nil }
        var awaited = [pollfd(fd: stop.readEnd, events: Int16(POLLIN), revents: 0)]
        // A negative descriptor is passed over by poll.
        let listening = acceptsAgainAtMilliseconds == nil ? listener.descriptor : -1
        awaited.append(pollfd(fd: listening, events: Int16(POLLIN), revents: 0))
        for connection in connections {
            awaited.append(pollfd(fd: connection.descriptor, events: connection.awaitedEvents, revents: 0))
        }
        guard poll(&awaited, nfds_t(awaited.count), timeoutMilliseconds(now)) >= 0 else { return }
        for (connection, ready) in zip(connections, awaited[2...]) where ready.revents != 0 {
            connection.advance(scratch: &scratch, mayAnswer: { !stop.isRequested }, handler: handler)
        }
        now = monotonicMilliseconds()
        for connection in connections where now - connection.lastActivityMilliseconds >= idleMillisecondsMax {
            connection.close()
        }
        connections.removeAll { $0.isClosed }
        if awaited[1].revents != 0, !stop.isRequested { accept() }
    }

    /// How long poll may wait: until the first connection has slept enough, or for ever when there is none.
    private func timeoutMilliseconds(_ now: Int64) -> Int32 {
        var wake = acceptsAgainAtMilliseconds
        for connection in connections {
            let end = connection.lastActivityMilliseconds + idleMillisecondsMax
            wake = min(wake ?? end, end)
        }
        guard let wake else { return -1 }
        return Int32(clamping: max(0, wake - now))
    }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener.descriptor, nil, nil)
            guard descriptor >= 0 else {
                switch errno {
                case EINTR, ECONNABORTED: continue
                case EAGAIN: return
                default:
                    acceptsAgainAtMilliseconds = monotonicMilliseconds() + 1_000
                    return
                }
            }
            guard setNonBlocking(descriptor), let peer = Peer(of: descriptor) else {
                close(descriptor)
                continue
            }
            guard connections.count < ControlLimits.connectionsMax else {
                // A fresh socket has room for a line: it leaves at once or the client is gone.
                let line = Answer.tooManyConnections
                _ = send(descriptor, line, line.count, Int32(MSG_NOSIGNAL))
                close(descriptor)
                continue
            }
            connections.append(Connection(descriptor, peer))
        }
    }

    /// Lets the clients take the answers that they were given, for a bounded time, and closes.
    private func bidFarewell() {
        let end = monotonicMilliseconds() + Int64(ControlLimits.farewellMillisecondsMax)
        while true {
            let waiting = connections.filter { $0.hasOutput && !$0.isClosed }
            let left = end - monotonicMilliseconds()
            guard !waiting.isEmpty, left > 0 else { break }
            var awaited = waiting.map { pollfd(fd: $0.descriptor, events: Int16(POLLOUT), revents: 0) }
            guard poll(&awaited, nfds_t(awaited.count), Int32(clamping: left)) > 0 else { continue }
            for (connection, ready) in zip(waiting, awaited) where ready.revents != 0 { connection.flush() }
        }
        for connection in connections { connection.close() }
        connections = []
    }
}
