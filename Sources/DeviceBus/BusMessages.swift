// Between MQTT messages of the shop's broker and the agent's values.

import Contract
import EdgeAgent
import MQTT
import ShopModel

extension DeviceMessage {
    /// A message off the bus; `nil` for a topic on which no device of the shop speaks, such as a device id that cannot be.
    init?(_ message: MQTTMessage) {
        guard let topic = DeviceTopic.said(on: message.topic) else { return nil }
        // A response topic outside the device's own branch is not honoured: the reply goes where it always goes.
        let responseTopic = message.responseTopic.flatMap {
            ShopTopics.isOwn($0, of: topic.device) ? $0 : nil
        }
        self.init(
            topic: topic, payload: message.payload, retained: message.isRetained, responseTopic: responseTopic,
            correlation: message.correlationData)
    }
}

extension MQTTMessage {
    /// Whether it only takes a retained message away: that is how a refused one is cleared, and asks nothing.
    var isClearing: Bool { isRetained && payload.isEmpty }
}

extension MQTTClient {
    /// Publishes a reply where its device listens. Without a connection it is dropped: the device sends again, and
    /// gets the stored reply.
    func publish(_ reply: DeviceReply) {
        publish(
            topic: reply.responseTopic ?? ShopTopics.reply(to: reply.device), payload: reply.payload,
            correlationData: reply.correlation)
    }
}

/// What a loop has to say to those who look after the box; the executable decides where it goes.
public struct LoopReport: Sendable {
    /// How much it matters.
    public enum Level: Sendable { case info, warning, error }
    /// How much it matters.
    public let level: Level
    /// A stable name of what happened.
    public let event: String
    /// The facts; never personal data.
    public let facts: [(name: String, value: String)]

    /// Something to say.
    public init(_ level: Level, _ event: String, _ facts: [(name: String, value: String)] = []) {
        self.level = level
        self.event = event
        self.facts = facts
    }

    /// A session of a new configuration that cannot be had: the one in use goes on.
    static func sessionNotChanged(_ session: String, _ error: MQTTError) -> LoopReport {
        LoopReport(
            .error, "\(session).sessionNotChanged",
            [("cause", "\(error)"), ("mend", "correct the configuration, then systemctl reload edged")])
    }
}

/// Where reports go; called on the loop's own thread, and must not wait.
public typealias Reporter = @Sendable (LoopReport) -> Void

extension MQTT.Turn {
    /// Reports what happened to a connection.
    func report(as link: String, to report: Reporter) {
        for event in events {
            switch event {
            case .connected(let isSessionPresent):
                report(LoopReport(.info, "\(link).connected", [("session", isSessionPresent ? "kept" : "new")]))
            case .disconnected(let error, let retry):
                report(
                    LoopReport(
                        .warning, "\(link).disconnected",
                        [("cause", "\(error)"), ("retryMilliseconds", retry.map(String.init) ?? "never")]))
            case .attemptFailed(let error, let retry):
                report(
                    LoopReport(
                        .warning, "\(link).unreachable",
                        [("cause", "\(error)"), ("retryMilliseconds", String(retry))]))
            case .publishRefused(let topic, let reason):
                report(LoopReport(.warning, "\(link).publishRefused", [("topic", topic), ("reason", reason)]))
            case .subscribed(let filter, let granted, let reason):
                if granted == nil {
                    report(LoopReport(.error, "\(link).subscriptionRefused", [("filter", filter), ("reason", reason)]))
                }
            }
        }
    }

    /// Notes how the connection fares.
    func tell(_ vitals: LoopVitals) {
        for event in events {
            switch event {
            case .connected: vitals.connected()
            case .disconnected(let error, _), .attemptFailed(let error, _): vitals.disconnected("\(error)")
            case .publishRefused, .subscribed: break
            }
        }
    }

    /// Whether the connection came up in this turn.
    var connected: Bool {
        events.contains { if case .connected = $0 { true } else { false } }
    }
}
