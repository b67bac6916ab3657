// Causes in the network that one rung has to tell rightly: names of certificates, a broker that does not start, the line.

import Contract
import Glibc
import ShopModel
import Testing

@testable import EdgeControl

@Suite("The box's certificate")
struct BoxNamesTests {
    private let file = ["etc/edged/broker/names": "10.9.8.7\n"]

    private func facts(_ names: [String]) -> CertificateFacts {
        CertificateFacts(
            subject: "box", issuer: "shop", notBefore: .ofMachine, notAfter: .ofMachine + 1_000, names: names)
    }

    /// All that the box should say, but for `lacking`.
    private func names(_ context: CheckContext, lacking: String? = nil) throws -> [String] {
        let all = try ServerNames.wanted(
            chosenFile: context.machine("/etc/edged/broker/names"), addressFile: nil, context.words)
        return all.map { String($0.split(separator: ":", maxSplits: 1)[1]) }.filter { $0 != lacking }
    }

    @Test("is in order while it says each name and address, and a warning names the one that it lacks")
    func lacking() throws {
        try withCheck(files: file) { context, _ in
            #expect(BoxNames(context).problem(facts(try names(context))) == nil)
            let problem = try #require(BoxNames(context).problem(facts(try names(context, lacking: "10.9.8.7"))))
            #expect(problem.code == "certificate.namesMissing" && problem.detail.contains("10.9.8.7"))
            #expect(problem.mend == "sudo edgectl certificate renew")
        }
    }

    @Test("that lacks where a device was told to look for the box is a fault, and so is one without any address")
    func devicesTurnAway() throws {
        let devices = #"{"devices":[{"device":"scanner-7","state":"active","boxAddress":"10.9.8.7"}]}"#
        try withCheck(["device.list": devices], files: file) { context, _ in
            let problem = try #require(BoxNames(context).problem(facts(try names(context, lacking: "10.9.8.7"))))
            #expect(problem.kind == .fault && problem.detail.contains("scanner-7"))
        }
        try withCheck(files: file) { context, _ in
            #expect(BoxNames(context).problem(facts(["localhost", "127.0.0.1", "192.0.2.1"]))?.kind == .fault)
        }
    }
}

@Suite("A broker that does not start")
struct BrokerEndingTests {
    @Test("has its ports and files read from its configuration")
    func configuration() throws {
        let read = BrokerConfiguration(
            """
            # listener 1 remark
            plugin_opt_config_file /var/lib/edged-broker/dynamic-security.json
            listener 1883 127.0.0.1
            listener 8883
            certfile /etc/edged/broker/server.crt
            keyfile /etc/edged/broker/server.key
            listener 8884 0.0.0.0
            certfile /etc/edged/broker/server.crt
            """)
        #expect(read.listeners.map(\.port) == [1_883, 8_883, 8_884])
        #expect(read.listeners.map { $0.address?.host } == ["127.0.0.1", nil, nil])
        #expect(read.files == ["/etc/edged/broker/server.crt", "/etc/edged/broker/server.key"])
        #expect(read.accounts == "/var/lib/edged-broker/dynamic-security.json")
        func socket(_ host: String, _ port: Int) throws -> ListeningSocket {
            ListeningSocket(address: try #require(SocketAddress(host, port: port)), inode: 1)
        }
        #expect(try read.listeners[0].collides(with: socket("0.0.0.0", 1_883)))
        #expect(try !read.listeners[0].collides(with: socket("192.0.2.1", 1_883)))
        #expect(try read.listeners[1].collides(with: socket("127.0.0.1", 8_883)))
        #expect(try !read.listeners[1].collides(with: socket("127.0.0.1", 8_884)))
    }

    @Test("is told by the last line of its log that says why, and not by what was mended since")
    func telling() {
        let older = ["mosquitto version 2.0.11 starting", "Error: Unable to load server key file", ""]
        #expect(BrokerEnding.telling(older.map { $0[...] }) == "Error: Unable to load server key file")
        let later = older + ["mosquitto version 2.0.11 running", "mosquitto version 2.0.11 terminating"]
        #expect(BrokerEnding.telling(later.map { $0[...] }) == nil)
        let long = later + ["Error: " + String(repeating: "x", count: 1_000)]
        #expect(BrokerEnding.telling(long.map { $0[...] })?.count == 200)
    }
}

@Suite("Trouble on the line")
struct LineCauseTests {
    private static let health = #"{"lanes":[],"feeds":[],"now":"2026-11-22T10:00:00Z"}"#

