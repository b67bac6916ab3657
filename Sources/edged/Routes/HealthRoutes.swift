// `health`: how the agent fares, told also when the ledger is stuck, since that is when it matters.

import Contract
import EdgeAgent
import Glibc
import SQLiteStorage
import ShopCore
import ShopModel

/// The question after the agent's health.
enum HealthRoutes {
    static let table: [String: ControlRoute] = [
        "health": .question { request, _, room throws(Refusal) in
            try request.fields.refuseUnknown()
            return .done(Health(room).json)
        }
    ]
}

/// How the agent fares. Everything but the ledger's own figures is read on the asking thread; those are asked for, and
/// when the ledger does not answer soon, the last ones are told with their age.
struct Health {
    private let room: SharedRoom
    private let reading: ClockReading
    private let figures: LedgerFigures?

    /// How long the ledger may take to answer before it is told without it.
    private static let waitMilliseconds: Int32 = 1_000

    init(_ room: SharedRoom) {
        self.room = room
        room.refreshFigures(waitMilliseconds: Self.waitMilliseconds)
        reading = KernelClock().read()
        figures = room.standing.figures
    }

    var json: JSON {
        .present(
            ("now", .string(reading.wall.description)), ("shop", .string(room.profile.shop.value)),
            ("version", .string(Version.text)), ("contract", "v1"), ("pid", .count(Int(getpid()))),
            ("since", .string(room.startedAt.description)),
            (
                "boot",
                ["id": .string(reading.boot), "uptimeSeconds": .integer(reading.monotonicMilliseconds / 1_000)]
            ),
            ("lastStop", lastStop),
            ("uncleanStops30d", room.standing.run.map { .count($0.uncleanCount(now: reading.wall)) }),
            ("powerLosses30d", room.standing.run.map { .count($0.powerLossCount(now: reading.wall)) }),
            (
                "uncleanStops1h",
                room.standing.run.map { .count($0.uncleanCount(now: reading.wall, withinMilliseconds: 3_600_000)) }
            ),
            ("loops", .array(room.vitals.all.map(\.json))),
            ("watchdog", ["allowedMilliseconds": room.watchdogMilliseconds.map(JSON.count) ?? .null]),
            ("lastCommit", lastCommit), ("clock", clock),
            ("shopBroker", connection(room.vitals.ledger, room.standing.loaded.configuration.devices)),
            (
                "headquarters",
                connection(
                    room.vitals.headquarters, room.standing.loaded.configuration.headquarters.broker,
                    thrownOut: room.board.now.thrownOutAt)
            ),
            ("storage", storage), ("feeds", .array(feeds)), ("feedTroubles", .array(feedTroubles)),
            ("lanes", figures.map { .array($0.lanes.map(\.json)) }),
            ("rights", rights), ("certificates", .array(certificates)), ("configuration", configuration),
            ("figures", age))
    }

    /// Of when the ledger's figures are.
    private var age: JSON {
        guard let figures else { return ["ageMilliseconds": .null] }
        return [
            "takenAt": .string(figures.takenAt.description),
            "ageMilliseconds": .integer(max(0, reading.wall - figures.takenAt)),
        ]
    }

    private var lastStop: JSON? {
        guard let previous = room.standing.run?.previous else { return nil }
        return .present(
            ("clean", .bool(previous.isClean)), ("reason", .string(previous.reason.rawValue)),
            ("at", previous.at.map { .string($0.description) }))
    }

    private var lastCommit: JSON? {
        let commits = room.commits.reading
        guard let at = commits.at else { return nil }
        return [
            "at": .string(at.description), "milliseconds": .integer(Int64(commits.milliseconds.rounded(.up))),
            "slowestMilliseconds1h": .integer(Int64(commits.slowestMillisecondsInHour.rounded(.up))),
        ]
    }

    private var clock: JSON? {
        guard let figures else { return nil }
        return .present(
            ("trust", .string(figures.trust.rawValue)), ("stepsSeen", .count(figures.stepsSeen)),
            ("lastStepMilliseconds", figures.lastStepMilliseconds.map(JSON.integer)),
            ("synchronised", .bool(reading.synchronised)), ("shopTime", .string(figures.now.description)))
    }

