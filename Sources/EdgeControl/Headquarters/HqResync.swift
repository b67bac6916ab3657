// `edgectl hq resync`: have headquarters send a feed once more.

import ArgumentParser
import Contract
import ShopModel

struct HqResync: Question {
    static let configuration = CommandConfiguration(
        commandName: "resync", abstract: "Have headquarters send its feeds once more.",
        discussion: """
            Safe at any time, and for technicians. A state feed (catalogue, network, clerks, hours…) comes again as a \
            whole; the old values serve until the new ones have all come. Of stock, orders and erasures only what is \
            missing comes, since each of their entries counts once.

            Examples:
              edgectl hq resync
              edgectl hq resync catalogue
            """)

    @Argument(help: "Which feed; all that were ever heard when absent.")
    var feed: String?

    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard let feed, Feed(rawValue: feed) == nil else { return }
        throw ValidationError(
            "\(feed) is no feed. Known are: \(Feed.allCases.map(\.rawValue).joined(separator: ", ")).")
    }

    var requests: [JSON] { [.request("hq.resync", ("feed", feed.map(JSON.string)))] }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        var table = Table(
            .init(words.say("Feed", "Flux")), .init(words.say("From", "Source")),
            .init(words.say("Stands at", "En est à"), isNumber: true), .init(words.say("Asked for", "Demandé")))
        for asked in result["asked"]?.list ?? [] {
            let isWhole = asked["from"]?.text != nil
            table.add(
                asked.plain("feed"), asked.plain("scope"), asked.plain("sequence"),
                isWhole
                    ? words.say("all of it", "tout")
                    : words.say("from entry ", "dès l'entrée ") + asked.plain("from"))
        }
        page.table(
            table,
            whenEmpty: words.say(
                "This feed was never heard. Headquarters was told so, and begins it from its first entry.",
                "Ce flux n'a jamais été entendu. Le siège le sait maintenant, et le commence par sa première entrée."))
        page.blank()
        page.paragraph(
            words.say(
                "Headquarters was asked. See it come: edgectl status (column Taken in)",
                "La demande est partie au siège. Pour voir venir : edgectl status (colonne Pris)"))
        return page
    }
}
