// How many messages of devices were answered, and how; counted from heads, never from what they say.

import Contract
import EdgeAgent
import Synchronization

/// Counts messages that were answered.
final class MessageMeter: Sendable {
    private let state = Mutex(State())

    private struct State {
        /// By kind, then by the outcome's place in `Reply.Outcome.allCases`.
        var questions = [Int](repeating: 0, count: Reply.Outcome.allCases.count)
        var commands = [Int](repeating: 0, count: Reply.Outcome.allCases.count)
        var replays = 0
        var codes: [String: Int] = [:]
        var scans = Histogram(upTo: Histogram.memorySeconds)
    }

    /// Notes an answer that left so many microseconds after its message had come.
    func note(_ verb: Verb?, _ outcome: Reply.Outcome, code: String?, isReplayed: Bool, microseconds: Int) {
        let place = Reply.Outcome.allCases.firstIndex(of: outcome) ?? 0
        state.withLock { state in
            if verb?.isQuestion == true { state.questions[place] += 1 } else { state.commands[place] += 1 }
            if isReplayed { state.replays += 1 }
            if let code { state.codes[code, default: 0] += 1 }
            if verb == .scan { state.scans.note(seconds: Double(microseconds) / 1e6) }
        }
    }

    /// What was counted; codes by name.
    var reading:
        (
            outcomes: [(kind: String, counts: [(outcome: String, count: Int)])], replays: Int,
            codes: [(code: String, count: Int)], scans: Histogram
        )
    {
        let state = state.withLock { $0 }
        func named(_ counts: [Int]) -> [(outcome: String, count: Int)] {
            zip(Reply.Outcome.allCases, counts).map { ($0.rawValue, $1) }
        }
        return (
            [("question", named(state.questions)), ("command", named(state.commands))], state.replays,
            state.codes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, state.scans
        )
    }
}
