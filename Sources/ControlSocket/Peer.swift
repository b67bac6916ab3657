// Who is at the other end of the control socket, as the kernel vouches for it.

import Glibc

/// The process that connected: its user, groups and number, as the kernel knew them at that moment.
public struct Peer: Equatable, Sendable {
    /// The user's number; 0 is root.
    public let user: UInt32
    /// The number of the user's main group.
    public let group: UInt32
    /// The numbers of the other groups that the process was in; not those that the user has been given since.
    public let groups: [UInt32]
    /// The process's number. Only good for the journal: it may have ended, and another may have its number.
    public let process: Int32

    /// Names a peer.
    public init(user: UInt32, group: UInt32, groups: [UInt32] = [], process: Int32) {
        self.user = user
        self.group = group
        self.groups = groups
        self.process = process
    }

    /// Whether the process was in a group when it connected.
    public func isIn(_ group: UInt32) -> Bool { self.group == group || groups.contains(group) }

    /// Asks the kernel who is behind a connected socket; `nil` when it does not say, and then nobody is served.
    init?(of socket: Int32) {
        // The layout of `struct ucred` (unix(7)), which Glibc hides unless GNU extensions are asked for.
        var credentials: (process: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        let expected = length
        guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0, length == expected else {
            return nil
        }
        self.init(
            user: credentials.user, group: credentials.group, groups: Self.groups(of: socket),
            process: credentials.process)
    }

    /// `SO_PEERGROUPS` of asm-generic/socket.h, since Linux 4.13.
    private static let peerGroupsOption: Int32 = 59
    /// As many groups as Linux lets a process have.
    private static let groupsMax = 65_536

    /// The supplementary groups; none when the kernel does not tell, which only takes rights away.
    private static func groups(of socket: Int32) -> [UInt32] {
        var groups = [gid_t](repeating: 0, count: 32)
        while true {
            let size = MemoryLayout<gid_t>.size
            var length = socklen_t(groups.count * size)
            if getsockopt(socket, SOL_SOCKET, peerGroupsOption, &groups, &length) == 0 {
                return Array(groups.prefix(Int(length) / size))
            }
            // Too little room is answered with how much it takes.
            let needed = Int(length) / size
            guard errno == ERANGE, needed > groups.count, needed <= groupsMax else { return [] }
            groups = [gid_t](repeating: 0, count: needed)
        }
    }
}
