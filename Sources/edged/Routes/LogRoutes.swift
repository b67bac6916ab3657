// `log.show` and `log.level`: how much is logged, and more of it for a while.

import Contract
import EdgeAgent
import Logging
import ShopModel

/// How much is logged.
enum LogRoutes {
    static let table: [String: ControlRoute] = [
        "log.show": .question { request, _, room throws(Refusal) in
            try request.fields.refuseUnknown()
            return .done(answer(room.log.volume))
        },
        "log.level": .change(journalling: .init(target: "level")) { request, _, room throws(Refusal) in
            var fields = request.fields
            let wanted = try fields.choice("level", as: Wanted.self)
            let seconds = try fields.optionalInteger("seconds", in: 1...secondsMax)
            try fields.refuseUnknown()
            if let level = wanted.level {
                room.log.volume.set(level, seconds: seconds ?? secondsDefault)
            } else {
                room.log.volume.reset()
            }
            return .done(answer(room.log.volume))
        },
    ]

    /// A quarter of an hour: what a technician looks at; then it ends by itself.
    private static let secondsDefault = 900
    /// A day. For longer there is the configuration.
    private static let secondsMax = 86_400

    /// A level, or back to the one that is configured.
    private enum Wanted: String, CaseIterable {
        case trace, debug, info, notice, warning, error, critical, configured

        var level: Logger.Level? { Logger.Level(rawValue: rawValue) }
    }

    private static func answer(_ volume: LogVolume) -> JSON {
        let now = volume.now
        return .present(
            ("level", .string(now.level.rawValue)), ("configured", .string(now.configured.rawValue)),
            ("seconds", now.seconds.map(JSON.count)))
    }
}
