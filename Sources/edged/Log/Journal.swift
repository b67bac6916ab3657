// The journal's own door: a happening as a datagram of fields, so that facts can be searched for rather than read.

import Glibc
import Synchronization

/// Sends entries to systemd-journald by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL), without its library.
///
/// Every value is a single line by the time it comes here, so the protocol's form for values with line ends is not
/// needed; and small, so that a datagram always does.
final class Journal: Sendable {
    /// Where journald listens.
    static let path = "/run/systemd/journal/socket"

    private let descriptor: Int32

    /// The journal, when standard error goes there: then systemd has said which file that is in `JOURNAL_STREAM`, and a
    /// standard error that somebody has turned elsewhere since is left alone (systemd.exec(5)).
    static func ifConnected() -> Journal? {
        guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else { return nil }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0, stream == "\(status.st_dev):\(status.st_ino)" else { return nil }
        return Journal()
    }

    private init?() {
        descriptor = socket(AF_UNIX, Int32(bitPattern: SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Sends an entry.
    ///
    /// - Returns: whether journald took it; never waits for a journald that does not read.
    func send(_ fields: [(name: String, value: String)]) -> Bool {
        let text = fields.map { "\($0.name)=\($0.value)\n" }.joined()
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(Self.path.utf8) + [0]) }
        let bytes = Array(text.utf8)
        let count = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0,
                    socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return count == bytes.count
    }

    /// A fact's name as the journal wants it: `retryMilliseconds` becomes `EDGED_RETRY_MILLISECONDS`.
    static func field(_ name: String) -> String {
        var field = "EDGED_"
        for byte in name.utf8.prefix(48) {
            let isUpper = (0x41...0x5A).contains(byte)
            if isUpper, field.utf8.last != UInt8(ascii: "_") { field += "_" }
            switch byte {
            case 0x61...0x7A: field.unicodeScalars.append(Unicode.Scalar(byte - 0x20))
            case 0x41...0x5A, 0x30...0x39: field.unicodeScalars.append(Unicode.Scalar(byte))
            default: field += "_"
            }
        }
        return field
    }
}
