// The store of a pair of key and certificate, and the names of a box, on real files.

import Foundation
import ShopModel
import Testing

@testable import EdgeControl

@Suite("A pair of key and certificate")
final class CertificateStoreTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/store-\(UUID().uuidString)"
    private let words = Words(language: .english)

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func write(_ text: String, _ name: String) throws {
        try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
    }

    private func text(_ name: String) -> String? { try? String(contentsOfFile: folder + "/" + name, encoding: .utf8) }

    private func stage(_ store: CertificateStore, _ text: String) throws {
        try store.makePending()
        try write("key " + text, "pending/" + store.keyName)
        try write("certificate " + text, "pending/" + store.certificateName)
        try store.handOver(group: nil, mode: 0o600)
    }

    @Test("is swapped in one step, from plain files on, and taken back")
    func swaps() throws {
        try write("key 1", "server.key")
        try write("certificate 1", "server.crt")
        let store = try CertificateStore(certificate: folder + "/server.crt", key: folder + "/server.key", words)
        try stage(store, "2")
        #expect(text("server.crt") == "certificate 1", "nothing is used before it is promoted")
        let former = try store.promote(serial: "ab12")
        #expect([text("server.key"), text("server.crt")] == ["key 2", "certificate 2"])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/current") == "issued/ab12")
        try store.takeBack(former)
        #expect([text("server.key"), text("server.crt")] == ["key 1", "certificate 1"])
        #expect(text("pending/server.crt") == "certificate 2", "what did not serve can be looked at")
        store.dropPending()
        #expect(!FileManager.default.fileExists(atPath: store.pending))
    }

    @Test("may be named by what lies behind current, and need not be there at first")
    func behindCurrent() throws {
        let place = folder + "/current"
        let store = try CertificateStore(certificate: place + "/client.crt", key: place + "/client.key", words)
        #expect(store.folder == folder)
        try stage(store, "1")
        #expect(try store.promote(serial: "1") == nil)
        #expect(text("current/client.crt") == "certificate 1")
        #expect(text("client.crt") == nil)
    }

    @Test("keeps the last former ones, and an old key no longer than that")
    func forgets() throws {
        let place = folder + "/current"
        let store = try CertificateStore(certificate: place + "/client.crt", key: place + "/client.key", words)
        for number in 1...6 {
            try stage(store, String(number))
            _ = try store.promote(serial: String(number))
        }
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder + "/issued")
        #expect(kept.count <= 4)
        #expect(kept.contains("6") && kept.contains("5"))
        #expect(text("current/client.key") == "key 6")
    }

    @Test("in two folders is refused: one step could not swap both")
    func apart() {
        #expect(throws: Failure.self) {
            _ = try CertificateStore(certificate: "/etc/a/server.crt", key: "/etc/b/server.key", words)
        }
    }

    @Test("a box's certificate says its name, its addresses and what somebody chose, each once")
    func names() throws {
        try write("Shop.Example.org # the shop's own\n10.0.0.5\n\nlocalhost\n", "names")
        try write("192.0.2.7 fd00::7 127.0.0.1 fe80::1", "addresses")
        let names = try ServerNames.wanted(
            chosenFile: folder + "/names", addressFile: folder + "/addresses", words)
        #expect(names.filter { $0 == "DNS:localhost" }.count == 1)
        for name in ["DNS:shop.example.org", "IP:10.0.0.5", "IP:192.0.2.7", "IP:fd00::7", "IP:127.0.0.1"] {
            #expect(names.contains(name))
        }
        #expect(!names.contains { $0.contains("fe80") })
        let now = Instant(milliseconds: 0)
        let facts = CertificateFacts(
            subject: "s", issuer: "i", notBefore: now, notAfter: now,
            names: ["LOCALHOST", "FD00:0:0:0:0:0:0:7", "10.0.0.5"])
        #expect(
            ServerNames.missing(["DNS:localhost", "IP:fd00::7", "IP:10.0.0.5", "IP:10.0.0.6"], in: facts)
                == ["IP:10.0.0.6"])
    }

    @Test(
        "a line that is neither a name nor an address is refused with its words",
        arguments: ["not a name", "-box", "box_1", "a..b", "*.example.org", "DNS:box", "box,IP:1.2.3.4"])
    func badNames(line: String) throws {
        try write(line + "\n", "names")
        #expect(throws: Failure.self) {
            _ = try ServerNames.wanted(chosenFile: folder + "/names", addressFile: nil, words)
        }
    }
}

@Suite("The clock by which a timer has a certificate made")
struct ClockStandingTests {
    @Test(
        "is what its witness last said, if that was lately",
        arguments: [
            ("5000 synchronised\n", ClockStanding.synchronised), ("5000 unsynchronised\n", .free), ("5000", .unknown),
            ("", .unknown), ("50000 unsynchronised\n", .unknown), ("x unsynchronised\n", .unknown),
            ("5000 perhaps\n", .unknown),
        ])
    func witness(line: String, standing: ClockStanding) {
        #expect(ClockStanding(line: Array(line.utf8), sinceBoot: 35_000) == standing)
        #expect(ClockStanding(line: Array(line.utf8), sinceBoot: 41_000) != standing || standing == .unknown)
    }

    @Test("is waited for in the first hour after a start, when it is known not to be synchronised")
    func waits() {
        #expect(ClockStanding.free.isWaitedFor(sinceBoot: 120_000))
        #expect(!ClockStanding.free.isWaitedFor(sinceBoot: ClockStanding.waitMilliseconds))
        #expect(!ClockStanding.synchronised.isWaitedFor(sinceBoot: 120_000))
        #expect(!ClockStanding.unknown.isWaitedFor(sinceBoot: 120_000))
    }
}
