// The configuration of `edge-hq serve`: read once, strictly, every mistake with its place.

import Contract
import Headquarters
import ShopModel

/// What `edge-hq serve` is told by its file. JSON with `//` comments and trailing commas; an unknown key is an error.
struct ServeConfiguration {
    /// Where `headquarters.db` lies.
    let stateDirectory: String
    /// Where the other commands find the serving one.
    let controlSocket: String
    /// Headquarters' broker.
    let broker: Configuration.Broker
    /// Shops, groups and what headquarters decides by itself.
    let policy: HeadquartersPolicy

    init(_ bytes: [UInt8]) throws(Refusal) {
        var reader = try ObjectReader(try JSONReader.read(bytes, limits: .configuration, dialect: .configuration))
        // A misspelt key is told as such, before the key that it should have been is missed.
        for name in ["stateDirectory", "controlSocket", "broker", "shops", "grantShare"] { _ = reader.has(name) }
        try reader.refuseUnknown()
        stateDirectory = try reader.text("stateDirectory", max: 4_096)
        controlSocket = try reader.optionalText("controlSocket", max: 107, min: 1) ?? Socket.standardPath
        var broker = try reader.object("broker")
        let host = try broker.text("host", max: 255)
        let port = try broker.optionalInteger("port", in: 1...65_535)
        let username = try broker.optionalText("username", max: 128, min: 1)
        func path(_ name: String) throws(Refusal) -> String? { try broker.optionalText(name, max: 4_096, min: 1) }
        self.broker = Configuration.Broker(
            host: host, port: port, username: username, passwordFile: try path("passwordFile"), ca: try path("ca"),
            certificate: try path("certificate"), key: try path("key"))
        try broker.refuseUnknown()
        var shops: [HeadquartersPolicy.Shop] = []
        for var shop in try reader.objects("shops", max: 10_000, min: 1) {
            let field = try shop.required("id")
            let id = try field.identifier(as: ShopID.self)
            guard id.value != "group", !shops.contains(where: { $0.id == id }) else {
                throw field.refusal(
                    .contractBadIdentifier,
                    [.text("kind", "shop of its own (and not `group`, a level of topics)"), .text("seen", id.value)])
            }
            var groups: [GroupID] = []
            for group in try shop.optionalArray("groups", max: 32) ?? [] {
                groups.append(try group.identifier(as: GroupID.self))
            }
            try shop.refuseUnknown()
            shops.append(HeadquartersPolicy.Shop(id: id, groups: groups))
        }
        let share = try reader.optionalInteger("grantShare", in: 0...100) ?? 100
        policy = HeadquartersPolicy(shops: shops, grantShare: share)
    }

    /// An example that says what each key is for.
    static let example = """
        {
          "stateDirectory": "/var/lib/edge-hq",             // headquarters.db lies here
          "controlSocket": "/run/edge-hq/control.sock",     // how the other commands reach this one
          "broker": {"host": "127.0.0.1", "port": 1883},    // username, passwordFile, ca, certificate, key
          "shops": [{"id": "paris-1", "groups": ["france"]}],
          "grantShare": 60,                                 // percent of free rights given to a shop that asks
        }
        """
}
