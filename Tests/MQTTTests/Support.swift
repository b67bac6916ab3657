// What the tests of the client share: turns until something is true, within a bound.

import Foundation
import Glibc
import MQTT
import Testing

/// Everything that a client's turns brought.
struct Collected {
    var messages: [MQTTMessage] = []
    var events: [Turn.Event] = []
    var turnCount = 0

    mutating func add(_ turn: Turn) {
        messages += turn.messages
        events += turn.events
        turnCount += 1
    }

    var isConnected: Bool {
        events.contains { if case .connected = $0 { true } else { false } }
    }
    var grantedCount: Int {
        events.count { if case .subscribed(_, let granted, _) = $0 { granted != nil } else { false } }
    }
    /// Why attempts failed or connections ended, in order.
    var reasons: [MQTTError] {
        events.compactMap {
            switch $0 {
            case .attemptFailed(let reason, _), .disconnected(let reason, _): reason
            default: nil
            }
        }
    }
    var sessionsPresent: [Bool] {
        events.compactMap { if case .connected(let isPresent) = $0 { isPresent } else { nil } }
    }
}

extension MQTTClient {
    /// Turns the loop, with or without its flush, until `isDone` or the time is up.
    @discardableResult
    func turn(
        seconds: Double = 10, flushes: Bool = true, into collected: inout Collected, until isDone: (Collected) -> Bool
    ) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            collected.add(collect(timeoutMilliseconds: 50))
            if flushes { flush() }
            if isDone(collected) { return true }
        }
        return false
    }

    /// A client that is connected and has its subscriptions granted.
    static func connected(
        to broker: TestBroker, _ clientID: String = "ledger", following filters: [String] = [],
        adjust: (inout MQTTOptions) -> Void = { _ in }
    ) throws -> (client: MQTTClient, collected: Collected) {
        var options = MQTTOptions(clientID: clientID, host: "127.0.0.1", port: broker.port)
        adjust(&options)
        let client = try MQTTClient(options)
        client.subscribe(filters.map { ($0, .atLeastOnce) })
        client.connect()
        var collected = Collected()
        let isReady = client.turn(into: &collected) { $0.isConnected && $0.grantedCount >= filters.count }
        try #require(isReady, "not connected: \(collected.events) \(broker.log)")
        return (client, collected)
    }
}
