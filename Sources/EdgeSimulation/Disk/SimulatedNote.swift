// The note of what is being decided, and PINs, in a simulated box.

import EdgeAgent

/// A note in memory that outlives the process and not the power.
///
/// The object stands for the box: it stays while processes come and go, and the world tells it how they went.
public final class SimulatedNote: DecidingNote {
    /// What was noted when the process died last.
    public private(set) var found: [UInt8]?
    private var noted: [UInt8]?

    /// A note with nothing on it.
    public init() {}

    /// Notes what is about to be decided.
    public func begin(_ digest: [UInt8]) { noted = digest }

    /// Clears the note.
    public func end() { noted = nil }

    /// The box went down: what the next process will find is settled now.
    public func crash(_ crash: Crash) {
        found = crash == .process ? noted : nil
        noted = nil
    }
}

/// Checks PINs against a derivation that costs nothing.
public struct SimulatedPINs: PINVerifying {
    /// PINs need no state.
    public init() {}

    /// What headquarters' feed would say of a PIN, in this world: `simulated$` and a digest.
    public static func derive(_ pin: String) -> String {
        let digest = FNVDigest().digest(Array(pin.utf8))
        return "simulated$" + digest.prefix(8).map { String($0, radix: 16) }.joined(separator: ".")
    }

    /// Whether the PIN fits; false for what was derived otherwise.
    public func verify(pin: String, derived: String) -> Bool { derived == Self.derive(pin) }

    /// Whether it was derived in this world.
    public func canRead(_ derived: String) -> Bool { derived.hasPrefix("simulated$") }
}
