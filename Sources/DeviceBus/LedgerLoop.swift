// The ledger's loop: take what came, decide all of it in one commit, then reply, then write (DESIGN §6).

import Contract
import EdgeAgent
import MQTT
import ShopModel

/// Where what leaves the ledger for headquarters goes.
public struct HeadquartersMail: Sendable {
    /// Events of one lane.
    public let events: [EventBatch]
    /// The ledger's feed cursors, when they are to be told.
    public let cursors: [FeedCursor]?

    /// Mail for headquarters' loop.
    public init(events: [EventBatch], cursors: [FeedCursor]?) {
        self.events = events
        self.cursors = cursors
    }
}

/// A piece of work on the ledger for somebody on another thread: the control socket's commands.
public struct LedgerErrand: Sendable {
    /// Runs on the ledger's thread, between turns. Returns what follows when it was a turn of its own, after its commit.
    public typealias Work =
        @Sendable (_ ledger: Ledger, _ lineIsUp: Bool) throws(StorageFailure) -> TurnOutcome?

    let run: Work

    /// Work on the ledger.
    public init(_ run: @escaping Work) { self.run = run }
}

/// The thread that owns the ledger and the command session.
public final class LedgerLoop {
    private(set) var client: MQTTClient
    let ledger: Ledger
    private let wakeUp: WakeUp
    private let inbox: Mailbox<Inbound>
    private let errands: Mailbox<LedgerErrand>
    private let sessions: Mailbox<MQTTOptions>
    private let busErrands: Mailbox<BusErrand>
    let watch: DeviceWatch
    /// What is asked of the broker about accounts; see `LedgerLoop+Accounts`.
    var accounts = AccountDesk(prefix: "edged-\(LoopTime.microseconds())")
    var settled: [SettledAccount] = []
    var pairing: Set<DeviceID> = []
    var ending: Set<DeviceID> = []
    var endsAgainAt: Int64 = 0
    private var fleetVersion = -1
    private let toHeadquarters: @Sendable (HeadquartersMail) -> Void
    let report: Reporter
    private let status: (Ledger, _ line: Bool) -> [UInt8]
    private let vitals: LoopVitals
    private let farewell: [UInt8]
    private var lineIsUp = false
    private var toldStatus: [UInt8] = []
    /// Which devices there are; see `LedgerLoop+Roll`.
    var roll = DeviceRollTimer()
    var toldRoll: [UInt8] = []

    private let restMillisecondsMax: Int64

    /// The loop.
    ///
    /// - Parameters:
    ///   - busErrands: what others want of the connection to the shop's broker.
    ///   - watch: where messages and presences are noted.
    ///   - sessions: options of a session that is to take the place of the one in use.
    ///   - status: the retained `shop/v1/all/agent` message.
    ///   - farewell: the last retained `shop/v1/all/agent` message, said at a good end.
    ///   - vitals: where its turns and its connection are noted.
    ///   - restMillisecondsMax: the longest that it rests, so that it is seen to live and sees a changed clock.
    public init(
        options: MQTTOptions, ledger: Ledger, wakeUp: WakeUp, inbox: Mailbox<Inbound>,
        errands: Mailbox<LedgerErrand>, busErrands: Mailbox<BusErrand>, sessions: Mailbox<MQTTOptions>,
        watch: DeviceWatch, toHeadquarters: @escaping @Sendable (HeadquartersMail) -> Void, report: @escaping Reporter,
        status: @escaping (Ledger, _ line: Bool) -> [UInt8], farewell: [UInt8],
        vitals: LoopVitals, restMillisecondsMax: Int = LoopVitals.restMillisecondsMax
    ) throws(MQTTError) {
        client = try MQTTClient(options)
        self.ledger = ledger
        self.wakeUp = wakeUp
        self.inbox = inbox
        self.errands = errands
        self.busErrands = busErrands
        self.watch = watch
        self.sessions = sessions
        self.toHeadquarters = toHeadquarters
        self.report = report
        self.status = status
        self.vitals = vitals
        self.farewell = farewell
        self.restMillisecondsMax = Int64(restMillisecondsMax)
    }

