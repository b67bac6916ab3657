// swift-tools-version: 6.2
// The house of the store-edge agent. Arrows run one way: model < codes, core, contract < agent < adapters < executables.

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // Code is most of what is resident: made for size, an empty agent takes 0.8 MiB less, and a scan no longer.
    .unsafeFlags(["-Osize"], .when(configuration: .release)),
]

/// A room of the house: a module under `Sources/`.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// A front door: an executable whose `main` only parses its arguments and wires rooms together.
func door(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of a room.
func tests(of name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, swiftSettings: settings)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "store-edge",
    products: [
        .executable(name: "edged", targets: ["edged"]),
        .executable(name: "edgectl", targets: ["edgectl"]),
        .executable(name: "edge-hq", targets: ["edge-hq"]),
        .executable(name: "edge-sim", targets: ["edge-sim"]),
        .executable(name: "edge-bench", targets: ["edge-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        room("ShopModel"),
        room("ScanCodes", ["ShopModel"]),
        room("ShopCore", ["ShopModel"]),
        room("Contract", ["ShopModel", "ScanCodes"]),
        room("EdgeAgent", ["ShopModel", "ScanCodes", "ShopCore", "Contract"]),

        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CLinux"),

        room("MQTT", ["CMosquitto"]),
        room("SQLiteStorage", ["CSQLite", "EdgeAgent", "ShopCore", "ShopModel", "Contract"]),
        room("DeviceBus", ["MQTT", "EdgeAgent", "ShopModel", "Contract"]),
        room("HeadquartersLink", ["MQTT", "EdgeAgent", "ShopModel", "Contract"]),
        room("CustomerVault", ["CCrypto", "EdgeAgent", "ShopModel"]),
        room("ControlSocket", []),
        room("SystemdNotifier", []),

        room("EdgeControl", ["ControlSocket", "Contract", "ScanCodes", "ShopModel", "MQTT", "CLinux", arguments]),
        room("Headquarters", ["ShopModel", "ShopCore", "Contract"]),
        room("EdgeSimulation", ["ShopModel", "ShopCore", "ScanCodes", "Contract", "EdgeAgent", "Headquarters"]),

        door(
            "edged",
            [
                "EdgeAgent", "ShopModel", "ShopCore", "Contract", "ScanCodes", "MQTT", "SQLiteStorage", "DeviceBus",
                "HeadquartersLink", "CustomerVault", "ControlSocket", "SystemdNotifier", "CLinux", logging,
            ]),
        door("edgectl", ["EdgeControl", arguments]),
        door(
            "edge-hq",
            [
                "Headquarters", "ShopModel", "ShopCore", "ScanCodes", "Contract", "MQTT", "SQLiteStorage",
                "CustomerVault",
                "ControlSocket", arguments, logging,
            ]),
        door("edge-sim", ["EdgeSimulation", arguments]),
        door("edge-bench", ["MQTT", "SQLiteStorage", "Contract", "ShopModel", "CLinux", arguments]),

        tests(of: "ShopModel", ["ShopModel"]),
        tests(of: "ScanCodes", ["ScanCodes", "ShopModel"]),
        tests(of: "ShopCore", ["ShopCore", "ShopModel"]),
        tests(of: "Contract", ["Contract", "ShopModel", "ScanCodes"]),
        tests(
            of: "EdgeAgent",
            ["EdgeAgent", "EdgeSimulation", "Headquarters", "ShopModel", "ShopCore", "ScanCodes", "Contract"]),
        tests(of: "MQTT", ["MQTT"]),
        tests(
            of: "SQLiteStorage",
            ["SQLiteStorage", "CustomerVault", "EdgeSimulation", "EdgeAgent", "ShopCore", "ShopModel", "Contract"]),
        tests(of: "CustomerVault", ["CustomerVault", "EdgeAgent", "ShopModel", "Contract"]),
        tests(of: "ControlSocket", ["ControlSocket", "SystemdNotifier"]),
        tests(
            of: "EdgeControl",
            [
                "EdgeControl", "ControlSocket", "EdgeAgent", "EdgeSimulation", "ShopModel", "ShopCore", "Contract",
            ]),
        tests(of: "Headquarters", ["Headquarters", "ShopModel", "ShopCore", "Contract"]),
        tests(
            of: "EdgeSimulation",
            ["EdgeSimulation", "EdgeAgent", "ShopCore", "ShopModel", "Contract", "SQLiteStorage", "CustomerVault"]),
        tests(of: "House", ["ShopModel", "ShopCore", "ScanCodes", "Contract", "EdgeAgent"]),
    ]
)
