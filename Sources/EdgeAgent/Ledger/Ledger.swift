// The one room in which the shop's promises are made: a batch of messages in, one commit, then what may be told.

import Contract
import ShopCore
import ShopModel

/// What the ledger is told at its start, and never changes while it runs.
public struct ShopProfile: Sendable {
    /// Which shop this is.
    public let shop: ShopID
    /// The language of sentences for people.
    public let language: Language
    /// The shop's zone.
    public let zone: TimeZoneRules
    /// The devices that may do more than scan.
    public let fleet: Fleet
    /// Where feeds come from, the most specific first: `shop`, then `group/<name>` of each group.
    public let scopes: [String]
    /// Commands a device may send in a second before it is slowed down.
    public let commandsPerSecondMax: Int
    /// Questions a device may send in a second before it is slowed down.
    public let questionsPerSecondMax: Int
    /// Reservations a device may place in a minute before it is slowed down.
    public let reservationsPerMinuteMax: Int

    /// What the ledger is told at its start.
    public init(
        shop: ShopID, language: Language, zone: TimeZoneRules, fleet: Fleet, groups: [String] = [],
        commandsPerSecondMax: Int = 50, questionsPerSecondMax: Int = 200, reservationsPerMinuteMax: Int = 120
    ) {
        self.shop = shop
        self.language = language
        self.zone = zone
        self.fleet = fleet
        scopes = ["shop"] + groups.map { "group/" + $0 }
        self.commandsPerSecondMax = commandsPerSecondMax
        self.questionsPerSecondMax = questionsPerSecondMax
        self.reservationsPerMinuteMax = reservationsPerMinuteMax
    }
}

