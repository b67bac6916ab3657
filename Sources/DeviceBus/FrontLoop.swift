// The front's loop: questions in, cards out, nothing durable anywhere near (DESIGN law 10).

import Contract
import EdgeAgent
import MQTT

/// The thread that owns the front and the read session.
public final class FrontLoop {
    private let client: MQTTClient
    private let front: Front
    private let wakeUp: WakeUp
    private let handedOver: Mailbox<DeviceMessage>
    private let toLedger: Mailbox<Inbound>
    private let report: Reporter

    /// The loop.
    public init(
        options: MQTTOptions, front: Front, wakeUp: WakeUp, handedOver: Mailbox<DeviceMessage>,
        toLedger: Mailbox<Inbound>, report: @escaping Reporter
    ) throws(MQTTError) {
        client = try MQTTClient(options)
        self.front = front
        self.wakeUp = wakeUp
        self.handedOver = handedOver
        self.toLedger = toLedger
        self.report = report
    }

    /// Runs until `isStopping` says so; wake the loop after it changed.
    ///
    /// - Throws: `.broken` when the assortment cannot be read at all.
    public func run(isStopping: @Sendable () -> Bool) throws(StorageFailure) {
        client.subscribe(ShopTopics.frontFilters.map { ($0, .atLeastOnce) })
        client.connect()
        while !isStopping() {
            let turn = client.collect(wakeUps: [wakeUp.fileDescriptor], timeoutMilliseconds: 60_000)
            if turn.wokenUpBy.contains(wakeUp.fileDescriptor) { wakeUp.drain() }
            turn.report(as: "shopBroker.questions", to: report)
            for message in turn.messages where !message.isClearing {
                guard let question = DeviceMessage(message) else {
                    report(
                        LoopReport(.warning, "message.foreignTopic", [("topic", String(message.topic.prefix(160)))]))
                    continue
                }
                try answer(question)
            }
            for question in handedOver.takeAll() { try answer(question) }
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
