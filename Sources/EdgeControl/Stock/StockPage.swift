// The numbers of a stock line, laid out so that what may be promised can be added up.

import Contract
import ShopModel

/// A stock line as lines.
struct StockPage {
    private let line: JSON
    private let words: Words

    init(_ line: JSON, _ words: Words) {
        self.line = line
        self.words = words
    }

    func add(to page: inout Page) {
        page.title(title)
        page.facts(facts)
        page.blank()
        var rights = Table(
            .init(words.say("Rights of", "Droits de")), .init(words.say("Created", "Créés"), isNumber: true),
            .init(words.say("Spent", "Utilisés"), isNumber: true), .init(words.say("Given", "Donnés")),
            .init(words.say("Has", "Détient"), isNumber: true))
        for row in line["rights"]?.list ?? [] {
            let given = (row["given"]?.members ?? []).map { "\($0.value.plain) → \(holder($0.name))" }
            rights.add(
                holder(row.plain("holder")), row.plain("created"), row.plain("spent"),
                given.isEmpty ? "–" : given.joined(separator: ", "), row.plain("local"))
        }
        page.table(
            rights, whenEmpty: words.say("Nobody has rights to promise it.", "Personne n'a de droits dessus."))
    }

    /// A holder of rights as people know it.
    private func holder(_ name: String) -> String {
        if name == "hq" { return words.say("headquarters", "le siège") }
        return name == line["home"]?.text ? words.say("this shop", "ce magasin") : name.withShortIncarnation
    }

    private var title: String {
        var text = "SKU \(line.plain("sku"))"
        if let gtin = line["gtin"] { text += ", GTIN \(gtin.plain)" }
        if let name = line["name"]?[words.language.rawValue] ?? line["name"]?["fr"] { text += ", \(name.plain)" }
        if line["inAssortment"]?.truth == false {
            text += words.say(" (not in the assortment)", " (hors assortiment)")
        }
        return text
    }

    private var facts: [(String, String)] {
        let unsellable = (line["unsellable"]?.members ?? []).filter { ($0.value.integer ?? 0) != 0 }
            .map { "\($0.value.plain) \(words.term($0.name))" }
        var facts = [
            (words.say("On hand", "En magasin"), line.plain("onHand")),
            (words.say("Not for sale", "Hors vente"), unsellable.isEmpty ? "0" : unsellable.joined(separator: ", ")),
            (words.say("Owed to paid orders", "Dû aux commandes payées"), line.plain("owed")),
            (words.say("Rights of this shop", "Droits de ce magasin"), line.plain("localRights")),
            (words.say("Held or awaiting sale", "Tenu ou attend sa vente"), held),
            (words.say("Kept back", "Stock de sécurité"), line.plain("safety")),
            (words.say("May be promised", "Peut être promis"), line.plain("promisable")),
        ]
        if line.number("shortfall") > 0 {
            facts.append((words.say("SHORTFALL", "MANQUE"), line.plain("shortfall")))
        }
        if line["balanced"]?.truth == false {
            facts.append(
                (
                    words.say("Books and rights", "Livres et droits"),
                    words.say(
                        "differ until both sides have heard each other",
                        "diffèrent tant que les deux côtés ne se sont pas entendus")
                ))
        }
        if let count = line["countWaiting"] {
            facts.append(
                (
                    words.say("Count to approve", "Comptage à valider"),
                    "\(count.plain("counted")), \(words.momentAndAge(count["at"]))"
                ))
        }
        return facts
    }

    private var held: String {
        let promises = line["promises"]?.list ?? []
        guard !promises.isEmpty else { return line.plain("holds") }
        let more = line.number("promiseCount") - promises.count
        let rest = more > 0 ? words.say(" and \(more) more", " et \(more) autres") : ""
        return "\(line.plain("holds")): \(promises.map(\.plain).joined(separator: ", "))\(rest)"
    }
}

extension String {
    /// This with the long name of an incarnation cut to as much as tells it from another; JSON has it whole.
    var withShortIncarnation: String {
        let prefix = "edge."
        guard hasPrefix(prefix), utf8.count > prefix.utf8.count + 12 else { return self }
        return prefix + dropFirst(prefix.count).prefix(8) + "…"
    }
}