    /// - Parameter thrownOut: when the broker gave the session to another client of its name.
    private func connection(
        _ vitals: LoopVitals, _ broker: Configuration.Broker, thrownOut: [Instant]? = nil
    ) -> JSON {
        let connection = vitals.connection
        return .present(
            ("connected", .bool(connection.isUp)), ("since", connection.since.map { .string($0.description) }),
            ("host", .string(broker.host)), ("port", .count(broker.port)),
            ("lastError", connection.lastError.map(JSON.string)),
            ("connections1h", .count(connection.connectionsInHour)),
            ("thrownOut1h", thrownOut.map { .count($0.count { reading.wall - $0 <= 3_600_000 }) }),
            ("lastReceiptAt", connection.lastReceiptAt.map { .string($0.description) }))
    }

    private var storage: JSON {
        let files = StorageFiles(room.configuration.stateDirectory)
        return .present(
            ("schema", .count(SQLiteLedger.schemaVersion)), ("ledgerBytes", files.ledgerBytes.map(JSON.count)),
            ("walBytes", .count(files.walBytes)), ("freeBytes", files.freeBytes.map(JSON.count)),
            ("ballast", .bool(files.hasBallast)))
    }

    private var feeds: [JSON] {
        FeedReport.all(
            cursors: figures?.cursors ?? [], parked: figures?.parkedEntries ?? [], link: room.board.now
        ).map(\.json)
    }

    private var feedTroubles: [JSON] {
        FeedTrouble.all(parked: figures?.parkedEntries ?? [], link: room.board.now, now: reading.wall).map(\.json)
    }

    private var rights: JSON? {
        guard let figures else { return nil }
        return [
            "low": .array(
                figures.rightsLow.map {
                    [
                        "sku": .string($0.sku.value), "promisable": .count($0.promisable),
                        "wanted": .count($0.wanted),
                    ]
                }), "count": .count(figures.rightsLowCount),
        ]
    }

    private var certificates: [JSON] {
        let configuration = room.standing.loaded.configuration
        let files = [
            ("devices.ca", configuration.devices.ca), ("devices.certificate", configuration.devices.certificate),
            ("headquarters.ca", configuration.headquarters.broker.ca),
            ("headquarters.certificate", configuration.headquarters.broker.certificate),
        ]
        return files.compactMap { what, file in file.map { ["what": .string(what), "file": .string($0)] } }
    }

    private var configuration: JSON {
        let loaded = room.standing.loaded
        return .present(
            ("file", .string(room.standing.configurationFile)), ("loadedAt", .string(loaded.at.description)),
            ("pendingRestart", .array(loaded.pendingRestart.map(JSON.string))),
            ("refused", loaded.refusal.map(JSON.string)))
    }
}

extension LoopVitals {
    fileprivate var json: JSON {
        [
            "loop": .string(loop.rawValue), "ageMilliseconds": .integer(ageMilliseconds),
            "lateMilliseconds": .integer(lateMilliseconds), "stuck": .bool(isStuck),
        ]
    }
}

extension LaneCount {
    fileprivate var json: JSON {
        .present(
            ("lane", .string(lane.name)), ("pending", .count(pending)), ("parked", .count(parked)),
            ("oldest", oldest.map { .string($0.description) }))
    }
}

extension JSON {
    /// An object of those fields that are there.
    static func present(_ fields: (String, JSON?)...) -> JSON {
        .object(fields.compactMap { name, value in value.map { Member(name, $0) } })
    }
}

/// The state directory as it lies on the disk.
struct StorageFiles {
    /// The ledger's file; `nil` when it cannot be looked at.
    let ledgerBytes: Int?
    /// Its write-ahead log.
    let walBytes: Int
    /// The assortment's file.
    let catalogueBytes: Int?
    /// What the agent may still write.
    let freeBytes: Int?
    /// Whether the space for the worst day is kept.
    let hasBallast: Bool

    init(_ folder: String) {
        ledgerBytes = Self.bytes(folder + "/ledger.db")
        walBytes = Self.bytes(folder + "/ledger.db-wal") ?? 0
        catalogueBytes = Self.bytes(folder + "/catalogue.db")
        hasBallast = Self.bytes(folder + "/ballast") ?? 0 > 0
        var system = statvfs()
        freeBytes = statvfs(folder, &system) == 0 ? Int(system.f_bavail) * Int(system.f_frsize) : nil
    }

    private static func bytes(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}
