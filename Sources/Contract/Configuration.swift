// The configuration of `edged`: read once at the start, strictly, every mistake with its place and its mend.

import ShopModel

/// What `edged` is told by its configuration file (DESIGN §13).
///
/// JSON with `//` comments and trailing commas. A key that is not known is an error: a misspelt key that is silently
/// ignored is found on the worst day.
public struct Configuration: Equatable, Sendable {
    /// The shop itself.
    public let shop: Shop
    /// Where the agent keeps its state; default `/var/lib/edged`.
    public let stateDirectory: String
    /// Where `edgectl` finds the agent; default `/run/edged/control.sock`. Up to 107 bytes, as Linux has it.
    public let controlSocket: String
    /// The shop's broker.
    public let devices: Broker
    /// Headquarters' broker.
    public let headquarters: Headquarters
    /// The file with the box's master key; `$CREDENTIALS_DIRECTORY/vault-key` when absent.
    public let vaultKeyFile: String?
    /// The devices of the shop, at most 1,000. One that is not listed may only scan and sees the public card.
    public let fleet: [Device]
    /// How much a device may ask.
    public let limits: Limits
    /// How much is logged; default `info`.
    public let logLevel: LogLevel
    /// The file that the agent writes its metrics into, for node_exporter's textfile collector; none when absent.
    public let metricsFile: String?

    /// The shop itself.
    public struct Shop: Equatable, Sendable {
        /// Headquarters' name for it.
        public let id: ShopID
        /// The zone of its opening hours, a name of the IANA time zone database; default `Europe/Paris`.
        public let timeZone: String
        /// The languages it speaks, the first is that of sentences to devices; default French, then English.
        public let languages: [Language]

        /// A shop.
        public init(id: ShopID, timeZone: String = "Europe/Paris", languages: [Language] = [.french, .english]) {
            self.id = id
            self.timeZone = timeZone
            self.languages = languages
        }

        /// The language of sentences to devices.
        public var firstLanguage: Language { languages.first ?? .french }
    }

    /// A broker, and who the agent is there.
    public struct Broker: Equatable, Sendable {
        /// Its name or address.
        public let host: String
        /// Its port; default 8883 with `ca`, 1883 without.
        public let port: Int
        /// The agent's user name.
        public let username: String?
        /// The file with the agent's password; the credential `devices-password` or `headquarters-password` of systemd
        /// when absent and there.
        public let passwordFile: String?
        /// The file with the authorities that may vouch for the broker; TLS is used when it is there.
        public let ca: String?
        /// The file with the agent's certificate.
        public let certificate: String?
        /// The file with the agent's private key; of headquarters' broker the credential `headquarters-key` of systemd
        /// when absent beside a certificate.
        public let key: String?

        /// A broker.
        public init(
            host: String, port: Int? = nil, username: String? = nil, passwordFile: String? = nil, ca: String? = nil,
            certificate: String? = nil, key: String? = nil
        ) {
            self.host = host
            self.port = port ?? (ca == nil ? 1_883 : 8_883)
            self.username = username
            self.passwordFile = passwordFile
            self.ca = ca
            self.certificate = certificate
            self.key = key
        }
    }

    /// Headquarters' broker, and the groups whose feeds the shop follows.
    public struct Headquarters: Equatable, Sendable {
        /// Where it is.
        public let broker: Broker
        /// The groups that the shop belongs to, at most 32; default none.
        public let groups: [GroupID]

        /// Headquarters.
        public init(_ broker: Broker, groups: [GroupID] = []) {
            self.broker = broker
            self.groups = groups
        }
    }

    /// How much is logged, by the names of swift-log.
    public enum LogLevel: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// How much a device may ask before it is told to slow down.
    public struct Limits: Equatable, Sendable {
        /// Commands a second of one device; default 50.
        public let commandsPerSecond: Int
        /// Questions a second of one device; default 200.
        public let questionsPerSecond: Int
        /// Reservations a minute of one device; default 120.
        public let reservationsPerMinute: Int

        /// Limits, each from 1 to 1,000,000.
        public init(
            commandsPerSecond: Int = 50, questionsPerSecond: Int = 200, reservationsPerMinute: Int = 120
        ) {
            self.commandsPerSecond = commandsPerSecond
            self.questionsPerSecond = questionsPerSecond
            self.reservationsPerMinute = reservationsPerMinute
        }
    }

    /// A configuration.
    public init(
        shop: Shop, stateDirectory: String = "/var/lib/edged", controlSocket: String = "/run/edged/control.sock",
        devices: Broker, headquarters: Headquarters, vaultKeyFile: String? = nil, fleet: [Device] = [],
        limits: Limits = Limits(), logLevel: LogLevel = .info, metricsFile: String? = nil
    ) {
        self.shop = shop
        self.stateDirectory = stateDirectory
        self.controlSocket = controlSocket
        self.devices = devices
        self.headquarters = headquarters
        self.vaultKeyFile = vaultKeyFile
        self.fleet = fleet
        self.limits = limits
        self.logLevel = logLevel
        self.metricsFile = metricsFile
    }

    /// The device of an id, when the fleet lists it.
    public func device(_ id: DeviceID) -> Device? { fleet.first { $0.id == id } }
}

// MARK: - Reading

