// The loop of headquarters: receive, decide and commit, publish. Nothing is acknowledged before it is on the disk.

import Contract
import ControlSocket
import CustomerVault
import Glibc
import Headquarters
import MQTT
import SQLiteStorage
import ScanCodes
import ShopModel
import Synchronization

/// Set by SIGTERM and SIGINT.
private let stopIsWanted = Atomic<Bool>(false)

/// SHA-256, as the port wants it.
struct SHA256: Digesting {
    func digest(_ bytes: [UInt8]) -> [UInt8] {
        // libcrypto without SHA-256 has no mend at run time; a snapshot with this hash verifies nowhere.
        (try? SHA256Digest.digest(bytes)) ?? [UInt8](repeating: 0, count: 32)
    }
}

/// Headquarters, serving.
final class Server {
    private let configuration: ServeConfiguration
    private let storage: SQLiteHeadquarters
    private let headquarters: Headquarters
    private let client: MQTTClient
    private let desk: Desk

    /// Opens headquarters.
    ///
    /// - Parameter isRestored: the storage comes from a backup: a new epoch begins, before anything is said.
    init(_ configuration: ServeConfiguration, isRestored: Bool) throws {
        self.configuration = configuration
        if mkdir(configuration.stateDirectory, 0o700) != 0, errno != EEXIST {
            throw Problem(
                "The state directory \(configuration.stateDirectory) cannot be made: \(String(cString: strerror(errno))). "
                    + "Make the folder above it, or correct stateDirectory.", exitCode: 78)
        }
        let made: SQLiteHeadquarters
        do throws(StorageError) {
            made = try SQLiteHeadquarters(in: try StateDirectory(configuration.stateDirectory))
        } catch {
            throw Problem(error.sentence, exitCode: 78)
        }
        storage = made
        headquarters = try Headquarters(
            storage: made, policy: configuration.policy, digest: SHA256(), mint: { Server.name() })
        headquarters.version = "edge-hq " + Release.version
        if isRestored {
            let now = Instant(milliseconds: wallClockMilliseconds())
            for report in try headquarters.beginEpoch(now: now).reports { say("edge-hq: \(report)") }
        }
        client = try MQTTClient(try Server.options(configuration.broker))
        desk = try Desk()
    }

    /// A name that nobody made before.
    static func name() -> String { (try? SecureRandom.uuid()) ?? "epoch-\(UInt64.random(in: 0...UInt64.max))" }

    private static func options(_ broker: Configuration.Broker) throws -> MQTTOptions {
        var options = MQTTOptions(clientID: "edge-hq", host: broker.host, port: broker.port)
        options.username = broker.username
        if let file = broker.passwordFile {
            var password = try bytes(ofFile: file)
            while let last = password.last, last == 0x0A || last == 0x0D { password.removeLast() }
            options.password = password
        }
        if let ca = broker.ca {
            options.tls = MQTTOptions.TLS(
                authorityFile: ca, certificateFile: broker.certificate, keyFile: broker.key)
        }
        return options
    }

    /// Serves until SIGTERM or SIGINT.
    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGTERM, SIGINT] { signal(number) { _ in stopIsWanted.store(true, ordering: .releasing) } }
        let desk = desk
        let control = try ControlServer(path: configuration.controlSocket) { line, _ in desk.ask(line) }
        defer { control.stop() }
        client.subscribe(HeadquartersTopic.headquartersFilters.map { ($0, .atLeastOnce) })
        client.connect()
        say(
            "edge-hq: serving \(configuration.policy.shops.count) shops, epoch \(headquarters.epoch), "
                + "control socket \(configuration.controlSocket)")
        while !stopIsWanted.load(ordering: .acquiring) { try turn() }
        client.disconnect()
        client.flush()
        say("edge-hq: stopped as asked")
    }

    private func turn() throws {
        var wait: Int64 = 1_000
        if let next = headquarters.nextTry { wait = max(0, min(wait, next.milliseconds - wallClockMilliseconds())) }
        let turn = client.collect(wakeUps: [desk.bell.fileDescriptor], timeoutMilliseconds: Int32(wait))
        for event in turn.events { hear(event) }
        let now = Instant(milliseconds: wallClockMilliseconds())
        if !turn.messages.isEmpty {
            let inbound = turn.messages.filter { !$0.isRetained }.map {
                HeadquartersInbound(topic: $0.topic, payload: $0.payload)
            }
            send(try headquarters.take(inbound, now: now))
        }
        for question in desk.take() { question.answer(try answer(question.line, now: now)) }
        if let next = headquarters.nextTry, now >= next { send(try headquarters.poll(now: now)) }
        client.flush()
    }

    private func hear(_ event: Turn.Event) {
        switch event {
        case .connected:
            say("edge-hq: connected to the broker")
            headquarters.linkChanged()
            for message in headquarters.greeting() { client.publish(topic: message.topic, payload: message.payload) }
        case .subscribed(let filter, nil, let reason): say("edge-hq: the broker refuses \(filter): \(reason)")
        case .subscribed: break
        case .publishRefused(let topic, let reason): say("edge-hq: the broker refuses a message on \(topic): \(reason)")
        case .attemptFailed(let error, let pause): say("edge-hq: \(error); next attempt in \(pause) ms")
        case .disconnected(let error, _): say("edge-hq: \(error)")
        }
    }

    /// Publishes what came of a turn that is on the disk.
    private func send(_ outcome: HeadquartersOutcome) {
        for message in outcome.messages { client.publish(topic: message.topic, payload: message.payload) }
        for report in outcome.reports { say("edge-hq: \(report)") }
    }

    /// Answers a question of the control socket. A refusal is an answer; a storage that fails ends the process.
    private func answer(_ line: [UInt8], now: Instant) throws -> [UInt8] {
        do {
            var request = try ObjectReader(try JSONReader.read(line, limits: ControlRequest.limits))
            return try ControlRequest(from: &request).answer(
                headquarters, storage, configuration.policy, now: now, isConnected: client.isConnected, send: send)
        } catch let refusal as Refusal {
            return ControlRequest.refused(refusal).encoded()
        }
    }
}
