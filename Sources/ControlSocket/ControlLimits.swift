// The bounds of the control socket, named in one place.

/// What the control socket carries at most. A request is one line; an answer is lines, closed by an empty one.
public enum ControlLimits {
    /// A line's bytes, its end not counted.
    public static let lineByteCountMax = 262_144
    /// An answer's bytes; a longer list is asked for in pages.
    public static let answerByteCountMax = 16_777_216
    /// Clients connected at once.
    public static let connectionsMax = 16
    /// Clients that may arrive at once and wait to be let in, which takes microseconds; one more would be turned away by
    /// the kernel without a word.
    public static let arrivalsMax = 128
    /// How long a client may take to bring a whole request, and to take a whole answer, before it is hung up on.
    public static let idleMillisecondsMax = 60_000
    /// How long a stopping server waits for the answers at hand, and for its clients to take them.
    public static let farewellMillisecondsMax = 1_000
    /// A socket's path (`sun_path`, unix(7)): 108 bytes with the closing zero.
    public static let pathByteCountMax = 107
}
