// What the shop knows behind a code, and which devices may do what with it.

import Contract
import ShopModel

/// The agent's answer to `scan` as lines.
struct ShopMeaning {
    private let answer: JSON
    private let words: Words

    init(_ answer: JSON, _ words: Words) {
        self.answer = answer
        self.words = words
    }

    func add(to page: inout Page) {
        if let found = answer["found"] {
            Present(found, words).add(to: &page)
        } else {
            page.blank()
            page.paragraph(words.say("This shop knows nothing of it.", "Ce magasin n'en connaît rien."))
        }
        let uses = answer["uses"]?.list ?? []
        guard !uses.isEmpty else { return }
        page.title(words.say("Who may do what with it", "Qui peut en faire quoi"))
        var table = Table(.init(words.say("Verb", "Verbe")), .init(words.say("Roles of devices", "Rôles d'appareils")))
        for use in uses {
            table.add(
                use.plain("verb"),
                (use["roles"]?.list ?? []).map { words.term("role:\($0.plain)") }.joined(separator: ", "))
        }
        page.table(table)
    }
}
