// `edgectl stock show`: every number of a SKU, and where the latest of them came from.

import ArgumentParser
import Contract
import ShopModel

struct StockShow: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show",
            abstract: Help.say(
                "Show every number of a SKU, and why.", "Montrer tous les chiffres d'un SKU, et d'où ils viennent."),
            discussion: Help.say(
                """
                Examples:
                  edgectl stock show BLUE-SHIRT-M
                  edgectl stock show 3401234567890      by the number under the bar code
                  edgectl stock show BLUE-SHIRT-M --entries 50
                """,
                """
                Exemples :
                  edgectl stock show BLUE-SHIRT-M
                  edgectl stock show 3401234567890      par le numéro sous le code-barres
                  edgectl stock show BLUE-SHIRT-M --entries 50
                """))
    }

    @Argument(help: .say("The SKU; or the product's GTIN.", "Le SKU, ou le GTIN du produit.")) var sku: String
    @Option(
        help: .say(
            "How many entries of the journal, 0 to 100.", "Combien d'entrées du journal, de 0 à 100.", value: "nombre"))
    var entries: Int = 10
    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (0...100).contains(entries) else {
            throw ValidationError(Help.say("--entries takes 0 to 100.", "--entries va de 0 à 100."))
        }
    }

    /// A SKU may be a number, so that it is asked for first.
    var requests: [JSON] {
        [.request("stock.show", ("sku", .string(sku)), ("entries", .count(entries)))]
            + (GTIN(sku) == nil
                ? [] : [.request("stock.show", ("gtin", .string(sku)), ("entries", .count(entries)))])
    }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        StockPage(result["stock"] ?? .null, words).add(to: &page)
        let journal = result["journal"]?.list ?? []
        guard !journal.isEmpty else { return page }
        page.title(words.say("Latest changes", "Derniers changements"))
        for entry in journal {
            var cause = words.term(entry.plain("by"))
            if let device = entry["device"] { cause += words.say(" by ", " par ") + device.plain }
            if let clerk = entry["clerk"] { cause += words.say(", clerk ", ", vendeur ") + clerk.plain }
            page.paragraph("\(words.moment(entry["at"]))  #\(entry.plain("position")) \(cause)", hanging: 4)
            page.paragraph(StoryStep.change(entry, words, withSKU: false), indent: 4, hanging: 2)
        }
        return page
    }
}
