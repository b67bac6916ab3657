// The sessions of the configuration as libmosquitto's options, secrets taken from where they are kept.

import Contract
import MQTT
import ShopModel

/// The three sessions of the agent. They are put together before anything is opened: a secret that others may read keeps
/// the agent from starting. A password or certificate that is missing or cannot be used does not: the session's attempts
/// fail until it is mended, and the shop goes on with the others.
struct Sessions: Sendable {
    let ledger: MQTTOptions
    let front: MQTTOptions
    let headquarters: MQTTOptions

    /// - Throws: `StartProblem` for a secret that is not well kept.
    init(_ configuration: Configuration, will: MQTTOptions.Will?) throws {
        ledger = try configuration.ledgerSession(will: will)
        front = try configuration.frontSession()
        headquarters = try configuration.headquartersSession()
    }

    /// Looks whether each could connect, as far as that can be seen from here.
    ///
    /// - Throws: `MQTTError` that names the file or option.
    func check() throws(MQTTError) {
        for options in [ledger, front, headquarters] { try options.check() }
    }

    /// Looks whether those could connect that are others than before. What was wrong already is no reason to refuse
    /// the rest of a configuration.
    ///
    /// - Throws: `MQTTError` that names the file or option.
    func checkChanges(since former: Marks) throws(MQTTError) {
        let marks = marks
        if marks.devices != former.devices {
            try ledger.check()
            try front.check()
        }
        if marks.headquarters != former.headquarters { try headquarters.check() }
    }

    /// Marks that differ when a session has to be made anew: of addresses, names, and what the files hold.
    var marks: Marks { Marks(devices: ledger.mark, headquarters: headquarters.mark) }

    /// Digests, which tell nothing of the secrets in them.
    struct Marks: Equatable, Sendable {
        let devices: [UInt8]
        let headquarters: [UInt8]
    }
}

extension MQTTOptions {
    fileprivate var mark: [UInt8] {
        let files = [tls?.authorityFile, tls?.certificateFile, tls?.keyFile, passwordFile].map { path -> [UInt8] in
            path.flatMap { try? ConfigurationFile.bytes(of: $0, limit: 1 << 20).get() } ?? []
        }
        let paths = [tls?.authorityFile, tls?.certificateFile, tls?.keyFile, passwordFile].map { $0 ?? "" }
        let names = ([host, "\(port)", username ?? "", tls == nil ? "plain" : "private"] + paths).map {
            Array($0.utf8)
        }
        // Each part by its digest, so that no two sets of parts read alike.
        return PlainDigest().digest((names + files + [password ?? []]).flatMap { PlainDigest().digest($0) })
    }
}

extension Configuration {
    /// The command session at the shop's broker.
    fileprivate func ledgerSession(will: MQTTOptions.Will?) throws(StartProblem) -> MQTTOptions {
        try MQTTOptions(
            devices, clientID: "edged-\(shop.id)", password: .devicesPassword, key: nil, "devices", will: will)
    }

    /// The read session at the shop's broker.
    fileprivate func frontSession() throws(StartProblem) -> MQTTOptions {
        var options = try MQTTOptions(
            devices, clientID: "edged-\(shop.id)-front", password: .devicesPassword, key: nil, "devices")
        // A question is worth nothing later: the device asks again.
        options.startsClean = true
        options.sessionExpirySeconds = 0
        return options
    }

    /// The session at headquarters' broker.
    fileprivate func headquartersSession() throws(StartProblem) -> MQTTOptions {
        var options = try MQTTOptions(
            headquarters.broker, clientID: "edge-\(shop.id)", password: .headquartersPassword, key: .headquartersKey,
            "headquarters")
        // Nothing rests on this session: cursors and receipts bring back what was missed.
        options.startsClean = true
        options.sessionExpirySeconds = 0
        return options
    }
}

extension MQTTOptions {
    /// A session at a broker of the configuration.
    fileprivate init(
        _ broker: Configuration.Broker, clientID: String, password: Secrets.Credential, key: Secrets.Credential?,
        _ block: String, will: Will? = nil
    ) throws(StartProblem) {
        self.init(clientID: clientID, host: broker.host, port: broker.port)
        username = broker.username
        if username != nil, let file = Secrets.file(broker.passwordFile, else: password) {
            try Secrets.check(file, "the password of \(block)")
            passwordFile = file
        }
        if let ca = broker.ca {
            var keyFile = broker.key
            if broker.certificate != nil, keyFile == nil, let key {
                keyFile = Secrets.file(nil, else: key)
                guard keyFile != nil else {
                    throw StartProblem(
                        exitCode: ExitCode.configuration,
                        description: """
                            the certificate of \(block) has no key.
                            Set \(block).key in the configuration, or start under systemd with LoadCredential=\(key.rawValue).
                            """,
                        french: """
                            le certificat de \(block) n'a pas de clé.
                            Mettez \(block).key dans la configuration, ou démarrez sous systemd avec LoadCredential=\(key.rawValue).
                            """, lacksCredential: true)
                }
            }
            if let keyFile { try Secrets.check(keyFile, "the key of \(block)") }
            tls = TLS(authorityFile: ca, certificateFile: broker.certificate, keyFile: keyFile)
        }
        self.will = will
    }
}
