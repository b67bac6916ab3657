// Headquarters' loop: what comes down is sorted and handed on, what the ledger has goes up (DESIGN §6).

import Contract
import EdgeAgent
import MQTT
import ShopModel

/// What the loop has to say to those who look after the box.
public struct LinkReport: Sendable {
    /// Whether something is wrong.
    public let isProblem: Bool
    /// A stable name of what happened.
    public let event: String
    /// The facts; never personal data.
    public let facts: [(name: String, value: String)]
}

/// The thread that owns headquarters' link. Slow name servers and dead lines block it and nobody else.
public final class HeadquartersLoop {
    private var client: MQTTClient
    private let session: HeadquartersSession
    private let wakeUp: WakeUp
    private let mail: Mailbox<LinkMail>
    private let errands: Mailbox<LinkErrand>
    private let board: LinkBoard
    private var echoes = PendingEchoes()
    private var takeOvers = TakeOvers()
    private let toLedger: @Sendable (Inbound) -> Bool
    private let sessions: Mailbox<MQTTOptions>
    private let vitals: LoopVitals
    private let report: @Sendable (LinkReport) -> Void
    private var cursorsToldAt = HeadquartersLoop.milliseconds()

    /// What the ledger has for headquarters.
    public struct LinkMail: Sendable {
        /// Events of one lane each.
        public let events: [EventBatch]
        /// The ledger's feed cursors, when they are to be told.
        public let cursors: [FeedCursor]?

        /// Mail for headquarters.
        public init(events: [EventBatch], cursors: [FeedCursor]?) {
            self.events = events
            self.cursors = cursors
        }
    }

    /// Cursors are told every minute, so that headquarters learns of a gap that nothing else shows (DESIGN §7).
    private static let cursorMillisecondsMax: Int32 = 60_000

    /// The loop.
    ///
    /// - Parameter sessions: options of a session that is to take the place of the one in use.
    public init(
        options: MQTTOptions, session: HeadquartersSession, wakeUp: WakeUp, mail: Mailbox<LinkMail>,
        errands: Mailbox<LinkErrand>, board: LinkBoard, toLedger: @escaping @Sendable (Inbound) -> Bool,
        sessions: Mailbox<MQTTOptions>, vitals: LoopVitals,
        report: @escaping @Sendable (LinkReport) -> Void
    ) throws(MQTTError) {
        client = try MQTTClient(options)
        self.session = session
        self.wakeUp = wakeUp
        self.mail = mail
        self.errands = errands
        self.board = board
        self.toLedger = toLedger
        self.sessions = sessions
        self.vitals = vitals
        self.report = report
    }

    /// Runs until `isStopping` says so; wake the loop after it changed.
    ///
    /// - Throws: `.broken` when the shop's copy of the assortment cannot be written.
    public func run(isStopping: @Sendable () -> Bool) throws(StorageFailure) {
        client.subscribe(session.filters.map { ($0, .atLeastOnce) })
        client.connect()
        try session.tellBoard()
        while !isStopping() {
            let rest = Int32(LoopVitals.restMillisecondsMax)
            vitals.rests(milliseconds: rest)
            let turn = client.collect(wakeUps: [wakeUp.fileDescriptor], timeoutMilliseconds: rest)
            vitals.turns()
            if turn.wokenUpBy.contains(wakeUp.fileDescriptor) { wakeUp.drain() }
            follow(turn.events)
            for message in turn.messages { try take(message) }
            for letter in mail.takeAll() {
                for publication in try session.send(letter.events, cursors: letter.cursors) { publish(publication) }
            }
            for errand in errands.takeAll() { try run(errand) }
            if client.isConnected, Self.milliseconds() - cursorsToldAt >= Int64(Self.cursorMillisecondsMax) {
                cursorsToldAt = Self.milliseconds()
                if let cursors = try session.cursorMessage() { publish(cursors) }
            }
            client.flush()
            for options in sessions.takeAll() { reconnect(options) }
        }
        client.disconnect()
        client.flush()
    }

    /// Goes on in a session made anew. Nothing rests on the old one: receipts and cursors bring back what was missed.
    private func reconnect(_ options: MQTTOptions) {
        let next: MQTTClient
        do throws(MQTTError) { next = try MQTTClient(options) } catch {
            return report(
                LinkReport(
                    isProblem: true, event: "headquarters.sessionNotChanged",
                    facts: [
                        ("cause", "\(error)"), ("mend", "correct the configuration, then systemctl reload edged"),
                    ]))
        }
        client.disconnect()
        client.flush()
        client = next
        vitals.disconnected("the configuration changed")
        _ = toLedger(.link(up: false))
        client.subscribe(session.filters.map { ($0, .atLeastOnce) })
        client.connect()
    }

