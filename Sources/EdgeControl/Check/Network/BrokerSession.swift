// A session of the check's own at a broker, with a deadline: to see what an account may do by doing it.

import Contract
import Glibc
import MQTT
import ShopModel

/// A connected client that is asked and listened to for a bounded time. It belongs to the thread of its rung.
final class BrokerSession {
    private let client: MQTTClient
    /// What arrived, in order.
    private(set) var messages: [MQTTMessage] = []
    private var refusals: [String: String] = [:]
    private var grants: [String: Bool] = [:]

    /// Connects.
    ///
    /// - Throws: why the broker does not take it; `.unanswered` when the time was up.
    init(_ options: MQTTOptions, until deadline: Deadline) throws(MQTTError) {
        var options = options
        options.startsClean = true
        options.sessionExpirySeconds = 0
        options.connectSecondsMax = max(1, deadline.remaining / 1_000)
        client = try MQTTClient(options)
        client.connect()
        while !client.isConnected {
            guard !deadline.isOver else { throw .unanswered(seconds: options.connectSecondsMax) }
            let turn = client.collect(timeoutMilliseconds: Int32(clamping: min(500, deadline.remaining)))
            for case .attemptFailed(let error, _) in turn.events { throw error }
            messages += turn.messages
            client.flush()
        }
    }

    /// Takes leave, so that the broker does not log a lost client.
    func leave() {
        client.disconnect()
        client.flush()
        _ = client.collect(timeoutMilliseconds: 50)
    }

    /// Goes on until the condition holds or the time is up.
    @discardableResult
    func run(until deadline: Deadline, _ isEnough: () -> Bool) -> Bool {
        while !isEnough() {
            guard !deadline.isOver, client.isConnected else { return false }
            client.flush()
            let turn = client.collect(timeoutMilliseconds: Int32(clamping: min(200, deadline.remaining)))
            messages += turn.messages
            for event in turn.events {
                switch event {
                case .publishRefused(let topic, let reason): refusals[topic] = reason
                case .subscribed(let filter, let granted, _): grants[filter] = granted != nil
                default: break
                }
            }
        }
        client.flush()
        return true
    }

    /// Whether the broker grants a filter; `nil` when it did not answer.
    func subscribe(_ filter: String, until deadline: Deadline) -> Bool? {
        client.subscribe([(filter, .atLeastOnce)])
        run(until: deadline) { grants[filter] != nil }
        return grants[filter]
    }

    /// Whether the broker takes a message; `nil` when it did not answer, as when it ends the connection instead.
    func publish(_ topic: String, _ payload: [UInt8], until deadline: Deadline) -> Bool? {
        guard client.publish(topic: topic, payload: payload) else { return nil }
        let isAnswered = run(until: deadline) { client.queuedMessageCount == 0 }
        if refusals[topic] != nil { return false }
        return isAnswered ? true : nil
    }

    /// Whether a message with this payload arrives.
    func receives(_ payload: [UInt8], until deadline: Deadline) -> Bool {
        run(until: deadline) { messages.contains { $0.payload == payload } }
    }
}

/// Files with secrets.
enum Secret {
    /// What became of looking for one.
    enum Reading: Equatable {
        case found([UInt8])
        case missing(path: String)
        case forbidden(path: String)
    }

    /// Where a box keeps its secrets.
    static let folder = "/etc/edged/secrets"

    /// The bytes of a secret's file without its last line ends.
    static func read(_ path: String) -> Reading {
        guard let bytes = SmallFile.bytes(path, max: 4_096) else {
            return errno == EACCES || errno == EPERM ? .forbidden(path: path) : .missing(path: path)
        }
        let end = bytes.lastIndex { $0 != 0x0A && $0 != 0x0D }.map { $0 + 1 } ?? 0
        return .found(Array(bytes[..<end]))
    }
}

extension MQTTOptions {
    /// A session of the check's own: never under the client id of the agent, which it would throw out.
    init(check broker: Configuration.Broker, clientID: String) {
        self.init(clientID: clientID, host: broker.host, port: broker.port)
        username = broker.username
        if let ca = broker.ca {
            tls = TLS(authorityFile: ca, certificateFile: broker.certificate, keyFile: broker.key)
        }
    }
}
