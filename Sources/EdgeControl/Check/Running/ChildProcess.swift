// A child process with its three streams: started, fed, listened to, and ended when its time is over.

import CLinux
import Glibc

/// A child that runs, in a process group of its own.
final class ChildProcess {
    private let process: pid_t
    /// Its standard input, output and error, as this process has them; -1 once closed.
    private var streams: [Int32]
    private var run = ToolRun(ending: .timedOut)

    struct StartProblem: Error {
        let number: Int32
    }

    private init(process: pid_t, streams: [Int32]) {
        self.process = process
        self.streams = streams
        for stream in streams { _ = fcntl(stream, F_SETFL, fcntl(stream, F_GETFL) | O_NONBLOCK) }
    }

    deinit {
        for index in streams.indices { closeStream(index) }
    }

    /// Starts a program that is found by `PATH`, or by its path.
    static func start(_ words: [String], environment: [String]) -> Result<ChildProcess, StartProblem> {
        var pipes: [[Int32]] = []
        for _ in 0..<3 {
            var ends: [Int32] = [-1, -1]
            guard linux_pipe(&ends, O_CLOEXEC) == 0 else {
                let number = errno
                for end in pipes.joined() { close(end) }
                return .failure(StartProblem(number: number))
            }
            pipes.append(ends)
        }
        // The child reads from the first pipe and writes to the others.
        let theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        let ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
        var process: pid_t = 0
        let code = spawn(&process, words, environment, theirs)
        for end in theirs { close(end) }
        guard code == 0 else {
            for end in ours { close(end) }
            return .failure(StartProblem(number: code))
        }
        return .success(ChildProcess(process: process, streams: ours))
    }

    private static func spawn(
        _ process: inout pid_t, _ words: [String], _ environment: [String], _ streams: [Int32]
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This process ignores SIGPIPE and may block signals; a tool expects neither.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        var usual = sigset_t()
        sigemptyset(&usual)
        sigaddset(&usual, SIGPIPE)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer {
            for text in arguments + variables { free(text) }
        }
        return posix_spawnp(&process, words.first ?? "", &actions, &attributes, &arguments, &variables)
    }

    /// Gives the child what it is to read, takes what it says, and waits for its end.
    ///
    /// - Parameter end: monotonic milliseconds at which it is killed.
    func converse(giving bytes: [UInt8], bytesMax: Int, end: Int) -> ToolRun {
        var left = bytes[...]
        if left.isEmpty { closeStream(0) }
        while streams[1] >= 0 || streams[2] >= 0 {
            let now = monotonicMilliseconds()
            guard now < end else { return kill() }
            var waited = streams.enumerated().map { number, stream in
                pollfd(fd: stream, events: Int16(number == 0 ? POLLOUT : POLLIN), revents: 0)
            }
            guard poll(&waited, nfds_t(waited.count), Int32(clamping: end - now)) >= 0 || errno == EINTR else {
                return kill()
            }
            if waited[0].revents != 0 { give(&left) }
            if waited[1].revents != 0 { take(1, into: \.output, bytesMax) }
            if waited[2].revents != 0 { take(2, into: \.complaint, bytesMax) }
        }
        closeStream(0)
        while monotonicMilliseconds() < end {
            if let ending = ended() { return told(ending) }
            usleep(2_000)
        }
        return kill()
    }

    private func give(_ left: inout ArraySlice<UInt8>) {
        let count = left.withUnsafeBytes { write(streams[0], $0.baseAddress, $0.count) }
        if count > 0 { left = left.dropFirst(count) }
        if left.isEmpty || count < 0 && errno != EAGAIN && errno != EINTR { closeStream(0) }
    }

    private func take(_ number: Int, into place: WritableKeyPath<ToolRun, [UInt8]>, _ bytesMax: Int) {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        let count = read(streams[number], &chunk, chunk.count)
        if count > 0 {
            let room = max(0, bytesMax - run[keyPath: place].count)
            run[keyPath: place] += chunk[..<min(room, count)]
            if count > room { run.isCut = true }
        } else if count == 0 || errno != EAGAIN && errno != EINTR {
            closeStream(number)
        }
    }

    /// Kills the group, and gives the kernel a moment to bury it.
    private func kill() -> ToolRun {
        _ = Glibc.kill(-process, SIGKILL)
        for _ in 0..<100 {
            if ended() != nil { break }
            usleep(2_000)
        }
        return told(.timedOut)
    }

    /// How it ended; nil while it runs.
    private func ended() -> ToolRun.Ending? {
        var status: Int32 = 0
        let answer = waitpid(process, &status, WNOHANG)
        guard answer != 0 else { return nil }
        guard answer == process else { return errno == EINTR ? nil : .signalled(0) }
        // The macros of <sys/wait.h> are not for Swift: seven bits of signal, then eight of status.
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }

    private func told(_ ending: ToolRun.Ending) -> ToolRun {
        run.ending = ending
        return run
    }

    private func closeStream(_ number: Int) {
        if streams[number] >= 0 { close(streams[number]) }
        streams[number] = -1
    }
}
