// A shop that is open: its state, its three loops, its control socket.

import Contract
import ControlSocket
import CustomerVault
import DeviceBus
import EdgeAgent
import Glibc
import HeadquartersLink
import Logging
import MQTT
import SQLiteStorage
import ShopCore
import ShopModel
import SystemdNotifier

/// A shop that is open. It belongs to the main thread, which is the ledger's.
final class OpenShop {
    private let room: SharedRoom
    private let ledger: Ledger
    private let loop: LedgerLoop
    private let notifier = SystemdNotifier()
    private let log: QuietLog

    /// Opens the state and makes the ledger's loop.
    init(_ configuration: Configuration, file: String, log: QuietLog) throws {
        self.log = log
        let directory = try StateDirectory(configuration.stateDirectory)
        let profile = try ShopProfile(configuration)
        log.reportProfiles(of: configuration)
        let started = StatusMessage(profile, since: KernelClock().read().wall)
        let sessions = try Sessions(configuration, will: started.will)
        let master = try Self.masterKey(configuration)
        let lastWrite = [directory.file("ledger.db-wal"), directory.file("ledger.db")].compactMap {
            SmallFile.lastWrite(of: $0)
        }.max()
        let keys = WaitingKeys(try SQLiteKeys(in: directory))
        let storage = try SQLiteLedger(in: directory, contacts: SealedContacts(master: master, keys: keys))
        for file in try storage.forgetClearContacts(writeDigest: BackupDigest.write) {
            log.log(
                .error, "contacts.inClear",
                [
                    ("file", file.path), ("reason", file.reason),
                    ("mend", "it still has names of an earlier release; look after it, then remove it"),
                ])
        }
        // Opened once for its form; from here on the link's thread alone writes it.
        if let aside = try SQLiteCatalogue(in: directory).setAside {
            log.log(.error, "catalogue.setAside", [("file", aside.path), ("reason", aside.reason)])
        }
        let room = try SharedRoom(configuration, file: file, profile, log: log, sessions: sessions, notifier: notifier)
        self.room = room
        let ports = LedgerPorts(
            storage: storage, catalogue: try SQLiteCatalogueReader(in: directory, cacheKibibytesMax: 256),
            clock: KernelClock(), digest: KeyedDigest(key: try master.derivedKey(for: "command digests")),
            snapshotDigest: PlainDigest(), pins: PINVerifier(),
            sealing: try SealedCustomers(master: master, keys: keys),
            note: try CommandNote(in: directory))
        guard let incarnation = Incarnation(try SecureRandom.uuid()) else {
            throw StartProblem(exitCode: ExitCode.storage, description: "no incarnation could be named")
        }
        ledger = try Ledger(
            profile: profile, ports: ports, view: room.view, newIncarnation: incarnation,
            identity: Identity.text(of: directory.file("ledger.db")))
        let commits = room.commits
        ledger.stopwatch = CommitStopwatch(nanoseconds: CommitMeter.nanoseconds) { commits.note(nanoseconds: $0) }
        let figures = try ledger.figures()
        room.standing.setFigures(figures)
        let run = RunRecord(
            folder: directory.path, lastWrite: lastWrite, now: KernelClock().read(), version: Version.text)
        room.standing.setRun(run)
        Self.tell(run, log)
        ledger.board = room.board
        if let reason = ledger.beganAnew {
            log.log(
                .warning, "ledger.newIncarnation",
                [
                    ("incarnation", ledger.incarnation.value), ("reason", reason),
                    ("mend", "nothing can be promised before headquarters grants rights"),
                ])
        }
        loop = try LedgerLoop(
            options: sessions.ledger,
            ledger: ledger, wakeUp: room.ledgerWakeUp, inbox: room.inbox, errands: room.errands,
            busErrands: room.busErrands, sessions: room.ledgerSessions, watch: room.devices,
            toHeadquarters: { room.toLink.send(HeadquartersLoop.LinkMail(events: $0.events, cursors: $0.cursors)) },
            report: room.reporter(), status: { started.bytes($0, lineIsUp: $1, figures: room.standing.figures) },
            farewell: started.gone(),
            vitals: room.vitals.ledger, restMillisecondsMax: room.restMilliseconds)
    }

