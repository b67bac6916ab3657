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
        var sessionMarks: Sessions.Marks
        var figures: LedgerFigures?
        var reloads = Reloads()
        var echoAskedAt: Int64?
    }

    /// How often the configuration was read again.
    struct Reloads: Sendable {
        /// How many readings have begun.
        var begun = 0
        /// The number of the last that is done, well or badly.
        var done = 0
    }

    init(_ configuration: Configuration, file: String, sessions: Sessions, at now: Instant) {
        configurationFile = file
        state = Mutex(
            State(loaded: Loaded(configuration: configuration, at: now), sessionMarks: sessions.marks))
    }

    /// The configuration that is in force.
    var loaded: Loaded { state.withLock { $0.loaded } }

    func setLoaded(_ loaded: Loaded) { state.withLock { $0.loaded = loaded } }

    /// How often the configuration was read again.
    var reloads: Reloads { state.withLock { $0.reloads } }

    /// Notes that it is being read again, as the reading of this number.
    func beginReload() -> Int {
        state.withLock { state in
            state.reloads.begun += 1
            return state.reloads.begun
        }
    }

    func endReload(_ number: Int) { state.withLock { $0.reloads.done = number } }

    /// Whether headquarters is to be asked now what it thinks of this box, given that it is asked so seldom.
    ///
    /// - Parameter now: monotonic milliseconds.
    func isEchoDue(at now: Int64, everyMilliseconds: Int64) -> Bool {
        state.withLock { state in
            if let last = state.echoAskedAt, now - last < everyMilliseconds { return false }
            state.echoAskedAt = now
            return true
        }
    }

    /// The record of the runs, once the state is open.
    var run: RunRecord? { state.withLock { $0.run } }

    func setRun(_ run: RunRecord) { state.withLock { $0.run = run } }

    /// What the sessions in use were made with.
    var sessionMarks: Sessions.Marks { state.withLock { $0.sessionMarks } }

    func setSessionMarks(_ marks: Sessions.Marks) { state.withLock { $0.sessionMarks = marks } }

    /// What the ledger last said of itself.
    var figures: LedgerFigures? { state.withLock { $0.figures } }

    func setFigures(_ figures: LedgerFigures) { state.withLock { $0.figures = figures } }
}
