// What is answered over the control socket: one JSON object in one line.

import Contract
import ShopModel

/// The answer to a question over the control socket, `{"outcome":"done","result":{…}}` or
/// `{"outcome":"refused","problem":{…}}`.
public enum ControlAnswer: Equatable, Sendable {
    /// What was asked for.
    case done(JSON)
    /// Why there is no answer.
    case refused(Problem)

    /// A refusal, told in a language.
    public static func refused(_ refusal: Refusal, in language: Language) -> ControlAnswer {
        .refused(Problem(refusal, in: language))
    }

    /// The answer's line, without its end.
    public func encoded() -> [UInt8] {
        switch self {
        case .done(let result): JSON.object([.init("outcome", "done"), .init("result", result)]).encoded()
        case .refused(let problem):
            JSON.object([.init("outcome", "refused"), .init("problem", problem.json)]).encoded()
        }
    }
}

extension JSON {
    /// An object of those fields that are there; an absent one is not written.
    static func told(_ fields: (String, JSON?)...) -> JSON {
        .object(fields.compactMap { name, value in value.map { Member(name, $0) } })
    }

    /// A name as text.
    static func name(_ value: some Identifier) -> JSON { .string(value.value) }

    /// A moment as RFC 3339.
    static func moment(_ value: Instant) -> JSON { .string(value.description) }

    /// An object of the numbers that are not zero.
    static func nonZero(_ numbers: [(String, Int)]) -> JSON {
        .object(numbers.filter { $0.1 != 0 }.map { Member($0.0, .count($0.1)) })
    }
}
