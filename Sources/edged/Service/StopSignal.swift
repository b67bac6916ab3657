// What the process is told by signals: to stop, to read its configuration again, that there is news.

import Glibc
import Synchronization

/// The wish to stop, and the signals that tell of it: SIGTERM and SIGINT. They are waited for on a thread of its own, as is
/// SIGHUP, which asks to read the configuration again.
final class StopSignal: Sendable {
    private let requested = Atomic<Bool>(false)

    /// What a wait ended with.
    enum Event {
        case stop, reload, news, nothing
    }

    /// Whether the loops are to end.
    var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Wishes the end.
    func request() { requested.store(true, ordering: .releasing) }

    /// Keeps the signals from every thread started after this, so that `wait` gets them.
    static func block() {
        var signals = Self.signals
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Ends the wait, from any thread. A signal that waits already stands for both.
    static func tellNews() { kill(getpid(), SIGUSR1) }

    /// Asks to read the configuration again, as SIGHUP from outside does.
    static func askReload() { kill(getpid(), SIGHUP) }

    /// Waits for a signal, so many seconds at most.
    func wait(seconds: Int) -> Event {
        var signals = Self.signals
        var patience = timespec(tv_sec: seconds, tv_nsec: 0)
        switch sigtimedwait(&signals, nil, &patience) {
        case SIGTERM, SIGINT: return .stop
        case SIGHUP: return .reload
        case SIGUSR1: return .news
        default: return .nothing
        }
    }

    private static var signals: sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1] { sigaddset(&signals, signal) }
        return signals
    }
}