    /// What the ladder says of the feeds when those rungs are at fault.
    private func feeds(faults: [String], health: String = health) throws -> Verdict {
        var found: Verdict?
        try withCheck(["health": health]) { context, _ in
            let rungs = ["hq.tls", "hq.login", "clock.offset", "agent.running"].map { name in
                Rung(name) { _ in faults.contains(name) ? .fault("test", "broken", mend: "mend it") : .fine("") }
            }
            let ladder = Ladder(rungs: rungs + TrafficRungs.all)
            found = ladder.climb(context).first { $0.name == "feeds.age" }?.verdict
        }
        return try #require(found)
    }

    @Test("explains that no feed has come, and wrong time that none has come for long")
    func feedsExplained() throws {
        #expect(try feeds(faults: []).code == "feeds.missing")
        #expect(try feeds(faults: ["hq.tls"]).because == "hq.tls")
        #expect(try feeds(faults: ["hq.login"]).because == "hq.login")
        let old = #"""
            {"lanes":[],"now":"2026-11-25T10:00:00Z","feeds":[{"feed":"catalogue","takenAt":"2026-11-22T10:00:00Z"},
             {"feed":"stock","takenAt":"2026-11-22T10:00:00Z"}]}
            """#
        #expect(try feeds(faults: [], health: old).code == "feeds.old")
        #expect(try feeds(faults: ["clock.offset"], health: old).because == "clock.offset")
    }

    @Test("is none when headquarters remembers this box as it was before its restore")
    func formerSelf() throws {
        func identity(_ more: String) throws -> Verdict {
            var found: Verdict?
            let ping =
                #"{"headquarters":{"sees":{"incarnation":"i","state":"current","otherInstance":{"instance":"abc"\#(more)}}}}"#
            try withCheck(["hq.ping": ping, "health": "{}"]) { context, _ in
                found = HeadquartersIdentity.verdict(context)
            }
            return try #require(found)
        }
        #expect(try identity("").code == "headquarters.otherBox")
        #expect(try identity(#","isFormerSelf":true"#).kind == .fine)
    }

    @Test("by an authority that Debian does not know names the place for headquarters' own, and no list of Debian's")
    func privateAuthority() throws {
        let configuration = """
            {"shop":{"id":"S1"},"stateDirectory":"FOLDER","devices":{"host":"127.0.0.1","port":1},
             "headquarters":{"host":"hq.example","port":8883,"ca":"/etc/ssl/certs/ca-certificates.crt"}}
            """
        try withCheck(configuration: configuration) { context, _ in
            let broker = try #require(context.configuration).headquarters.broker
            var seen = TLSInspection()
            seen.chain = [
                CertificateFacts(
                    subject: "CN=hq.example", issuer: "CN=Headquarters' own", notBefore: .ofMachine,
                    notAfter: .ofMachine)
            ]
            seen.problems = [.init(depth: 0, number: 20, text: "unable to get local issuer certificate")]
            let verdict = TLSJudgement(context, broker, side: .headquarters).verdict(seen)
            #expect(verdict.code == "headquarters.foreignAuthority")
            #expect(verdict.cause?.contains("this box trusts Debian's authorities") == true)
            #expect(verdict.mend?.contains("/etc/edged/hq-ca.crt") == true)
            #expect(verdict.mend?.contains("headquarters.ca") == true)
        }
    }
}
