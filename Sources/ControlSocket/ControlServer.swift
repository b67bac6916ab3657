// The server's side of the control socket: opens it, answers on a thread of its own, stops cleanly.

import Glibc
import Synchronization

/// Answers lines on a UNIX socket, from one thread of its own.
///
/// A request is one line (a JSON object, by the house's use) of at most 256 KiB; the answer is the handler's lines, then
/// an empty line. A connection may carry any number of requests, answered in order. Blank requests are passed over. A
/// client that closes its side after asking still gets its answers, so that `echo '{…}' | socat - UNIX:/path` works.
/// At most 16 clients are connected, each closed after 60 s of silence; one client too many, a longer line and an answer
/// past the limits of `ControlLimits` are answered with a problem.
///
/// ```swift
/// let server = try ControlServer(path: "/run/store-edge/control") { line, peer in answer(line, from: peer) }
/// defer { server.stop() }
/// ```
public final class ControlServer: Sendable {
    /// Answers a request: its line without the end, and who asked, to the lines of the answer. Called on the server's
    /// thread, one request at a time; while it works, the other clients wait. Whatever it waits for must be bounded.
    public typealias Handler = @Sendable (_ line: [UInt8], _ peer: Peer) -> [UInt8]

    private let stopSignal: StopSignal
    private let thread: Mutex<pthread_t?>

    /// Opens the socket with mode 0660 and starts to answer.
    ///
    /// - Parameters:
    ///   - path: 1 to 107 bytes. A socket file there that nobody listens to is replaced.
    ///   - idleMillisecondsMax: how long a connection may carry nothing.
    ///   - handler: answers each request.
    /// - Throws: `ControlServerError`, when another process answers there, something that is no socket lies there, or
    ///   the directory is missing or not ours.
    public init(
        path: String, idleMillisecondsMax: Int = ControlLimits.idleMillisecondsMax, handler: @escaping Handler
    ) throws(ControlServerError) {
        stopSignal = try StopSignal()
        let listener = try ListeningSocket(path)
        let loop = ControlLoop(
            listener: listener, stop: stopSignal, idleMillisecondsMax: idleMillisecondsMax, handler: handler)
        do {
            thread = Mutex(try Self.start(loop))
        } catch {
            listener.close()
            throw error
        }
    }

    deinit { stop() }

    /// Stops: the request at hand is answered, clients have up to a second to take their answers, all connections are
    /// closed and the socket's file is removed. Returns when that is done; at once when called by the handler itself.
    /// Stopping twice is harmless.
    public func stop() {
        stopSignal.request()
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

    private static func start(_ loop: ControlLoop) throws(ControlServerError) -> pthread_t {
        // Signals belong to the main thread; a new thread has the mask of the one that makes it.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(loop)
        let failure = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ControlLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard failure == 0 else {
            context.release()
            throw .system(operation: "pthread_create", errorNumber: failure)
        }
        return thread
    }
}
