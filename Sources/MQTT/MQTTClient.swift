// libmosquitto as one Swift type, for a loop that decides itself when anything leaves.

import CMosquitto
import Glibc

/// A client of an MQTT broker, driven by its owner's loop.
///
/// A turn of the loop is always the same:
/// ```swift
/// let turn = client.collect(wakeUps: [bell.fileDescriptor], timeoutMilliseconds: 60_000)
/// // decide on turn.messages, commit, then
/// client.publish(topic: topic, payload: reply)
/// client.flush()
/// ```
/// `collect` never acknowledges and never publishes. What was received is acknowledged by `flush`, together with what
/// was published before it, so that a message whose effect did not reach the disk is delivered again. When the process
/// ends in between, or the client is released, nothing leaves.
///
/// Connections are made, tested and made again by `collect`, with growing pauses, without waiting for a slow broker.
/// Only the look-up of a name waits (see ``MQTTOptions/host``).
///
/// The client belongs to the thread of its loop. Measured on libmosquitto 2.0.11; the rules are those of DESIGN §6.
public final class MQTTClient {
    /// What became of the connection.
    enum Phase {
        /// Nothing is wanted.
        case idle
        /// The next attempt is made at this time.
        case pausing(until: Int64)
        /// An attempt is under way; `isReached` once the address took the connection.
        case connecting(deadline: Int64, isReached: Bool)
        case connected(since: Int64)
        /// A farewell is queued.
        case leaving(deadline: Int64)
    }

    /// The most messages of a turn. A read may overshoot it by what the library had already taken in.
    public static let messageCountMax = 256
    /// The longest reading of a turn, in milliseconds.
    public static let readMillisecondsMax = 5

    /// What the client was made with.
    public let options: MQTTOptions

    var handle: OpaquePointer
    /// The files of which the handle was made; `nil` before the first attempt.
    var preparedWith: CredentialFiles?
    let inbox = Inbox()
    var phase = Phase.idle
    var failedAttemptCount = 0
    var addressFamily = AddressFamily.any
    var subscriptions: [(filter: String, quality: QualityOfService)] = []
    private var hasMoreWaiting = false
    private var pollSet: [pollfd] = []

    /// Makes a client that does not connect yet.
    ///
    /// Files are looked at with each attempt only: a certificate that is missing or wrong fails attempts until it is
    /// mended, and nothing else.
    /// - Throws: ``MQTTError/configuration(_:)``, naming the option that cannot be used.
    public init(_ options: MQTTOptions) throws(MQTTError) {
        self.options = options
        handle = try ClientHandle.makeBare(options)
    }

    deinit {
        mosquitto_destroy(handle)
    }

    /// Whether the broker took the client and the connection is not known to be lost.
    public var isConnected: Bool {
        if case .connected = phase { return true }
        return false
    }

    /// Messages handed over by ``publish(topic:payload:quality:isRetained:responseTopic:correlationData:)`` that are
    /// not yet acknowledged, or not yet written when they need no acknowledgement. They are in memory; bound them.
    public var queuedMessageCount: Int { inbox.unacknowledged.count + inbox.unwrittenCount }

    /// The payload bytes of the messages among them that await an acknowledgement.
    public var queuedByteCount: Int { inbox.unacknowledgedBytes }

    /// Wants a connection from now on. The first attempt is made by the next `collect`.
    public func connect() {
        guard case .idle = phase else { return }
        failedAttemptCount = 0
        phase = .pausing(until: 0)
    }

    /// Takes leave: after the next `flush` nothing more is received and the will is not published.
    ///
    /// Acknowledgements that wait are sent with it; release the client instead where they must not be.
    public func disconnect() {
        switch phase {
        case .idle, .leaving: return
        case .pausing: phase = .idle
        case .connecting:
            phase = .idle
            abandonConnection()
            inbox.forgetConnection()
        case .connected:
            phase = .leaving(deadline: Self.now() + 1_000)
            _ = mosquitto_disconnect(handle)
        }
    }

    // MARK: A turn

    /// Waits until something arrived, one of `wakeUps` is readable, something queued can be written, or the time is up;
    /// takes in what arrived, at most ``messageCountMax`` messages or ``readMillisecondsMax``.
    ///
    /// Writes nothing that belongs to the session. It may return early and empty, so that its caller's `flush` keeps the
    /// connection alive: at least once in a quarter of the keep-alive.
    ///
    /// - Parameters:
    ///   - wakeUps: descriptors whose readability ends the wait; they are not read.
    ///   - timeoutMilliseconds: the longest wait; below 0 without limit.
    public func collect(wakeUps: [Int32] = [], timeoutMilliseconds: Int32) -> Turn {
        var turn = Turn()
        startAttemptIfDue()
        let found = wait(wakeUps: wakeUps, timeoutMilliseconds: timeoutMilliseconds, wokenUpBy: &turn.wokenUpBy)
        switch phase {
        case .connecting:
            advanceAttempt(found)
        case .connected, .leaving:
            if found & ~Int16(POLLOUT) != 0 || hasMoreWaiting { readWhatCame() }
        case .idle, .pausing:
            break
        }
        turn.hasMoreWaiting = hasMoreWaiting
        keepAlive()
        swap(&turn.messages, &inbox.messages)
        swap(&turn.events, &inbox.events)
        return turn
    }

