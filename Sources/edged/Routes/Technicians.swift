// Who may change something by the control socket: root, the agent itself, and the members of one group.

import ControlSocket
import EdgeAgent
import Glibc

/// The box's technicians.
struct Technicians: Sendable {
    /// The group whose members may change things. Whoever else can open the socket may read.
    static let groupName = "edged-technicians"

    /// The group's number, looked up once; `nil` when the box has no such group, and then it has nobody more.
    private let group: UInt32?
    /// The agent's own user.
    private let agent: UInt32

    init() {
        agent = geteuid()
        group = Self.number(ofGroup: Self.groupName)
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

    private static func name(ofUser number: UInt32) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withRoom { start, count in
            guard getpwuid_r(number, &entry, start, count, &found) == 0, found != nil, let name = entry.pw_name else {
                return nil
            }
            return String(cString: name)
        }
    }

    private static func number(ofGroup name: String) -> UInt32? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        return withRoom { start, count in
            guard getgrnam_r(name, &entry, start, count, &found) == 0, found != nil else { return nil }
            return entry.gr_gid
        }
    }

    /// Room for an entry of the box's users or groups: a group's has all its members.
    private static func withRoom<Found>(_ body: (UnsafeMutablePointer<CChar>, Int) -> Found?) -> Found? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65_536) { room in
            room.baseAddress.flatMap { body($0, room.count) }
        }
    }
}
