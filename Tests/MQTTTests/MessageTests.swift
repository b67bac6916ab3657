// Messages arrive as they were sent.

import Foundation
import Glibc
import MQTT
import Testing

@Suite("A message", .serialized)
struct MessageTests {
    @Test("carries the sender's response topic and correlation data, and gives them back", .timeLimit(.minutes(1)))
    func requestAndResponse() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker, following: ["ask"])
        try broker.run(
            "mosquitto_pub",
            [
                "-V", "5", "-q", "1", "-t", "ask", "-m", "?", "-D", "publish", "response-topic", "mine/reply", "-D",
                "publish", "correlation-data", "42",
            ])
        #expect(client.turn(into: &collected) { $0.messages.count == 1 })
        let question = try #require(collected.messages.first)
        #expect(question.responseTopic == "mine/reply")
        #expect(question.correlationData == Array("42".utf8))

        var (device, received) = try MQTTClient.connected(to: broker, "device", following: ["mine/reply"])
        #expect(
            client.publish(
                topic: "mine/reply", payload: Array("!".utf8), responseTopic: "ask", correlationData: [0, 255]))
        client.flush()
        #expect(device.turn(into: &received) { $0.messages.count == 1 })
        #expect(
            received.messages == [
                MQTTMessage(
                    topic: "mine/reply", payload: Array("!".utf8), responseTopic: "ask", correlationData: [0, 255])
            ])
    }

    @Test("shows that its sender asked to retain it, also when it arrives live", .timeLimit(.minutes(1)))
    func retained() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker, following: ["presence/#"])
        try broker.run("mosquitto_pub", ["-q", "1", "-r", "-t", "presence/a", "-m", "on"])
        try broker.run("mosquitto_pub", ["-q", "1", "-t", "presence/b", "-m", "on"])
        #expect(client.turn(into: &collected) { $0.messages.count == 2 })
        #expect(collected.messages.map(\.isRetained) == [true, false])
        var (later, kept) = try MQTTClient.connected(to: broker, "later", following: ["presence/#"])
        #expect(later.turn(into: &kept) { $0.messages.count == 1 })
        #expect(kept.messages.map(\.isRetained) == [true])
    }

    @Test("of 200 KB arrives whole, both ways, and one too large for the broker is refused", .timeLimit(.minutes(1)))
    func large() throws {
        let broker = try TestBroker("max_packet_size 262144")
        var (client, collected) = try MQTTClient.connected(to: broker, following: ["feed"])
        let payload = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(client.publish(topic: "feed", payload: payload))
        #expect(client.turn(into: &collected) { $0.messages.count == 1 })
        #expect(collected.messages.first?.payload == payload)
        #expect(!client.publish(topic: "feed", payload: payload + payload))
        #expect(client.isConnected)
        #expect(client.turn(seconds: 1, into: &collected) { $0.events.contains { isRefusal($0, of: "feed") } })
        #expect(client.turn(into: &collected) { _ in client.queuedMessageCount == 0 })
    }

    @Test("that the network does not take at once leaves with later flushes, in order", .timeLimit(.minutes(1)))
    func slowReader() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker)
        var (reader, received) = try MQTTClient.connected(to: broker, "reader", following: ["feed"])
        broker.freeze()
        let count = 200
        for index in 0..<count {
            #expect(client.publish(topic: "feed", payload: [UInt8](repeating: UInt8(index), count: 60_000)))
        }
        #expect(!client.flush(), "12 MB do not fit into a socket that nobody reads")
        #expect(client.queuedMessageCount == count)
        broker.thaw()
        #expect(client.turn(into: &collected) { _ in client.queuedMessageCount == 0 })
        #expect(reader.turn(into: &received) { $0.messages.count == count })
        #expect(received.messages.map { $0.payload.first } == (0..<count).map { UInt8($0) })
    }

    @Test("is not taken without a connection, since it would wait in memory")
    func notConnected() throws {
        let client = try MQTTClient(MQTTOptions(clientID: "ledger", host: "127.0.0.1", port: 1))
        #expect(!client.publish(topic: "a", payload: [1]))
        #expect(client.queuedMessageCount == 0)
        #expect(client.flush())
    }

    @Test("to a topic with a wildcard is refused with a reason, and nothing else suffers", .timeLimit(.minutes(1)))
    func wildcard() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker)
        #expect(!client.publish(topic: "a/#", payload: [1]))
        #expect(client.turn(seconds: 1, into: &collected) { $0.events.contains { isRefusal($0, of: "a/#") } })
        #expect(client.isConnected)
    }

    @Test("that needs no acknowledgement is counted until it is written", .timeLimit(.minutes(1)))
    func atMostOnce() throws {
        let broker = try TestBroker()
        let (client, _) = try MQTTClient.connected(to: broker)
        #expect(client.publish(topic: "a", payload: [1], quality: .atMostOnce))
        #expect(client.queuedMessageCount == 1)
        #expect(client.flush())
        #expect(client.queuedMessageCount == 0)
    }

    @Test("travels over MQTT 3.1.1 as well", .timeLimit(.minutes(1)))
    func olderProtocol() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker, following: ["a"]) { $0.version = .v311 }
        #expect(client.publish(topic: "a", payload: [7], correlationData: [1]))
        #expect(client.turn(into: &collected) { $0.messages.count == 1 })
        #expect(collected.messages == [MQTTMessage(topic: "a", payload: [7])])
    }

    @Test("to a topic that the broker's rules forbid is told as refused, not lost in silence", .timeLimit(.minutes(1)))
    func forbidden() throws {
        let broker = try TestBroker("acl_file %FOLDER%/rules") { folder in
            try "topic readwrite allowed/#\n".write(
                to: folder.appendingPathComponent("rules"), atomically: true, encoding: .utf8)
        }
        var (client, collected) = try MQTTClient.connected(to: broker)
        #expect(client.publish(topic: "allowed/a", payload: [1]))
        #expect(client.publish(topic: "other", payload: [1]))
        #expect(client.turn(into: &collected) { _ in client.queuedMessageCount == 0 })
        #expect(
            collected.events.dropFirst() == [.publishRefused(topic: "other", reason: "Not authorized")],
            "\(collected.events)")
    }
}

private func isRefusal(_ event: Turn.Event, of topic: String) -> Bool {
    if case .publishRefused(topic, _) = event { true } else { false }
}
