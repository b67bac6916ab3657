// One client of the control server: bytes in, lines to the handler, answers out, never blocking.

import Glibc

/// A connected client. Requests are answered one after the other, in order; while an answer waits for the client to read
/// it, nothing more is read from the client, so that no client can make the server hoard.
final class Connection {
    let descriptor: Int32
    private let peer: Peer
    private var phase = Phase.serving
    private var input: [UInt8] = []
    /// Where in `input` the search for a line's end goes on.
    private var searched = 0
    private var output: [UInt8] = []
    /// How many bytes of `output` have left.
    private var sent = 0
    private(set) var lastActivityMilliseconds: Int64

    private enum Phase {
        case serving
        /// Nothing more is read; what is in `input` is still answered.
        case inputEnded
        /// Nothing more is answered; closed when what is in `output` has left.
        case leaving
        case closed
    }

    init(_ descriptor: Int32, _ peer: Peer) {
        self.descriptor = descriptor
        self.peer = peer
        lastActivityMilliseconds = monotonicMilliseconds()
    }

    var isClosed: Bool { phase == .closed }
    var hasOutput: Bool { sent < output.count }
    /// What to wait for: room to write while an answer waits, else something to read.
    var awaitedEvents: Int16 { Int16(hasOutput ? POLLOUT : POLLIN) }

    /// Does what can be done without waiting.
    ///
    /// - Parameters:
    ///   - scratch: room to read into, shared by all connections.
    ///   - mayAnswer: asked before each request; `false` once the server is stopping.
    func advance(scratch: inout [UInt8], mayAnswer: () -> Bool, handler: ControlServer.Handler) {
        guard flush() else { return }
        guard answerLines(mayAnswer, handler) else { return }
        if phase == .serving {
            read(into: &scratch)
            guard answerLines(mayAnswer, handler) else { return }
        }
        if phase == .inputEnded || phase == .leaving { close() }
    }

    /// Writes what the peer will take. `true` when nothing is left to write.
    @discardableResult
    func flush() -> Bool {
        while hasOutput, phase != .closed {
            let count = output.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno != EAGAIN { close() }
                return false
            }
            sent += count
            lastActivityMilliseconds = monotonicMilliseconds()
        }
        output = []
        sent = 0
        return phase != .closed
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        output = []
        input = []
        Glibc.close(descriptor)
    }

    /// Answers the whole lines that are there. `false` when an answer waits to be written, or the connection is over.
    private func answerLines(_ mayAnswer: () -> Bool, _ handler: ControlServer.Handler) -> Bool {
        while phase == .serving || phase == .inputEnded {
            guard mayAnswer() else { return false }
            switch takeLine() {
            case .none: return true
            case .line(let line):
                output = Answer.framed(handler(line, peer))
                lastActivityMilliseconds = monotonicMilliseconds()
            case .tooLong:
                output = Answer.requestTooLong
                phase = .leaving
            }
            guard flush() else { return false }
        }
        return phase != .closed
    }

    private enum Taken {
        case none
        case line([UInt8])
        case tooLong
    }

    /// Takes the next line that is not empty. The last one needs no end when the client has closed its side.
    private func takeLine() -> Taken {
        while true {
            let end = input[searched...].firstIndex(of: Answer.lineEnd)
            searched = end ?? input.count
            guard searched <= ControlLimits.lineByteCountMax else { return .tooLong }
            guard end != nil || phase == .inputEnded && !input.isEmpty else { return .none }
            let line = Array(input[..<searched])
            input.removeSubrange(..<min(searched + 1, input.count))
            searched = 0
            if !line.isEmpty { return .line(line) }
        }
    }

    private func read(into scratch: inout [UInt8]) {
        let count = recv(descriptor, &scratch, scratch.count, 0)
        if count > 0 {
            input += scratch[..<count]
            lastActivityMilliseconds = monotonicMilliseconds()
        } else if count == 0 {
            phase = .inputEnded
        } else if errno != EAGAIN, errno != EINTR {
            close()
        }
    }
}