    /// Runs until `isStopping` says so; wake the loop after it changed.
    ///
    /// - Throws: `.broken`, upon which the process has to end at once and without a word: nothing of the failed turn
    ///   was told to anybody, and the messages are still the broker's.
    public func run(isStopping: @Sendable () -> Bool) throws(StorageFailure) {
        client.subscribe(ShopTopics.ledgerFilters.map { ($0, .atLeastOnce) })
        client.connect()
        var due: Instant? = ledger.now
        while !isStopping() {
            let rest = rest(until: due)
            vitals.rests(milliseconds: rest)
            let turn = client.collect(wakeUps: [wakeUp.fileDescriptor], timeoutMilliseconds: rest)
            vitals.turns()
            if turn.wokenUpBy.contains(wakeUp.fileDescriptor) { wakeUp.drain() }
            turn.report(as: "shopBroker", to: report)
            turn.tell(vitals)
            listenToProfiles()
            let arrivedAt = LoopTime.microseconds()
            accounts.look(turn, now: arrivedAt / 1_000)
            var inbound = inbox.takeAll()
            for case .link(let up) in inbound { lineIsUp = up }
            for message in turn.messages { try take(message, into: &inbound) }
            try settle(into: &inbound)
            let outcome = try ledger.take(inbound)
            due = outcome.nextDue
            send(outcome, arrivedAt: arrivedAt)
            if turn.connected {
                toldStatus = []
                beginRoll()
            }
            tellStatus()
            tellRoll()
            client.flush()
            for errand in errands.takeAll() {
                guard let outcome = try errand.run(ledger, lineIsUp) else { continue }
                due = outcome.nextDue
                send(outcome, arrivedAt: arrivedAt)
                client.flush()
            }
            for errand in busErrands.takeAll() { perform(errand) }
            endAccounts()
            client.flush()
            for options in sessions.takeAll() { reconnect(options) }
        }
        // The broker drops the will at a good end: what it would have said is said here.
        client.publish(topic: ShopTopics.everyone(.agent), payload: farewell, isRetained: true)
        client.flush()
        client.disconnect()
        client.flush()
    }

    /// Goes on in a session made anew. What this turn took in is decided and answered; what the old connection did not
    /// carry any more is sent again by those who wait, and answered from the ledger.
    private func reconnect(_ options: MQTTOptions) {
        let next: MQTTClient
        do throws(MQTTError) { next = try MQTTClient(options) } catch {
            return report(.sessionNotChanged("shopBroker", error))
        }
        client.disconnect()
        client.flush()
        client = next
        vitals.disconnected("the configuration changed")
        toldStatus = []
        fleetVersion = -1
        client.subscribe(ShopTopics.ledgerFilters.map { ($0, .atLeastOnce) })
        client.connect()
    }

    /// What may leave the house after a turn's commit.
    func send(_ outcome: TurnOutcome, arrivedAt: Int64) {
        for reply in outcome.replies { client.publish(reply) }
        let microseconds = Int(LoopTime.microseconds() - arrivedAt)
        for reply in outcome.replies {
            if let head = reply.head { watch.note(head, microseconds: microseconds) }
        }
        if !outcome.events.isEmpty || outcome.cursors != nil {
            toHeadquarters(HeadquartersMail(events: outcome.events, cursors: outcome.cursors))
        }
        for problem in outcome.problems {
            report(LoopReport(.warning, "ledger.problem", [("problem", problem)]))
        }
    }

    private func take(_ message: MQTTMessage, into inbound: inout [Inbound]) throws(StorageFailure) {
        if accounts.take(message) { return }
        guard let question = DeviceMessage(message) else {
            if !message.isClearing { takeForeign(message, into: &inbound) }
            return
        }
        if case .presence(let device) = question.topic {
            let presence = DeviceWatch.Presence(message.payload)
            return watch.note(presence: presence, of: device, isListed: ledger.lists(device), at: ledger.now)
        }
        guard !message.isClearing, !question.isForFront else { return }
        if question.isPairing { try pair(question, into: &inbound) } else { inbound.append(.device(question)) }
    }

    /// A device that commands on a topic of its own, or nobody.
    private func takeForeign(_ message: MQTTMessage, into inbound: inout [Inbound]) {
        switch ledger.foreign(message.topic, message.payload, retained: message.isRetained) {
        case .message(let command): inbound.append(.device(command))
        case .refused(let reply):
            client.publish(reply)
            if let head = reply.head { watch.note(head, microseconds: 0) }
        case nil:
            report(LoopReport(.warning, "message.foreignTopic", [("topic", LoggedTopic.text(message.topic))]))
        }
    }

    /// Listens to the topics of devices that command on their own.
    private func listenToProfiles() {
        guard ledger.fleetVersion != fleetVersion else { return }
        fleetVersion = ledger.fleetVersion
        let topics = ledger.profileTopics
        if !topics.isEmpty { client.subscribe(topics.map { ($0, .atLeastOnce) }) }
    }

    private func tellStatus() {
        let now = status(ledger, lineIsUp)
        guard now != toldStatus, client.isConnected else { return }
        if client.publish(topic: ShopTopics.everyone(.agent), payload: now, isRetained: true) { toldStatus = now }
    }

    /// Milliseconds to rest: none while something is due, and never so long that a changed clock goes unnoticed.
    private func rest(until due: Instant?) -> Int32 {
        var rest = restMillisecondsMax
        if let due { rest = min(rest, max(0, due - ledger.now)) }
        if let due = roll.due { rest = min(rest, max(0, due - LoopTime.microseconds() / 1_000)) }
        if let deadline = accounts.nextDeadline { rest = min(rest, max(0, deadline - LoopTime.microseconds() / 1_000)) }
        return Int32(clamping: rest)
    }
}
