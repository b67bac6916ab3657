// What is received is acknowledged by `flush`, never before.

import Foundation
import Glibc
import MQTT
import Testing

@Suite("An acknowledgement", .serialized)
struct AcknowledgementTests {
    @Test("leaves at the flush after the commit, not when the command is received", .timeLimit(.minutes(1)))
    func leavesAtFlush() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker, following: ["shop/v1/+/do/#"])
        try broker.run("mosquitto_pub", ["-q", "1", "-t", "shop/v1/till/do/sale.record", "-m", "one"])
        #expect(client.turn(flushes: false, into: &collected) { $0.messages.count == 1 })
        for _ in 0..<10 { collected.add(client.collect(timeoutMilliseconds: 20)) }
        #expect(!broker.log.contains("Received PUBACK from ledger"))
        #expect(client.flush())
        #expect(soon { broker.log.contains("Received PUBACK from ledger") })
        #expect(collected.messages.map(\.payload) == [Array("one".utf8)])
    }

    @Test("that never left, since the agent died before its commit, brings the command again", .timeLimit(.minutes(1)))
    func redelivered() throws {
        let broker = try TestBroker()
        try {
            var (client, collected) = try MQTTClient.connected(to: broker, following: ["do/#"])
            try broker.run("mosquitto_pub", ["-q", "1", "-t", "do/a", "-m", "lost with the power"])
            #expect(client.turn(flushes: false, into: &collected) { $0.messages.count == 1 })
        }()
        var (client, collected) = try MQTTClient.connected(to: broker)
        #expect(collected.sessionsPresent == [true])
        #expect(client.turn(into: &collected) { $0.messages.count == 1 })
        #expect(collected.messages.map(\.payload) == [Array("lost with the power".utf8)])
        #expect(soon { broker.log.contains("Received PUBACK from ledger") })
    }

    @Test("is behind the replies that were published before the flush, and both leave at once")
    func repliesAndAcknowledgement() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker, following: ["do/#"])
        var (device, received) = try MQTTClient.connected(to: broker, "till", following: ["reply"])
        #expect(device.publish(topic: "do/a", payload: Array("sell".utf8)))
        device.flush()
        #expect(device.queuedMessageCount == 1)
        #expect(client.turn(flushes: false, into: &collected) { $0.messages.count == 1 })
        #expect(client.publish(topic: "reply", payload: Array("sold".utf8)))
        #expect(!device.turn(seconds: 0.3, into: &received) { !$0.messages.isEmpty })
        client.flush()
        #expect(device.turn(into: &received) { $0.messages.map(\.payload) == [Array("sold".utf8)] })
        #expect(client.turn(into: &collected) { _ in client.queuedMessageCount == 0 })
        #expect(device.queuedMessageCount == 0)
    }

    @Test("a burst of 1,000 commands is taken in a few turns and none is left lying", .timeLimit(.minutes(1)))
    func burst() throws {
        let broker = try TestBroker()
        let (client, started) = try MQTTClient.connected(to: broker, following: ["do/#"])
        var collected = started
        let lines = (0..<1_000).map { "command \($0)" }
        let sender = try broker.launch(
            "mosquitto_pub", ["-q", "1", "-t", "do/a", "-l"], input: lines.joined(separator: "\n"))
        #expect(sender.waitForExit(seconds: 20) == 0)
        collected.turnCount = 0
        #expect(client.turn(into: &collected) { $0.messages.count >= 1_000 })
        #expect(collected.messages.map { String(decoding: $0.payload, as: UTF8.self) } == lines)
        #expect(collected.turnCount <= 60, "\(collected.turnCount) turns for 1,000 messages")
    }
}

/// Whether `condition` becomes true within two seconds.
func soon(_ condition: () -> Bool) -> Bool {
    for _ in 0..<200 {
        if condition() { return true }
        usleep(10_000)
    }
    return false
}
