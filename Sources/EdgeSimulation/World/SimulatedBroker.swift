// A broker as the shop has to expect it: order within a topic and no other, and acknowledgements that prove nothing.

/// A message as a client receives it.
public struct BrokerDelivery: Equatable, Sendable {
    /// What to acknowledge it by.
    public let messageID: UInt64
    /// Its topic.
    public let topic: String
    /// Its bytes.
    public let payload: [UInt8]
    /// Whether it was kept by the broker, or said to be kept where the subscription asks for that.
    public let retained: Bool
    /// Whether it may have been delivered before.
    public let duplicate: Bool
}

/// What a broker tells a client. Everything is called out of the `EventQueue`, never from within a call to the broker.
public struct BrokerCallbacks {
    /// The connection stands; whether the broker still knew the session.
    public var connected: (_ sessionPresent: Bool) -> Void
    /// A message came in. It stays the client's until it is acknowledged.
    public var received: (BrokerDelivery) -> Void
    /// The broker acknowledged what was published. It may be lost all the same.
    public var accepted: (_ publication: UInt64) -> Void
    /// The connection is lost, or was refused.
    public var lost: () -> Void

    /// What a broker tells a client.
    public init(
        connected: @escaping (_ sessionPresent: Bool) -> Void = { _ in },
        received: @escaping (BrokerDelivery) -> Void,
        accepted: @escaping (_ publication: UInt64) -> Void = { _ in },
        lost: @escaping () -> Void = {}
    ) {
        self.connected = connected
        self.received = received
        self.accepted = accepted
        self.lost = lost
    }
}

/// What a broker publishes for a client that went without a word.
public struct BrokerWill: Equatable, Sendable {
    /// The topic.
    public let topic: String
    /// The bytes.
    public let payload: [UInt8]
    /// Whether the broker keeps it.
    public let retain: Bool

    /// A last message.
    public init(topic: String, payload: [UInt8], retain: Bool) {
        self.topic = topic
        self.payload = payload
        self.retain = retain
    }
}

/// An MQTT broker in virtual time, after the model that thin-edge.io tests against.
///
/// - It keeps the order within a topic for each subscriber, and shuffles across topics.
/// - Messages have QoS 1: at least once. It may deliver twice, and again when a client comes back.
/// - It acknowledges and then drops without a word: beyond `queuedMax`, by chance, and when told.
/// - A stop loses all that is in its memory: sessions, what waits in them, and what it kept.
/// - A message to a client with a persistent session waits until `acknowledge`.
///
/// One object may stand for the shop's broker, another for headquarters'.
public final class SimulatedBroker {
    /// How it behaves; may change at any time.
    public var conditions: BrokerConditions
    /// How often it did its worst.
    public internal(set) var counts = BrokerCounts()
    /// Whether it runs.
    public internal(set) var isRunning = true
    /// Its name in the trace.
    public let name: String
    let queue: EventQueue
    let trace: Trace
    var random: SeededRandom
    /// In the order of client ids.
    var sessions: [Session] = []
    var retained: [String: BrokerMessage] = [:]
    /// The topics of `retained`, sorted.
    var retainedTopics: [String] = []
    var routes: [String: [Route]] = [:]
    var lastMessage: UInt64 = 0
    var lastPublication: UInt64 = 0
    var dropsTold = 0
    /// Clients that cannot reach the broker, sorted.
    var apart: [String] = []

    /// A broker that runs, with nobody connected.
    public init(
        _ name: String, queue: EventQueue, random: SeededRandom, trace: Trace,
        conditions: BrokerConditions = BrokerConditions()
    ) {
        self.name = name
        self.queue = queue
        self.random = random
        self.trace = trace
        self.conditions = conditions
    }

    /// Asks for a message of one's own to be published, at QoS 1.
    ///
    /// - Returns: what `accepted` will name, or `nil` when the client is not connected as far as it knows. What is
    ///   published into a connection that is already dead is lost, and nobody says so.
    @discardableResult
    public func publish(from client: String, _ topic: String, _ payload: [UInt8], retain: Bool = false) -> UInt64? {
        guard let session = session(client), session.latest?.isBelieved == true else { return nil }
        lastPublication += 1
        let publication = lastPublication
        guard let connection = session.connection else {
            counts.lostOnTheWay += 1
            return publication
        }
        let at = session.upward.arrival(of: topic, after: delay(), now: queue.now)
        queue.schedule(at: at) { [self] in
            // The bytes may have left the client before it went: whether they arrived is known to nobody.
            guard isRunning, session.connection === connection else {
                counts.lostOnTheWay += 1
                return
            }
            take(topic, payload, retain: retain, from: client)
            queue.schedule(after: delay()) {
                if session.connection === connection { connection.callbacks.accepted(publication) }
            }
        }
        return publication
    }

    /// Subscribes a connected client; what is retained comes at once, marked as such.
    ///
    /// - Parameter retainAsPublished: whether live messages say too that they were to be retained (MQTT 5, 3.8.3.1).
    public func subscribe(_ client: String, _ filter: String, retainAsPublished: Bool = false) {
        guard let session = session(client), let connection = session.connection else { return }
        queue.schedule(after: delay()) { [self] in
            guard isRunning, session.connection === connection else { return }
            let filter = TopicFilter(filter)
            session.subscriptions.removeAll { $0.filter == filter }
            session.subscriptions.append(Subscription(filter: filter, retainAsPublished: retainAsPublished))
            routes.removeAll(keepingCapacity: true)
            note("subscribe", client, filter.text)
            for topic in retainedTopics where filter.matches(topic) {
                if let message = retained[topic] { enqueue(message, to: session, retained: true) }
            }
        }
    }

