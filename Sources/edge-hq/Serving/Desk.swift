// Where the control socket's questions wait for headquarters' own thread.

import Glibc
import MQTT
import Synchronization

/// Questions of other commands, answered between two turns of the loop.
final class Desk: Sendable {
    /// How long an asker waits: a large load takes a while to reach the disk.
    static let waitMilliseconds: Int32 = 60_000

    let bell: WakeUp
    private let waiting = Mutex<[Question]>([])

    init() throws(MQTTError) { bell = try WakeUp() }

    /// Asks, from any thread, and waits for the answer.
    func ask(_ line: [UInt8]) -> [UInt8] {
        guard let question = Question(line) else { return Desk.problem("hq.busy", "no event descriptor is left") }
        waiting.withLock { $0.append(question) }
        bell.signal()
        return question.wait(milliseconds: Self.waitMilliseconds)
            ?? Desk.problem("hq.stuck", "headquarters did not answer within \(Self.waitMilliseconds / 1_000) s")
    }

    /// The questions that wait, taken away; by the loop's thread.
    func take() -> [Question] {
        bell.drain()
        return waiting.withLock { questions in
            defer { questions.removeAll() }
            return questions
        }
    }

    static func problem(_ code: String, _ detail: String) -> [UInt8] {
        Array(#"{"outcome":"refused","problem":{"code":"\#(code)","detail":"\#(detail)"}}"#.utf8)
    }

    /// A question, and where its answer is put.
    final class Question: Sendable {
        let line: [UInt8]
        private let content = Mutex<[UInt8]?>(nil)
        private let arrival: WakeUp

        init?(_ line: [UInt8]) {
            guard let arrival = try? WakeUp() else { return nil }
            self.line = line
            self.arrival = arrival
        }

        func answer(_ bytes: [UInt8]) {
            content.withLock { $0 = bytes }
            arrival.signal()
        }

        func wait(milliseconds: Int32) -> [UInt8]? {
            var descriptor = pollfd(fd: arrival.fileDescriptor, events: Int16(POLLIN), revents: 0)
            while poll(&descriptor, 1, milliseconds) < 0, errno == EINTR {}
            return content.withLock { $0 }
        }
    }
}