extension ShopProfile {
    /// A moment as the shop's own clocks show it: `2026-11-22 17:53`.
    func localTime(_ instant: Instant) -> String {
        let (date, minute) = zone.civil(instant)
        let (hour, rest) = (minute / 60, minute % 60)
        return "\(date) \(hour < 10 ? "0" : "")\(hour):\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// What the ledger works with: the machine behind ports.
public struct LedgerPorts {
    /// The durable rows.
    public let storage: any LedgerStorage
    /// The assortment.
    public let catalogue: any CatalogueReading
    /// The clocks.
    public let clock: any MachineClock
    /// A keyed digest: of commands, so that a stored digest tells nothing about a PIN.
    public let digest: any Digesting
    /// The digest of snapshots, the same on both sides of the line: SHA-256.
    public let snapshotDigest: any Digesting
    /// PINs.
    public let pins: any PINVerifying
    /// Customers' keys.
    public let sealing: any CustomerSealing
    /// The note of the command being decided.
    public let note: any DecidingNote

    /// What the ledger works with.
    public init(
        storage: any LedgerStorage, catalogue: any CatalogueReading, clock: any MachineClock,
        digest: any Digesting, snapshotDigest: any Digesting, pins: any PINVerifying,
        sealing: any CustomerSealing, note: any DecidingNote
    ) {
        self.storage = storage
        self.catalogue = catalogue
        self.clock = clock
        self.digest = digest
        self.snapshotDigest = snapshotDigest
        self.pins = pins
        self.sealing = sealing
        self.note = note
    }
}

/// The agent's ledger: owns the durable rows, decides every command, and knows what headquarters still has to hear.
///
/// It belongs to one thread. `take` is the whole loop's work: everything that arrived is decided, then there is one
/// commit, then the view is published, and only what `take` returns may leave the house (DESIGN law 1).
public final class Ledger {
    private(set) var profile: ShopProfile
    let ports: LedgerPorts
    /// Which life of the ledger this is.
    public let incarnation: Incarnation
    /// Why this start began a new life of the ledger, without rights until headquarters grants them; `nil` when it did
    /// not.
    public let beganAnew: String?
    let home: Holder
    let view: CommittedView
    /// What headquarters' link writes for others to read.
    public var board = LinkBoard()
    var clock: ShopClock
    var pump = OutboxPump()
    var rates = DeviceRates()
    var reservationRates = DeviceRates(perMilliseconds: 60_000)
    var settings: ShopSettings
    /// The level of rights that was last asked for, by SKU, and when.
    var wantedRights: [SKU: (level: Int, askedAt: Instant)] = [:]
    /// What the machine said about time at this turn.
    private var lastReading: ClockReading
    /// The doubt in the clock that is stored.
    private var storedDoubt: Bool?
    /// The machine's uptime as of this turn: patience and rates are measured by it, since the shop's time may stand still
    /// for days, waiting for true time to reach what a clock that was ahead had told.
    var uptime = Instant(milliseconds: 0)
    /// Time of the last sweep of what is forgotten after its days.
    var sweptAt: Instant?
    /// Whether cursors are to be told after this turn.
    var tellsCursors = false
    /// The devices that technicians enrolled, as committed.
    var enrolled: [DeviceID: EnrolledDevice]
    /// The devices of the shop, as committed.
    var fleet = Fleet()
    /// Devices whose account at the shop's broker has to end, by name: their credential is over.
    public internal(set) var accountsToEnd: [DeviceID] = []
    /// The end of the first code that waits to be used.
    var nextCodeEnd: Instant?

    /// Measures commits, when somebody wants to know.
    public var stopwatch: CommitStopwatch?

    var storage: any LedgerStorage { ports.storage }

    /// Opens the ledger on what storage has, and publishes the first view.
    ///
    /// - Parameters:
    ///   - newIncarnation: the name for a new life of this ledger, if one has to begin: at the first start, or when
    ///     `identity` is not the one stored.
    ///   - identity: what this machine and file are; a copy of the ledger elsewhere is another life (DESIGN §8).
    public init(
        profile: ShopProfile, ports: LedgerPorts, view: CommittedView, newIncarnation: Incarnation, identity: String
    ) throws(StorageFailure) {
        self.profile = profile
        self.ports = ports
        self.view = view
        let storage = ports.storage
        try storage.begin()
        let reading = ports.clock.read()
        let known = try storage.value(ValueName.clock).flatMap(CommittedTime.init)
        let isDoubted = try storage.value(ValueName.clockDoubted) == "yes"
        clock = ShopClock(
            reading, committed: known?.now, doubted: isDoubted,
            provenMilliseconds: known?.provenMilliseconds(until: reading) ?? 0)
        lastReading = reading
        let former = try storage.value(ValueName.incarnation).flatMap(Incarnation.init)
        if let former, try storage.value(ValueName.identity) == identity {
            incarnation = former
            beganAnew = nil
        } else {
            incarnation = newIncarnation
            beganAnew =
                former.map { "another box, file or file system than that of incarnation \($0)" }
                ?? LifeReason.firstStart
            try storage.setValue(ValueName.incarnation, newIncarnation.value)
            try storage.setValue(ValueName.identity, identity)
            try storage.setValue(ValueName.beganBecause, beganAnew ?? LifeReason.firstStart)
        }
        home = .edge(incarnation)
        settings = try ShopSettings(storage, profile: profile)
        enrolled = Dictionary(uniqueKeysWithValues: try storage.enrolledDevices().map { ($0.id, $0) })
        if let digest = ports.note.found { try storage.countDeath(of: digest) }
        ports.note.end()
        try storage.commit()
        storage.home = home
        view.setSafety(settings.safety)
        publishFleet()
        try publishEverything()
    }

    /// Judges devices by another fleet and other limits from now on. Shop, zone and feeds stay those of the start.
    public func configure(_ profile: ShopProfile) {
        self.profile = profile
        publishFleet()
    }

    /// The moment, by the shop's clock, as of the last turn.
    public var now: Instant { clock.now }

    /// How far the shop's time can be trusted.
    public var trust: ClockTrust { clock.trust }

    /// Takes everything that arrived as one batch: decides all of it, commits once, publishes the view.
    ///
    /// Nothing that it returns existed before the commit. When it throws, nothing of the batch happened, and the
    /// process must end without a word: what was not answered is sent again by those who wait.
    ///
    /// - Throws: `.broken`. A full disk is no error: everybody is answered `later`.
    public func take(_ inbound: [Inbound]) throws(StorageFailure) -> TurnOutcome {
        readClock()
        do throws(StorageFailure) {
            return try decideAndCommit(inbound)
        } catch .full {
            return try goOnWithoutSpace(inbound)
        }
    }

    /// Does a piece of work as a turn of its own: what it changes, and what follows from it, is one commit.
    ///
    /// - Throws: `.full` with nothing changed, and whatever `take` throws.
    func takeTurn(_ work: (Turn) throws(StorageFailure) -> Void) throws(StorageFailure) -> TurnOutcome {
        readClock()
        do throws(StorageFailure) {
            return try commitTurn(work)
        } catch .full {
            try forgetTurn()
            storage.releaseBallast()
            throw .full
        }
    }

    private func readClock() {
        lastReading = ports.clock.read()
        clock.advance(lastReading)
        uptime = Instant(milliseconds: lastReading.monotonicMilliseconds)
    }

    /// A disk without space: moments are given up, what headquarters says still goes in, so that the outbox drains and
    /// space comes back; whoever asked for something is told to come again with the same id (DESIGN law 7).
    private func goOnWithoutSpace(_ inbound: [Inbound]) throws(StorageFailure) -> TurnOutcome {
        try forgetTurn()
        storage.releaseBallast()
        let others = inbound.filter { if case .device = $0 { false } else { true } }
        var outcome: TurnOutcome
        do throws(StorageFailure) {
            outcome = try decideAndCommit(others, shedding: true)
        } catch .full {
            try forgetTurn()
            for case .link(let up) in others { linkChanged(up: up) }
            outcome = TurnOutcome()
            outcome.problems = ["the disk is full; what headquarters said will be asked for again"]
        }
        for case .device(let message) in inbound {
            let reply = Reply.unreadable(
                EnvelopeHint(message.payload), verb: message.topic.verb, Refusal(.agentDiskFull), in: profile.language,
                time: profile.localTime)
            outcome.replies.append(
                DeviceReply(
                    device: message.device, payload: reply.encoded(), responseTopic: message.responseTopic,
                    correlation: message.correlation))
        }
        return outcome
    }

    /// The turn did not happen, on disk nor in memory.
    private func forgetTurn() throws(StorageFailure) {
        storage.rollback()
        // A command that found no space ended nothing, whatever ends the process later.
        ports.note.end()
        pump.rolledBack()
        wantedRights.removeAll()
        sweptAt = nil
        storedDoubt = nil
        try storage.begin()
        settings = try ShopSettings(storage, profile: profile)
        storage.rollback()
        view.setSafety(settings.safety)
    }

    private func decideAndCommit(
        _ inbound: [Inbound], shedding: Bool = false
    ) throws(StorageFailure) -> TurnOutcome {
        try commitTurn(shedding: shedding) { (turn) throws(StorageFailure) in
            for message in inbound {
                switch message {
                case .device(let message): try answer(message, in: turn)
                case .receipts(let batch): try take(batch, in: turn)
                case .feed(let message): try take(message, in: turn)
                case .link(let up): linkChanged(up: up)
                }
            }
        }
    }

    /// What is due, the work, what follows from both; then one commit, and only then is anything shown or returned.
    private func commitTurn(
        shedding: Bool = false, _ work: (Turn) throws(StorageFailure) -> Void
    ) throws(StorageFailure) -> TurnOutcome {
        let turn = Turn(now: clock.now)
        try storage.begin()
        if shedding, try storage.shedMoments(limit: 1_000) > 0 { turn.changedAnything = true }
        try recordDue(in: turn)
        try work(turn)
        try sweep(in: turn)
        turn.outcome.events = try pump.next(from: storage, shop: profile.shop, now: uptime)
        if turn.changedAnything { try rememberTime() }
        turn.outcome.nextDue = try nextDue(moreDue: turn.moreIsDue)
        if tellsCursors { turn.outcome.cursors = try storage.cursors() }
        let began = turn.changedAnything ? stopwatch?.nanoseconds() : nil
        try storage.commit()
        if let began, let stopwatch { stopwatch.committed(stopwatch.nanoseconds() - began) }
        // Only now: a turn that did not reach the disk has told nothing.
        tellsCursors = false
        pump.committed()
        publishFleet(turn)
        view.publish(turn.changes, clock: clock)
        return turn.outcome
    }

    /// Time is remembered with every commit, and any doubt in the clock whenever that changed.
    private func rememberTime() throws(StorageFailure) {
        try storage.setValue(ValueName.clock, CommittedTime(clock.now, lastReading).text)
        guard clock.isDoubted != storedDoubt else { return }
        try storage.setValue(ValueName.clockDoubted, clock.isDoubted ? "yes" : "no")
        storedDoubt = clock.isDoubted
    }

    private func linkChanged(up: Bool) {
        pump.linkChanged(up: up)
        if up { tellsCursors = true }
    }

    /// When something is due next without anybody asking: an expiry, or a try to reach headquarters again.
    private func nextDue(moreDue: Bool) throws(StorageFailure) -> Instant? {
        if moreDue { return clock.now }
        return [
            try storage.nextReservationEnd(), try storage.nextPickupDeadline(), try storage.nextCustomerExpiry(),
            nextCodeEnd, pump.nextTry.map { clock.now + ($0 - uptime) },
        ].compactMap { $0 }.min()
    }
}

/// The shop's time as it was committed, and where the machine's monotonic clock stood then.
struct CommittedTime {
    let now: Instant
    private let boot: String
    private let monotonicMilliseconds: Int64

    init(_ now: Instant, _ reading: ClockReading) {
        self.now = now
        boot = reading.boot
        monotonicMilliseconds = reading.monotonicMilliseconds
    }

    /// Reads `milliseconds/monotonic/boot`.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let now = Int64(parts[0]), let monotonic = Int64(parts[1]) else { return nil }
        self.now = Instant(milliseconds: now)
        monotonicMilliseconds = monotonic
        boot = String(parts[2])
    }

    var text: String { "\(now.milliseconds)/\(monotonicMilliseconds)/\(boot)" }

    /// Time that is proven to have passed since: in the same boot of the machine, what its monotonic clock says.
    func provenMilliseconds(until reading: ClockReading) -> Int64 {
        reading.boot == boot ? max(0, reading.monotonicMilliseconds - monotonicMilliseconds) : 0
    }
}

/// The names of the ledger's small durable values.
enum ValueName {
    static let clock = "clock.committed"
    static let clockDoubted = "clock.doubted"
    static let incarnation = "incarnation"
    static let identity = "identity"
    static let beganBecause = "incarnation.reason"
    static let grantedTo = "incarnation.granted"
    static let epoch = "headquarters.epoch"
}
