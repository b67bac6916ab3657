// What the machine's rungs read from files: secrets that are to be looked at, whose they have to be, and whole zones.

import Contract
import Foundation
import ShopModel
import Testing

@testable import EdgeControl

@Suite("Reading the machine")
struct MachineReadingTests {
    /// A folder that stands for a machine's root, with these files in it.
    private static func machine(_ files: [String: String]) throws -> String {
        let root = NSTemporaryDirectory() + "machine-" + UUID().uuidString
        for (path, text) in files {
            let file = root + path
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        }
        return root
    }

    private static func configuration(_ more: String = "") throws -> Configuration {
        try Configuration(
            Array(
                """
                {"shop": {"id": "S1", "timeZone": "Europe/Paris"}, "stateDirectory": "/nowhere/state",
                 "controlSocket": "/nowhere/socket",
                 "devices": {"host": "127.0.0.1", "username": "agent"}, "headquarters": {"host": "hq.example"}\(more)}
                """.utf8))
    }

    @Test("finds the secrets that the configuration names, and those of the box, each once")
    func secrets() throws {
        let root = try Self.machine([
            "/etc/edged/secrets/vault-key": "x", "/etc/edged/secrets/probe-password": "x",
            "/etc/edged/secrets/headquarters-password": "x",
        ])
        defer { try? FileManager.default.removeItem(atPath: root) }
        let context = bareContext(root: root)
        let folder = root + "/etc/edged/secrets"
        #expect(
            StateSecrets.files(try Self.configuration(), context) == [
                .init(path: "\(folder)/vault-key", isKey: true), .init(path: "\(folder)/devices-password"),
                .init(path: "\(folder)/headquarters-password", isNeeded: false),
                .init(path: "\(folder)/probe-password", isNeeded: false),
            ])
        let named = try Self.configuration(#", "vault": {"keyFile": "\#(folder)/vault-key"}"#)
        #expect(
            StateSecrets.files(named, context).first == .init(path: "\(folder)/vault-key", isKey: true, isRead: true))
        #expect(
            StateSecrets.files(try Self.configuration(), bareContext()).map(\.path)
                == ["/nowhere/etc/edged/secrets/vault-key"])
    }

    @Test("closes a secret to others, and never to the agent that reads it")
    func closing() {
        let edged = SecretKeeping.Keeper(user: 990, groups: [990])
        func seen(_ path: String, isRead: Bool, owner: UInt32, _ keeping: SecretKeeping) -> StateSecrets.Seen {
            .init(file: .init(path: path, isRead: isRead), look: .badlyKept(keeping, owner: owner))
        }
        let files = [
            seen("/a", isRead: true, owner: 990, .open(mode: 0o644)),
            seen("/b", isRead: true, owner: 0, .open(mode: 0o644)),
            seen("/c", isRead: true, owner: 7, .foreign(owner: 7)),
            seen("/d", isRead: false, owner: 0, .open(mode: 0o644)),
            seen("/e", isRead: false, owner: 7, .foreign(owner: 7)),
        ]
        #expect(
            StateSecrets.closing(files, edged, state: "/state") == [
                "sudo chown --reference=/state /b /c", "sudo chown root /e", "sudo chmod 0600 /a /b /c /d /e",
            ])
        #expect(
            StateSecrets.closing([files[1]], SecretKeeping.Keeper(user: 0, groups: [0]), state: "/state") == [
                "sudo chmod 0600 /b"
            ])
    }

    @Test("knows the agent's user and all its groups from the machine's lists")
    func user() throws {
        let root = try Self.machine([
            "/etc/passwd": "root:x:0:0::/root:/bin/sh\nedged:x:990:991::/:/usr/sbin/nologin\n",
            "/etc/group": "edged:x:991:\nadm:x:4:syslog,edged\nedged-technicians:x:992:ada\n",
        ])
        defer { try? FileManager.default.removeItem(atPath: root) }
        #expect(AgentUser.keeper(bareContext(root: root)) == SecretKeeping.Keeper(user: 990, groups: [991, 4]))
        #expect(AgentUser.keeper(bareContext()) == SecretKeeping.Keeper(user: 0, groups: []))
    }

    @Test("takes as a master key what the agent takes, and nothing else")
    func keys() {
        let key = (0..<32).map { UInt8($0) }
        let digits = Array("00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff".utf8)
        for bytes in [key, digits, digits + [0x0A], digits + [0x0D, 0x0A]] { #expect(SecretLook.isKey(bytes)) }
        for bytes in [
            [], key + [1], Array(key.dropLast()), [UInt8](repeating: 7, count: 32), Array("0".utf8),
            digits + [0x0A, 0x0A],
            Array(String(repeating: "aB", count: 32).utf8), Array(digits.dropLast()) + [0x67],
        ] { #expect(!SecretLook.isKey(bytes)) }
    }

    @Test("takes a zone's file as whole only to its last byte")
    func zones() throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/Europe/Paris")))
        #expect(ClockZone.isWhole(tzif: bytes))
        for length in stride(from: 0, to: bytes.count, by: 7) {
            #expect(!ClockZone.isWhole(tzif: Array(bytes[..<length])))
        }
        #expect(!ClockZone.isWhole(tzif: Array(bytes.dropLast())))
        #expect(ClockZone.isWhole(tzif: Array(try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/UTC")))))
    }
}
