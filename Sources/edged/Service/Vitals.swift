// The signs of life of the three loops together, and the watchdog that two of them feed.

import EdgeAgent
import SystemdNotifier

/// The signs of life of all loops.
struct AllVitals: Sendable {
    let ledger: LoopVitals
    let front: LoopVitals
    let headquarters: LoopVitals

    /// The signs of loops that begin now. Ledger and front feed systemd's watchdog, when it watches.
    init(_ clock: KernelClock, _ notifier: SystemdNotifier) {
        ledger = LoopVitals(.ledger, clock: clock)
        front = LoopVitals(.front, clock: clock)
        headquarters = LoopVitals(.headquarters, clock: clock)
        guard let interval = notifier.watchdogIntervalMilliseconds else { return }
        let needed = [ledger, front]
        let watchdog = Watchdog(intervalMilliseconds: interval, loops: needed, clock: clock) {
            try? notifier.watchdog()
        }
        for vitals in needed { vitals.atEachTurn { watchdog.turned() } }
    }

    /// All of them, in the order of the picture (DESIGN §6).
    var all: [LoopVitals] { [ledger, front, headquarters] }
}
