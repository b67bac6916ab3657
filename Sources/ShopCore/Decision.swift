// What a decision answers: events that happened, or why nothing did.

import ShopModel

/// The outcome of a pure decision, *state, command, now → events, or a refusal* (DESIGN §5).
public enum Decision<Event> {
    /// What happened, in order. Applying these to the state is the caller's next step.
    case done([Event])
    /// Nothing happened, and why.
    case refused(Refusal)

    /// The events, or the refusal thrown.
    public func events() throws(Refusal) -> [Event] {
        switch self {
        case .done(let events): return events
        case .refused(let refusal): throw refusal
        }
    }
}

extension Decision: Equatable where Event: Equatable {}
extension Decision: Sendable where Event: Sendable {}