extension Configuration {
    /// Reads a configuration file.
    ///
    /// - Parameter bytes: the file, at most 1 MiB.
    /// - Throws: one of `Refusal.Code.contractCodes`, with its place in `field`; `mend(for:)` says what to do.
    public init(_ bytes: [UInt8]) throws(Refusal) {
        var file = try ObjectReader(try JSONReader.read(bytes, limits: .configuration, dialect: .configuration))
        var shop = try file.object("shop")
        self.shop = try Shop(from: &shop)
        stateDirectory = try file.optionalPath("stateDirectory") ?? "/var/lib/edged"
        controlSocket = try file.optionalPath("controlSocket", max: 107) ?? "/run/edged/control.sock"
        var devices = try file.object("devices")
        self.devices = try Broker(from: &devices)
        try devices.refuseUnknown()
        var headquarters = try file.object("headquarters")
        self.headquarters = try Headquarters(from: &headquarters)
        if var vault = try file.optionalObject("vault") {
            vaultKeyFile = try vault.optionalPath("keyFile")
            try vault.refuseUnknown()
        } else {
            vaultKeyFile = nil
        }
        fleet = try Self.fleet(from: &file)
        if var limits = try file.optionalObject("limits") {
            self.limits = try Limits(from: &limits)
        } else {
            limits = Limits()
        }
        if var log = try file.optionalObject("log") {
            logLevel = try log.optionalChoice("level", as: LogLevel.self) ?? .info
            try log.refuseUnknown()
        } else {
            logLevel = .info
        }
        if var metrics = try file.optionalObject("metrics") {
            metricsFile = try metrics.optionalPath("file")
            try metrics.refuseUnknown()
        } else {
            metricsFile = nil
        }
        try file.refuseUnknown()
    }

    private static func fleet(from file: inout ObjectReader) throws(Refusal) -> [Device] {
        var fleet: [Device] = []
        var places: [ObjectReader] = []
        for var entry in try file.optionalObjects("fleet", max: 1_000) ?? [] {
            let device = try Device(from: &entry)
            guard !fleet.contains(where: { $0.id == device.id }) else {
                throw JSONField(.null, at: "id", in: entry.pointer).refusal(
                    .contractDuplicateDevice, [.text("device", device.id.value)])
            }
            fleet.append(device)
            places.append(entry)
        }
        for (device, place) in zip(fleet, places) {
            guard let screen = device.screen, !fleet.contains(where: { $0.id == screen }) else { continue }
            throw JSONField(.null, at: "screen", in: place.pointer).refusal(
                .contractUnknownScreen, [.text("device", screen.value)])
        }
        return fleet
    }
}

extension ObjectReader {
    /// A path of a file or directory that may be absent: absolute or relative, 1 to `max` bytes, no NUL.
    fileprivate mutating func optionalPath(_ name: String, max: Int = 4_095) throws(Refusal) -> String? {
        guard let field = optional(name) else { return nil }
        let path = try field.text(max: max)
        guard !path.utf8.contains(0) else {
            throw field.refusal(.contractBadIdentifier, [.text("kind", "path"), .text("seen", "NUL")])
        }
        return path
    }
}

extension Configuration.Shop {
    fileprivate init(from reader: inout ObjectReader) throws(Refusal) {
        id = try reader.identifier("id", as: ShopID.self)
        let zone = reader.optional("timeZone")
        timeZone = try zone?.text(max: 64) ?? "Europe/Paris"
        if let zone {
            let names = timeZone.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard names.allSatisfy({ !$0.isEmpty && $0.first != UInt8(ascii: ".") }) else {
                throw zone.refusal(
                    .contractBadIdentifier, [.text("kind", "IANA time zone"), .text("seen", timeZone)])
            }
        }
        var languages: [Language] = []
        for field in try reader.optionalArray("languages", max: 8, min: 1) ?? [] {
            languages.append(try field.choice(as: Language.self))
        }
        self.languages = languages.isEmpty ? [.french, .english] : languages
        try reader.refuseUnknown()
    }
}

extension Configuration.Broker {
    /// - Parameter keyMayBeCredential: whether a certificate may come without its key.
    fileprivate init(from reader: inout ObjectReader, keyMayBeCredential: Bool = false) throws(Refusal) {
        let host = try reader.text("host", max: 255)
        let port = try reader.optionalInteger("port", in: 1...65_535)
        let username = try reader.optionalText("username", max: 128, min: 1)
        let passwordFile = try reader.optionalPath("passwordFile")
        let ca = try reader.optionalPath("ca")
        let certificate = try reader.optionalPath("certificate")
        let key = try reader.optionalPath("key")
        let pairs = [
            ("certificate", keyMayBeCredential ? nil : certificate, "key", key),
            ("key", key, "certificate", certificate),
            ("certificate", certificate, "ca", ca), ("passwordFile", passwordFile, "username", username),
        ]
        for (name, value, needed, other) in pairs where value != nil && other == nil {
            throw JSONField(.null, at: name, in: reader.pointer).refusal(
                .contractPairIncomplete, [.text("needed", needed)])
        }
        self.init(
            host: host, port: port, username: username, passwordFile: passwordFile, ca: ca,
            certificate: certificate, key: key)
    }
}

extension Configuration.Headquarters {
    fileprivate init(from reader: inout ObjectReader) throws(Refusal) {
        broker = try Configuration.Broker(from: &reader, keyMayBeCredential: true)
        var groups: [GroupID] = []
        for field in try reader.optionalArray("groups", max: 32) ?? [] {
            groups.append(try field.identifier(as: GroupID.self))
        }
        self.groups = groups
        try reader.refuseUnknown()
    }
}

extension Configuration.Limits {
    fileprivate init(from reader: inout ObjectReader) throws(Refusal) {
        let range = 1...1_000_000
        let standard = Self()
        commandsPerSecond =
            try reader.optionalInteger("commandsPerSecond", in: range) ?? standard.commandsPerSecond
        questionsPerSecond =
            try reader.optionalInteger("questionsPerSecond", in: range) ?? standard.questionsPerSecond
        reservationsPerMinute =
            try reader.optionalInteger("reservationsPerMinute", in: range) ?? standard.reservationsPerMinute
        try reader.refuseUnknown()
    }
}
