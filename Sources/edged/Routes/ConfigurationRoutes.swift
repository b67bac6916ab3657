// `config.show`: the configuration that is in force, with what it does not say filled in.

import Contract
import EdgeAgent
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
        }
    ]
}