    private func follow(_ events: [MQTT.Turn.Event]) {
        for event in events {
            switch event {
            case .connected:
                vitals.connected()
                if takeOvers.connected() { noteTakeOver() }
                report(LinkReport(isProblem: false, event: "headquarters.connected", facts: []))
                _ = toLedger(.link(up: true))
            case .disconnected(let error, _):
                vitals.disconnected("\(error)")
                if takeOvers.disconnected(error) { noteTakeOver() }
                echoes.refuseAll("\(error)")
                report(
                    LinkReport(isProblem: true, event: "headquarters.disconnected", facts: [("cause", "\(error)")]))
                _ = toLedger(.link(up: false))
            case .attemptFailed(let error, let retry):
                vitals.disconnected("\(error)")
                takeOvers.attemptFailed()
                report(
                    LinkReport(
                        isProblem: true, event: "headquarters.unreachable",
                        facts: [("cause", "\(error)"), ("retryMilliseconds", String(retry))]))
            case .publishRefused(let topic, let reason):
                report(
                    LinkReport(
                        isProblem: true, event: "headquarters.publishRefused",
                        facts: [("topic", topic), ("reason", reason)]))
            case .subscribed(let filter, let granted, let reason):
                guard granted == nil else { continue }
                report(
                    LinkReport(
                        isProblem: true, event: "headquarters.subscriptionRefused",
                        facts: [("filter", filter), ("reason", reason)]))
            }
        }
    }

    private func take(_ message: MQTTMessage) throws(StorageFailure) {
        let outcome: LinkOutcome
        do throws(StorageFailure) {
            outcome = try session.receive(topic: message.topic, payload: message.payload, now: LinkMoment.now.wall)
        } catch .full {
            // Nothing of it was taken in; headquarters sends it again once a cursor shows that it is missing.
            report(LinkReport(isProblem: true, event: "catalogue.diskFull", facts: []))
            return
        }
        for problem in outcome.problems {
            report(LinkReport(isProblem: true, event: "headquarters.message", facts: [("problem", problem)]))
        }
        if outcome.forLedger.contains(where: { if case .receipts = $0 { true } else { false } }) { vitals.receipted() }
        if let answer = outcome.echo { echoes.answer(answer) }
        for inbound in outcome.forLedger where !toLedger(inbound) {
            report(LinkReport(isProblem: true, event: "ledger.busy", facts: [("dropped", "headquarters' message")]))
        }
        for publication in outcome.publications { publish(publication) }
    }

    /// Does what somebody asks of the link itself.
    private func run(_ errand: LinkErrand) throws(StorageFailure) {
        switch errand {
        case .ping(let id, let answer):
            guard client.isConnected else { return answer(.failure(notConnected)) }
            let now = LinkMoment.now
            echoes.wait(for: id, since: now, answer)
            publish(session.echoRequest(id: id, now: now.wall))
        case .resync(let feed, let answer):
            guard client.isConnected else { return answer(.failure(notConnected)) }
            guard let (publication, asked) = try session.resync(feed) else {
                return answer(.failure(Refusal(.headquartersNotReady)))
            }
            publish(publication)
            answer(.success(asked.map { LinkErrand.Asked(cursor: $0.cursor, fromStart: $0.fromStart) }))
        }
    }

    private var notConnected: Refusal {
        Refusal(.headquartersNotConnected, [.text("cause", vitals.connection.lastError ?? "the first attempt is made")])
    }

    private func noteTakeOver() {
        let now = LinkMoment.now.wall
        board.write { facts in
            facts.thrownOutAt.removeAll { now - $0 > 3_600_000 }
            if facts.thrownOutAt.count < 1_000 { facts.thrownOutAt.append(now) }
        }
        report(
            LinkReport(
                isProblem: true, event: "headquarters.takenOver",
                facts: [("mend", "does another box act as this shop? edgectl hq ping")]))
    }

    private static func milliseconds() -> Int64 { LinkMoment.now.monotonicMicroseconds / 1_000 }

    private func publish(_ publication: Publication) {
        // Without a connection it is dropped: the ledger sends again what was not receipted.
        client.publish(topic: publication.topic, payload: publication.payload)
    }
}
