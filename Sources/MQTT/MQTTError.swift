// Why there is no connection, in words that name what to mend.

/// Why a client could not be made, a connection not be had, or was lost.
public enum MQTTError: Error, Equatable, Sendable {
    /// An option cannot be used: the sentence names it.
    case configuration(String)
    /// The broker's name has no address.
    case nameNotResolved(host: String, reason: String)
    /// No connection to the broker's address, with the system's error number.
    case unreachable(errorNumber: Int32, reason: String)
    /// No private connection: certificate, name, authority or protocol.
    case tls(TLSCause, reason: String)
    /// The broker is there and does not want this client.
    case refused(reasonCode: Int32, reason: String)
    /// The broker ended the connection and said why.
    case closedByBroker(reasonCode: Int32, reason: String)
    /// The broker's address took no connection, or did not answer on it.
    case unanswered(seconds: Int)
    /// The broker no longer answers on a connection that stood.
    case silent(seconds: Int)
    /// The connection broke without a word.
    case lost(reason: String)
    /// The broker's bytes are not MQTT, or break its rules.
    case protocolBroken(reason: String)
    /// This side ended it.
    case closedHere

    /// A broker that goes says so in MQTT 5, and a broken line brings an error of the system. One that just closes a
    /// standing connection usually gave the session to another client of the same id.
    public var isClosedWithoutAWord: Bool { self == Self.closedWithoutAWord }

    static let closedWithoutAWord = MQTTError.lost(reason: "the broker closed it")

    /// Stable, for logs and for programs.
    public var code: String {
        switch self {
        case .configuration: "mqtt.configuration"
        case .nameNotResolved: "mqtt.nameNotResolved"
        case .unreachable: "mqtt.unreachable"
        case .tls: "mqtt.tls"
        case .refused: "mqtt.refused"
        case .closedByBroker: "mqtt.closedByBroker"
        case .unanswered: "mqtt.unanswered"
        case .silent: "mqtt.silent"
        case .lost: "mqtt.lost"
        case .protocolBroken: "mqtt.protocolBroken"
        case .closedHere: "mqtt.closedHere"
        }
    }
}

extension MQTTError: CustomStringConvertible {
    /// A sentence for a person.
    public var description: String {
        switch self {
        case .configuration(let sentence): sentence
        case .nameNotResolved(let host, let reason): "the broker's name \(host) has no address: \(reason)"
        case .unreachable(_, let reason): "the broker cannot be reached: \(reason)"
        case .tls(let cause, let reason): "no private connection to the broker: \(cause.sentence) (\(reason))"
        case .refused(let code, let reason): "the broker refused the connection: \(reason) (\(code))"
        case .closedByBroker(let code, let reason): "the broker ended the connection: \(reason) (\(code))"
        case .unanswered(let seconds): "the broker did not answer within \(seconds) s"
        case .silent(let seconds): "the broker fell silent for more than \(seconds) s"
        case .lost(let reason): "the connection to the broker broke: \(reason)"
        case .protocolBroken(let reason): "the broker broke the protocol: \(reason)"
        case .closedHere: "the connection was ended here"
        }
    }
}
