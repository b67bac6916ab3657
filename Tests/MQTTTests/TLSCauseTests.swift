// Whatever is wrong with a private connection is named, and used as soon as it is mended.

import Foundation
import Glibc
import MQTT
import Testing

/// An authority of a test's own, and what it makes: real certificates by openssl.
private struct Authority {
    let folder: String

    /// The authority that was made in a folder before.
    init(madeIn folder: URL) { self.folder = folder.path }

    init(in folder: URL) throws {
        self.folder = folder.path
        try run(
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Test authority" \
              -keyout ca.key -out ca.pem
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Other authority" \
              -keyout other.key -out other.pem
            """)
    }

    /// Makes `<file>.pem` and `<file>.key` for a name.
    ///
    /// - Parameters:
    ///   - days: from now until its end; below 0 it has ended.
    ///   - authority: `ca` or `other`.
    ///   - clock: words before openssl, such as faketime's.
    func make(_ file: String, for name: String, days: Int = 2, by authority: String = "ca", clock: String = "") throws {
        try run(
            """
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=\(name)" \
              -keyout new.key -out new.csr
            printf 'subjectAltName=\(name.first?.isNumber == true ? "IP" : "DNS"):\(name)' > names
            \(clock) openssl x509 -req -days \(days) -in new.csr -CA \(authority).pem -CAkey \(authority).key \
              -CAcreateserial -extfile names -out new.pem
            chmod 0644 new.key
            mv new.pem \(file).pem
            mv new.key \(file).key
            """)
    }

    private func run(_ script: String) throws {
        let made = try ChildProcess(
            "/bin/sh", ["-c", "set -e\ncd \(folder)\n" + script], output: folder + "/openssl.log")
        #expect(made.waitForExit(seconds: 30) == 0)
    }
}

@Suite("A private connection that does not come about", .serialized)
struct TLSCauseTests {
    private static let lines = "cafile %FOLDER%/ca.pem\ncertfile %FOLDER%/broker.pem\nkeyfile %FOLDER%/broker.key"
    private static let wantsCertificates = lines + "\nrequire_certificate true"

    /// Options with short pauses for a broker's own port.
    private func options(_ broker: TestBroker) -> MQTTOptions {
        var options = MQTTOptions(clientID: "link", host: "127.0.0.1", port: broker.port)
        options.tls = MQTTOptions.TLS(authorityFile: broker.folder.path + "/ca.pem")
        options.reconnectMillisecondsFirst = 50
        options.reconnectMillisecondsMax = 200
        return options
    }

    /// The cause that attempts are given up for. A broker that refuses a certificate says so and hangs up at once; which
    /// of both is seen first is chance, so an attempt may know nothing.
    private func cause(_ options: MQTTOptions) throws -> TLSCause? {
        let client = try MQTTClient(options)
        client.connect()
        var collected = Collected()
        client.turn(seconds: 20, into: &collected) { Self.causes($0).contains { $0 != .unknown } }
        return Self.causes(collected).first { $0 != .unknown }
    }

    private static func causes(_ collected: Collected) -> [TLSCause] {
        collected.reasons.compactMap { if case .tls(let cause, _) = $0 { cause } else { nil } }
    }

    @Test(
        "says what is wrong with the broker's certificate",
        arguments: [
            (TLSCause.brokerExpired, "127.0.0.1", -1, "ca", ""),
            (.brokerNotYetValid, "127.0.0.1", 2, "ca", "faketime '+3 days'"),
            (.brokerUnknownAuthority, "127.0.0.1", 2, "other", ""),
            (.brokerWrongName, "other.example", 2, "ca", ""),
        ])
    func broker(_ expected: TLSCause, name: String, days: Int, by authority: String, clock: String) throws {
        let broker = try TestBroker(Self.lines) {
            try Authority(in: $0).make("broker", for: name, days: days, by: authority, clock: clock)
        }
        #expect(try cause(options(broker)) == expected)
    }

    @Test("says what is wrong with this box's own certificate")
    func own() throws {
        let broker = try TestBroker(Self.wantsCertificates) { folder in
            let authority = try Authority(in: folder)
            try authority.make("broker", for: "127.0.0.1")
            try authority.make("expired", for: "shop", days: -1)
            try authority.make("foreign", for: "shop", by: "other")
        }
        var options = options(broker)
        #expect(try cause(options) == .ownMissing)
        let folder = broker.folder.path
        for (file, expected) in [("expired", TLSCause.ownExpired), ("foreign", .ownUnknownAuthority)] {
            options.tls?.certificateFile = "\(folder)/\(file).pem"
            options.tls?.keyFile = "\(folder)/\(file).key"
            #expect(try cause(options) == expected, "\(file)")
        }
        options.tls?.keyFile = "\(folder)/broker.key"
        #expect(try cause(options) == .ownFiles, "a key of another certificate")
    }

    @Test("says that the broker speaks nothing newer than TLS 1.1: this box speaks nothing older than 1.2")
    func oldProtocol() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("old-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Authority(in: folder).make("broker", for: "127.0.0.1")
        let port = TestBroker.freePort()
        let server = try ChildProcess(
            "/usr/bin/openssl",
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-cert", folder.path + "/broker.pem", "-key",
                folder.path + "/broker.key", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-quiet",
            ], output: folder.path + "/server.log")
        defer { server.stop() }
        var options = MQTTOptions(clientID: "link", host: "127.0.0.1", port: port)
        options.tls = MQTTOptions.TLS(authorityFile: folder.path + "/ca.pem")
        options.reconnectMillisecondsFirst = 50
        // Until it listens, attempts are refused by the system.
        #expect(try cause(options) == .protocolTooOld)
    }

    @Test("says that what answers speaks no TLS, or only that it hung up: then nothing is made up")
    func plain() throws {
        let broker = try TestBroker { try Authority(in: $0).make("broker", for: "127.0.0.1") }
        let client = try MQTTClient(options(broker))
        client.connect()
        var collected = Collected()
        #expect(client.turn(into: &collected) { !$0.reasons.isEmpty })
        switch collected.reasons.first {
        case .tls(let cause, _)?: #expect([.notTLS, .unknown].contains(cause))
        case .lost?: break
        case let other: Issue.record("\(String(describing: other))")
        }
    }

    @Test("comes about by itself once files are put right, without a new client", .timeLimit(.minutes(1)))
    func mended() throws {
        let broker = try TestBroker(Self.wantsCertificates) { try Authority(in: $0).make("broker", for: "127.0.0.1") }
        let folder = broker.folder
        let authority = Authority(madeIn: folder)
        var options = options(broker)
        options.tls?.certificateFile = folder.path + "/shop.pem"
        options.tls?.keyFile = folder.path + "/shop.key"
        // Nothing is there yet: that fails the attempt, not the client.
        let client = try MQTTClient(options)
        client.subscribe([("down", .atLeastOnce)])
        client.connect()
        var collected = Collected()
        #expect(client.turn(into: &collected) { !$0.reasons.isEmpty })
        #expect(collected.reasons.first?.description.contains("shop.pem cannot be read") == true)
        try authority.make("shop", for: "shop", days: -1)
        func isExpired(_ reason: MQTTError) -> Bool { if case .tls(.ownExpired, _) = reason { true } else { false } }
        #expect(client.turn(into: &collected) { $0.reasons.contains(where: isExpired) })
        try authority.make("shop", for: "shop")
        #expect(client.turn(into: &collected) { $0.isConnected && $0.grantedCount == 1 })
        #expect(client.publish(topic: "down", payload: [7]))
        #expect(client.turn(into: &collected) { $0.messages.count == 1 })
    }

    @Test("comes about by itself once the password file is put right", .timeLimit(.minutes(1)))
    func password() throws {
        let broker = try TestBroker("allow_anonymous false\npassword_file %FOLDER%/passwords") { folder in
            let made = try ChildProcess(
                "/usr/bin/mosquitto_passwd", ["-c", "-b", folder.path + "/passwords", "shop", "right"],
                output: folder.path + "/passwd.log")
            #expect(made.waitForExit(seconds: 10) == 0)
        }
        let file = broker.folder.path + "/secret"
        try "wrong\n".write(toFile: file, atomically: true, encoding: .utf8)
        var options = MQTTOptions(clientID: "link", host: "127.0.0.1", port: broker.port)
        options.username = "shop"
        options.passwordFile = file
        options.reconnectMillisecondsFirst = 50
        let client = try MQTTClient(options)
        client.connect()
        var collected = Collected()
        #expect(client.turn(into: &collected) { $0.reasons.first?.code == "mqtt.refused" })
        try "right\n".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(client.turn(into: &collected) { $0.isConnected })
    }
}
