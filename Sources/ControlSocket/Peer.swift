// Who is at the other end of the control socket, as the kernel vouches for it.

import Glibc

/// The process that connected: its user, group and number, as the kernel knew them at that moment.
public struct Peer: Equatable, Sendable {
    /// The user's number; 0 is root.
    public let user: UInt32
    /// The number of the user's main group.
    public let group: UInt32
    /// The process's number. Only good for the journal: it may have ended, and another may have its number.
    public let process: Int32

    /// Names a peer.
    public init(user: UInt32, group: UInt32, process: Int32) {
        self.user = user
        self.group = group
        self.process = process
    }

    /// Asks the kernel who is behind a connected socket; `nil` when it does not say, and then nobody is served.
    init?(of socket: Int32) {
        // The layout of `struct ucred` (unix(7)), which Glibc hides unless GNU extensions are asked for.
        var credentials: (process: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        let expected = length
        guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0, length == expected else {
            return nil
        }
        self.init(user: credentials.user, group: credentials.group, process: credentials.process)
    }
}