    /// Runs the loops until told to stop.
    func run() -> Int32 {
        let room = room
        let incarnation = ledger.incarnation
        // The socket first: where another agent answers, nothing of it is disturbed.
        let control: ControlServer
        let counter = ControlCounter(room)
        do {
            control = try ControlServer(
                path: room.configuration.controlSocket, reception: { line, peer in counter.receive(line, from: peer) })
        } catch {
            say("edged: \(error)")
            return ExitCode.inUse
        }
        let notifier = notifier
        guard
            Thread.start(
                "caretaker",
                {
                    Caretaker(room, notifier).run()
                    room.stopAll()
                }) != nil, let front = Thread.start("front", { FrontThread.run(room) }),
            let link = Thread.start("headquarters", { LinkThread.run(room, incarnation: incarnation) })
        else {
            say("edged: the machine has no thread to give; see ulimit -u and the unit's TasksMax")
            return ExitCode.storage
        }
        try? notifier.ready(status: "shop \(room.profile.shop) is open")
        log.log(.info, "edged.ready", [("shop", room.profile.shop.value), ("incarnation", incarnation.value)])
        do throws(StorageFailure) {
            try loop.run { room.stop.isRequested }
        } catch {
            room.failed("ledger", error)
        }
        try? notifier.stopping()
        control.stop()
        // Neither has anything to save: what they say is in the ledger, or is said again. A loop that asks a silent name
        // server hears nothing for seconds, and the stop does not wait for that.
        let end = Self.loopsEndMilliseconds
        let ended = [front.join(milliseconds: end), link.join(milliseconds: end)].allSatisfy(\.self)
        MetricsFile.write(Metrics.afterStop, room)
        HeardDevices.write(room)
        // Noted when all is done and on disk: whoever is killed on the way there was not stopped cleanly.
        if let problem = room.standing.run?.noteStop(at: KernelClock().read().wall) {
            log.log(.warning, "edged.runNotRecorded", [("cause", problem)])
        }
        log.log(.info, "edged.stopped")
        // Whatever a loop that runs on holds must not be taken from under it.
        if !ended { _exit(0) }
        return 0
    }

    /// How long a loop may take to end once all are told to: its farewell takes milliseconds.
    private static let loopsEndMilliseconds: Int32 = 700

    /// Says how the run before ended, and notes that this one began.
    private static func tell(_ run: RunRecord, _ log: QuietLog) {
        if let previous = run.previous {
            log.log(
                previous.isClean ? .info : .warning, "edged.previousStop",
                [
                    ("reason", previous.reason.rawValue), ("clean", previous.isClean ? "yes" : "no"),
                    ("at", previous.at?.description ?? "unknown"),
                    ("uncleanStops30d", "\(run.uncleanCount(now: KernelClock().read().wall))"),
                ])
        }
        // A disk that is full is no reason not to open: the next start is misled about this run, and nothing else.
        if let problem = run.noteStart() { log.log(.warning, "edged.runNotRecorded", [("cause", problem)]) }
    }

    static func masterKey(_ configuration: Configuration) throws -> MasterKey {
        guard let path = Secrets.file(configuration.vaultKeyFile, else: .vaultKey) else {
            throw StartProblem(
                exitCode: ExitCode.configuration,
                description: """
                    no master key is named: customers' data could not be sealed.
                    Set vault.keyFile in the configuration, or start under systemd with LoadCredential=vault-key.
                    """,
                french: """
                    aucune clé maîtresse n'est nommée : les données des clients ne pourraient être scellées.
                    Mettez vault.keyFile dans la configuration, ou démarrez sous systemd avec LoadCredential=vault-key.
                    """, lacksCredential: true)
        }
        try Secrets.check(path, "the master key")
        do throws(VaultError) {
            return try MasterKey.load(path)
        } catch {
            throw StartProblem(exitCode: ExitCode.configuration, description: "\(error)")
        }
    }
}

extension ShopProfile {
    /// The shop as its configuration has it.
    init(_ configuration: Configuration) throws(StartProblem) {
        guard let zone = ZoneFile.rules(configuration.shop.timeZone) else {
            throw StartProblem(
                exitCode: ExitCode.configuration,
                description: """
                    the time zone \(configuration.shop.timeZone) is not known on this box.
                    Install the package tzdata, or correct shop.timeZone in the configuration.
                    """,
                french: """
                    le fuseau horaire \(configuration.shop.timeZone) n'est pas connu sur ce boîtier.
                    Installez le paquet tzdata, ou corrigez shop.timeZone dans la configuration.
                    """)
        }
        var devices: [DeviceID: Fleet.Device] = [:]
        for device in configuration.fleet {
            devices[device.id] = Fleet.Device(
                role: DeviceRole(device.role), screen: device.screen, family: device.family, profile: device.profile)
        }
        self.init(
            shop: configuration.shop.id, language: configuration.shop.firstLanguage, zone: zone, fleet: Fleet(devices),
            groups: configuration.headquarters.groups.map(\.value),
            commandsPerSecondMax: configuration.limits.commandsPerSecond,
            questionsPerSecondMax: configuration.limits.questionsPerSecond,
            reservationsPerMinuteMax: configuration.limits.reservationsPerMinute)
    }
}
