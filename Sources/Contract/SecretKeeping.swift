// Whether a file with a secret is well kept: one rule for the agent, which refuses what is not, and for edgectl, which says so.

/// How a file that holds a secret is kept.
///
/// A file of root or of the agent's own user is well kept when it is nobody else's: mode 0600 or less, or 0640 when root
/// owns it and its group is one of the agent's own (`root:edged`).
public enum SecretKeeping: Equatable, Sendable {
    /// Nobody but root and the agent can read or change it.
    case well
    /// It is no regular file.
    case notAFile
    /// It belongs to this user, who is neither root nor the agent: he may read and change it, whatever its mode.
    case foreign(owner: UInt32)
    /// Others may read or change it; its mode, nine bits and those above them.
    case open(mode: UInt32)

    /// As whom the agent runs.
    public struct Keeper: Equatable, Sendable {
        /// Its user's id.
        public let user: UInt32
        /// The ids of all its groups.
        public let groups: Set<UInt32>

        /// A user with groups.
        public init(user: UInt32, groups: Set<UInt32>) {
            self.user = user
            self.groups = groups
        }
    }

    /// Judges a file by what stat(2) tells of it.
    ///
    /// - Parameter mode: the permissions, without the kind of file.
    public init(isFile: Bool, mode: UInt32, owner: UInt32, group: UInt32, keeper: Keeper) {
        let isOwnGroup = owner == 0 && keeper.groups.contains(group)
        if !isFile {
            self = .notAFile
        } else if owner != 0, owner != keeper.user {
            self = .foreign(owner: owner)
        } else if mode & 0o027 != 0 || mode & 0o050 != 0 && !isOwnGroup {
            self = .open(mode: mode)
        } else {
            self = .well
        }
    }
}
