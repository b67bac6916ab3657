// Why the control socket could not be opened, each with its mend.

/// Why a control server did not start.
public enum ControlServerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The path is empty, holds a zero byte or has more than 107 bytes.
    case pathTooLong(path: String, byteCount: Int)
    /// The directory of the socket does not exist.
    case directoryMissing(path: String)
    /// The directory of the socket, or what lies at its path, is not ours to change.
    case notPermitted(path: String)
    /// What lies at the path is no socket; it was left alone.
    case notASocket(path: String)
    /// Another process answers at the path; its number when the kernel says it.
    case anotherAnswers(path: String, process: Int32?)
    /// Another process of the same user has been opening the socket for a second.
    case openingElsewhere(path: String)
    /// The system refused something that should not fail.
    case system(operation: String, errorNumber: Int32)

    /// The stable code, `control.reason`.
    public var code: String {
        switch self {
        case .pathTooLong: "control.pathTooLong"
        case .directoryMissing: "control.directoryMissing"
        case .notPermitted: "control.notPermitted"
        case .notASocket: "control.notASocket"
        case .anotherAnswers: "control.anotherAnswers"
        case .openingElsewhere: "control.openingElsewhere"
        case .system: "control.system"
        }
    }

    /// The sentence for a technician: what is wrong, and how to mend it.
    public var description: String {
        switch self {
        case .pathTooLong(let path, let byteCount):
            "The control socket's path must have 1 to \(ControlLimits.pathByteCountMax) bytes; this one has "
                + "\(byteCount): \(path). Choose a shorter controlSocket."
        case .directoryMissing(let path):
            "The control socket \(path) has no directory to lie in. Make \(parentDirectory(of: path))."
        case .notPermitted(let path):
            "The control socket \(path) may not be made. The user of edged must own \(parentDirectory(of: path))."
        case .notASocket(let path):
            "At \(path) lies a file that is no socket; it was left alone. Move it away or choose another path."
        case .anotherAnswers(let path, let process):
            "Another process\(process.map { " (\($0))" } ?? "") already answers at \(path). Stop it first."
        case .openingElsewhere(let path):
            "Another process has been opening \(path) for a second. See which one with: "
                + "fuser \(OpeningLock.path(of: path))."
        case .system(let operation, let errorNumber):
            "The control socket failed at \(operation): \(errorText(errorNumber))."
        }
    }
}
