// The arrows of the house: which room may know which (DESIGN §4). A new room gets its line in this table first.

import Foundation
import Testing

/// Whom each room may import. `system` is what the machine and the toolchain bring.
private struct Arrows {
    let rooms: Set<String>
    let system: Set<String>

    init(_ rooms: Set<String> = [], system: Set<String> = []) {
        self.rooms = rooms
        self.system = system
    }

    static let core: Set<String> = ["ShopModel", "ScanCodes", "ShopCore", "Contract"]
    /// What a part of `edged` may use of the machine: nothing that starts threads, dates or Unicode tables of its own.
    static let light: Set<String> = ["Glibc", "Synchronization", "Logging"]
    /// What a tool may use beside: it is not resident.
    static let tool: Set<String> = light.union(["Foundation", "FoundationEssentials", "ArgumentParser"])

    static let table: [String: Arrows] = [
        "ShopModel": Arrows(),
        "ScanCodes": Arrows(["ShopModel"]),
        "ShopCore": Arrows(["ShopModel"]),
        "Contract": Arrows(["ShopModel", "ScanCodes"]),
        "EdgeAgent": Arrows(core, system: light),
        "CMosquitto": Arrows(), "CSQLite": Arrows(), "CCrypto": Arrows(), "CLinux": Arrows(),
        "MQTT": Arrows(["CMosquitto"], system: light),
        "SQLiteStorage": Arrows(core.union(["EdgeAgent", "CSQLite"]), system: light),
        "DeviceBus": Arrows(core.union(["EdgeAgent", "MQTT"]), system: light),
        "HeadquartersLink": Arrows(core.union(["EdgeAgent", "MQTT"]), system: light),
        "CustomerVault": Arrows(core.union(["EdgeAgent", "CCrypto"]), system: light),
        "ControlSocket": Arrows(core.union(["EdgeAgent"]), system: light),
        "SystemdNotifier": Arrows(core.union(["EdgeAgent"]), system: light),
        "EdgeControl": Arrows(["ControlSocket", "Contract", "ScanCodes", "ShopModel", "MQTT", "CLinux"], system: tool),
        "Headquarters": Arrows(["ShopModel", "ShopCore", "Contract"], system: ["Synchronization"]),
        "EdgeSimulation": Arrows(core.union(["EdgeAgent", "Headquarters"]), system: ["Synchronization"]),
        "edged": Arrows(
            core.union([
                "EdgeAgent", "MQTT", "SQLiteStorage", "DeviceBus", "HeadquartersLink", "CustomerVault", "ControlSocket",
                "SystemdNotifier", "CLinux",
            ]), system: light),
        "edgectl": Arrows(["EdgeControl", "ControlSocket", "Contract", "ShopModel"], system: tool),
        "edge-hq": Arrows(
            core.union(["Headquarters", "MQTT", "SQLiteStorage", "CustomerVault", "ControlSocket", "EdgeAgent"]),
            system: tool),
        "edge-sim": Arrows(core.union(["EdgeSimulation", "Headquarters", "EdgeAgent"]), system: tool),
        "edge-bench": Arrows(core.union(["EdgeAgent", "MQTT", "SQLiteStorage", "CLinux"]), system: tool),
    ]
}

@Suite("The house")
struct ArrowTests {
    @Test("has no room without a place in the table, and none in the table that is not there")
    func rooms() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: House.top.appendingPathComponent("Sources").path)
        for folder in folders { #expect(Arrows.table[folder] != nil, "\(folder) has no place in the table of arrows") }
        let declared = Set(declarations().map(\.room))
        for room in Arrows.table.keys.sorted() {
            #expect(folders.contains(room), "Sources/\(room) is not there")
            #expect(declared.contains(room), "Package.swift does not declare \(room)")
        }
    }

    @Test("imports along the arrows only: nobody looks up, and no adapter at another")
    func imports() {
        #expect(House.sources.count > 100)
        for file in House.sources {
            guard let arrows = Arrows.table[file.room] else { continue }
            for module in file.imports {
                #expect(
                    arrows.rooms.contains(module) || arrows.system.contains(module),
                    "\(file.path) imports \(module), which \(file.room) may not know")
            }
        }
    }

    @Test("declares no dependency against the arrows in Package.swift")
    func manifest() {
        let declarations = declarations()
        #expect(declarations.count >= Arrows.table.count)
        for (room, dependencies) in declarations {
            guard let arrows = Arrows.table[room] else { continue }
            for dependency in dependencies {
                #expect(arrows.rooms.contains(dependency), "Package.swift lets \(room) depend on \(dependency)")
            }
        }
    }

    @Test("declares in Package.swift whatever it imports")
    func declared() {
        let declarations = Dictionary(declarations().map { ($0.room, Set($0.dependencies)) }) { $0.union($1) }
        for file in House.sources {
            for module in file.imports where Arrows.table[module] != nil {
                #expect(
                    declarations[file.room]?.contains(module) == true,
                    "\(file.path) imports \(module), which Package.swift does not give to \(file.room)")
            }
        }
    }

    @Test("has no header of its own that brings the system's into Swift a second time beside Glibc")
    func headers() throws {
        let header = try String(
            contentsOf: House.top.appendingPathComponent("Sources/CLinux/include/CLinux.h"), encoding: .utf8)
        #expect(header.contains("int linux_pipe(") && !header.contains("#include"))
    }

    /// The rooms and doors of Package.swift with the rooms they depend on.
    private func declarations() -> [(room: String, dependencies: [String])] {
        let text = House.manifest
        let opening = #/(?:room|door|\.systemLibrary|\.target|\.executableTarget)\(\s*(?:name: )?"([\w-]+)"/#
        return text.matches(of: opening).map { match in
            var depth = 1
            var body = ""
            for character in text[match.range.upperBound...] {
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                if depth == 0 { break }
                body.append(character)
            }
            guard !match.0.hasPrefix(".systemLibrary"), let list = body.firstMatch(of: #/\[([^\]]*)\]/#) else {
                return (String(match.1), [])
            }
            return (String(match.1), list.1.matches(of: #/"([\w-]+)"/#).map { String($0.1) })
        }
    }
}
