// `edgectl log level`: shows how much is logged, or changes it for a while.

import ArgumentParser
import Contract
import ShopModel

struct LogLevel: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "level",
            abstract: Help.say(
                "Show the log's level, or change it for a while.",
                "Montrer le niveau du journal, ou le changer pendant un temps."),
            discussion: Help.say(
                """
                The change ends by itself, and at the latest when the agent stops. To log more
                for good, set log.level in the configuration, then: sudo systemctl reload
                edged

                Examples:
                  edgectl log level
                  edgectl log level debug
                  edgectl log level trace --for 5m
                  edgectl log level configured
                """,
                """
                Le changement prend fin de lui-même, au plus tard quand l'agent s'arrête.
                Pour journaliser durablement davantage, réglez log.level dans la
                configuration, puis : sudo systemctl reload edged

                Exemples :
                  edgectl log level
                  edgectl log level debug
                  edgectl log level trace --for 5m
                  edgectl log level configured
                """))
    }

    /// The levels by name, and the way back.
    enum Level: String, CaseIterable, ExpressibleByArgument {
        case trace, debug, info, notice, warning, error, critical, configured
    }

    @Argument(
        help: .say(
            "trace, debug, info, notice, warning, error or critical; 'configured' goes back.",
            "trace, debug, info, notice, warning, error ou critical ; « configured » revient au réglage.",
            value: "niveau"))
    var level: Level?
    @Option(
        name: .customLong("for"),
        help: .say(
            "For how long: 90s, 10m or 2h, at most 24h. (default: 15m)",
            "Pour combien de temps : 90s, 10m ou 2h, 24h au plus. (par défaut : 15m)", value: "durée"))
    var duration: ShortDuration?
    @OptionGroup var options: AgentOptions

    func validate() throws {
        if duration != nil, level == nil || level == .configured {
            throw ValidationError(
                Help.say(
                    "--for goes with a level: edgectl log level debug --for 10m",
                    "--for va avec un niveau : edgectl log level debug --for 10m"))
        }
    }

    var requests: [JSON] {
        guard let level else { return [.request("log.show")] }
        return [
            .request("log.level", ("level", .string(level.rawValue)), ("seconds", duration.map { .count($0.seconds) }))
        ]
    }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        // The level that is configured anyway ends with nothing.
        let isOther = result["level"] != result["configured"]
        let seconds = isOther ? result["seconds"]?.integer : nil
        let back = seconds.map { seconds in
            let minutes = (seconds + 59) / 60
            return words.say(
                ", for another \(minutes) min, then \(result.plain("configured")) again",
                ", encore \(minutes) min, puis de nouveau \(result.plain("configured"))")
        }
        page.facts([(words.say("Level", "Niveau"), result.plain("level") + (back ?? ""))])
        if seconds != nil {
            page.paragraph(words.say("To follow it: journalctl -fu edged", "Pour le suivre : journalctl -fu edged"))
        }
        return page
    }
}

/// A length of time as a person types it: `90s`, `10m`, `2h`.
struct ShortDuration: ExpressibleByArgument {
    let seconds: Int

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600]
        guard let unit = argument.last.flatMap({ units[$0] }), let number = Int(argument.dropLast()),
            (1...86_400 / unit).contains(number)
        else { return nil }
        seconds = number * unit
    }
}
