// The control server's thread: waits for clients, serves those that are ready, closes those that keep it waiting.

import Glibc

/// The loop and all that it owns. Used by its own thread alone once that has started.
final class ControlLoop {
    private let listener: ListeningSocket
    private let signal: ServerSignal
    private let idleMillisecondsMax: Int64
    private let receiver: ControlServer.Receiver
    private let side: SideThreads
    private var connections: [Connection] = []
    private var connectionsMade = 0
    private var scratch = [UInt8](repeating: 0, count: 16_384)
    /// When accepting goes on after the process ran out of descriptors: a listener that stays readable would otherwise
    /// keep the thread turning.
    private var acceptsAgainAtMilliseconds: Int64?

    init(
        listener: ListeningSocket, signal: ServerSignal, idleMillisecondsMax: Int,
        receiver: @escaping ControlServer.Receiver
    ) {
        self.listener = listener
        self.signal = signal
        self.idleMillisecondsMax = Int64(idleMillisecondsMax)
        self.receiver = receiver
        side = SideThreads(waking: signal)
    }

    func run() {
        while !signal.isStopRequested { turn() }
        listener.close()
        bidFarewell()
    }

    private func turn() {
        var now = monotonicMilliseconds()
        if let again = acceptsAgainAtMilliseconds, now >= again { acceptsAgainAtMilliseconds = nil }
        var awaited = [pollfd(fd: signal.readEnd, events: Int16(POLLIN), revents: 0)]
        // A negative descriptor is passed over by poll.
        let listening = acceptsAgainAtMilliseconds == nil ? listener.descriptor : -1
        awaited.append(pollfd(fd: listening, events: Int16(POLLIN), revents: 0))
        for connection in connections {
            let descriptor = connection.isGone ? -1 : connection.descriptor
            awaited.append(pollfd(fd: descriptor, events: connection.awaitedEvents, revents: 0))
        }
        guard poll(&awaited, nfds_t(awaited.count), timeoutMilliseconds(now)) >= 0 else { return }
        if awaited[0].revents != 0 { signal.drain() }
        for (connection, ready) in zip(connections, awaited[2...]) where ready.revents != 0 {
            if connection.isBeingAnswered { hungUp(connection) } else { advance(connection) }
        }
        sweep()
        deliver()
        now = monotonicMilliseconds()
        for connection in connections where connection.hasKeptWaiting(idleMillisecondsMax, at: now) {
            connection.close()
        }
        sweep()
        if awaited[1].revents != 0, !signal.isStopRequested { accept() }
    }

    private func advance(_ connection: Connection) {
        connection.advance(scratch: &scratch, mayAnswer: { !signal.isStopRequested }) { line in
            switch receiver(line, connection.peer) {
            case .answered(let answer): return answer
            case .beside(let fetch): side.fetch(for: connection.number, fetch)
            case .inTurn(let fetch): side.fetchInTurn(for: connection.number, fetch)
            }
            return nil
        }
    }

    /// A client that is being answered hung up: nothing else is awaited of it. What it only waited for is forgotten; what
    /// is under way keeps its place, so that there are never more threads than places.
    private func hungUp(_ connection: Connection) {
        if side.isFetching(for: connection.number) { connection.noteGone() } else { connection.close() }
    }

    /// Gives the answers that were fetched to whoever is still there.
    private func deliver() {
        for fetched in side.takeFetched() {
            guard let connection = connections.first(where: { $0.number == fetched.connection }), !connection.isClosed
            else { continue }
            connection.take(fetched.answer)
            advance(connection)
        }
    }

    /// Forgets the connections that are closed, and what they still waited for.
    private func sweep() {
        for connection in connections where connection.isClosed { side.forget(connection.number) }
        connections.removeAll { $0.isClosed }
    }

    /// How long poll may wait: until the first client has kept the server waiting enough, or for ever when none does.
    private func timeoutMilliseconds(_ now: Int64) -> Int32 {
        var wake = acceptsAgainAtMilliseconds
        for connection in connections where !connection.isBeingAnswered {
            let end = connection.waitingSinceMilliseconds + idleMillisecondsMax
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
            guard makeRoom() else {
                // A fresh socket has room for a line: it leaves at once or the client is gone.
                let line = Answer.tooManyConnections
                _ = send(descriptor, line, line.count, Int32(MSG_NOSIGNAL))
                close(descriptor)
                continue
            }
            connectionsMade += 1
            let connection = Connection(descriptor, peer, number: connectionsMade)
            connections.append(connection)
            // What it asks may be there already; then it is not among the silent that make room for the next ones.
            advance(connection)
        }
    }

    /// Whether one more client may come: when all places are taken, the one that has kept the server waiting longest
    /// loses its own, since silent clients would otherwise shut out everybody else.
    private func makeRoom() -> Bool {
        guard connections.count >= ControlLimits.connectionsMax else { return true }
        // Those that come and go while others arrive have left by now, and their places are free.
        for connection in connections where !connection.isBeingAnswered { advance(connection) }
        sweep()
        guard connections.count >= ControlLimits.connectionsMax else { return true }
        let idle = connections.filter { !$0.isBeingAnswered }
        guard let first = idle.min(by: { $0.waitingSinceMilliseconds < $1.waitingSinceMilliseconds }) else {
            return false
        }
        first.close()
        sweep()
        return true
    }

    /// Lets the answers at hand be fetched, and the clients take them, for a bounded time, and closes.
    private func bidFarewell() {
        side.forgetWaiting()
        let end = monotonicMilliseconds() + Int64(ControlLimits.farewellMillisecondsMax)
        while true {
            deliver()
            let waiting = connections.filter {
                !$0.isClosed && !$0.isGone && ($0.hasOutput || side.isFetching(for: $0.number))
            }
            let left = end - monotonicMilliseconds()
            guard !waiting.isEmpty, left > 0 else { break }
            var awaited = [pollfd(fd: signal.readEnd, events: Int16(POLLIN), revents: 0)]
            awaited += waiting.map {
                pollfd(fd: $0.descriptor, events: $0.hasOutput ? Int16(POLLOUT) : 0, revents: 0)
            }
            guard poll(&awaited, nfds_t(awaited.count), Int32(clamping: left)) > 0 else { continue }
            if awaited[0].revents != 0 { signal.drain() }
            for (connection, ready) in zip(waiting, awaited[1...]) where ready.revents != 0 {
                if connection.isBeingAnswered { hungUp(connection) } else { connection.flush() }
            }
        }
        for connection in connections { connection.close() }
        connections = []
    }
}
