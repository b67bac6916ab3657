// The client's side of the control socket: one question, one answer, within a time.

import Glibc

/// Asks a control server.
public enum ControlClient {
    /// Sends one line and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - path: the socket's path.
    ///   - line: the request, one line of 1 byte to 256 KiB; an end of line may be left out.
    ///   - timeoutMilliseconds: for all of it: connecting, sending and receiving.
    /// - Returns: the lines of the answer, parted by `\n`, without one at the end. A refusal by the daemon or by its
    ///   socket is an answer, too.
    /// - Throws: `ControlError`, which tells apart no socket, nobody listening, no permission and no answer in time.
    public static func request(
        path: String, line: [UInt8], timeoutMilliseconds: Int
    ) throws(ControlError) -> [UInt8] {
        guard let address = UnixAddress(path) else { throw .pathTooLong(path: path, byteCount: path.utf8.count) }
        let request = line.last == Answer.lineEnd ? line : line + [Answer.lineEnd]
        guard (2...ControlLimits.lineByteCountMax + 1).contains(request.count),
            request.firstIndex(of: Answer.lineEnd) == request.count - 1
        else { throw .badRequest }
        let descriptor = makeStreamSocket()
        guard descriptor >= 0 else { throw .system(operation: "socket", errorNumber: errno) }
        defer { close(descriptor) }
        let exchange = Exchange(
            descriptor: descriptor, path: path, timeoutMilliseconds: timeoutMilliseconds,
            endMilliseconds: monotonicMilliseconds() + Int64(max(0, timeoutMilliseconds)))
        try exchange.connect(address)
        try exchange.send(request)
        return try exchange.receive()
    }
}

/// One question under way.
private struct Exchange {
    let descriptor: Int32
    let path: String
    let timeoutMilliseconds: Int
    let endMilliseconds: Int64

    func connect(_ address: UnixAddress) throws(ControlError) {
        while address.withPointer({ Glibc.connect(descriptor, $0, $1) }) != 0 {
            switch errno {
            case EINTR: continue
            case EISCONN: return
            case EAGAIN:
                // The server's queue is full; UNIX sockets have no way to wait for room in it.
                guard remainingMilliseconds > 0 else { throw timedOut }
                usleep(10_000)
            case ENOENT, ENOTDIR: throw .noSocket(path: path)
            case ECONNREFUSED:
                var facts = stat()
                let isSocket = stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFSOCK
                throw isSocket ? .notRunning(path: path) : .noSocket(path: path)
            case EACCES, EPERM: throw .permissionDenied(path: path, group: groupAllowed(path))
            default: throw .system(operation: "connect", errorNumber: errno)
            }
        }
    }

    func send(_ request: [UInt8]) throws(ControlError) {
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: try wait(for: POLLOUT)
            // A server that has enough of us may have said why before it hung up.
            case EPIPE, ECONNRESET: return
            default: throw .system(operation: "send", errorNumber: errno)
            }
        }
    }

    func receive() throws(ControlError) -> [UInt8] {
        var answer: [UInt8] = []
        var scratch = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(descriptor, &scratch, scratch.count, 0)
            if count == 0 { throw .closedEarly(path: path) }
            if count < 0 {
                switch errno {
                case EINTR: continue
                case EAGAIN: try wait(for: POLLIN)
                case ECONNRESET: throw .closedEarly(path: path)
                default: throw .system(operation: "recv", errorNumber: errno)
                }
                continue
            }
            answer += scratch[..<count]
            // One question was asked, so the empty line that ends its answer is the last thing to come.
            if answer == [Answer.lineEnd] { return [] }
            if answer.count >= 2, answer.suffix(2).allSatisfy({ $0 == Answer.lineEnd }) {
                return Array(answer.dropLast(2))
            }
            guard answer.count <= ControlLimits.answerByteCountMax + 2 else { throw .answerTooLong(path: path) }
        }
    }

    private var remainingMilliseconds: Int64 { endMilliseconds - monotonicMilliseconds() }
    private var timedOut: ControlError { .timedOut(path: path, timeoutMilliseconds: timeoutMilliseconds) }

    private func wait(for events: Int32) throws(ControlError) {
        while true {
            let left = remainingMilliseconds
            guard left > 0 else { throw timedOut }
            var awaited = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let ready = poll(&awaited, 1, Int32(clamping: left))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw .system(operation: "poll", errorNumber: errno) }
        }
    }
}

/// The name of the group that may use the socket: that of its file or, when even that is hidden from us, of the nearest
/// directory above that shows itself.
private func groupAllowed(_ path: String) -> String? {
    var place = path
    var facts = stat()
    while stat(place, &facts) != 0 {
        guard errno == EACCES, place != "/", place != "." else { return nil }
        place = parentDirectory(of: place)
    }
    var entry = group()
    var found: UnsafeMutablePointer<group>?
    var buffer = [CChar](repeating: 0, count: 65_536)
    return buffer.withUnsafeMutableBufferPointer { room -> String? in
        guard let start = room.baseAddress, getgrgid_r(facts.st_gid, &entry, start, room.count, &found) == 0,
            found != nil, let name = entry.gr_name
        else { return String(facts.st_gid) }
        return String(cString: name)
    }
}