    /// Says that a message was taken over. It travels to the broker: on a connection that breaks it is lost, and the
    /// message comes again.
    public func acknowledge(_ client: String, _ messageID: UInt64) {
        guard let session = session(client), let connection = session.connection else { return }
        queue.schedule(after: delay()) { [self] in
            guard isRunning, session.connection === connection else { return }
            if let index = session.waiting.firstIndex(where: { $0.messageID == messageID }) {
                session.waiting.remove(at: index)
            }
            session.inFlight.removeAll { $0 == messageID }
            send(session)
        }
    }

    /// The next messages that reach the broker are acknowledged and then given to nobody.
    public func dropNext(_ count: Int) { dropsTold += count }

    /// How many messages wait for a client, those on their way included.
    public func waitingCount(_ client: String) -> Int { session(client)?.waiting.count ?? 0 }

    /// Whether the broker holds a connection with the client.
    public func isConnected(_ client: String) -> Bool { session(client)?.connection != nil }

    /// What the broker keeps for a topic.
    public func retainedPayload(_ topic: String) -> [UInt8]? { retained[topic]?.payload }

    // MARK: Within the broker

    /// A message reached the broker.
    func take(_ topic: String, _ payload: [UInt8], retain: Bool, from client: String) {
        counts.published += 1
        note("publish", client, topic, payload.count)
        trace.mix(payload)
        if random.chance(conditions.silentDropChance) || dropsTold > 0 {
            dropsTold = max(0, dropsTold - 1)
            counts.droppedSilently += 1
            note("drop", client, topic)
            return
        }
        let message = BrokerMessage(topic: topic, payload: payload, retain: retain)
        if retain { keep(message) }
        for route in routes(of: topic) {
            enqueue(message, to: route.session, retained: retain && route.retainAsPublished)
        }
    }

    private func keep(_ message: BrokerMessage) {
        let known = retained.removeValue(forKey: message.topic) != nil
        if message.payload.isEmpty {
            if known { retainedTopics.removeAll { $0 == message.topic } }
            return
        }
        retained[message.topic] = message
        if known { return }
        let place = retainedTopics.firstIndex { $0 > message.topic } ?? retainedTopics.count
        retainedTopics.insert(message.topic, at: place)
    }

    private func routes(of topic: String) -> [Route] {
        if let known = routes[topic] { return known }
        var found: [Route] = []
        for session in sessions {
            let matching = session.subscriptions.filter { $0.filter.matches(topic) }
            if matching.isEmpty { continue }
            found.append(Route(session: session, retainAsPublished: matching.contains { $0.retainAsPublished }))
        }
        routes[topic] = found
        return found
    }

    /// Puts a message behind what waits for a client.
    private func enqueue(_ message: BrokerMessage, to session: Session, retained: Bool) {
        if session.connection == nil, session.clean { return }
        guard session.waiting.count - session.inFlight.count < conditions.queuedMax else {
            counts.droppedQueueFull += 1
            note("full", session.client, message.topic)
            return
        }
        lastMessage += 1
        session.waiting.append(Waiting(messageID: lastMessage, message: message, retained: retained))
        send(session)
    }

    /// Puts what waits on its way, as far as the client may have messages in flight.
    func send(_ session: Session) {
        guard isRunning, session.connection != nil else { return }
        for index in session.waiting.indices where !session.waiting[index].onItsWay {
            guard session.inFlight.count < conditions.inFlightMax else { return }
            session.waiting[index].onItsWay = true
            let waiting = session.waiting[index]
            session.inFlight.append(waiting.messageID)
            let at = session.downward.arrival(of: waiting.message.topic, after: delay(), now: queue.now)
            deliver(waiting, to: session, at: at, duplicate: waiting.sentBefore)
            if waiting.sentBefore { counts.redelivered += 1 }
            session.waiting[index].sentBefore = true
            if random.chance(conditions.duplicateChance) {
                counts.duplicated += 1
                deliver(waiting, to: session, at: at + delay(), duplicate: true)
            }
        }
    }

    private func deliver(_ waiting: Waiting, to session: Session, at: Int64, duplicate: Bool) {
        guard let connection = session.connection else { return }
        queue.schedule(at: at) { [self] in
            guard session.connection === connection else {
                counts.lostOnTheWay += 1
                return
            }
            counts.delivered += 1
            if waiting.messageID < session.latestDelivered { counts.overtaken += duplicate ? 0 : 1 }
            session.latestDelivered = max(session.latestDelivered, waiting.messageID)
            note("deliver", session.client, waiting.message.topic, Int(truncatingIfNeeded: waiting.messageID))
            connection.callbacks.received(
                BrokerDelivery(
                    messageID: waiting.messageID, topic: waiting.message.topic, payload: waiting.message.payload,
                    retained: waiting.retained, duplicate: duplicate))
        }
    }

    /// How long a message is on its way, in milliseconds.
    func delay() -> Int64 {
        let usual = random.within(
            conditions.delayMillisecondsMin...max(conditions.delayMillisecondsMin, conditions.delayMillisecondsMax))
        let slow = random.chance(conditions.slowChance)
        return slow ? usual + random.within(0...max(0, conditions.slowMillisecondsMax)) : usual
    }

    func session(_ client: String) -> Session? { sessions.first { $0.client == client } }

    func note(_ what: String, _ client: String, _ about: String = "", _ number: Int = 0) {
        trace.line(at: queue.now, name + "." + what, client, about, Int64(number))
    }
}
