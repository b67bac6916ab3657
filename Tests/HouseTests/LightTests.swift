// What is resident stays light (DESIGN law 9): what the built objects of edged's rooms ask of the toolchain's libraries.

import Foundation
import Testing

@Suite("The daemon's rooms")
struct LightTests {
    static let rooms = [
        "ShopModel", "ScanCodes", "ShopCore", "Contract", "EdgeAgent", "MQTT", "SQLiteStorage", "DeviceBus",
        "HeadquartersLink", "CustomerVault", "ControlSocket", "SystemdNotifier", "edged",
    ]

    /// Modules whose symbols stand for a library that edged would carry from then on, as mangled. The one for regular
    /// expressions comes by itself with a harmless `text.contains("word")`, and is a tenth of all code.
    private static let heavy = [
        "17_StringProcessing", "12_RegexParser", "12RegexBuilder", "10Foundation", "20FoundationEssentials",
        "8Dispatch", "12_Concurrency", "14ArgumentParser",
    ]

    @Test("need no library that is heavier than what they do with it", arguments: rooms)
    func light(room: String) throws {
        let objects = House.objects(of: room)
        try #require(!objects.isEmpty, "no objects of \(room)")
        for object in objects {
            for symbol in try House.undefinedSymbols(in: [object]).sorted() {
                #expect(
                    !Self.heavy.contains { symbol.hasPrefix("$s") && symbol.contains($0) },
                    "\(object.split(separator: "/").last ?? "") needs \(symbol)")
            }
        }
    }

    @Test("are all that Package.swift gives to edged, system libraries apart")
    func complete() throws {
        let door = try #require(House.manifest.firstMatch(of: #/"edged",\s*\[([^\]]*)\]/#))
        let given = Set(door.1.matches(of: #/"(\w+)"/#).map { String($0.1) })
        #expect(given.count > 5)
        #expect(given.subtracting(Self.rooms).subtracting(["CLinux"]).isEmpty)
    }
}
