// The configuration as it is in force: every key with its value, those that the file leaves out as well.

import ShopModel

extension Configuration {
    /// The configuration, as a file that says everything would have it. No secret is in it: secrets are named by the
    /// files that hold them.
    public var json: JSON {
        .fields(
            (
                "shop",
                [
                    "id": .string(shop.id.value), "timeZone": .string(shop.timeZone),
                    "languages": .array(shop.languages.map { .string($0.rawValue) }),
                ]
            ), ("stateDirectory", .string(stateDirectory)), ("controlSocket", .string(controlSocket)),
            ("devices", devices.json),
            (
                "headquarters",
                headquarters.broker.json.appending([
                    "groups": .array(headquarters.groups.map { .string($0.value) })
                ])
            ), ("vault", vaultKeyFile.map { ["keyFile": .string($0)] }), ("fleet", .array(fleet.map(\.json))),
            (
                "limits",
                [
                    "commandsPerSecond": .count(limits.commandsPerSecond),
                    "questionsPerSecond": .count(limits.questionsPerSecond),
                    "reservationsPerMinute": .count(limits.reservationsPerMinute),
                ]
            ), ("log", ["level": .string(logLevel.rawValue)]),
            ("metrics", metricsFile.map { ["file": .string($0)] }))
    }
}

extension Configuration.Broker {
    fileprivate var json: JSON {
        .fields(
            ("host", .string(host)), ("port", .count(port)), ("username", username.map(JSON.string)),
            ("passwordFile", passwordFile.map(JSON.string)), ("ca", ca.map(JSON.string)),
            ("certificate", certificate.map(JSON.string)), ("key", key.map(JSON.string)))
    }
}

extension Device {
    /// The device, as the fleet of a configuration lists it.
    fileprivate var json: JSON {
        .fields(
            ("id", .string(id.value)), ("family", .string(family.rawValue)), ("role", .string(role.rawValue)),
            ("screen", screen.map { .string($0.value) }), ("profile", profile?.json))
    }
}
