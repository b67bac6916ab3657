// Who may change something by the control socket: root, the agent itself, and the members of one group.

import ControlSocket
import EdgeAgent
import Glibc

/// The box's technicians.
struct Technicians: Sendable {
    /// The group whose members may change things. Whoever else can open the socket may read.
    static let groupName = "edged-technicians"

    /// The group's number, looked up once; `nil` when the box has no such group, and then it has nobody more.
    ///
    /// Read from the bytes of `/etc/group`, where the package makes it. The system's own look-up asks every service that
    /// `nsswitch.conf` names for a group that is missing there, a directory on the network among them, and keeps its
    /// libraries in memory. Members may well come from a directory: whose process is in the group, the kernel says.
    private let group: UInt32?
    /// The agent's own user.
    private let agent: UInt32

    init() {
        agent = geteuid()
        group = SmallFile.read("/etc/group", bytesMax: Self.fileBytesMax)
            .flatMap { Self.number(ofGroup: Self.groupName, in: $0) }
    }

    /// Who is behind a connection, and whether they may change anything.
    ///
    /// - Parameter isNamed: whether the name is wanted, and not only the number.
    func asker(_ peer: Peer, isNamed: Bool) -> ControlAsker {
        let mayChange = peer.user == 0 || peer.user == agent || group.map(peer.isIn) == true
        let name = isNamed ? Self.name(ofUser: peer.user) : nil
        return ControlAsker(
            user: peer.user, name: name ?? "#\(peer.user)", process: peer.process, mayChange: mayChange)
    }

    /// As many bytes as a box's groups may have: a megabyte names tens of thousands.
    private static let fileBytesMax = 1_048_576

    /// Finds a group in lines of `name:password:number:members` (group(5)).
    private static func number(ofGroup name: String, in bytes: [UInt8]) -> UInt32? {
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: name.utf8) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, fields[0].elementsEqual(name.utf8) else { continue }
            return UInt32(String(decoding: fields[2], as: UTF8.self))
        }
        return nil
    }

    /// The name of a user, as the box knows it; for the journal of changes alone.
    private static func name(ofUser number: UInt32) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { room in
            guard let start = room.baseAddress,
                getpwuid_r(number, &entry, start, room.count, &found) == 0, found != nil, let name = entry.pw_name
            else { return nil }
            return String(cString: name)
        }
    }
}
