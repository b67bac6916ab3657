// Who asks over the control socket, and whether they may change anything.

/// A person or program behind the control socket, as the kernel vouches for them.
public struct ControlAsker: Equatable, Sendable {
    /// The user's number.
    public let user: UInt32
    /// The user's name as the box knows it; `#` and the number for one without a name.
    public let name: String
    /// The process's number, for the log.
    public let process: Int32
    /// Whether they may change anything. Everybody who can open the socket may read.
    public let mayChange: Bool

    /// Names an asker.
    public init(user: UInt32, name: String, process: Int32, mayChange: Bool) {
        self.user = user
        self.name = name
        self.process = process
        self.mayChange = mayChange
    }
}
