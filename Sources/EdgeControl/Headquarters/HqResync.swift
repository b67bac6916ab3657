// `edgectl hq resync`: have headquarters send a feed once more.

import ArgumentParser
import Contract
import ShopModel

struct HqResync: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "resync",
            abstract: Help.say(
                "Have headquarters send its feeds once more.", "Faire renvoyer ses flux par le siège."),
            discussion: Help.say(
                """
                Safe at any time, and for technicians. A state feed (catalogue, network,
                clerks, hours…) comes again as a whole; the old values serve until the new
                ones have all come. Of stock, orders and erasures only what is missing comes,
                since each of their entries counts once.

                Examples:
                  edgectl hq resync
                  edgectl hq resync catalogue
                """,
                """
                Sans danger à tout moment, et réservé aux techniciens. Un flux d'état
                (catalogue, network, clerks, hours…) revient en entier ; les anciennes valeurs
                servent jusqu'à ce que toutes les nouvelles soient là. Des flux stock, orders
                et erasures ne vient que ce qui manque, car chaque entrée compte une fois.

                Exemples :
                  edgectl hq resync
                  edgectl hq resync catalogue
                """))
    }

    @Argument(
        help: .say(
            "Which feed; all that were ever heard when absent.", "Le flux ; s'il manque, tous ceux déjà reçus.",
            value: "flux"))
    var feed: String?

    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard let feed, Feed(rawValue: feed) == nil else { return }
        throw ValidationError(
            Help.say(
                "\(feed) is no feed. Known are: \(Feed.allCases.map(\.rawValue).joined(separator: ", ")).",
                "\(feed) n'est pas un flux. Ceux qui existent : \(Feed.allCases.map(\.rawValue).joined(separator: ", "))."
            ))
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
