// `edgectl stock list`: the stock lines of this shop, a page at a time.

import ArgumentParser
import Contract
import ShopModel

struct StockList: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: Help.say(
                "List the stock lines of this shop, by SKU.", "Lister les lignes de stock de ce magasin, par SKU."),
            discussion: Help.say(
                """
                Examples:
                  edgectl stock list
                  edgectl stock list --after BLUE-SHIRT-M --limit 200
                """,
                """
                Exemples :
                  edgectl stock list
                  edgectl stock list --after BLUE-SHIRT-M --limit 200
                """))
    }

    @Option(
        help: .say(
            "Only lines behind this SKU: for the next page.",
            "Seulement les lignes après ce SKU : pour la page suivante.", value: "sku"))
    var after: String?
    @OptionGroup var paging: PageOptions
    @OptionGroup var options: AgentOptions

    var requests: [JSON] {
        [.request("stock.list", ("after", after.map(JSON.string)), ("limit", .count(paging.limit)))]
    }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        var table = Table(
            .init("SKU"), .init(words.say("On hand", "Magasin"), isNumber: true),
            .init(words.say("Unsold", "Hors vente"), isNumber: true), .init(words.say("Held", "Tenu"), isNumber: true),
            .init(words.say("Owed", "Dû"), isNumber: true), .init(words.say("Kept", "Sécurité"), isNumber: true),
            .init(words.say("Free", "Libre"), isNumber: true), .init(words.say("Short", "Manque"), isNumber: true))
        for line in result["lines"]?.list ?? [] {
            table.add(
                line.plain("sku"), line.plain("onHand"), line.plain("unsellable"), line.plain("holds"),
                line.plain("owed"), line.plain("safety"), line.plain("promisable"), line.plain("shortfall"))
        }
        page.table(table, whenEmpty: words.say("No stock lines.", "Aucune ligne de stock."))
        if let next = result["next"] {
            page.command(
                words.say("More: ", "Suite : "),
                "edgectl stock list --after \(next.plain.quotedForShell)\(paging.again)\(options.again)")
        }
        return page
    }
}
