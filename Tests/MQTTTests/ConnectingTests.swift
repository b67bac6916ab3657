// Connections come back by themselves, and say why they are not there.

import Foundation
import Glibc
import MQTT
import Testing

@Suite("A connection", .serialized)
struct ConnectingTests {
    @Test("comes back after the broker was restarted, with its session and what was queued", .timeLimit(.minutes(1)))
    func restart() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker, following: ["do/#"])
        broker.stop()
        #expect(client.turn(into: &collected) { _ in !client.isConnected })
        #expect(!client.publish(topic: "reply", payload: [1]))
        try broker.start()
        #expect(client.turn(into: &collected) { _ in client.isConnected })
        #expect(collected.sessionsPresent == [false, true])
        try broker.run("mosquitto_pub", ["-q", "1", "-t", "do/a", "-m", "after"])
        #expect(client.turn(into: &collected) { $0.messages.count == 1 })
        #expect(collected.grantedCount == 1, "a kept session is not subscribed again")
    }

    @Test("asks for its topics again when the broker forgot the session", .timeLimit(.minutes(1)))
    func forgotten() throws {
        let broker = try TestBroker("autosave_interval 0")
        var (client, collected) = try MQTTClient.connected(to: broker, following: ["do/#", "presence"])
        broker.kill()
        try? FileManager.default.removeItem(at: broker.folder.appendingPathComponent("mosquitto.db"))
        try broker.start()
        #expect(client.turn(into: &collected) { $0.grantedCount == 4 })
        #expect(collected.sessionsPresent == [false, false])
        try broker.run("mosquitto_pub", ["-q", "1", "-t", "presence", "-m", "here"])
        #expect(client.turn(into: &collected) { $0.messages.count == 1 })
    }

    @Test("keeps what was not acknowledged and sends it again", .timeLimit(.minutes(1)))
    func sentAgain() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker)
        broker.freeze()
        #expect(client.publish(topic: "hq/v1/paris/up/orders", payload: Array("order".utf8)))
        client.flush()
        broker.kill()
        #expect(client.turn(into: &collected) { _ in !client.isConnected })
        #expect(client.queuedMessageCount == 1)
        #expect(client.queuedByteCount == 5)
        try broker.start()
        #expect(client.turn(into: &collected) { _ in client.isConnected && client.queuedMessageCount == 0 })
        #expect(broker.log.contains("Received PUBLISH from ledger (d1"))
    }

    @Test("to an address where nobody listens is tried in pauses that double up to their limit")
    func pauses() throws {
        let broker = try TestBroker()
        broker.stop()
        var options = MQTTOptions(clientID: "ledger", host: "127.0.0.1", port: broker.port)
        options.reconnectMillisecondsFirst = 20
        options.reconnectMillisecondsMax = 100
        options.jitter = { $0 + 1 }
        let client = try MQTTClient(options)
        client.connect()
        var collected = Collected()
        #expect(client.turn(seconds: 5, into: &collected) { $0.reasons.count == 5 })
        let pauses: [Int] = collected.events.compactMap {
            if case .attemptFailed(_, let pause) = $0 { pause } else { nil }
        }
        #expect(pauses == [21, 41, 81, 101, 101])
        #expect(
            collected.reasons.allSatisfy { $0 == .unreachable(errorNumber: ECONNREFUSED, reason: "Connection refused") }
        )
    }

    @Test("to a name, whichever of its addresses comes first, finds a broker that speaks IPv4", .timeLimit(.minutes(1)))
    func localhost() throws {
        let broker = try TestBroker()
        let (client, _) = try MQTTClient.connected(to: broker) { $0.host = "localhost" }
        #expect(client.isConnected)
    }

    @Test("to an IPv6 address without broker tells the same reason at every attempt")
    func onlyIPv6() throws {
        var options = MQTTOptions(clientID: "ledger", host: "::1", port: TestBroker.freePort())
        options.reconnectMillisecondsFirst = 10
        let client = try MQTTClient(options)
        client.connect()
        var collected = Collected()
        #expect(client.turn(into: &collected) { $0.reasons.count == 3 })
        #expect(Set(collected.reasons.map(\.description)).count == 1, "\(collected.reasons)")
        #expect(collected.reasons.first?.code == "mqtt.unreachable")
    }

    @Test("refused for a wrong password says so", .timeLimit(.minutes(1)))
    func wrongPassword() throws {
        let broker = try TestBroker("allow_anonymous false\npassword_file %FOLDER%/passwords") { folder in
            let file = folder.appendingPathComponent("passwords").path
            let made = try ChildProcess("/usr/bin/mosquitto_passwd", ["-b", "-c", file, "edge", "right"])
            #expect(made.waitForExit(seconds: 10) == 0)
        }
        var options = MQTTOptions(clientID: "ledger", host: "127.0.0.1", port: broker.port)
        options.username = "edge"
        options.password = Array("wrong".utf8)
        let client = try MQTTClient(options)
        client.connect()
        var collected = Collected()
        #expect(client.turn(into: &collected) { !$0.reasons.isEmpty })
        #expect(collected.reasons == [.refused(reasonCode: 135, reason: "Not authorized")])

        options.password = Array("right".utf8)
        let welcome = try MQTTClient(options)
        welcome.connect()
        #expect(welcome.turn(into: &collected) { $0.isConnected })
    }

    @Test("that the broker ends or refuses with words of its own passes them on", .timeLimit(.minutes(1)))
    func wordsOfTheBroker() throws {
        let words = Array("two tills share a name".utf8)
        let properties = [UInt8(words.count + 3), 0x1f, 0, UInt8(words.count)] + words
        let accepted: [UInt8] = [0x20, 3, 0, 0, 0]
        // The library keeps the words of a farewell to itself; its reason code is enough for a sentence.
        let ended = try reason(after: accepted + [0xe0, UInt8(properties.count + 1), 142] + properties)
        #expect(ended == .closedByBroker(reasonCode: 142, reason: "Session taken over"))
        let refused = try reason(after: [0x20, UInt8(properties.count + 2), 0, 138] + properties)
        #expect(refused == .refused(reasonCode: 138, reason: "two tills share a name"))
        let wordless = try reason(after: accepted + [0xe0, 2, 139, 0])
        #expect(wordless == .closedByBroker(reasonCode: 139, reason: "Server shutting down"))
        let nonsense = try reason(
            after: Array(
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nServer: one that speaks no MQTT at all\r\n\r\n".utf8))
        #expect(nonsense?.code == "mqtt.protocolBroken", "\(String(describing: nonsense))")
    }

    /// Why a client gives up a broker that answers its request to connect with `bytes`.
    private func reason(after bytes: [UInt8]) throws -> MQTTError? {
        let broker = try ScriptedBroker(answer: bytes)
        let client = try MQTTClient(MQTTOptions(clientID: "ledger", host: "127.0.0.1", port: broker.port))
        client.connect()
        var collected = Collected()
        client.turn(into: &collected) { !$0.reasons.isEmpty }
        return collected.reasons.first
    }

    @Test("to a broker that takes it and stays silent is given up, and the loop never waits for it")
    func silent() throws {
        let broker = try TestBroker()
        broker.freeze()
        var options = MQTTOptions(clientID: "ledger", host: "127.0.0.1", port: broker.port)
        options.connectSecondsMax = 1
        let client = try MQTTClient(options)
        client.connect()
        var collected = Collected()
        var longest = 0.0
        for _ in 0..<200 where collected.reasons.isEmpty {
            let start = Date()
            collected.add(client.collect(timeoutMilliseconds: 10))
            client.flush()
            longest = max(longest, Date().timeIntervalSince(start))
        }
        #expect(collected.reasons == [.unanswered(seconds: 1)])
        #expect(longest < 0.2)
        broker.thaw()
        #expect(client.turn(into: &collected) { _ in client.isConnected })
    }

    @Test("that stands idle wakes its loop at most once a second, and stays alive", .timeLimit(.minutes(1)))
    func idle() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker) { $0.keepAliveSeconds = 5 }
        client.flush()
        let start = Date()
        var turnCount = 0
        while Date().timeIntervalSince(start) < 12 {
            collected.add(client.collect(timeoutMilliseconds: 60_000))
            client.flush()
            turnCount += 1
        }
        // At the shortest keep-alive there is: a turn each 1.25 s and one for each answer.
        #expect(turnCount <= 13, "\(turnCount) turns in 12 s")
        #expect(client.isConnected)
        #expect(broker.log.contains("Received PINGREQ from ledger"))
    }

    @Test("whose broker freezes is noticed within twice the keep-alive", .timeLimit(.minutes(1)))
    func frozen() throws {
        let broker = try TestBroker()
        var (client, collected) = try MQTTClient.connected(to: broker) { $0.keepAliveSeconds = 5 }
        broker.freeze()
        #expect(client.turn(seconds: 13, into: &collected) { _ in !client.isConnected })
        #expect(collected.reasons == [.silent(seconds: 5)])
        broker.thaw()
    }

    @Test("that takes leave does not leave its will behind, one that dies does", .timeLimit(.minutes(1)))
    func will() throws {
        let broker = try TestBroker()
        var (watcher, seen) = try MQTTClient.connected(to: broker, "watcher", following: ["presence"])
        let will = MQTTOptions.Will(topic: "presence", payload: Array("gone".utf8), isRetained: true)
        try {
            var (client, collected) = try MQTTClient.connected(to: broker) { $0.will = will }
            client.disconnect()
            #expect(client.turn(into: &collected) { $0.reasons == [.closedHere] })
        }()
        #expect(!watcher.turn(seconds: 0.3, into: &seen) { !$0.messages.isEmpty })
        try {
            let (client, _) = try MQTTClient.connected(to: broker) { $0.will = will }
            #expect(client.isConnected)
        }()
        #expect(watcher.turn(into: &seen) { $0.messages.map(\.payload) == [Array("gone".utf8)] })
        #expect(seen.messages.map(\.isRetained) == [true])
    }

    @Test("wakes up for another thread's bell", .timeLimit(.minutes(1)))
    func wakeUp() throws {
        let broker = try TestBroker()
        let (client, _) = try MQTTClient.connected(to: broker)
        client.flush()
        let bell = try WakeUp()
        let ringer = Thread {
            usleep(100_000)
            bell.signal()
            bell.signal()
        }
        ringer.start()
        let start = Date()
        let turn = client.collect(wakeUps: [bell.fileDescriptor], timeoutMilliseconds: 5_000)
        #expect(turn.wokenUpBy == [bell.fileDescriptor])
        #expect(Date().timeIntervalSince(start) < 2)
        usleep(50_000)
        bell.drain()
        #expect(client.collect(wakeUps: [bell.fileDescriptor], timeoutMilliseconds: 20).wokenUpBy.isEmpty)
    }

    @Test("that cannot work is refused when it is described, with the mistake named")
    func mistakes() throws {
        var options = MQTTOptions(clientID: "ledger", host: "127.0.0.1", port: 0)
        #expect(throws: MQTTError.configuration("the broker's port must be 1 to 65535, not 0")) {
            try MQTTClient(options)
        }
        options.port = 1883
        options.tls = MQTTOptions.TLS(certificateFile: "/nowhere/client.pem")
        #expect(
            throws: MQTTError.configuration("a client certificate needs its key, and a key its certificate")
        ) { try MQTTClient(options) }
        options.tls = MQTTOptions.TLS(authorityFile: "/nowhere/ca.pem")
        #expect(
            throws: MQTTError.configuration(
                "the authority file /nowhere/ca.pem cannot be read: No such file or directory")
        ) { try options.check() }
        options.tls = nil
        options.password = [1]
        #expect(throws: MQTTError.configuration("a password needs a user name")) { try MQTTClient(options) }
        options.password = nil
        options.keepAliveSeconds = 1
        #expect(throws: MQTTError.configuration("the keep-alive must be 5 to 65535 s, not 1")) {
            try MQTTClient(options)
        }
    }

    @Test("to a name without address says which name")
    func unknownName() throws {
        let client = try MQTTClient(MQTTOptions(clientID: "ledger", host: "256.1.1.1.", port: 1883))
        client.connect()
        var collected = Collected()
        #expect(client.turn(seconds: 30, into: &collected) { !$0.reasons.isEmpty })
        #expect(collected.reasons.first?.code == "mqtt.nameNotResolved")
        #expect(collected.reasons.first?.description.contains("256.1.1.1.") == true)
    }
}
