// A stable name that programs read, and what people read in its place.

/// A name of the contract, such as `handedOver`, with the words that stand for it in a sentence.
///
/// The facts of a refusal keep the name; a clerk reads the words, which fit the sentence around them.
public struct Word: Equatable, Sendable {
    /// The stable name.
    public let name: String
    /// What an English sentence says.
    public let english: String
    /// What a French sentence says.
    public let french: String

    /// A name and its words.
    public init(_ name: String, en english: String, fr french: String) {
        self.name = name
        self.english = english
        self.french = french
    }

    /// What a sentence says.
    public func said(in language: Language) -> String { language == .french ? french : english }
}

extension [Word] {
    /// The names, as facts have them.
    public var names: String { map(\.name).joined(separator: ", ") }

    /// The words as alternatives: “accepted or being picked”.
    func said(in language: Language) -> String {
        let words = map { $0.said(in: language) }
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + (language == .french ? " ou " : " or ") + last
    }
}
