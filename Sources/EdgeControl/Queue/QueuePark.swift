// `edgectl queue park`: one event stays here until somebody lets it go.

import ArgumentParser
import Contract
import ShopModel

struct QueuePark: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "park",
            abstract: Help.say(
                "Set a pending event aside, with what follows it.",
                "Mettre de côté un événement en attente, avec ce qui le suit."),
            discussion: Help.say(
                """
                Headquarters takes the events of a subject in order: what follows of the
                same reservation, order or SKU waits too. Nothing is lost; it goes again
                with unpark or retry. The reason is kept, with who gave it.

                Examples:
                  edgectl queue park 1204 --reason "headquarters asks, ticket 88"
                """,
                """
                Le siège prend les événements d'un sujet dans l'ordre : ce qui suit de la
                même réservation, de la même commande ou du même SKU attend aussi. Rien n'est
                perdu ; il repart par unpark ou retry. Le motif est gardé, avec qui l'a donné.

                Exemples :
                  edgectl queue park 1204 --reason "headquarters asks, ticket 88"
                """))
    }

    @Argument(help: .say("The event's row, or its id.", "Le rang de l'événement, ou son identifiant.")) var id: String
    @Option(help: .say("Why, 1 to 200 bytes.", "Pourquoi, de 1 à 200 octets.", value: "motif")) var reason: String
    @OptionGroup var options: AgentOptions

    var requests: [JSON] { [.request("queue.park", ("id", .string(id)), ("reason", .string(reason)))] }

    func page(_ result: JSON, _ words: Words) -> Page {
        let count = result.number("parked")
        var page = Page()
        page.paragraph(
            words.say("Parked: ", "Mis de côté : ") + QueuePage.event(result["event"] ?? .null)
                + QueuePage.following(count, words))
        page.command(
            words.say("To let it go again: ", "Pour le laisser repartir : "),
            "edgectl queue unpark " + (result["event"]?.plain("row") ?? id) + options.again)
        QueuePage.addAct(result, words, to: &page)
        return page
    }
}
