// What becomes of a request: an answer on the spot, or one that a thread of its own fetches.

/// What the receiver of a request decides.
public enum Reception: Sendable {
    /// Fetches the answer's lines, on a thread of its own. Whatever it waits for must be bounded.
    public typealias Fetch = @Sendable () -> [UInt8]

    /// Answered on the spot, on the server's thread: for what waits for nothing.
    case answered([UInt8])
    /// Answered beside everything else: for what only looks.
    case beside(Fetch)
    /// Answered when all others of this kind that came before have been: for what changes something. Whoever hangs up
    /// before the turn comes has changed nothing.
    case inTurn(Fetch)
}
