// Asks mosquitto's dynamic security plugin to change accounts, and waits a bounded time for its word.

import Contract
import EdgeAgent
import MQTT
import ShopModel

/// Why accounts at the shop's broker are not changed.
public enum AccountFailure: Error, Equatable, Sendable {
    /// The agent has no connection to the broker.
    case notConnected
    /// No word came in time.
    case silent(seconds: Int)
    /// The broker said no.
    case refused(command: String, reason: String)

    /// The failure as a refusal of whatever needed the change.
    public var refusal: Refusal {
        switch self {
        case .notConnected: Refusal(.brokerNotConnected)
        case .silent(let seconds): Refusal(.brokerSilent, [.integer("seconds", seconds)])
        case .refused(let command, let reason):
            Refusal(.brokerRefused, [.text("command", command), .text("reason", reason)])
        }
    }
}

/// What becomes of commands for the broker's accounts: the plugin's word on each. Called once, on the ledger's thread.
public typealias AccountAnswer = (Result<[JSON], AccountFailure>) -> Void

/// The requests to the plugin that wait for its word. It belongs to the loop of its client.
struct AccountDesk {
    /// Where the plugin listens.
    static let requestTopic = "$CONTROL/dynamic-security/v1"
    /// Where it answers, to everybody who may hear it: who asked is told by the correlation.
    static let responseTopic = "$CONTROL/dynamic-security/v1/response"
    /// How long the plugin may take: it works in memory, and then writes a file.
    static let seconds = 4

    private struct Waiting {
        let commands: [AccountCommand]
        let deadline: Int64
        let answer: AccountAnswer
    }

    private var waiting: [String: Waiting] = [:]
    private var count = 0
    private var isListening = false
    /// Tells this process's requests from those of one that died and of tools.
    private let prefix: String

    init(prefix: String) { self.prefix = prefix }

    /// When the first of the requests is given up, monotonic milliseconds; `nil` when none waits.
    var nextDeadline: Int64? { waiting.values.map(\.deadline).min() }

    /// Sends commands, which the plugin does in order, each whether or not the one before succeeded.
    mutating func send(_ commands: [AccountCommand], by client: MQTTClient, now: Int64, answer: @escaping AccountAnswer)
    {
        if !isListening {
            // Only now: a shop without the plugin never asks for it.
            client.subscribe([(Self.responseTopic, .atLeastOnce)])
            isListening = true
        }
        count += 1
        let correlation = "\(prefix)-\(count)"
        let request: JSON = [
            "commands": .array(
                commands.map { command in
                    .object(
                        [.init("command", .string(command.name)), .init("correlationData", .string(correlation))]
                            + command.fields)
                })
        ]
        guard client.publish(topic: Self.requestTopic, payload: request.encoded()) else {
            return answer(.failure(.notConnected))
        }
        waiting[correlation] = Waiting(
            commands: commands, deadline: now + Int64(Self.seconds) * 1_000, answer: answer)
    }

    /// Takes a message that is the plugin's; `false` when it is another.
    mutating func take(_ message: MQTTMessage) -> Bool {
        guard message.topic == Self.responseTopic else { return false }
        let limits = JSONLimits(bytesMax: 262_144, depthMax: 32, elementsMax: 10_000)
        guard let responses = (try? JSONReader.read(message.payload, limits: limits))?["responses"]?.elements,
            let correlation = responses.lazy.compactMap({ $0["correlationData"]?.text }).first,
            let request = waiting.removeValue(forKey: correlation)
        else { return true }
        for (command, response) in zip(request.commands, responses) {
            guard let reason = response["error"]?.text, !command.tolerated.contains(reason) else { continue }
            request.answer(.failure(.refused(command: command.name, reason: reason)))
            return true
        }
        let isWhole = responses.count == request.commands.count
        request.answer(
            isWhole ? .success(responses) : .failure(.refused(command: "–", reason: "its answer is not whole")))
        return true
    }

    /// Gives up what waited too long, and what the broker refused. What is on its way when the connection ends is sent
    /// again with the next one.
    mutating func look(_ turn: MQTT.Turn, now: Int64) {
        for case .publishRefused(topic: Self.requestTopic, let reason) in turn.events {
            let all = waiting.sorted { $0.value.deadline < $1.value.deadline }
            waiting.removeAll()
            for request in all { request.value.answer(.failure(.refused(command: "–", reason: reason))) }
        }
        for (correlation, request) in waiting.sorted(by: { $0.value.deadline < $1.value.deadline })
        where request.deadline <= now {
            waiting[correlation] = nil
            request.answer(.failure(.silent(seconds: Self.seconds)))
        }
    }
}
