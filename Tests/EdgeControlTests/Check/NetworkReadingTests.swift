// What the network's rungs read: the kernel's tables, a firewall's rules, resolvers' answers, openssl's words.

import Contract
import ShopModel
import Testing

@testable import EdgeControl

@Suite("The network's rungs read")
struct NetworkReadingTests {
    @Test("the kernel's table of sockets: who listens where, IPv4 and IPv6, and nobody who does not")
    func listeningSockets() {
        let four = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:075B 00000000:0000 0A 00000000:00000000 00:00000000 00000000   110        0 23456 1
               1: 00000000:22B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000   110        0 23457 1
               2: 0100007F:075B 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000   110        0 23458 1
            """
        let found = ListeningSockets.read(four)
        #expect(found.map(\.address.description) == ["127.0.0.1:1883", "0.0.0.0:8883"])
        #expect(found.map(\.inode) == [23_456, 23_457])
        #expect(found[0].address.isLoopback && !found[1].address.isLoopback)
        let six = """
              sl  local_address                         remote_address                        st
               0: 00000000000000000000000001000000:2329 00000000000000000000000000000000:0000 0A 0:0 0:0 0 110 0 7 1
            """
        #expect(ListeningSockets.read(six).map(\.address.description) == ["[::1]:9001"])
        #expect(ListeningSockets.read("") == [])
    }

    @Test("addresses: which of them the Internet does not know, and which stay on this machine")
    func addresses() {
        #expect(SocketAddress("192.168.1.7", port: 53)?.description == "192.168.1.7:53")
        #expect(SocketAddress("2001:db8::1", port: 53)?.description == "[2001:db8::1]:53")
        #expect(SocketAddress("hq.example.com") == nil)
        for text in ["10.0.0.1", "172.31.0.1", "192.168.0.1", "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1", "::1"]
        {
            #expect(SocketAddress(text)?.isPrivate == true, "\(text)")
        }
        for text in ["172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1"] {
            #expect(SocketAddress(text)?.isPrivate == false, "\(text)")
        }
        #expect(SocketAddress("::ffff:127.0.0.1")?.isLoopback == true)
        #expect(SocketAddress("0.0.0.0")?.isUnspecified == true)
    }

    @Test("resolv.conf as the system does: three at most, comments and other lines passed over")
    func resolvers() {
        let text = """
            # made by DHCP
            search shop.lan
            nameserver 192.168.1.1
            nameserver\tfe80::1%eth0
            nameserver nonsense
            nameserver 8.8.8.8
            nameserver 8.8.4.4
            """
        #expect(
            NameLookup.resolvers(in: text).map(\.description) == ["192.168.1.1:53", "[fe80::1]:53", "8.8.8.8:53"])
    }

    @Test("a resolver's answer: addresses behind compressed names, codes, and nothing that was not asked for")
    func resolverAnswers() throws {
        let question = try #require(ResolverQuestion.bytes(name: "hq.example.com", id: 0x1234))
        #expect(question.count == 12 + 16 + 4)
        #expect(ResolverQuestion.bytes(name: "a..b", id: 1) == nil)
        #expect(ResolverQuestion.bytes(name: String(repeating: "a", count: 64), id: 1) == nil)
        var answer = question
        answer[2] = 0x81
        answer[3] = 0x80
        answer[7] = 2
        let name: [UInt8] = [0xC0, 0x0C]
        answer += name + [0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xC0, 0x0C]
        answer += name + [0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 9]
        #expect(ResolverQuestion.read(answer, id: 0x1234) == .answered(code: 0, addresses: ["203.0.113.9"]))
        #expect(ResolverQuestion.read(answer, id: 0x1235) == nil)
        #expect(ResolverQuestion.read(question, id: 0x1234) == nil)
        var unknown = question
        unknown[2] = 0x81
        unknown[3] = 0x83
        #expect(ResolverQuestion.read(unknown, id: 0x1234) == .answered(code: 3, addresses: []))
        // Whatever a broken resolver sends, reading it ends.
        for count in 0..<answer.count { _ = ResolverQuestion.read(Array(answer.prefix(count)), id: 0x1234) }
    }

    @Test("the first message of TLS is as large as asked for, and its lengths agree")
    func clientHello() {
        for count in [600, 1_400, 4_600] {
            let bytes = ClientHello.bytes(name: "hq.example.com", byteCount: count)
            #expect(bytes.count == count)
            #expect(Int(bytes[3]) << 8 | Int(bytes[4]) == count - 5)
            #expect(Int(bytes[6]) << 16 | Int(bytes[7]) << 8 | Int(bytes[8]) == count - 9)
        }
        #expect(ClientHello.bytes(name: nil, byteCount: 0).count > 100)
        let request = ConnectRequest.padded(clientID: "check", byteCount: 4_600)
        #expect((4_500...4_700).contains(request.count))
        #expect(request[0] == 0x10)
        let length = Int(request[1] & 0x7F) | Int(request[2]) << 7
        #expect(length == request.count - 3)
    }

    @Test("a certificate's dates and names")
    func certificate() throws {
        let facts = try #require(
            CertificateFacts(
                """
                subject=CN = box-1
                issuer=O = House, CN = Shop authority
                notBefore=Nov  2 18:16:11 2026 GMT
                notAfter=Feb 20 18:16:11 2027 GMT
                X509v3 Subject Alternative Name:
                    DNS:box-1.local, IP Address:192.168.1.2
                """))
        #expect(facts.subject == "CN = box-1")
        #expect(facts.issuer == "O = House, CN = Shop authority")
        #expect(facts.notBefore.description == "2026-11-02T18:16:11Z")
        #expect(facts.names == ["box-1.local", "192.168.1.2"])
        #expect(facts.daysLeft(at: try #require(Instant(rfc3339: "2027-02-18T00:00:00Z"))) == 2)
        #expect(facts.daysLeft(at: try #require(Instant(rfc3339: "2027-02-20T18:16:12Z"))) == -1)
        #expect(CertificateFacts("subject=CN = x") == nil)
    }

    @Test("openssl's report: the chain, each complaint once with its place, the version, the server's alert")
    func inspection() {
        let output = """
            CONNECTED(00000003)
            ---
            Certificate chain
             0 s:CN = hq
               i:CN = Proxy
               a:PKEY: rsaEncryption, 2048 (bit); sigalg: RSA-SHA256
               v:NotBefore: Nov 22 18:16:11 2026 GMT; NotAfter: Feb 20 18:16:11 2027 GMT
            -----BEGIN CERTIFICATE-----
            AAAA
            -----END CERTIFICATE-----
            ---
            Server certificate
            subject=CN = hq
            issuer=CN = Proxy
            ---
            New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384
            """
        let complaint = """
            depth=0 CN = hq
            verify error:num=20:unable to get local issuer certificate
            verify return:1
            depth=0 CN = hq
            verify error:num=20:unable to get local issuer certificate
            depth=0 CN = hq
            verify error:num=62:hostname mismatch
            40B7:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../ssl/record.c:1586:SSL alert number 116
            """
        let seen = TLSInspection.read(
            ToolRun(ending: .exited(1), output: Array(output.utf8), complaint: Array(complaint.utf8)))
        #expect(seen.chain.map(\.issuer) == ["CN = Proxy"])
        #expect(seen.problems.map(\.number) == [20, 62])
        #expect(seen.version == "TLSv1.3")
        #expect(seen.alert == "certificate required")
        #expect(seen.ownPEM?.contains("AAAA") == true)
        let plain = "40B7:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl/record.c:354:"
        let other = TLSInspection.read(ToolRun(ending: .exited(1), complaint: Array(plain.utf8)))
        #expect(other.error == "wrong version number")
        #expect(other.version == nil && other.chain.isEmpty)
    }

    @Test(
        "openssl's words about the box's own files are told from those about the server",
        arguments: [
            (
                "8026:error:05800074:x509 certificate routines:X509_check_private_key:key values mismatch:../x.c:403:\n",
                "key values mismatch"
            ),
            (
                "Private key does not match the certificate public key\n",
                "Private key does not match the certificate public key"
            ),
            (
                "Could not read client certificate from notes.pem\nUnable to load client certificate\n",
                "Could not read client certificate from notes.pem"
            ),
            (
                "800B:error:05800088:x509 certificate routines:X509_load_cert_crl_file_ex:no certificate or crl found:../b.c:2:\n",
                "no certificate or crl found"
            ),
        ])
    func ownFiles(complaint: String, problem: String) {
        let seen = TLSInspection.read(ToolRun(ending: .exited(1), complaint: Array(complaint.utf8)))
        #expect(seen.fileProblem == problem)
        #expect(seen.error == nil && seen.alert == nil)
    }
}

@Suite("A firewall's rules")
struct FirewallTests {
    private static func chain(_ hook: String, policy: String, _ rules: String...) -> Firewall? {
        let texts = rules.enumerated().map { index, expressions in
            #"{"rule":{"family":"inet","table":"f","chain":"c","handle":\#(index + 2),"expr":[\#(expressions)]}}"#
        }
        let head =
            #"{"chain":{"family":"inet","table":"f","name":"c","hook":"\#(hook)","prio":0,"policy":"\#(policy)"}}"#
        let json = #"{"nftables":[\#(([head] + texts).joined(separator: ","))]}"#
        return (try? JSONReader.read(Array(json.utf8), limits: .configuration)).flatMap(Firewall.init)
    }

    private static let toBroker = Firewall.Packet(
        interface: "eth0", destination: SocketAddress(bytes: [192, 168, 1, 2], port: 8_883), port: 8_883)
    private static let port =
        #"{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":8883}}"#
    private static let otherPort =
        #"{"match":{"op":"in","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":{"set":[22,80]}}}"#
    private static let established =
        #"{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}}"#
    private static let unknown = #"{"match":{"op":"==","left":{"meta":{"key":"skuid"}},"right":0}}"#

    @Test("that drop a port are named with their place and text")
    func drops() throws {
        let wall = try #require(Self.chain("input", policy: "accept", Self.port + #",{"drop":null}"#))
        let rule = try #require(wall.obstacle(for: Self.toBroker, hook: "input"))
        #expect(rule == "inet f c, handle 2: tcp dport 8883 drop")
        #expect(wall.obstacle(for: Self.toBroker, hook: "output") == nil)
    }

    @Test("let through what an earlier rule accepts, and what only old connections or other ports lose")
    func accepts() throws {
        let wall = try #require(
            Self.chain(
                "input", policy: "accept", Self.established + #",{"drop":null}"#, Self.otherPort + #",{"drop":null}"#,
                Self.port + #",{"accept":null}"#, Self.port + #",{"drop":null}"#))
        #expect(wall.obstacle(for: Self.toBroker, hook: "input") == nil)
    }

    @Test("that drop by default are named, unless a rule that is not understood might let it in")
    func policy() throws {
        let shut = try #require(Self.chain("input", policy: "drop", Self.established + #",{"accept":null}"#))
        #expect(shut.obstacle(for: Self.toBroker, hook: "input") == "inet f c: policy drop")
        let maybe = try #require(Self.chain("input", policy: "drop", Self.unknown + #",{"accept":null}"#))
        #expect(maybe.obstacle(for: Self.toBroker, hook: "input") == nil)
        let unclear = try #require(Self.chain("input", policy: "accept", Self.unknown + #",{"drop":null}"#))
        #expect(unclear.obstacle(for: Self.toBroker, hook: "input") == nil)
    }
}

@Suite("The broker's log")
struct BrokerLogTests {
    private static func log(_ text: String) -> BrokerStory { BrokerStory(lines: text.split(separator: "\n")) }

    @Test("names who was refused by the address that it had come from before")
    func wrongPassword() {
        let log = Self.log(
            """
            New connection from 192.168.1.37:5001 on port 8883.
            New client connected from 192.168.1.37:5001 as scanner-7 (p2, c1, k60, u'scanner-7').
            Client scanner-7 disconnected.
            1795371400: New connection from 192.168.1.37:5002 on port 8883.
            1795371400: Client <unknown> disconnected, not authorised.
            2026-11-22T18:16:39: New connection from 192.168.1.99:5003 on port 8883.
            2026-11-22T18:16:39: Client <unknown> disconnected, not authorised.
            """)
        #expect(log.refusals(of: "scanner-7").map(\.cause) == [.notAuthorised])
        #expect(log.refusals.map(\.address) == ["192.168.1.37", "192.168.1.99"])
        #expect(log.account(at: "192.168.1.99") == nil)
    }

    @Test("forgets a refusal once the device has come in")
    func mended() {
        let log = Self.log(
            """
            New client connected from 10.0.0.3:1 as tablet-1 (p5, c0, k60, u'tablet-1').
            New connection from 10.0.0.3:2 on port 8883.
            Client <unknown> disconnected, not authorised.
            New connection from 10.0.0.3:3 on port 8883.
            New client connected from 10.0.0.3:3 as tablet-1 (p5, c0, k60, u'tablet-1').
            """)
        #expect(log.refusals.count == 1)
        #expect(log.refusals(of: "tablet-1").isEmpty)
    }

    @Test("tells a device that rejects the box's certificate from one that speaks no TLS")
    func certificateRejected() {
        let log = Self.log(
            """
            New connection from 10.0.0.4:1 on port 8883.
            OpenSSL Error[0]: error:0A000418:SSL routines::tlsv1 alert unknown ca
            Client <unknown> disconnected: Protocol error.
            New connection from 10.0.0.5:1 on port 8883.
            OpenSSL Error[0]: error:0A00010B:SSL routines::wrong version number
            Client <unknown> disconnected: Protocol error.
            """)
        #expect(
            log.refusals.map(\.cause) == [.certificateRejected("unknown ca"), .noPrivacy("wrong version number")])
        #expect(log.refusals.map(\.address) == ["10.0.0.4", "10.0.0.5"])
    }

    @Test("takes the address from the line of a connection whose TLS failed on its first bytes")
    func failedAtOnce() {
        let log = Self.log(
            """
            New connection from 10.0.0.4:1 on port 8883.
            Client connection from fe80::5 failed: error:0A000418:SSL routines::tlsv1 alert unknown ca.
            """)
        #expect(log.refusals.map(\.cause) == [.certificateRejected("unknown ca")])
        #expect(log.refusals.map(\.address) == ["fe80::5"])
    }

    @Test("names no address when connections from several were open at once")
    func interleaved() {
        let log = Self.log(
            """
            New connection from 10.0.0.4:1 on port 8883.
            New connection from 10.0.0.5:1 on port 8883.
            Client <unknown> disconnected, not authorised.
            """)
        #expect(log.refusals.map(\.address) == [nil])
    }

    @Test("shows two devices that throw each other out, with both addresses")
    func fighting() throws {
        let log = Self.log(
            """
            New client connected from 10.0.0.4:1 as scanner-7 (p2, c1, k60, u'scanner-7').
            Client scanner-7 already connected, closing old connection.
            New client connected from 10.0.0.9:1 as scanner-7 (p2, c1, k60, u'scanner-7').
            Client scanner-7 already connected, closing old connection.
            New client connected from 10.0.0.4:2 as scanner-7 (p2, c1, k60, u'scanner-7').
            Client scanner-7 already connected, closing old connection.
            New client connected from 10.0.0.9:2 as scanner-7 (p2, c1, k60, u'scanner-7').
            """)
        let account = try #require(log.accounts["scanner-7"])
        #expect(account.takeOverCount == 3)
        #expect(account.rivals == ["10.0.0.4", "10.0.0.9"])
    }

    @Test("counts keep-alives that were lost, by account even when the client has another name")
    func timeOut() throws {
        let log = Self.log(
            """
            New client connected from 10.0.0.4:1 as pda-4711 (p2, c1, k60, u'scanner-7').
            Client pda-4711 has exceeded timeout, disconnecting.
            """)
        let account = try #require(log.accounts["scanner-7"])
        #expect(account.timeOutCount == 1)
        #expect(account.timedOutLine > account.connectedLine)
    }

    @Test("reads nonsense without a word about it")
    func nonsense() {
        let log = Self.log(
            """
            New connection from
            New client connected from  as (
            New client connected from x as y
            Client
            Client  already connected, closing old connection.
            Socket error on client
            OpenSSL Error
            """)
        #expect(log.refusals.isEmpty)
        #expect(log.lineCount == 7)
    }
}
