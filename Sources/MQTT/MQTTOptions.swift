// What a client needs to know to reach its broker and to be known by it.

/// Everything that is fixed for the life of an ``MQTTClient``.
public struct MQTTOptions: Sendable {
    /// How a connection is made private and who is trusted at the other end. TLS 1.2 or newer, and the broker's
    /// certificate must carry the name of `host`: neither can be switched off.
    public struct TLS: Sendable {
        /// A PEM file of trusted authorities; `nil` with no `authorityDirectory` trusts those of the system.
        public var authorityFile: String?
        /// A directory of trusted authorities, prepared by `openssl rehash`.
        public var authorityDirectory: String?
        /// A PEM file with this client's certificate chain.
        public var certificateFile: String?
        /// A PEM file with this client's key, without a pass phrase: nobody is there to type it.
        public var keyFile: String?

        /// Describes a TLS connection. The files are read again when they changed; one that cannot be used fails the
        /// attempt, and the next one looks again.
        public init(
            authorityFile: String? = nil, authorityDirectory: String? = nil, certificateFile: String? = nil,
            keyFile: String? = nil
        ) {
            self.authorityFile = authorityFile
            self.authorityDirectory = authorityDirectory
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// A message that the broker publishes for a client that vanished.
    public struct Will: Sendable {
        /// Where it is published.
        public var topic: String
        /// What is published.
        public var payload: [UInt8]
        /// How it is delivered.
        public var quality: QualityOfService
        /// Whether it is kept for later subscribers.
        public var isRetained: Bool

        /// Describes a will.
        public init(topic: String, payload: [UInt8], quality: QualityOfService = .atLeastOnce, isRetained: Bool) {
            self.topic = topic
            self.payload = payload
            self.quality = quality
            self.isRetained = isRetained
        }
    }

    /// The protocol spoken.
    public enum ProtocolVersion: Sendable {
        /// MQTT 3.1.1: no reasons in words, no response topics, `retain` is lost on live messages.
        case v311
        /// MQTT 5.
        case v5
    }

    /// The name of the session at the broker; the same after every restart, or what is queued there is lost.
    public var clientID: String
    /// A name or an address. A name is looked up at each attempt, and a silent name server blocks the loop meanwhile
    /// (10 s with the resolver's defaults).
    public var host: String
    /// 1 to 65535.
    public var port: Int
    /// The name that the broker's access rules know.
    public var username: String?
    /// Bytes without a zero.
    public var password: [UInt8]?
    /// A file with the password in place of `password`; up to 4096 bytes, the end of its line left out.
    public var passwordFile: String?
    /// `nil` speaks plain TCP.
    public var tls: TLS?
    /// The protocol spoken.
    public var version: ProtocolVersion = .v5
    /// Whether the broker forgets an older session of this name at each connection.
    public var startsClean = false
    /// For how long the broker keeps the session of an absent client, in seconds. MQTT 5 only; 3.1.1 leaves it to the
    /// broker.
    public var sessionExpirySeconds: UInt32 = 30 * 86_400
    /// Silence after which the connection is tested, 5 to 65535 s. A vanished broker is noticed within twice of it.
    public var keepAliveSeconds = 30
    /// What the broker publishes when this client vanishes.
    public var will: Will?
    /// Messages that the broker may send before their acknowledgement: the bound of what a turn can hold.
    public var receiveMaximum: UInt16 = 256
    /// An attempt that is not answered for so long is given up.
    public var connectSecondsMax = 10
    /// The pause after the first failed attempt; it doubles with each further one.
    public var reconnectMillisecondsFirst = 200
    /// The longest pause between two attempts.
    public var reconnectMillisecondsMax = 10_000
    /// Turns a pause, in milliseconds, into the one that is kept, so that the shops of a house do not come back in step.
    public var jitter: @Sendable (_ milliseconds: Int) -> Int = { Int.random(in: $0 * 3 / 4...$0 * 5 / 4) }

    /// Names a session and its broker; everything else has its usual value.
    public init(clientID: String, host: String, port: Int) {
        self.clientID = clientID
        self.host = host
        self.port = port
    }
}
