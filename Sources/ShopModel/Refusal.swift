// A refusal is a value: a stable code, a sentence for a person in each language, and the facts behind it.

/// Why something was not done, said so that a person and a program can both act on it.
///
/// A refusal changes nothing. It is returned or thrown, never logged and swallowed.
public struct Refusal: Error, Equatable, Sendable {
    /// What kind of refusal this is; stable for ever once released.
    public let code: Code
    /// Where in the message the cause lies, as a JSON pointer (RFC 6901), when one field is to blame.
    public var field: String?
    /// What was seen and what was expected, in a fixed order.
    public let facts: [Fact]

    /// Makes a refusal.
    public init(_ code: Code, field: String? = nil, _ facts: [Fact] = []) {
        self.code = code
        self.field = field
        self.facts = facts
    }

    /// One fact behind a refusal.
    public struct Fact: Equatable, Sendable {
        /// The name of the fact, as the sentence, in braces, and the reply's `facts` have it.
        public let name: String
        /// Its value.
        public let value: Value

        /// What a fact may be.
        public enum Value: Equatable, Sendable {
            case text(String)
            case integer(Int)
            case instant(Instant)
            case texts([String])
            /// Names of the contract, of which any one is meant; a sentence says them in its own language.
            case words([Word])
        }

        /// A fact that is text.
        public static func text(_ name: String, _ value: String) -> Fact { Fact(name: name, value: .text(value)) }
        /// A fact that is a whole number.
        public static func integer(_ name: String, _ value: Int) -> Fact { Fact(name: name, value: .integer(value)) }
        /// A fact that is a moment in time.
        public static func instant(_ name: String, _ value: Instant) -> Fact {
            Fact(name: name, value: .instant(value))
        }
        /// A fact that is a name of the contract.
        public static func word(_ name: String, _ value: Word) -> Fact { Fact(name: name, value: .words([value])) }
        /// A fact that is any one of some names of the contract.
        public static func words(_ name: String, _ value: [Word]) -> Fact { Fact(name: name, value: .words(value)) }
        /// A fact that is a list of texts.
        public static func texts(_ name: String, _ value: [String]) -> Fact { Fact(name: name, value: .texts(value)) }
    }

    /// What a sender may do after a refusal.
    public enum Retry: String, Sendable, CaseIterable {
        /// The same request will always be refused.
        case never
        /// The same message, with the same id, may succeed.
        case sameId
        /// A corrected request needs a new id.
        case newId
        /// Later, with a new id, the world may have changed.
        case later
    }

    /// The kind of a refusal. Each room declares its own, beside the rule that refuses.
    public struct Code: Equatable, Hashable, Sendable {
        /// The stable name, `noun.reason`.
        public let name: String
        /// What the sender may do next.
        public let retry: Retry
        /// The English sentence; `{fact}` is replaced by the fact of that name.
        public let english: String
        /// The French sentence; `{fact}` is replaced by the fact of that name.
        public let french: String

        /// Declares a kind of refusal.
        public init(_ name: String, retry: Retry, en english: String, fr french: String) {
            self.name = name
            self.retry = retry
            self.english = english
            self.french = french
        }

        /// Two codes are the same when their names are.
        public static func == (a: Code, b: Code) -> Bool { a.name == b.name }
        /// Hashes the name.
        public func hash(into hasher: inout Hasher) { hasher.combine(name) }
    }

    /// The sentence for a person.
    ///
    /// - Parameter time: how moments are written: a clerk reads the shop's own clock, a log reads UTC.
    public func sentence(in language: Language, time: (Instant) -> String = { $0.description }) -> String {
        fill(language == .french ? code.french : code.english, language, time)
    }

    private func fill(_ template: String, _ language: Language, _ time: (Instant) -> String) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            let name = rest[rest.index(after: open)..<close]
            let value = facts.first { $0.name == name }?.value
            switch value {
            case .instant(let instant)?: result += time(instant)
            case .words(let words)?: result += words.said(in: language)
            default: result += value?.description ?? "?"
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}

extension Refusal.Fact.Value: CustomStringConvertible {
    /// The value as a person reads it.
    public var description: String {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .instant(let instant): instant.description
        case .texts(let texts): texts.joined(separator: ", ")
        case .words(let words): words.names
        }
    }
}

/// A language that the shop speaks to people.
public enum Language: String, Sendable, CaseIterable {
    case french = "fr"
    case english = "en"

    /// The language of a process by its locale (POSIX.1-2017, 8.2): `LC_ALL` before `LC_MESSAGES` before `LANG`, an empty
    /// one passed over. English where it is none that the shop speaks.
    ///
    /// - Parameter variable: the value of a variable of the environment, by its name.
    public init(byLocale variable: (String) -> String?) {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap(variable).first { !$0.isEmpty }
        self = locale?.hasPrefix("fr") == true ? .french : .english
    }
}
