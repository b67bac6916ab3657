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
    private let client: MQTTClient
    private let ledger: Ledger
    private let wakeUp: WakeUp
    private let inbox: Mailbox<Inbound>
    private let errands: Mailbox<LedgerErrand>
    private let toHeadquarters: @Sendable (HeadquartersMail) -> Void
    private let report: Reporter
    private let status: (Ledger, _ line: Bool) -> [UInt8]
    private let vitals: LoopVitals
    private let farewell: [UInt8]
    private var lineIsUp = false
    private var toldStatus: [UInt8] = []

    private let restMillisecondsMax: Int64

    /// The loop.
    ///
    /// - Parameters:
    ///   - status: the retained `shop/v1/all/agent` message.
    ///   - farewell: the last retained `shop/v1/all/agent` message, said at a good end.
    ///   - vitals: where its turns and its connection are noted.
    ///   - restMillisecondsMax: the longest that it rests, so that it is seen to live and sees a changed clock.
    public init(
        options: MQTTOptions, ledger: Ledger, wakeUp: WakeUp, inbox: Mailbox<Inbound>,
        errands: Mailbox<LedgerErrand>, toHeadquarters: @escaping @Sendable (HeadquartersMail) -> Void,
        report: @escaping Reporter,
        status: @escaping (Ledger, _ line: Bool) -> [UInt8], farewell: [UInt8],
        vitals: LoopVitals, restMillisecondsMax: Int = LoopVitals.restMillisecondsMax
    ) throws(MQTTError) {
        client = try MQTTClient(options)
        self.ledger = ledger
        self.wakeUp = wakeUp
        self.inbox = inbox
        self.errands = errands
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
            var inbound = inbox.takeAll()
            for case .link(let up) in inbound { lineIsUp = up }
            for message in turn.messages where !message.isClearing { take(message, into: &inbound) }
            let outcome = try ledger.take(inbound)
            due = outcome.nextDue
            send(outcome)
            if turn.connected { toldStatus = [] }
            tellStatus()
            client.flush()
            for errand in errands.takeAll() {
                guard let outcome = try errand.run(ledger, lineIsUp) else { continue }
                due = outcome.nextDue
                send(outcome)
                client.flush()
            }
        }
        // The broker drops the will at a good end: what it would have said is said here.
        client.publish(topic: ShopTopics.everyone(.agent), payload: farewell, isRetained: true)
        client.flush()
        client.disconnect()
        client.flush()
    }

    /// What may leave the house after a turn's commit.
    private func send(_ outcome: TurnOutcome) {
        for reply in outcome.replies { client.publish(reply) }
        if !outcome.events.isEmpty || outcome.cursors != nil {
            toHeadquarters(HeadquartersMail(events: outcome.events, cursors: outcome.cursors))
        }
        for problem in outcome.problems {
            report(LoopReport(.warning, "ledger.problem", [("problem", problem)]))
        }
    }

    private func take(_ message: MQTTMessage, into inbound: inout [Inbound]) {
        guard let question = DeviceMessage(message) else {
            report(LoopReport(.warning, "message.foreignTopic", [("topic", String(message.topic.prefix(160)))]))
            return
        }
        if case .presence = question.topic { return }
        if !question.isForFront { inbound.append(.device(question)) }
    }

    private func tellStatus() {
        let now = status(ledger, lineIsUp)
        guard now != toldStatus, client.isConnected else { return }
        if client.publish(topic: ShopTopics.everyone(.agent), payload: now, isRetained: true) { toldStatus = now }
    }

    /// Milliseconds to rest: none while something is due, and never so long that a changed clock goes unnoticed.
    private func rest(until due: Instant?) -> Int32 {
        guard let due else { return Int32(clamping: restMillisecondsMax) }
        return Int32(clamping: min(restMillisecondsMax, max(0, due - ledger.now)))
    }
}
