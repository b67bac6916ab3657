// What one turn of a loop found.

/// What one call of ``MQTTClient/collect(wakeUps:timeoutMilliseconds:)`` found.
///
/// Nothing of it is acknowledged before ``MQTTClient/flush()``. A `connected` came before the messages of its turn, a
/// `disconnected` after them.
public struct Turn: Sendable {
    /// What happened to the connection, its subscriptions and what was published.
    public enum Event: Sendable, Equatable {
        /// The broker took the client. With `isSessionPresent` it kept the subscriptions and what came meanwhile.
        case connected(isSessionPresent: Bool)
        /// The broker answered a subscription: the quality granted, or `nil` with its reason for refusing.
        case subscribed(filter: String, granted: QualityOfService?, reason: String)
        /// The broker, or a limit it had announced, refused a message published here.
        case publishRefused(topic: String, reason: String)
        /// An attempt failed; the next one follows in so many milliseconds.
        case attemptFailed(MQTTError, retryMilliseconds: Int)
        /// The connection ended; an attempt follows in so many milliseconds, none when this side ended it.
        case disconnected(MQTTError, retryMilliseconds: Int?)
    }

    /// The messages, in the order of their arrival.
    public internal(set) var messages: [MQTTMessage] = []
    /// What happened, in order.
    public internal(set) var events: [Event] = []
    /// The descriptors among the `wakeUps` that have something to read.
    public internal(set) var wokenUpBy: [Int32] = []
    /// Whether the turn stopped at its bound, so that the next one will not wait.
    public internal(set) var hasMoreWaiting = false
}
