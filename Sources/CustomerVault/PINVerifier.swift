// The agent's question about a PIN, answered by `PINCheck`.

import EdgeAgent

/// Checks clerks' PINs for the agent.
public struct PINVerifier: PINVerifying {
    /// Makes a verifier; it holds nothing.
    public init() {}

    /// Whether the PIN fits. False for a `derived` that is not of the form of `PINCheck`, and when libcrypto fails: a
    /// door that cannot be checked stays shut.
    public func verify(pin: String, derived: String) -> Bool {
        guard let check = PINCheck(derived) else { return false }
        return (try? check.matches(pin: pin)) ?? false
    }

    /// Whether it is the text of a check.
    public func canRead(_ derived: String) -> Bool { PINCheck(derived) != nil }
}
