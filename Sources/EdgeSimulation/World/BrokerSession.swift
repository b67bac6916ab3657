// What a simulated broker knows of one client, and the clients' comings and goings.

/// A message inside a broker.
struct BrokerMessage {
    let topic: String
    let payload: [UInt8]
    let retain: Bool
}

/// A message that waits for one client's acknowledgement.
struct Waiting {
    let messageID: UInt64
    let message: BrokerMessage
    let retained: Bool
    var onItsWay = false
    var sentBefore = false
}

/// A client's wish to have what is published on some topics.
struct Subscription {
    let filter: TopicFilter
    let retainAsPublished: Bool
}

/// A session that a topic leads to.
struct Route {
    let session: Session
    let retainAsPublished: Bool
}

/// One direction of a connection: no message overtakes another of the same topic.
struct Way {
    private var latest: [String: Int64] = [:]

    /// When a message arrives that leaves now and would take so long.
    mutating func arrival(of topic: String, after milliseconds: Int64, now: Int64) -> Int64 {
        let at = max(now + milliseconds, latest[topic] ?? 0)
        latest[topic] = at
        return at
    }
}

/// A connection of a client, which may believe in it for longer than it stands.
final class Connection {
    let callbacks: BrokerCallbacks
    /// Whether the client has not been told yet that it is alone.
    var isBelieved = true

    init(_ callbacks: BrokerCallbacks) { self.callbacks = callbacks }

    /// Tells the client, once.
    func tellLost() {
        guard isBelieved else { return }
        isBelieved = false
        callbacks.lost()
    }
}

/// What a broker knows of one client.
final class Session {
    let client: String
    let clean: Bool
    var will: BrokerWill?
    /// The connection that stands; `nil` without one.
    var connection: Connection?
    /// The latest connection that the client had.
    var latest: Connection?
    var subscriptions: [Subscription] = []
    var waiting: [Waiting] = []
    var inFlight: [UInt64] = []
    var upward = Way()
    var downward = Way()
    var latestDelivered: UInt64 = 0

    init(client: String, clean: Bool) {
        self.client = client
        self.clean = clean
    }
}

extension SimulatedBroker {
    /// Asks for a connection. `connected` follows, or `lost` when the broker cannot be reached.
    ///
    /// - Parameters:
    ///   - client: the client's id; another connection of the same id is cut.
    ///   - clean: whether the session ends with the connection. Otherwise it waits, with its messages.
    ///   - will: what is published when the client goes without a word.
    public func connect(_ client: String, clean: Bool = true, will: BrokerWill? = nil, _ callbacks: BrokerCallbacks) {
        queue.schedule(after: delay()) { [self] in
            guard isRunning, !apart.contains(client) else {
                note("unreachable", client)
                callbacks.lost()
                return
            }
            let session = welcome(client, clean: clean)
            let present = !session.clean && session.latest != nil
            let connection = Connection(callbacks)
            session.connection = connection
            session.latest = connection
            session.will = will
            session.upward = Way()
            session.downward = Way()
            note("connect", client, present ? "known" : "new")
            callbacks.connected(present)
            send(session)
        }
    }

    /// The session of a client that connects: its former one, when both were to outlast a connection.
    private func welcome(_ client: String, clean: Bool) -> Session {
        if let known = session(client) {
            if let standing = known.connection {
                cut(known)
                standing.tellLost()
            } else {
                // It came back by itself: what it believed of the old connection is over.
                known.latest?.isBelieved = false
            }
            publishWill(of: known)
            if !known.clean, !clean {
                for index in known.waiting.indices { known.waiting[index].onItsWay = false }
                known.inFlight.removeAll()
                return known
            }
            sessions.removeAll { $0.client == client }
        }
        let session = Session(client: client, clean: clean)
        sessions.insert(session, at: sessions.firstIndex { $0.client > client } ?? sessions.count)
        routes.removeAll(keepingCapacity: true)
        return session
    }

    /// The client says goodbye: no will, no `lost`. A persistent session stays.
    public func disconnect(_ client: String) {
        guard let session = session(client) else { return }
        note("disconnect", client)
        session.will = nil
        session.latest?.isBelieved = false
        cut(session)
    }

    /// The client's process died: its will is published, and nobody is there to be told.
    public func drop(_ client: String) {
        guard let session = session(client) else { return }
        note("gone", client)
        session.latest?.isBelieved = false
        cut(session)
        publishWill(of: session)
    }

    /// Nothing passes between a client and the broker any more, in either direction.
    ///
    /// - Parameter noticedAfter: when the client finds out, in milliseconds: its keep-alive. What it publishes until
    ///   then is lost without a word. The broker finds out after one and a half times as long (MQTT 3.1.1, 3.1.2.10).
    public func partition(_ client: String, noticedAfter milliseconds: Int64 = 60_000) {
        guard !apart.contains(client) else { return }
        apart.insert(client, at: apart.firstIndex { $0 > client } ?? apart.count)
        counts.partitions += 1
        note("partition", client)
        guard let session = session(client), let connection = session.connection else { return }
        cut(session)
        queue.schedule(after: milliseconds) { connection.tellLost() }
        queue.schedule(after: milliseconds * 3 / 2) { [self] in
            if isRunning, session.connection == nil, session.latest === connection { publishWill(of: session) }
        }
    }

    /// The client can reach the broker again. It has to connect anew, once it knows that it was alone.
    public func heal(_ client: String) {
        apart.removeAll { $0 == client }
        note("heal", client)
    }

    /// Stops the broker. What is in its memory is lost: sessions, what waits in them, what was retained.
    ///
    /// - Parameter keepingMemory: whether it has written everything down before, as a mosquitto with persistence does
    ///   when it is stopped in order.
    public func stop(keepingMemory: Bool = false) {
        guard isRunning else { return }
        counts.stops += 1
        note("stop", "", keepingMemory ? "kept" : "lost")
        isRunning = false
        for session in sessions {
            session.will = nil
            guard let connection = session.connection else { continue }
            cut(session)
            queue.schedule(after: 0) { connection.tellLost() }
        }
        guard !keepingMemory else { return }
        counts.forgottenAtStop += sessions.reduce(0) { $0 + $1.waiting.count }
        sessions.removeAll()
        retained.removeAll()
        retainedTopics.removeAll()
        routes.removeAll()
    }

    /// Starts the broker after a stop; clients have to connect anew.
    public func start() {
        guard !isRunning else { return }
        note("start", "")
        isRunning = true
    }

    /// Stops and starts at once.
    public func restart(keepingMemory: Bool = false) {
        stop(keepingMemory: keepingMemory)
        start()
    }

    /// Ends what the broker holds of a connection; a clean session ends with it.
    private func cut(_ session: Session) {
        session.connection = nil
        guard session.clean else { return }
        session.subscriptions.removeAll()
        session.waiting.removeAll()
        session.inFlight.removeAll()
        routes.removeAll(keepingCapacity: true)
    }

    private func publishWill(of session: Session) {
        guard let will = session.will else { return }
        session.will = nil
        counts.wills += 1
        take(will.topic, will.payload, retain: will.retain, from: session.client)
    }
}