    /// Sends what waits: acknowledgements of all that was collected, messages, subscriptions, signs of life.
    ///
    /// - Returns: whether everything left. What the network did not take yet is sent by the next `flush`, for which
    ///   `collect` returns as soon as there is room.
    @discardableResult
    public func flush() -> Bool {
        switch phase {
        case .connected, .leaving: break
        case .idle, .pausing, .connecting: return true
        }
        // May queue a sign of life, so it comes before the question whether there is something to write.
        keepAlive()
        let socket = mosquitto_socket(handle)
        guard socket >= 0, mosquitto_want_write(handle) else { return true }
        // An acknowledgement and the answer, or the answers of a whole turn, leave as one packet of the network.
        Self.hold(true, socket)
        defer { if mosquitto_socket(handle) == socket { Self.hold(false, socket) } }
        while mosquitto_socket(handle) >= 0, mosquitto_want_write(handle) {
            errno = 0
            let status = mosquitto_loop_write(handle, 1)
            let errorNumber = errno
            if status != 0 || mosquitto_socket(handle) < 0 {
                connectionEnded(status, errorNumber)
                return true
            }
            // One call writes until it is done or would have to wait.
            if mosquitto_want_write(handle), errorNumber == EAGAIN { return false }
        }
        return true
    }

    /// Holds back what is written to a socket, or sends it at once (TCP_CORK, tcp(7)).
    private static func hold(_ isHeld: Bool, _ socket: Int32) {
        var value: Int32 = isHeld ? 1 : 0
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Waits, and returns what the connection is ready for.
    private func wait(wakeUps: [Int32], timeoutMilliseconds: Int32, wokenUpBy: inout [Int32]) -> Int16 {
        pollSet.removeAll(keepingCapacity: true)
        let socket = mosquitto_socket(handle)
        if socket >= 0 {
            var interest = Int16(POLLIN)
            if case .connecting(_, isReached: false) = phase {
                interest |= Int16(POLLOUT)
            } else if mosquitto_want_write(handle) {
                interest |= Int16(POLLOUT)
            }
            pollSet.append(pollfd(fd: socket, events: interest, revents: 0))
        }
        for descriptor in wakeUps { pollSet.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)) }
        let count = poll(&pollSet, nfds_t(pollSet.count), timeout(within: timeoutMilliseconds))
        guard count > 0 else { return 0 }
        let first = socket >= 0 ? 1 : 0
        for entry in pollSet[first...] where entry.revents != 0 { wokenUpBy.append(entry.fd) }
        return socket >= 0 ? pollSet[0].revents : 0
    }

    /// The time to wait, shortened to what the connection itself has to do next.
    private func timeout(within milliseconds: Int32) -> Int32 {
        if hasMoreWaiting || !inbox.events.isEmpty { return 0 }
        let own: Int64
        switch phase {
        case .idle: own = Int64(Int32.max)
        case .pausing(let until): own = until - Self.now()
        case .connecting(let deadline, _), .leaving(let deadline): own = deadline - Self.now()
        case .connected: own = Int64(options.keepAliveSeconds) * 250
        }
        let wanted = milliseconds < 0 ? Int64(Int32.max) : Int64(milliseconds)
        return Int32(max(0, min(own, wanted)))
    }

    /// Reads while reading delivers, to the bounds of a turn.
    func readWhatCame() {
        let start = Self.now()
        hasMoreWaiting = false
        while true {
            let callCount = inbox.callCount
            errno = 0
            let status = mosquitto_loop_read(handle, 1)
            let errorNumber = errno
            if inbox.answer?.code == 0 { becomeConnected() }
            if status != 0 || mosquitto_socket(handle) < 0 { return connectionEnded(status, errorNumber) }
            // One call takes one packet, and with TLS the rest of a record is invisible to `poll`: only a call that
            // delivered nothing shows that nothing is left.
            guard inbox.callCount != callCount else { return }
            if inbox.messages.count >= Self.messageCountMax || Self.now() - start >= Self.readMillisecondsMax {
                hasMoreWaiting = true
                return
            }
        }
    }

    private func keepAlive() {
        switch phase {
        case .connected:
            let status = mosquitto_loop_misc(handle)
            if status != 0 { connectionEnded(status, 0) }
        case .leaving(let deadline):
            if Self.now() >= deadline {
                abandonConnection()
                connectionEnded(0, 0)
            }
        case .idle, .pausing, .connecting: break
        }
    }

    func nothingMoreWaits() { hasMoreWaiting = false }

    /// Monotonic time in milliseconds.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
