// What reaches the ledger's loop, and what leaves it: values, so that the loop only receives, calls and sends.

import Contract
import ShopModel

/// A message of a device, as it came off the bus.
public struct DeviceMessage: Equatable, Sendable {
    /// The topic it came on; its device is the one that the broker's access list vouches for.
    public let topic: DeviceTopic
    /// The payload.
    public let payload: [UInt8]
    /// Whether it was published as retained, which is refused.
    public let retained: Bool
    /// The MQTT 5 response topic, already checked to lie in the device's own branch.
    public let responseTopic: String?
    /// The MQTT 5 correlation data.
    public let correlation: [UInt8]?
    /// Whether a technician sent it in the device's name: a question, whose answer is the technician's.
    public var isSimulated = false
    /// Whether the shop's broker has taken the password that a `device.pair` gives.
    public var hasPasswordSet = false
    /// Whether its id was made of what it says, since its device sends none.
    public var hasDerivedID = false

    /// A message of a device.
    public init(
        topic: DeviceTopic, payload: [UInt8], retained: Bool = false, responseTopic: String? = nil,
        correlation: [UInt8]? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.retained = retained
        self.responseTopic = responseTopic
        self.correlation = correlation
    }

    /// Who sent it.
    public var device: DeviceID { topic.device }

    /// Whether the front is the one to look at it: every question on `ask/`, and on a device's single topic, which both
    /// loops hear, what the front answers by itself. All else is the ledger's.
    public var isForFront: Bool {
        switch topic {
        case .ask, .stray: topic.isInAsk
        case .single: EnvelopeHint(payload).verb.flatMap(Verb.init(rawValue:))?.isAnsweredByFront == true
        case .command, .presence: false
        }
    }
}

/// A message for a device, to be published now.
public struct DeviceReply: Equatable, Sendable {
    /// To whom.
    public let device: DeviceID
    /// The reply's bytes.
    public let payload: [UInt8]
    /// Where the device wants it; its `reply` topic when `nil`.
    public let responseTopic: String?
    /// The MQTT 5 correlation data of the request.
    public let correlation: [UInt8]?
    /// The head of the message that it answers; `nil` for a push, which answers none.
    public let head: MessageHead?

    /// A message for a device.
    public init(
        device: DeviceID, payload: [UInt8], responseTopic: String? = nil, correlation: [UInt8]? = nil,
        head: MessageHead? = nil
    ) {
        self.device = device
        self.payload = payload
        self.responseTopic = responseTopic
        self.correlation = correlation
        self.head = head
    }

    /// The answer to a message.
    init(to message: DeviceMessage, payload: [UInt8], head: MessageHead) {
        self.init(
            device: message.device, payload: payload, responseTopic: message.responseTopic,
            correlation: message.correlation, head: head)
    }
}

/// What reaches the ledger.
public enum Inbound: Sendable {
    /// A command, or a question that the front handed on.
    case device(DeviceMessage)
    /// What headquarters says of events.
    case receipts(ReceiptMessage)
    /// A message of a feed that the ledger keeps.
    case feed(FeedMessage)
    /// Headquarters' link came up, or went down.
    case link(up: Bool)
}

/// What leaves the ledger after a turn, in this order, and only after its commit.
public struct TurnOutcome: Sendable {
    /// Replies for devices, in the order of the commands.
    public var replies: [DeviceReply] = []
    /// Events for headquarters, by lane, in order.
    public var events: [EventBatch] = []
    /// The ledger's feed cursors, when they are to be told to headquarters.
    public var cursors: [FeedCursor]?
    /// What went wrong without anybody to answer to, for those who look after the box; never personal data.
    public var problems: [String] = []
    /// The next moment at which something is due without anybody asking; `nil` when nothing is.
    public var nextDue: Instant?

    /// Nothing yet.
    public init() {}
}

/// Events of one lane that leave in one message.
public struct EventBatch: Equatable, Sendable {
    /// Which lane.
    public let lane: Lane
    /// The message: a JSON array of CloudEvents, 64 KiB at most unless a single event is larger.
    public let payload: [UInt8]
    /// How many events it has.
    public let count: Int

    /// Events of one lane.
    public init(lane: Lane, payload: [UInt8], count: Int) {
        self.lane = lane
        self.payload = payload
        self.count = count
    }
}

extension DeviceTopic {
    /// The verb in the topic; `nil` on a device's single topic.
    var verb: String? {
        switch self {
        case .ask(_, let verb), .command(_, let verb): verb
        case .single, .presence, .stray: nil
        }
    }
}
