// What looks after the agent beside its loops: signals, the ledger's figures, the metrics file.

import Contract
import EdgeAgent
import Glibc
import Logging
import SystemdNotifier

/// A thread that waits: for a signal, for news, or for its next round. Nothing of the shop's work is done here.
struct Caretaker: Sendable {
    private let room: SharedRoom
    private let reload: Reload

    /// Between two rounds: figures are this fresh, and metrics are written this often.
    private static let roundSeconds = 15
    /// Between two files when there is news: a broker that comes and goes must not make a file of each.
    private static let newsSecondsMin = 1

    init(_ room: SharedRoom, _ notifier: SystemdNotifier) {
        self.room = room
        reload = Reload(room, notifier)
    }

    /// Runs until a signal asks for the end.
    func run() {
        var next = Self.seconds()
        var lastRound = 0
        var heard = HeardDevices(room)
        while true {
            switch room.stop.wait(seconds: max(0, next - Self.seconds())) {
            case .stop: return
            case .reload:
                reload.perform()
                next = Self.seconds()
            case .news: next = min(next, max(Self.seconds(), lastRound + Self.newsSecondsMin))
            case .nothing:
                lastRound = Self.seconds()
                next = lastRound + Self.roundSeconds
                round()
                heard.keep(room, seconds: lastRound)
            }
        }
    }

    private func round() {
        room.refreshFigures(waitMilliseconds: 2_000)
        MetricsFile.write(Metrics.text(room), room)
    }

    private static func seconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}

/// The file for node_exporter's textfile collector.
enum MetricsFile {
    /// Replaces the file, if one is configured. Anybody may read it: nothing in it is about a person.
    static func write(_ text: @autoclosure () -> String, _ room: SharedRoom) {
        guard let path = room.standing.loaded.configuration.metricsFile else { return }
        // A file that is behind is no reason to write what a disk may be too full for: the next round writes again.
        if let problem = SmallFile.replace(path, with: Array(text().utf8), mode: 0o644, isDurable: false) {
            room.log.log(.warning, "metrics.notWritten", [("file", path), ("cause", problem)])
        }
    }
}
