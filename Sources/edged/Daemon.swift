// The daemon: opens the shop in its order, starts the loops, and ends in order or at once.

import CLinux
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

/// Why the daemon could not start, and what it ends with.
struct StartProblem: Error {
    let exitCode: Int32
    let description: String
    /// The description in French, for whoever checks a configuration by hand; the log is English.
    var french: String?
    /// Whether it is that no file and no credential of systemd's has a secret.
    var lacksCredential = false

    func description(in language: Language) -> String { language == .french ? french ?? description : description }
}

/// The daemon.
enum Daemon {
    /// Runs until told to stop.
    ///
    /// - Returns: what the process ends with.
    static func run(_ configuration: Configuration, file: String) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        // One arena a loop would keep freed memory apart in each; the loops allocate little and briefly.
        linux_bound_arenas(2)
        StopSignal.block()
        let log = QuietLog(LogVolume(Logger.Level(configuration.logLevel)))
        do {
            let shop = try OpenShop(configuration, file: file, log: log)
            return shop.run()
        } catch let problem as StartProblem {
            say("edged: \(problem.description)")
            return problem.exitCode
        } catch let error as StorageError {
            say("edged: \(error.sentence)")
            switch error {
            case .busy: return ExitCode.inUse
            // Room may come back by itself, and a disk that fails ends a start as it ends a run: it is tried again.
            case .full, .syncFailed, .other: return ExitCode.storage
            default: return ExitCode.configuration
            }
        } catch let failure as StorageFailure {
            if case .broken(let cause) = failure { say("edged: the ledger cannot be opened: \(cause)") }
            if case .full = failure { say("edged: the disk is full. Make room, then start again.") }
            return ExitCode.storage
        } catch {
            say("edged: \(error)")
            return ExitCode.configuration
        }
    }
}

extension Logger.Level {
    /// The level of a configuration, which has swift-log's names.
    init(_ level: Configuration.LogLevel) { self = Logger.Level(rawValue: level.rawValue) ?? .info }
}

/// What the loops share: nothing but mailboxes, the view, and the wish to stop.
struct SharedRoom: Sendable {
    let configuration: Configuration
    let profile: ShopProfile
    let view = CommittedView()
    let stop = StopSignal()
    let backups = BackupKeeper()
    let log: QuietLog
    let startedAt = KernelClock().read().wall
    let standing: Standing
    let sessions: Sessions
    let commits = CommitMeter()
    let messages = MessageMeter()
    /// What systemd's watchdog allows; `nil` when it does not watch.
    let watchdogMilliseconds: Int?
    let vitals: AllVitals
    /// How long a loop may rest, so that the watchdog sees it in time.
    let restMilliseconds: Int
    let ledgerWakeUp: WakeUp
    let frontWakeUp: WakeUp
    let linkWakeUp: WakeUp
    let inbox: Mailbox<Inbound>
    let errands: Mailbox<LedgerErrand>
    let busErrands: Mailbox<BusErrand>
    let simulations: Mailbox<SimulatedScan>
    /// What was lately seen of each device.
    let devices: DeviceWatch
    let toLink: Mailbox<HeadquartersLoop.LinkMail>
    let linkErrands: Mailbox<LinkErrand>
    /// What headquarters' link writes for others to read.
    let board = LinkBoard()
    /// Sessions to be made anew, since the configuration has others.
    let ledgerSessions: Mailbox<MQTTOptions>
    let linkSessions: Mailbox<MQTTOptions>
    let frontChanges: Mailbox<FrontChange>

    init(
        _ configuration: Configuration, file: String, _ profile: ShopProfile, log: QuietLog,
        sessions: Sessions, notifier: SystemdNotifier
    ) throws(MQTTError) {
        self.configuration = configuration
        self.profile = profile
        self.sessions = sessions
        self.log = log
        standing = Standing(configuration, file: file, sessions: sessions, at: startedAt)
        devices = DeviceWatch(
            heardBefore: HeardDevices.read(in: configuration.stateDirectory), onMessage: Self.observer(messages, log))
        watchdogMilliseconds = notifier.watchdogIntervalMilliseconds.map { $0 * 2 }
        vitals = AllVitals(KernelClock(), notifier)
        restMilliseconds = Watchdog.restMilliseconds(intervalMilliseconds: notifier.watchdogIntervalMilliseconds)
        let (ledger, front, link) = (try WakeUp(), try WakeUp(), try WakeUp())
        ledgerWakeUp = ledger
        frontWakeUp = front
        linkWakeUp = link
        inbox = Mailbox(capacity: 4_096) { ledger.signal() }
        errands = Mailbox(capacity: 64) { ledger.signal() }
        busErrands = Mailbox(capacity: 64) { ledger.signal() }
        simulations = Mailbox(capacity: 16) { front.signal() }
        toLink = Mailbox(capacity: 64) { link.signal() }
        linkErrands = Mailbox(capacity: 64) { link.signal() }
        ledgerSessions = Mailbox(capacity: 4) { ledger.signal() }
        linkSessions = Mailbox(capacity: 4) { link.signal() }
        frontChanges = Mailbox(capacity: 4) { front.signal() }
    }

    /// Counts each message that was answered, and logs its head for those who look on: the device, the verb when it is
    /// one of the contract's, the outcome. A verb that the sender made up may be anything, and is not shown.
    private static func observer(_ messages: MessageMeter, _ log: QuietLog) -> @Sendable (MessageHead, Int) -> Void {
        { head, microseconds in
            let verb = Verb(rawValue: head.verb)
            messages.note(
                verb, head.outcome, code: head.code, isReplayed: head.isReplayed, microseconds: microseconds)
            guard log.says(.debug) else { return }
            log.log(
                .debug, "message.answered",
                [
                    ("device", head.device.value), ("verb", verb?.rawValue ?? "unknown"),
                    ("outcome", head.outcome.rawValue), ("replayed", head.isReplayed ? "yes" : "no"),
                    ("bytes", "\(head.bytes)"), ("microseconds", "\(microseconds)"),
                ] + (head.code.map { [("code", $0)] } ?? []))
        }
    }

    /// Asks the ledger for its figures, and waits so long for them. `standing` has the latest, whatever came of it.
    func refreshFigures(waitMilliseconds: Int32) {
        // Asked again while it is stuck, the ledger would have that much more to do afterwards.
        guard !vitals.ledger.isStuck else { return }
        let standing = standing
        try? LedgerErrands.run(self, waitMilliseconds: waitMilliseconds) { ledger, _ throws(StorageFailure) in
            standing.setFigures(try ledger.figures())
            return (.success(()), nil)
        }
    }

    /// The shop's time, as of the ledger's last commit and what passed since.
    var now: Instant { view.clock(at: KernelClock().read()).now }

    /// Ends all loops in order.
    func stopAll() {
        stop.request()
        ledgerWakeUp.signal()
        frontWakeUp.signal()
        linkWakeUp.signal()
    }

    /// A loop failed: nothing more may be told to anybody, so the process ends here and now.
    func failed(_ loop: String, _ failure: any Error) -> Never {
        log.log(.critical, "loop.failed", [("loop", loop), ("cause", "\(failure)")])
        _exit(ExitCode.storage)
    }

    /// Where a loop's reports go.
    func reporter() -> Reporter {
        { [log] report in
            let level: Logger.Level =
                switch report.level {
                case .info: .info
                case .warning: .warning
                case .error: .error
                }
            log.log(level, report.event, report.facts)
            if report.event.hasSuffix("connected") { StopSignal.tellNews() }
        }
    }
}
