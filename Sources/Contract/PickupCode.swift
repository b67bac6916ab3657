// A pickup code as headquarters sends it: one of ours has to be one that a scanner can read.

import ScanCodes
import ShopModel

extension JSONField {
    /// The pickup code, when it is a text of 1 to 64 bytes that can be used at the counter.
    ///
    /// One of our own form (`P-8M2WZ5HC-C`, hyphens and capitals or not) is taken in its printed form. Any other text
    /// is the customer's code too, but can only be typed, never scanned.
    ///
    /// - Throws: `contract.wrongType`, `contract.badLength`; `contract.codeCheck` and `contract.codeKind` for what has the
    ///   form of our codes and is no pickup's: it would be refused whenever it is scanned. None of them shows the code,
    ///   since whoever knows it can collect the goods.
    public func pickupCode() throws(Refusal) -> String {
        let text = try text(max: 64)
        let own: OwnCode?
        do throws(Refusal) {
            own = try OwnCode.reading(text)
        } catch {
            func fact(_ name: String) -> String? {
                error.facts.first { $0.name == name }.map { $0.value.description }
            }
            guard error.code == .scanOwnCodeCheck, let seen = fact("read"), let expected = fact("expected") else {
                throw refusal(
                    .contractBadIdentifier, [.text("kind", "pickup code"), .text("seen", fact("found") ?? "?")])
            }
            throw refusal(.contractCodeCheck, [.text("seen", seen), .text("expected", expected)])
        }
        guard let own else { return text }
        guard own.kind == .pickup else {
            throw refusal(.contractCodeKind, [.text("seen", String(own.text.prefix(1))), .text("expected", "P")])
        }
        return own.text
    }
}

extension Refusal.Code {
    /// A code of ours whose check character is wrong: facts `name`, `seen`, `expected` (characters).
    public static let contractCodeCheck = Refusal.Code(
        "contract.codeCheck", retry: .newId,
        en: "The code in {name} ends with {seen}; {expected} is its check character. Send the code as it was minted.",
        fr:
            "Le code dans {name} finit par {seen} ; son caractère de contrôle est {expected}. Envoyez le code tel qu'il a été créé."
    )
    /// A code of ours for something else: facts `name`, `seen`, `expected` (first letters).
    public static let contractCodeKind = Refusal.Code(
        "contract.codeKind", retry: .newId,
        en: "The code in {name} begins with {seen}; one that begins with {expected} is needed here.",
        fr: "Le code dans {name} commence par {seen} ; il en faut un qui commence par {expected}.")
}
