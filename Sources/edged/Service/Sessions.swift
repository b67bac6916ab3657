// The sessions of the configuration as libmosquitto's options, secrets taken from where they are kept.

import Contract
import MQTT
import ShopModel

/// The three sessions of the agent. They are put together before anything is opened, so that what is wrong with a secret
/// or a certificate keeps the agent from starting rather than ends it.
struct Sessions: Sendable {
    let ledger: MQTTOptions
    let front: MQTTOptions
    let headquarters: MQTTOptions

    /// - Throws: `StartProblem` for a secret that is not well kept or not there, `MQTTError` for what libmosquitto would
    ///   not take: a client is made of each, and connects to nothing.
    init(_ configuration: Configuration, will: MQTTOptions.Will?) throws {
        ledger = try configuration.ledgerSession(will: will)
        front = try configuration.frontSession()
        headquarters = try configuration.headquartersSession()
        for options in [ledger, front, headquarters] { _ = try MQTTClient(options) }
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
            switch ConfigurationFile.bytes(of: file, limit: 4_096) {
            case .success(let bytes):
                let end = bytes.lastIndex { $0 != 0x0A && $0 != 0x0D }.map { $0 + 1 } ?? 0
                self.password = Array(bytes[..<end])
            case .failure(let problem):
                throw StartProblem(exitCode: ExitCode.configuration, description: problem.description)
            }
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
                            """)
                }
            }
            if let keyFile { try Secrets.check(keyFile, "the key of \(block)") }
            tls = TLS(authorityFile: ca, certificateFile: broker.certificate, keyFile: keyFile)
        }
        self.will = will
    }
}
