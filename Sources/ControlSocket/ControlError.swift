// Why a question over the control socket got no answer, each with its mend.

/// Why a request had no answer. What the daemon refuses is an answer, and not found here.
public enum ControlError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The path is empty, holds a zero byte or has more than 107 bytes.
    case pathTooLong(path: String, byteCount: Int)
    /// The request is empty, has more than one line, or more than 256 KiB.
    case badRequest
    /// Nothing lies at the path, or no socket does: the daemon has never run, or has another path.
    case noSocket(path: String)
    /// A socket lies there and nobody listens: the daemon died.
    case notRunning(path: String)
    /// The caller may not use the socket; the group that may, when it is known.
    case permissionDenied(path: String, group: String?)
    /// No whole answer came in time.
    case timedOut(path: String, timeoutMilliseconds: Int)
    /// The connection ended before the answer was whole: the daemon stopped, or this client was silent too long.
    case closedEarly(path: String)
    /// The answer is longer than the limits of `ControlLimits`.
    case answerTooLong(path: String)
    /// The system refused something that should not fail.
    case system(operation: String, errorNumber: Int32)

    /// The stable code, `control.reason`.
    public var code: String {
        switch self {
        case .pathTooLong: "control.pathTooLong"
        case .badRequest: "control.badRequest"
        case .noSocket: "control.noSocket"
        case .notRunning: "control.notRunning"
        case .permissionDenied: "control.permissionDenied"
        case .timedOut: "control.timedOut"
        case .closedEarly: "control.closedEarly"
        case .answerTooLong: "control.answerTooLong"
        case .system: "control.system"
        }
    }

    /// The sentence for a technician: what is wrong, and how to mend it.
    public var description: String {
        switch self {
        case .pathTooLong(let path, let byteCount):
            "The control socket's path must have 1 to \(ControlLimits.pathByteCountMax) bytes; this one has "
                + "\(byteCount): \(path)."
        case .badRequest:
            "A request is one line of 1 byte to 256 KiB."
        case .noSocket(let path):
            "There is no control socket at \(path). The agent is not started, or its configuration names another path."
        case .notRunning(let path):
            "Nobody answers at \(path). The agent has stopped; see why with: journalctl -u edged."
        case .permissionDenied(let path, let group?):
            "You may not use \(path): it is for the group \(group). Join it with: "
                + "sudo usermod -aG \(group) $USER, then sign in again."
        case .permissionDenied(let path, nil):
            "You may not use \(path). Ask as root."
        case .timedOut(let path, let timeoutMilliseconds):
            "No answer came from \(path) within \(timeoutMilliseconds) ms. The agent is busy or stuck."
        case .closedEarly(let path):
            "The answer from \(path) was cut. The agent stopped meanwhile; ask again."
        case .answerTooLong(let path):
            "The answer from \(path) is longer than 16 MiB, or a line of it than 256 KiB. Ask for it in pages."
        case .system(let operation, let errorNumber):
            "The control socket failed at \(operation): \(errorText(errorNumber))."
        }
    }
}
