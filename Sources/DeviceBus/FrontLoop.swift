// The front's loop: questions in, cards out, nothing durable anywhere near (DESIGN law 10).

import Contract
import EdgeAgent
import MQTT

/// The thread that owns the front and the read session.
public final class FrontLoop {
    private let client: MQTTClient
    private let front: Front
    private let wakeUp: WakeUp
    private let toLedger: Mailbox<Inbound>
    private let vitals: LoopVitals
    private let report: Reporter
    private let restMillisecondsMax: Int32

    /// The loop.
    ///
    /// - Parameter restMillisecondsMax: the longest that it rests, so that it is seen to live.
    public init(
        options: MQTTOptions, front: Front, wakeUp: WakeUp, toLedger: Mailbox<Inbound>, vitals: LoopVitals,
        report: @escaping Reporter, restMillisecondsMax: Int = LoopVitals.restMillisecondsMax
    ) throws(MQTTError) {
        client = try MQTTClient(options)
        self.front = front
        self.wakeUp = wakeUp
        self.toLedger = toLedger
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
            for message in turn.messages where !message.isClearing {
                guard let question = DeviceMessage(message) else {
                    report(
                        LoopReport(.warning, "message.foreignTopic", [("topic", String(message.topic.prefix(160)))]))
                    continue
                }
                if question.isForFront { try answer(question) }
            }
            client.flush()
        }
        client.disconnect()
        client.flush()
    }

    private func answer(_ question: DeviceMessage) throws(StorageFailure) {
        switch try front.answer(question) {
        case .replies(let replies): for reply in replies { client.publish(reply) }
        case .forLedger(let question): toLedger.send(.device(question))
        }
    }
}
