// The log: one line a happening on standard error, where journald takes it, no personal data, no endless repetition.

import Glibc
import Logging
import Synchronization

/// swift-log's handler for standard error: `level event name=value …`, with the priority that journald reads.
struct LineHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\(quoted("\($0.value)"))" }
        let priority =
            switch event.level {
            case .trace, .debug: 7
            case .info: 6
            case .notice: 5
            case .warning: 4
            case .error: 3
            case .critical: 2
            }
        let prefix = LineHandler.isUnderJournal ? "<\(priority)>" : "\(event.level): "
        say(prefix + "\(event.message)" + facts.joined())
    }

    private static let isUnderJournal = getenv("JOURNAL_STREAM") != nil

    private func quoted(_ text: String) -> String {
        let clean = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
        return clean.contains(" ") || clean.contains("\"")
            ? "\"\(clean.split(separator: "\"").joined(separator: "'"))\"" : clean
    }
}

/// Says each thing at most ten times a minute, and then how often it was left out: no loop fills a disk overnight.
final class QuietLog: Sendable {
    private let logger: Logger
    private let said = Mutex<[String: (count: Int, since: Int)]>([:])

    init(_ logger: Logger) { self.logger = logger }

    func log(_ level: Logger.Level, _ event: String, _ facts: [(name: String, value: String)] = []) {
        let now = time(nil)
        let left: Int? = said.withLock { said in
            var entry = said[event] ?? (0, now)
            defer { said[event] = entry }
            if now - entry.since >= 60 {
                let left = max(0, entry.count - 10)
                entry = (1, now)
                return left
            }
            entry.count += 1
            return entry.count <= 10 ? 0 : nil
        }
        guard let left else { return }
        logAlways(level, event, facts + (left > 0 ? [("leftOut", "\(left)")] : []))
    }

    /// Says a thing however often it was said: for what people do, who are never as fast as a loop.
    func logAlways(_ level: Logger.Level, _ event: String, _ facts: [(name: String, value: String)] = []) {
        var metadata: Logger.Metadata = [:]
        for fact in facts { metadata[fact.name] = "\(fact.value)" }
        logger.log(level: level, "\(event)", metadata: metadata)
    }
}
