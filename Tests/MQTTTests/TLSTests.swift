// The same promises over TLS, and who is not let in.

import Foundation
import Glibc
import MQTT
import Testing

@Suite("Over TLS", .serialized)
struct TLSTests {
    /// A broker with a certificate for `name` by an authority of its own.
    private func broker(named name: String) throws -> (broker: TestBroker, authority: String) {
        let lines = "cafile %FOLDER%/ca.pem\ncertfile %FOLDER%/broker.pem\nkeyfile %FOLDER%/broker.key"
        let broker = try TestBroker(lines) { folder in
            let path = folder.path
            let script = """
                set -e
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
                  -subj "/CN=Shop test authority" -keyout \(path)/ca.key -out \(path)/ca.pem
                openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=\(name)" \
                  -keyout \(path)/broker.key -out \(path)/broker.csr
                printf 'subjectAltName=\(name.first?.isNumber == true ? "IP" : "DNS"):\(name)' > \(path)/names
                openssl x509 -req -days 2 -in \(path)/broker.csr -CA \(path)/ca.pem -CAkey \(path)/ca.key \
                  -CAcreateserial -extfile \(path)/names -out \(path)/broker.pem
                """
            let made = try ChildProcess("/bin/sh", ["-c", script], output: path + "/openssl.log")
            #expect(made.waitForExit(seconds: 20) == 0)
        }
        return (broker, broker.folder.path + "/ca.pem")
    }

    @Test(
        "a burst is taken whole, none left within a record, none acknowledged before the flush", .timeLimit(.minutes(1))
    )
    func burst() throws {
        let (broker, authority) = try broker(named: "127.0.0.1")
        let tls = MQTTOptions.TLS(authorityFile: authority)
        let (client, started) = try MQTTClient.connected(to: broker, following: ["do/#"]) { $0.tls = tls }
        let (device, _) = try MQTTClient.connected(to: broker, "till") { $0.tls = tls }
        var collected = started
        var discarded = Collected()
        for index in 0..<200 {
            #expect(device.publish(topic: "do/a", payload: Array("command \(index)".utf8)))
        }
        #expect(device.turn(into: &discarded) { _ in device.queuedMessageCount == 0 })
        #expect(client.turn(flushes: false, into: &collected) { $0.messages.count == 200 })
        for _ in 0..<5 { collected.add(client.collect(timeoutMilliseconds: 20)) }
        #expect(!broker.log.contains("Received PUBACK from ledger"))
        #expect(client.flush())
        #expect(soon { broker.log.contains("Received PUBACK from ledger (Mid: 200") })

        // The library's wake-up pair is full by now, which ends its reading after each packet.
        for index in 200..<1_200 {
            #expect(device.publish(topic: "do/a", payload: Array("command \(index)".utf8)))
        }
        device.flush()
        collected.turnCount = 0
        var turns = 0
        while collected.messages.count < 1_200, turns < 2_000 {
            discarded.add(device.collect(timeoutMilliseconds: 0))
            device.flush()
            collected.add(client.collect(timeoutMilliseconds: 100))
            client.flush()
            turns += 1
        }
        #expect(
            collected.messages.map { String(decoding: $0.payload, as: UTF8.self) }
                == (0..<1_200).map { "command \($0)" })
    }

    @Test("a message of 200 KB arrives whole, and the connection comes back after a restart", .timeLimit(.minutes(1)))
    func largeAndRestart() throws {
        let (broker, authority) = try broker(named: "127.0.0.1")
        let tls = MQTTOptions.TLS(authorityFile: authority)
        var (client, collected) = try MQTTClient.connected(to: broker, following: ["feed"]) { $0.tls = tls }
        let payload = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(client.publish(topic: "feed", payload: payload))
        #expect(client.turn(into: &collected) { $0.messages.count == 1 })
        #expect(collected.messages.first?.payload == payload)
        broker.stop()
        #expect(client.turn(into: &collected) { _ in !client.isConnected })
        try broker.start()
        #expect(client.turn(into: &collected) { _ in client.isConnected })
        #expect(collected.sessionsPresent == [false, true])
    }

    @Test("a broker with another name is refused, and the reason says that it is the name", .timeLimit(.minutes(1)))
    func wrongName() throws {
        let (broker, authority) = try broker(named: "other.example")
        var options = MQTTOptions(clientID: "ledger", host: "127.0.0.1", port: broker.port)
        options.tls = MQTTOptions.TLS(authorityFile: authority)
        let client = try MQTTClient(options)
        client.connect()
        var collected = Collected()
        #expect(client.turn(into: &collected) { !$0.reasons.isEmpty })
        let reason = try #require(collected.reasons.first)
        #expect(reason.code == "mqtt.tls")
        #expect(reason.description.contains("host name verification failed"), "\(reason)")
    }

    @Test("a broker of an unknown authority is refused, and the reason says that it is the certificate")
    func unknownAuthority() throws {
        let (broker, _) = try broker(named: "127.0.0.1")
        var options = MQTTOptions(clientID: "ledger", host: "127.0.0.1", port: broker.port)
        options.tls = MQTTOptions.TLS(authorityFile: "/etc/ssl/certs/ca-certificates.crt")
        let client = try MQTTClient(options)
        client.connect()
        var collected = Collected()
        #expect(client.turn(into: &collected) { !$0.reasons.isEmpty })
        let reason = try #require(collected.reasons.first)
        #expect(reason.code == "mqtt.tls")
        #expect(reason.description.contains("certificate verify failed"), "\(reason)")
    }

    @Test("a handshake with a broker that says nothing keeps no loop busy")
    func silentHandshake() throws {
        let (broker, authority) = try broker(named: "127.0.0.1")
        broker.freeze()
        var options = MQTTOptions(clientID: "ledger", host: "127.0.0.1", port: broker.port)
        options.tls = MQTTOptions.TLS(authorityFile: authority)
        options.connectSecondsMax = 1
        let client = try MQTTClient(options)
        client.connect()
        var collected = Collected()
        let isDone = client.turn(into: &collected) { !$0.reasons.isEmpty }
        #expect(isDone)
        #expect(collected.reasons == [.unanswered(seconds: 1)])
        #expect(collected.turnCount < 40, "\(collected.turnCount) turns in one second")
        broker.thaw()
        #expect(client.turn(into: &collected) { _ in client.isConnected })
    }
}
