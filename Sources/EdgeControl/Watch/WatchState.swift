// What `edgectl watch` has learned so far: the latest answers, and the messages of the last minute.

import Contract
import ShopModel

/// The latest that the agent told, kept across the ticks of the screen.
struct WatchState {
    /// A message that the agent answered, without what was in it.
    struct Message {
        let row: Int
        let at: Instant
        let device: String
        let verb: String
        let outcome: String
        let code: String?
        let microseconds: Int
    }

    /// How many messages are kept: a screen of them, and more than a minute's latencies of a busy shop.
    static let messagesMax = 2_048
    /// Columns of the latency row, a second each.
    static let secondsMax = 120

    /// `status`, once it was answered.
    private(set) var status: JSON?
    /// `device.list`'s devices; none while the agent does not know the question.
    private(set) var devices: [JSON] = []
    /// The messages seen, oldest first.
    private(set) var messages: [Message] = []
    /// Why there was no answer at the last tick.
    private(set) var failure: Failure?
    /// When the last answer came, by the agent's clock.
    private(set) var now: Instant?

    /// The row behind which the next messages are asked for; `nil` before the first answer.
    var lastRow: Int? { messages.last?.row }

    /// An answer to `status`. An agent that was started since the last one counts its rows anew, and may have counted
    /// beyond those that are known.
    mutating func take(status answer: JSON) {
        if let before = status?["since"]?.text, answer["since"]?.text != before { messages.removeAll() }
        status = answer
        failure = nil
        now = answer["now"]?.text.flatMap(Instant.init(rfc3339:)) ?? now
    }

    /// An answer to `device.list`.
    mutating func take(devices answer: JSON) { devices = answer["devices"]?.list ?? [] }

    /// An answer to `trace.read`.
    ///
    /// - Returns: whether it is to be asked again: the agent was started anew, has fewer rows than are known, and none of
    ///   them is behind those.
    mutating func take(trace answer: JSON) -> Bool {
        if let lastRow, let latest = answer["latest"]?.integer, latest < lastRow {
            messages.removeAll()
            return true
        }
        for entry in answer["rows"]?.list ?? [] {
            guard let row = entry["row"]?.integer, row > (lastRow ?? -1),
                let at = entry["at"]?.text.flatMap(Instant.init(rfc3339:))
            else { continue }
            messages.append(
                Message(
                    row: row, at: at, device: entry.plain("device"), verb: entry.plain("verb"),
                    outcome: entry.plain("outcome"), code: entry["code"]?.text,
                    microseconds: entry.number("microseconds")))
        }
        if messages.count > Self.messagesMax { messages.removeFirst(messages.count - Self.messagesMax) }
        return false
    }

    /// No answer came; what was known stays on the screen, with this above it. A new agent counts its rows anew.
    mutating func take(failure: Failure) {
        self.failure = failure
        messages.removeAll()
    }

    /// The slowest answer of each second in microseconds, oldest first, `nil` where nothing was answered.
    func slowest(seconds: Int) -> [Int?] {
        guard let now else { return [] }
        var row = [Int?](repeating: nil, count: seconds)
        for message in messages {
            let age = Int((now - message.at) / 1_000)
            guard (0..<seconds).contains(age) else { continue }
            let column = seconds - 1 - age
            row[column] = max(row[column] ?? 0, message.microseconds)
        }
        return row
    }

    /// The latency in microseconds below which that share of the last minute's answers came, in percent.
    func percentile(_ percent: Int) -> Int? {
        guard let now else { return nil }
        let times = messages.filter { now - $0.at < 60_000 }.map(\.microseconds).sorted()
        guard !times.isEmpty else { return nil }
        return times[min(times.count - 1, times.count * percent / 100)]
    }
}
