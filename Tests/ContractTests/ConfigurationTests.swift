// The configuration of edged: what it says, and what it refuses with place and mend.

import Contract
import ShopModel
import Testing

private func configuration(_ text: String) throws -> Configuration { try Configuration(Array(text.utf8)) }

private let least = #"""
    "shop": {"id": "paris-1"}, "devices": {"host": "127.0.0.1"}, "headquarters": {"host": "hq.example.com"}
    """#

@Suite("A configuration")
struct ConfigurationTests {
    @Test("with the least that is needed has the documented defaults")
    func defaults() throws {
        let read = try configuration("{\(least)}")
        #expect(
            read
                == Configuration(
                    shop: .init(id: ShopID("paris-1")!), devices: .init(host: "127.0.0.1"),
                    headquarters: .init(.init(host: "hq.example.com"))))
        #expect(read.devices.port == 1_883)
        #expect(read.stateDirectory == "/var/lib/edged")
        #expect(read.controlSocket == "/run/edged/control.sock")
        #expect(read.shop.firstLanguage == .french)
        #expect(read.vaultKeyFile == nil)
        #expect(read.logLevel == .info)
    }

    @Test("may say everything, with comments and trailing commas")
    func everything() throws {
        let read = try configuration(
            #"""
            {
              // the shop
              "shop": {"id": "paris-1", "timeZone": "Europe/Brussels", "languages": ["en"],},
              "stateDirectory": "/srv/edged", "controlSocket": "/tmp/c.sock",
              "devices": {"host": "localhost", "port": 8883, "username": "agent", "passwordFile": "/p", "ca": "/ca",
                          "certificate": "/c", "key": "/k"},
              "headquarters": {"host": "hq", "ca": "/ca", "groups": ["france", "europe"]},
              "vault": {"keyFile": "/v"},
              "fleet": [
                {"id": "scanner-1", "family": "scanner", "screen": "tablet-1"},
                {"id": "tablet-1", "family": "tablet"},
                {"id": "mirror-1", "family": "mirror", "role": "clerk"},
                {"id": "old-1", "family": "scanner",
                 "profile": {"topic": "scanners/4711/barcode", "verb": "scan", "encoding": "json",
                             "pointers": {"code": "/data/barcode"}}},
              ],
              "limits": {"commandsPerSecond": 500, "questionsPerSecond": 5000, "reservationsPerMinute": 60000},
              "log": {"level": "debug"},
            }
            """#)
        #expect(read.headquarters.broker.port == 8_883)
        #expect(read.headquarters.groups.map(\.value) == ["france", "europe"])
        #expect(read.fleet.map(\.role) == [.clerk, .clerk, .clerk, .clerk])
        #expect(read.device(DeviceID("scanner-1")!)?.screen?.value == "tablet-1")
        #expect(read.fleet[3].profile?.pointers == [.init(field: "code", pointer: "/data/barcode")])
        #expect(read.limits == .init(commandsPerSecond: 500, questionsPerSecond: 5_000, reservationsPerMinute: 60_000))
        #expect(read.shop.languages == [.english])
        #expect(read.logLevel == .debug)
    }

    @Test(
        "with a mistake is refused with its place, and says how to mend it",
        arguments: [
            (#"{"shop": {"id": "paris-1"}}"#, "contract.missing", "/devices"),
            (#"{"devices": {"host": "h"}}"#, "contract.missing", "/shop"),
            (#"{\#(least), "stateDirektory": "/x"}"#, "contract.unknownKey", "/stateDirektory"),
            (#"{"shop": {"id": "paris-1", "timezone": "Europe/Paris"}}"#, "contract.unknownKey", "/shop/timezone"),
            (#"{"shop": {"id": "paris 1"}}"#, "contract.badIdentifier", "/shop/id"),
            (#"{"shop": {"id": "p", "timeZone": "../../etc/passwd"}}"#, "contract.badIdentifier", "/shop/timeZone"),
            (#"{"shop": {"id": "p", "languages": ["de"]}}"#, "contract.unknownValue", "/shop/languages/0"),
            (#"{"shop": {"id": "p"}, "devices": {"host": "h", "port": 0}}"#, "contract.outOfRange", "/devices/port"),
            (
                #"{"shop": {"id": "p"}, "devices": {"host": "h", "key": "/k"}}"#, "contract.pairIncomplete",
                "/devices/key"
            ),
            (
                #"{"shop": {"id": "p"}, "devices": {"host": "h", "passwordFile": "/k"}}"#, "contract.pairIncomplete",
                "/devices/passwordFile"
            ),
            (
                #"{"shop": {"id": "p"}, "devices": {"host": "h", "groups": []}}"#, "contract.unknownKey",
                "/devices/groups"
            ),
            (#"{\#(least), "fleet": [{"id": "all", "family": "till"}]}"#, "contract.badIdentifier", "/fleet/0/id"),
            (
                #"{\#(least), "fleet": [{"id": "a", "family": "till"}, {"id": "a", "family": "till"}]}"#,
                "contract.duplicateDevice", "/fleet/1/id"
            ),
            (
                #"{\#(least), "fleet": [{"id": "a", "family": "scanner", "screen": "b"}]}"#, "contract.unknownScreen",
                "/fleet/0/screen"
            ),
            (#"{\#(least), "fleet": [{"id": "a", "family": "robot"}]}"#, "contract.unknownValue", "/fleet/0/family"),
            (
                #"{\#(least), "fleet": [{"id": "a", "family": "scanner", "profile": {"topic": "x/#", "verb": "scan"}}]}"#,
                "contract.badIdentifier", "/fleet/0/profile/topic"
            ),
            (#"{\#(least), "limits": {"commandsPerSecond": "50"}}"#, "contract.wrongType", "/limits/commandsPerSecond"),
            (#"{\#(least), "log": {"level": "loud"}}"#, "contract.unknownValue", "/log/level"),
            (#"{\#(least), "vault": {"file": "/v"}}"#, "contract.unknownKey", "/vault/file"),
        ])
    func mistakes(text: String, code: String, field: String) throws {
        let refusal = try #require(refusal { _ = try configuration(text) })
        #expect(refusal.code.name == code)
        #expect(refusal.field == field)
        #expect(!Configuration.mend(for: refusal).isEmpty)
    }

    @Test("that lacks a key is mended by an example of it")
    func mend() throws {
        let refusal = try #require(refusal { _ = try configuration(#"{"shop": {"id": "paris-1"}}"#) })
        #expect(Configuration.mend(for: refusal).contains(#""devices": {"host": "127.0.0.1""#))
    }

    @Test("that is no JSON is refused with line and column")
    func broken() throws {
        let refusal = try #require(refusal { _ = try configuration("{\n \"shop\": }") })
        #expect(refusal.code.name.hasPrefix("json.") || refusal.code.name.hasPrefix("contract."))
        #expect(refusal.facts.contains { $0.name == "line" })
    }
}
