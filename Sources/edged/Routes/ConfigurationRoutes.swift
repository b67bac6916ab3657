// `config.show` and `config.reload`: the configuration in force, and another taken in its place while somebody waits.

import Contract
import EdgeAgent
import Glibc
import ShopCore
import ShopModel

/// The configuration in force.
enum ConfigurationRoutes {
    static let table: [String: ControlRoute] = [
        "config.show": .question { request, _, room throws(Refusal) in
            try request.fields.refuseUnknown()
            let loaded = room.standing.loaded
            return .done(
                .present(
                    ("file", .string(room.standing.configurationFile)),
                    ("loadedAt", .string(loaded.at.description)),
                    ("now", .string(KernelClock().read().wall.description)),
                    ("pendingRestart", .array(loaded.pendingRestart.map(JSON.string))),
                    ("refused", loaded.refusal.map(JSON.string)), ("configuration", loaded.configuration.json)))
        },
        "config.reload": .change(journalling: .init(target: "file")) { request, _, room throws(Refusal) in
            try request.fields.refuseUnknown()
            return .done(try reload(room))
        },
    ]

    /// The reading itself waits 5 s for a ledger that is busy, and for the figures of a round before it.
    private static let reloadMillisecondsMax = 20_000
    private static let lookMilliseconds = 20

    /// Has the caretaker read the file, as SIGHUP does, and says what came of it.
    private static func reload(_ room: SharedRoom) throws(Refusal) -> JSON {
        // One that began before this question may have read the file as it was.
        let before = room.standing.reloads.begun
        StopSignal.askReload()
        var waited = 0
        while room.standing.reloads.done <= before {
            guard waited < reloadMillisecondsMax else {
                throw Refusal(.controlReloadLate, [.integer("seconds", reloadMillisecondsMax / 1_000)])
            }
            usleep(useconds_t(lookMilliseconds * 1_000))
            waited += lookMilliseconds
        }
        let loaded = room.standing.loaded
        if let refusal = loaded.refusal { throw Refusal(.controlReloadRefused, [.text("reason", refusal)]) }
        return .present(
            ("file", .string(room.standing.configurationFile)), ("loadedAt", .string(loaded.at.description)),
            ("now", .string(KernelClock().read().wall.description)),
            ("pendingRestart", .array(loaded.pendingRestart.map(JSON.string))))
    }
}
