// A process that a test starts and surely ends.

import Glibc
import Testing

/// A started program. Foundation's `Process` hands its own blocked signals on, so that a broker never hears that it
/// shall stop; this one starts with none blocked and no descriptors but the three.
final class ChildProcess {
    struct NotStarted: Error { let program: String, reason: String }

    let pid: pid_t
    private(set) var status: Int32?

    init(_ program: String, _ arguments: [String], input: String? = nil, output: String? = nil) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for descriptor in Int32(3)..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var usual = sigset_t()
        sigemptyset(&usual)
        for signal in [SIGTERM, SIGINT, SIGPIPE, SIGHUP] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var words = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program, &actions, &attributes, words, environ)
        guard result == 0 else { throw NotStarted(program: program, reason: String(cString: strerror(result))) }
        self.pid = pid
    }

    deinit { stop(patienceSeconds: 2) }

    func signal(_ number: Int32) {
        if status == nil { kill(pid, number) }
    }

    /// Waits for its end and returns its exit status, or `nil` when it goes on.
    @discardableResult
    func waitForExit(seconds: Double) -> Int32? {
        for _ in 0..<max(1, Int(seconds * 200)) {
            if let status { return status }
            var word: Int32 = 0
            if waitpid(pid, &word, WNOHANG) == pid {
                status = word & 0x7f == 0 ? (word >> 8) & 0xff : 128 + (word & 0x7f)
            } else {
                usleep(5_000)
            }
        }
        return status
    }

    /// Ends it: asked first, forced after.
    func stop(patienceSeconds: Double = 5) {
        signal(SIGCONT)
        signal(SIGTERM)
        if waitForExit(seconds: patienceSeconds) == nil {
            signal(SIGKILL)
            waitForExit(seconds: 2)
        }
    }
}
