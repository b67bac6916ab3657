// A message as it arrived, and how often it may arrive.

/// How a message is delivered. The shop's contract needs no more than these two: what must happen once is made so by
/// the ids within the messages.
public enum QualityOfService: Int32, Sendable {
    /// Sent and forgotten.
    case atMostOnce = 0
    /// Sent until acknowledged; may arrive again.
    case atLeastOnce = 1
}

/// A message as it arrived.
///
/// MQTT's own mark of a repeated delivery is not here: libmosquitto keeps it to itself, and it promises nothing, since
/// a repetition by the sender does not carry it.
public struct MQTTMessage: Sendable, Equatable {
    /// The topic it was published to, without wildcards.
    public var topic: String
    /// The bytes, as published.
    public var payload: [UInt8]
    /// The delivery it came with.
    public var quality: QualityOfService
    /// Whether its sender asked to retain it (MQTT 5: also on a live delivery), or it was kept by the broker.
    public var isRetained: Bool
    /// Where the sender wants the answer (MQTT 5).
    public var responseTopic: String?
    /// What the sender wants back with the answer (MQTT 5).
    public var correlationData: [UInt8]?

    /// Makes a message.
    public init(
        topic: String, payload: [UInt8], quality: QualityOfService = .atLeastOnce, isRetained: Bool = false,
        responseTopic: String? = nil, correlationData: [UInt8]? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.quality = quality
        self.isRetained = isRetained
        self.responseTopic = responseTopic
        self.correlationData = correlationData
    }
}
