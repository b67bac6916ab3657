// What a code of an alarm or a refusal means, without the agent: the package brings the list.

import Contract
import ShopModel

/// The list of codes that `systemd/package/documents.py` makes out of the lists of alarms and the contract's problems.
struct CodeBook {
    /// Where the package puts it.
    static let fileDefault = "/usr/share/edged/codes.json"

    private static let bytesMax = 1 << 20
    private static let limits = JSONLimits(bytesMax: bytesMax, depthMax: 8, elementsMax: 20_000)
    private let file: String

    init(_ file: String) { self.file = file }

    /// What is known of a code; `nil` when the list does not have it, or is not there.
    func entry(_ code: String) -> JSON? {
        // Only what looks like a code is looked for: most ids are not.
        guard code.wholeMatch(of: #/[a-z]\w*\.[a-z]\w*/#) != nil,
            let bytes = SmallFile.bytes(file, max: Self.bytesMax),
            let book = try? JSONReader.read(bytes, limits: Self.limits)
        else { return nil }
        return book["codes"]?.list.first { $0["code"]?.text == code }
    }

    /// An entry for people.
    static func page(_ entry: JSON, _ words: Words) -> Page {
        var page = Page()
        page.title(entry.plain("code"))
        let language = words.language.rawValue
        page.facts(
            [
                (words.say("It says", "Il dit"), entry[language]?.text),
                (words.say("It means", "Sens"), entry["meaning"]?[language]?.text),
                (words.say("Its mend", "Remède"), entry["mend"]?[language]?.text),
                (words.say("Said to", "Dit à"), entry["seenBy"]?.text.map { listener($0, words) }),
                (words.say("Again", "Renvoyer"), entry["retry"]?.text.map { again($0, words) }),
            ]
            .compactMap { name, text in text.map { (name, $0) } })
        return page
    }

    private static func listener(_ name: String, _ words: Words) -> String {
        switch name {
        case "device": words.say("devices", "aux appareils")
        case "technician": words.say("technicians", "aux techniciens")
        case "headquarters": words.say("headquarters", "au siège")
        default: name
        }
    }

    private static func again(_ retry: String, _ words: Words) -> String {
        switch retry {
        case "never": words.say("the same is always refused", "la même demande sera toujours refusée")
        case "sameId":
            words.say("the same message, with the same id, later", "le même message, avec le même id, plus tard")
        case "newId": words.say("corrected, with a new id", "corrigé, avec un nouvel id")
        case "later": words.say("later, with a new id", "plus tard, avec un nouvel id")
        default: retry
        }
    }
}
