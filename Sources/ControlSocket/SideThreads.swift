// Answers that are waited for are fetched on threads of their own, so that the server's thread waits for nobody.

import Glibc
import Synchronization

/// Answers that are being fetched.
///
/// A thread lives as long as its one request: at rest there are none. A connection has one request at a time, so that
/// there are no more threads than connections. Used by the server's thread alone.
final class SideThreads {
    /// An answer that was fetched.
    struct Fetched: Sendable {
        let connection: Int
        let answer: [UInt8]
        fileprivate let isInTurn: Bool
    }

    /// Where the threads lay down what they fetched.
    private final class Tray: Sendable {
        private let content = Mutex<[Fetched]>([])

        func put(_ fetched: Fetched) { content.withLock { $0.append(fetched) } }

        func takeAll() -> [Fetched] {
            content.withLock { content in
                defer { content = [] }
                return content
            }
        }
    }

    /// Room for a deep answer of a debug build; a page that is not touched costs nothing.
    private static let stackByteCount = 1_048_576

    private let tray = Tray()
    private let signal: ServerSignal
    private var fetching: Set<Int> = []
    private var waiting: [(connection: Int, fetch: Reception.Fetch)] = []
    private var isTurnTaken = false

    /// - Parameter signal: what wakes the server's thread when an answer is there.
    init(waking signal: ServerSignal) { self.signal = signal }

    /// Fetches an answer now, beside all others.
    func fetch(for connection: Int, _ fetch: @escaping Reception.Fetch) {
        start(connection, isInTurn: false, fetch)
    }

    /// Fetches an answer when those before it that also had to wait their turn are there.
    func fetchInTurn(for connection: Int, _ fetch: @escaping Reception.Fetch) {
        waiting.append((connection, fetch))
        beginTurn()
    }

    /// The answers that have come since the last time; the next turn begins.
    func takeFetched() -> [Fetched] {
        let all = tray.takeAll()
        for fetched in all {
            fetching.remove(fetched.connection)
            if fetched.isInTurn { isTurnTaken = false }
        }
        beginTurn()
        return all
    }

    /// Forgets what a connection still waits to begin.
    func forget(_ connection: Int) { waiting.removeAll { $0.connection == connection } }

    /// Forgets all that has not begun.
    func forgetWaiting() { waiting = [] }

    /// Whether a connection's answer is being fetched at this moment.
    func isFetching(for connection: Int) -> Bool { fetching.contains(connection) }

    private func beginTurn() {
        guard !isTurnTaken, !waiting.isEmpty else { return }
        let next = waiting.removeFirst()
        isTurnTaken = true
        start(next.connection, isInTurn: true, next.fetch)
    }

    private func start(_ connection: Int, isInTurn: Bool, _ fetch: @escaping Reception.Fetch) {
        fetching.insert(connection)
        let (tray, signal) = (tray, signal)
        let run: @Sendable () -> Void = {
            tray.put(Fetched(connection: connection, answer: fetch(), isInTurn: isInTurn))
            signal.wake()
        }
        do throws(ControlServerError) {
            let thread = try startThread(stackByteCount: Self.stackByteCount, run)
            pthread_detach(thread)
        } catch {
            // The machine has no thread to give: then the others wait, as they would for a busy machine.
            run()
        }
    }
}

/// Starts a thread that takes no signals: those belong to the main thread.
///
/// - Parameter stackByteCount: how far its stack may grow; `nil` for the system's word.
func startThread(
    stackByteCount: Int? = nil, _ run: @escaping () -> Void
) throws(ControlServerError) -> pthread_t {
    final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    if let stackByteCount { pthread_attr_setstacksize(&attributes, stackByteCount) }
    // A new thread has the signal mask of the one that makes it.
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Body(run))
    let failure = pthread_create(
        &thread, &attributes,
        { context in
            guard let context else { return nil }
            let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
            body.run()
            return nil
        }, context.toOpaque())
    guard failure == 0 else {
        context.release()
        throw .system(operation: "pthread_create", errorNumber: failure)
    }
    return thread
}
