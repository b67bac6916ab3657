// The server's side of the control socket: opens it, answers, stops cleanly.

import Glibc
import Synchronization

/// Answers lines on a UNIX socket.
///
/// A request is one line (a JSON object, by the house's use) of at most 256 KiB; the answer is lines, then an empty one.
/// A connection may carry any number of requests, answered in order. Blank requests are passed over. A client that closes
/// its side after asking still gets its answers, so that `echo '{…}' | socat - UNIX:/path` works.
///
/// No client keeps another from its answer. At most 16 are connected: one more takes the place of the one that has kept
/// the server waiting longest, for a request or to take its answer, and is refused only when all 16 are being answered.
/// Whoever brings no whole request within 60 s, or does not take an answer within them, is hung up on. A longer line and
/// an answer past the limits of `ControlLimits` are answered with a problem.
///
/// ```swift
/// let server = try ControlServer(path: "/run/store-edge/control", reception: { line, peer in
///     .beside { answer(line, from: peer) }
/// })
/// defer { server.stop() }
/// ```
public final class ControlServer: Sendable {
    /// Decides what becomes of a request: its line without the end, and who asked. Called on the server's thread, one
    /// request at a time: it must not wait for anything.
    public typealias Receiver = @Sendable (_ line: [UInt8], _ peer: Peer) -> Reception
    /// Answers a request on the server's thread, one at a time; while it works, the other clients wait.
    public typealias Handler = @Sendable (_ line: [UInt8], _ peer: Peer) -> [UInt8]

    private let signal: ServerSignal
    private let thread: Mutex<pthread_t?>

    /// Opens the socket with mode 0660 and starts to answer.
    ///
    /// - Parameters:
    ///   - path: 1 to 107 bytes. A socket file there that nobody listens to is replaced.
    ///   - idleMillisecondsMax: how long a client may take to bring a request, and to take an answer.
    ///   - reception: decides what becomes of each request.
    /// - Throws: `ControlServerError`, when another process answers there, something that is no socket lies there, or
    ///   the directory is missing or not ours.
    public init(
        path: String, idleMillisecondsMax: Int = ControlLimits.idleMillisecondsMax, reception: @escaping Receiver
    ) throws(ControlServerError) {
        signal = try ServerSignal()
        let listener = try ListeningSocket(path)
        let loop = ControlLoop(
            listener: listener, signal: signal, idleMillisecondsMax: idleMillisecondsMax, receiver: reception)
        let started: pthread_t
        do throws(ControlServerError) {
            started = try startThread { loop.run() }
        } catch {
            listener.close()
            throw error
        }
        thread = Mutex(started)
    }

    /// The same, where every answer is given on the spot, one after the other: for a handler that waits for little.
    public convenience init(
        path: String, idleMillisecondsMax: Int = ControlLimits.idleMillisecondsMax, handler: @escaping Handler
    ) throws(ControlServerError) {
        try self.init(
            path: path, idleMillisecondsMax: idleMillisecondsMax,
            reception: { line, peer in .answered(handler(line, peer)) })
    }

    deinit { stop() }

    /// Stops: requests that are being answered have up to a second to be, and their clients to take the answers; what
    /// waited its turn is not begun; all connections are closed and the socket's file is removed. Returns when that is
    /// done; at once when called on the server's own thread. Stopping twice is harmless.
    public func stop() {
        signal.requestStop()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        guard let running else { return }
        if pthread_equal(running, pthread_self()) != 0 {
            pthread_detach(running)
        } else {
            pthread_join(running, nil)
        }
    }
}
