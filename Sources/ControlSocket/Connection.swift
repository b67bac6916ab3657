// One client of the control server: bytes in, lines to the receiver, answers out, never blocking.

import Glibc

/// A connected client. Requests are answered one after the other, in order; while an answer waits for the client to read
/// it, nothing more is read from the client, so that no client can make the server hoard.
final class Connection {
    let descriptor: Int32
    let peer: Peer
    /// Names it among all that the server ever had: a descriptor is soon another's.
    let number: Int
    private var phase = Phase.serving
    private var input: [UInt8] = []
    /// Where in `input` the search for a line's end goes on.
    private var searched = 0
    private var output: [UInt8] = []
    /// How many bytes of `output` have left.
    private var sent = 0
    /// Whether the answer to its last request is still to come.
    private(set) var isBeingAnswered = false
    /// Whether it hung up while it was being answered.
    private(set) var isGone = false
    /// Since when the server waits for this client: to bring a whole request, or to take a whole answer. Bytes that
    /// trickle do not change it.
    private(set) var waitingSinceMilliseconds: Int64

    private enum Phase {
        case serving
        /// Nothing more is read; what is in `input` is still answered.
        case inputEnded
        /// Nothing more is answered; closed when what is in `output` has left.
        case leaving
        case closed
    }

    init(_ descriptor: Int32, _ peer: Peer, number: Int) {
        self.descriptor = descriptor
        self.peer = peer
        self.number = number
        waitingSinceMilliseconds = monotonicMilliseconds()
    }

    var isClosed: Bool { phase == .closed }
    var hasOutput: Bool { sent < output.count }
    /// What to wait for: nothing but its end while it is being answered, room to write while an answer waits, else
    /// something to read.
    var awaitedEvents: Int16 { isBeingAnswered ? 0 : Int16(hasOutput ? POLLOUT : POLLIN) }

    /// Whether the server has waited for this client so long.
    func hasKeptWaiting(_ milliseconds: Int64, at now: Int64) -> Bool {
        !isClosed && !isBeingAnswered && now - waitingSinceMilliseconds >= milliseconds
    }

    /// Does what can be done without waiting.
    ///
    /// - Parameters:
    ///   - scratch: room to read into, shared by all connections.
    ///   - mayAnswer: asked before each request; `false` once the server is stopping.
    ///   - receive: takes a request and gives its answer, or `nil` when that comes later, by `take`.
    func advance(scratch: inout [UInt8], mayAnswer: () -> Bool, receive: (_ line: [UInt8]) -> [UInt8]?) {
        guard flush() else { return }
        guard answerLines(mayAnswer, receive) else { return }
        if phase == .serving {
            read(into: &scratch)
            guard answerLines(mayAnswer, receive) else { return }
        }
        if phase == .inputEnded || phase == .leaving { close() }
    }

    /// Notes that the client hung up; the connection ends when its answer has come.
    func noteGone() { isGone = true }

    /// Takes the answer that was still to come.
    func take(_ answer: [UInt8]) {
        isBeingAnswered = false
        output = Answer.framed(answer)
        waitingSinceMilliseconds = monotonicMilliseconds()
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
            if !hasOutput { waitingSinceMilliseconds = monotonicMilliseconds() }
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

    /// Answers the whole lines that are there. `false` when an answer is still to come or to be written, or the
    /// connection is over.
    private func answerLines(_ mayAnswer: () -> Bool, _ receive: (_ line: [UInt8]) -> [UInt8]?) -> Bool {
        while phase == .serving || phase == .inputEnded {
            guard mayAnswer() else { return false }
            switch takeLine() {
            case .none: return true
            case .line(let line):
                guard let answer = receive(line) else {
                    isBeingAnswered = true
                    return false
                }
                take(answer)
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
        } else if count == 0 {
            phase = .inputEnded
        } else if errno != EAGAIN, errno != EINTR {
            close()
        }
    }
}
