// What any thread may know of this run at any time: configuration, the run before, the last figures of the ledger.

import Contract
import EdgeAgent
import ShopModel
import Synchronization

/// What is known of this run. Whoever asks gets an answer at once, also when a loop is stuck: nobody holds it longer than
/// it takes to copy.
final class Standing: Sendable {
    /// Where the configuration lies.
    let configurationFile: String
    private let state: Mutex<State>

    /// A configuration that is in force, and what of the file is not.
    struct Loaded: Sendable {
        var configuration: Configuration
        var at: Instant
        /// Keys that the file has other values of, which only a restart brings.
        var pendingRestart: [String] = []
        /// Why the file was refused when it was last read; `nil` when it was taken.
        var refusal: String?
    }

    private struct State {
        var loaded: Loaded
        var run: RunRecord?
        var figures: LedgerFigures?
        var feedTimes: [String: FeedTime] = [:]

        mutating func note(_ cursor: FeedCursor, at now: Instant) {
            let key = Standing.name(cursor)
            if let known = feedTimes[key], known.epoch == cursor.epoch, known.sequence == cursor.sequence { return }
            feedTimes[key] = FeedTime(epoch: cursor.epoch, sequence: cursor.sequence, takenAt: now)
        }
    }

    private static func name(_ cursor: FeedCursor) -> String { "\(cursor.scope) \(cursor.feed)" }

    /// When a feed was last seen to have moved.
    private struct FeedTime {
        let epoch: String
        let sequence: Int64
        var takenAt: Instant?
    }

    init(_ configuration: Configuration, file: String, at now: Instant) {
        configurationFile = file
        state = Mutex(State(loaded: Loaded(configuration: configuration, at: now)))
    }

    /// The configuration that is in force.
    var loaded: Loaded { state.withLock { $0.loaded } }

    func setLoaded(_ loaded: Loaded) { state.withLock { $0.loaded = loaded } }

    /// The record of the runs, once the state is open.
    var run: RunRecord? { state.withLock { $0.run } }

    func setRun(_ run: RunRecord) { state.withLock { $0.run = run } }

    /// What the ledger last said of itself.
    var figures: LedgerFigures? { state.withLock { $0.figures } }

    func setFigures(_ figures: LedgerFigures) {
        state.withLock { state in
            state.figures = figures
            for cursor in figures.cursors { state.note(cursor, at: figures.takenAt) }
        }
    }

    /// Notes where feeds stand at the start: since when is not known.
    func begin(with cursors: [FeedCursor]) {
        state.withLock { state in
            for cursor in cursors {
                state.feedTimes[Self.name(cursor)] = FeedTime(
                    epoch: cursor.epoch, sequence: cursor.sequence, takenAt: nil)
            }
        }
    }

    /// When something of a feed was last taken in, as far as this run saw it: whoever looks notes what has moved since
    /// the last look. `nil` when nothing came since the start.
    func takenAt(_ cursor: FeedCursor, now: Instant) -> Instant? {
        state.withLock { state in
            state.note(cursor, at: now)
            return state.feedTimes[Self.name(cursor)]?.takenAt
        }
    }
}
