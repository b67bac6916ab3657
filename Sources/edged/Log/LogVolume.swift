// How much is logged: as configured, or for a while more, for a technician who looks for something.

import EdgeAgent
import Glibc
import Logging
import Synchronization

/// The level from which on things are logged. It may be changed while the agent runs; a change for a time ends by
/// itself, without anybody waking up for it.
final class LogVolume: Sendable {
    private let state: Mutex<State>

    private struct State {
        var configured: Logger.Level
        var passing: (level: Logger.Level, until: Int)?
    }

    init(_ configured: Logger.Level) { state = Mutex(State(configured: configured)) }

    /// The level now.
    var level: Logger.Level { now.level }

    /// The level now, the one that is configured, and for how many seconds more they differ.
    var now: (level: Logger.Level, configured: Logger.Level, seconds: Int?) {
        state.withLock { state in
            guard let passing = state.passing else { return (state.configured, state.configured, nil) }
            let left = passing.until - Self.seconds()
            guard left > 0 else {
                state.passing = nil
                return (state.configured, state.configured, nil)
            }
            return (passing.level, state.configured, left)
        }
    }

    /// Logs from that level on, for so many seconds.
    func set(_ level: Logger.Level, seconds: Int) {
        state.withLock { $0.passing = (level, Self.seconds() + seconds) }
    }

    /// Goes back to what is configured.
    func reset() { state.withLock { $0.passing = nil } }

    /// Takes what the configuration says.
    func configure(_ level: Logger.Level) { state.withLock { $0.configured = level } }

    /// Seconds that pass while the box sleeps, too, and that no wrong clock holds up.
    private static func seconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return time.tv_sec
    }
}
