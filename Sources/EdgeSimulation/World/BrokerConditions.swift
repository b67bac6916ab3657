// How well, or badly, a simulated broker behaves, and how often it did the worst.

/// What a broker and the network around it do to messages.
public struct BrokerConditions: Equatable, Sendable {
    /// The shortest way of a message between a client and the broker, in milliseconds.
    public var delayMillisecondsMin: Int64
    /// The longest usual way, in milliseconds.
    public var delayMillisecondsMax: Int64
    /// How probably a message takes the long way.
    public var slowChance: Double
    /// The longest of the long ways, in milliseconds.
    public var slowMillisecondsMax: Int64
    /// How probably a message is delivered once more.
    public var duplicateChance: Double
    /// How probably a message is acknowledged to its sender and then given to nobody.
    public var silentDropChance: Double
    /// How many messages wait for one client, beyond those on their way; what is more is dropped without a word.
    public var queuedMax: Int
    /// How many messages may be on their way to one client without an acknowledgement.
    public var inFlightMax: Int

    /// A calm local network and mosquitto's own limits: 1,000 queued, 20 in flight (mosquitto.conf(5)).
    public init(
        delayMillisecondsMin: Int64 = 1, delayMillisecondsMax: Int64 = 5, slowChance: Double = 0,
        slowMillisecondsMax: Int64 = 2_000, duplicateChance: Double = 0, silentDropChance: Double = 0,
        queuedMax: Int = 1_000, inFlightMax: Int = 20
    ) {
        self.delayMillisecondsMin = delayMillisecondsMin
        self.delayMillisecondsMax = delayMillisecondsMax
        self.slowChance = slowChance
        self.slowMillisecondsMax = slowMillisecondsMax
        self.duplicateChance = duplicateChance
        self.silentDropChance = silentDropChance
        self.queuedMax = queuedMax
        self.inFlightMax = inFlightMax
    }
}

/// How often a broker did what a shop must survive. A fault that never happened proved nothing (DESIGN §11).
public struct BrokerCounts: Equatable, Sendable {
    /// Messages that reached the broker.
    public var published = 0
    /// Messages handed to clients.
    public var delivered = 0
    /// Messages handed over once more, by chance.
    public var duplicated = 0
    /// Messages handed over again to a client that came back.
    public var redelivered = 0
    /// Messages acknowledged and then given to nobody, by chance or when told.
    public var droppedSilently = 0
    /// Messages dropped since too many waited.
    public var droppedQueueFull = 0
    /// Messages lost on a connection that broke.
    public var lostOnTheWay = 0
    /// Messages forgotten when the broker stopped.
    public var forgottenAtStop = 0
    /// Wills that the broker published.
    public var wills = 0
    /// Times the broker was stopped.
    public var stops = 0
    /// Connections cut by a partition.
    public var partitions = 0
    /// Messages that overtook an earlier one of another topic.
    public var overtaken = 0
}
