// The log: one line a happening, on standard error or in the journal, no personal data, no endless repetition.

import Glibc
import Logging
import ShopModel
import Synchronization

/// swift-log's handler. Under journald a happening goes there with its facts as fields; elsewhere it is a line of
/// `time level event name=value …` on standard error.
struct LineHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    private let volume: LogVolume
    private let fixed: Logger.Level?

    /// - Parameter fixed: a level that no volume changes.
    init(_ volume: LogVolume, fixed: Logger.Level? = nil) {
        self.volume = volume
        self.fixed = fixed
    }

    /// As the volume has it: a level is set there, for all loggers at once.
    var logLevel: Logger.Level {
        get { fixed ?? volume.level }
        set { volume.configure(newValue) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let name = Self.clean("\(event.message)")
        let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, Self.clean("\($0.value)")) }
        let text = name + facts.map { " \($0.0)=\(Self.quoted($0.1))" }.joined()
        let priority = Self.priority(event.level)
        guard let journal = Self.journal else { return say("\(Self.time()) \(event.level): \(text)") }
        let fields: [(name: String, value: String)] =
            [
                ("MESSAGE", text), ("PRIORITY", "\(priority)"), ("SYSLOG_IDENTIFIER", "edged"),
                ("EDGED_EVENT", name),
            ] + facts.map { (Journal.field($0.0), $0.1) }
        // A journald that is just being started again reads the pipe later, and the priority off it.
        if !journal.send(fields) { say("<\(priority)>\(text)") }
    }

    private static let journal = Journal.ifConnected()

    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    private static func time() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000).description
    }

    /// One line without control characters, of at most a kilobyte: what comes from outside may be anything.
    static func clean(_ text: String) -> String {
        let isPlain = text.utf8.count <= 1_024 && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        guard !isPlain else { return text }
        let scalars = text.unicodeScalars.prefix(1_000).map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func quoted(_ text: String) -> String {
        text.utf8.contains { $0 == 0x20 || $0 == 0x22 }
            ? "\"\(text.split(separator: "\"").joined(separator: "'"))\"" : text
    }
}

/// Says each thing at most ten times a minute, and then how often it was left out: no loop fills a disk overnight. What
/// is logged for somebody who looks on, at `debug` and `trace`, comes up to 600 times a minute.
final class QuietLog: Sendable {
    private let logger: Logger
    private let always: Logger
    /// How much is logged.
    let volume: LogVolume
    private let said = Mutex<[String: (count: Int, since: Int)]>([:])
    private let suppressed = Atomic<Int>(0)

    init(_ volume: LogVolume) {
        self.volume = volume
        logger = Logger(label: "edged") { _ in LineHandler(volume) }
        always = Logger(label: "edged") { _ in LineHandler(volume, fixed: .trace) }
    }

    /// How many happenings were left out since the start.
    var suppressedCount: Int { suppressed.load(ordering: .relaxed) }

    /// Whether anything is logged at that level: asked before facts are put together for nothing.
    func says(_ level: Logger.Level) -> Bool { level >= volume.level }

    func log(_ level: Logger.Level, _ event: String, _ facts: [(name: String, value: String)] = []) {
        guard says(level) else { return }
        let most = level <= .debug ? 600 : 10
        var clock = timespec()
        clock_gettime(CLOCK_MONOTONIC, &clock)
        let now = clock.tv_sec
        let left: Int? = said.withLock { said in
            var entry = said[event] ?? (0, now)
            defer { said[event] = entry }
            if now - entry.since >= 60 {
                let left = max(0, entry.count - most)
                entry = (1, now)
                return left
            }
            entry.count += 1
            return entry.count <= most ? 0 : nil
        }
        guard let left else {
            suppressed.add(1, ordering: .relaxed)
            return
        }
        let all = facts + (left > 0 ? [("leftOut", "\(left)")] : [])
        logger.log(level: level, "\(event)", metadata: Self.metadata(all))
    }

    /// Says a thing however often it was said, and at every level that was set: for what people do, who are never as
    /// fast as a loop. Who makes the log quiet hides nothing of what they do then.
    func logAlways(_ level: Logger.Level, _ event: String, _ facts: [(name: String, value: String)] = []) {
        always.log(level: level, "\(event)", metadata: Self.metadata(facts))
    }

    private static func metadata(_ facts: [(name: String, value: String)]) -> Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        for fact in facts { metadata[fact.name] = "\(fact.value)" }
        return metadata
    }
}
