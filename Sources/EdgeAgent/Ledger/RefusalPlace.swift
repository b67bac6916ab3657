// A refusal as a log may have it: what was wrong and where, never what was read there.

import ShopModel

extension Refusal {
    /// The code, and the place in the message: `contract.missing at /entries/0/value/name`.
    ///
    /// The sentence for people shows what was seen, which may be a name or a telephone number; logs outlive both.
    var place: String { code.name + (field.map { " at \(LoggedTopic.text($0))" } ?? "") }
}
