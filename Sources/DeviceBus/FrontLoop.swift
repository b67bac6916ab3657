// The front's loop: questions in, cards out, nothing durable anywhere near (DESIGN law 10).

import Contract
import EdgeAgent
import MQTT

/// What the configuration may change of the front while it runs.
public enum FrontChange: Sendable {
    /// Devices and limits.
    case profile(ShopProfile)
    /// A session that is to take the place of the one in use.
    case session(MQTTOptions)
}

/// The thread that owns the front and the read session.
public final class FrontLoop {
    private var client: MQTTClient
    private let front: Front
    private let wakeUp: WakeUp
    private let toLedger: Mailbox<Inbound>
    private let simulations: Mailbox<SimulatedScan>
    private let watch: DeviceWatch
    private var fleetVersion = -1
    /// When the messages of this turn arrived, in microseconds.
    private var arrivedAt: Int64 = 0
    private let changes: Mailbox<FrontChange>
    private let vitals: LoopVitals
    private let report: Reporter
    private let restMillisecondsMax: Int32

    /// The loop.
    ///
    /// - Parameter restMillisecondsMax: the longest that it rests, so that it is seen to live.
    public init(
        options: MQTTOptions, front: Front, wakeUp: WakeUp, toLedger: Mailbox<Inbound>,
        simulations: Mailbox<SimulatedScan>, watch: DeviceWatch, changes: Mailbox<FrontChange>, vitals: LoopVitals,
        report: @escaping Reporter, restMillisecondsMax: Int = LoopVitals.restMillisecondsMax
    ) throws(MQTTError) {
        client = try MQTTClient(options)
        self.front = front
        self.wakeUp = wakeUp
        self.toLedger = toLedger
        self.simulations = simulations
        self.watch = watch
        self.changes = changes
        self.vitals = vitals
        self.report = report
        self.restMillisecondsMax = Int32(clamping: restMillisecondsMax)
    }

    /// Runs until `isStopping` says so; wake the loop after it changed.
    ///
    /// - Throws: `.broken` when the assortment cannot be read at all.
    public func run(isStopping: @Sendable () -> Bool) throws(StorageFailure) {
        client.subscribe(ShopTopics.frontFilters.map { ($0, .atLeastOnce) })
        client.connect()
        while !isStopping() {
            vitals.rests(milliseconds: restMillisecondsMax)
            let turn = client.collect(wakeUps: [wakeUp.fileDescriptor], timeoutMilliseconds: restMillisecondsMax)
            vitals.turns()
            if turn.wokenUpBy.contains(wakeUp.fileDescriptor) { wakeUp.drain() }
            turn.report(as: "shopBroker.questions", to: report)
            turn.tell(vitals)
            listenToProfiles()
            arrivedAt = LoopTime.microseconds()
            for message in turn.messages where !message.isClearing { try take(message) }
            for scan in simulations.takeAll() { try simulate(scan) }
            client.flush()
            for change in changes.takeAll() { take(change) }
        }
        client.disconnect()
        client.flush()
    }

    private func take(_ message: MQTTMessage) throws(StorageFailure) {
        if let question = DeviceMessage(message) {
            if question.isForFront { try answer(question) }
            return
        }
        switch front.foreign(message.topic, message.payload, retained: message.isRetained) {
        case .message(let question): try answer(question)
        case .refused(let reply): send([reply])
        case nil:
            report(LoopReport(.warning, "message.foreignTopic", [("topic", LoggedTopic.text(message.topic))]))
        }
    }

    private func take(_ change: FrontChange) {
        switch change {
        case .profile(let profile): front.configure(profile)
        case .session(let options):
            let next: MQTTClient
            do throws(MQTTError) { next = try MQTTClient(options) } catch {
                return report(.sessionNotChanged("shopBroker.questions", error))
            }
            client.disconnect()
            client.flush()
            client = next
            vitals.disconnected("the configuration changed")
            client.subscribe(ShopTopics.frontFilters.map { ($0, .atLeastOnce) })
            fleetVersion = -1
            client.connect()
        }
    }

    private func answer(_ question: DeviceMessage) throws(StorageFailure) {
        switch try front.answer(question) {
        case .replies(let replies): send(replies)
        case .forLedger(let question): toLedger.send(.device(question))
        }
    }

    private func send(_ replies: [DeviceReply]) {
        for reply in replies { client.publish(reply) }
        let microseconds = Int(LoopTime.microseconds() - arrivedAt)
        for reply in replies {
            if let head = reply.head { watch.note(head, microseconds: microseconds) }
        }
    }

    /// Answers a technician's scan: the reply is theirs, and the paired screen shows the card as for any scan.
    private func simulate(_ scan: SimulatedScan) throws(StorageFailure) {
        switch try front.answer(scan.message) {
        case .replies(let replies):
            let pushes = replies.filter { $0.head == nil }
            for push in pushes { client.publish(push) }
            for reply in replies {
                guard let head = reply.head else { continue }
                watch.note(head, microseconds: Int(LoopTime.microseconds() - arrivedAt))
                scan.answer(.reply(reply.payload, shownOn: pushes.first?.device))
            }
        case .forLedger(let question): scan.answer(.forLedger(question))
        }
    }

    /// Listens to the topics of devices that ask on their own. A topic that is nobody's any more is not left: what
    /// comes on it finds no device.
    private func listenToProfiles() {
        guard front.fleetVersion != fleetVersion else { return }
        fleetVersion = front.fleetVersion
        let topics = front.fleet.profileTopics(ofQuestions: true)
        if !topics.isEmpty { client.subscribe(topics.map { ($0, .atLeastOnce) }) }
    }
}
