// `edgectl customer erase`: what the box holds of somebody is gone for good, and headquarters hears of it.

import ArgumentParser
import Contract
import ShopModel

struct CustomerErase: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "erase",
            abstract: Help.say(
                "Erase a customer from this box, for good.", "Effacer définitivement un client de ce boîtier."),
            discussion: Help.say(
                """
                The customer's key is destroyed, so that no copy or backup of the data can
                be read again, names are taken off their pickups, and a mark stays that
                keeps them from coming back by a feed. Headquarters is told. Other shops
                are not touched: to erase somebody everywhere, ask headquarters.

                Examples:
                  edgectl customer erase C-88 --reason "erasure request, ticket 92"
                  edgectl customer erase C-88 --reason "erasure request, ticket 92" --yes
                """,
                """
                La clé du client est détruite : aucune copie ni sauvegarde de ses données ne
                peut plus être lue ; les noms sont ôtés de ses retraits, et une marque reste,
                qui les empêche de revenir par un flux. Le siège l'apprend. Les autres
                magasins ne sont pas touchés : pour effacer quelqu'un partout, demandez au
                siège.

                Exemples :
                  edgectl customer erase C-88 --reason "erasure request, ticket 92"
                  edgectl customer erase C-88 --reason "erasure request, ticket 92" --yes
                """))
    }

    @Argument(
        help: .say(
            "The customer's id at headquarters, or a card's number.",
            "L'identifiant du client au siège, ou le numéro d'une carte."))
    var id: String
    @Option(
        help: .say(
            "Why, 1 to 200 bytes; no one's name.", "Pourquoi, de 1 à 200 octets ; aucun nom de personne.",
            value: "motif"))
    var reason: String
    @Flag(help: .say("Do not ask whether to go on.", "Ne pas demander de confirmation.")) var yes = false
    @OptionGroup var options: AgentOptions

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let words = bench.words
        if !yes {
            // Whom it is about is seen before it is too late.
            let shown = try bench.ask(.request("customer.show", ("id", .string(id))))
            let customer = shown["customer"] ?? .null
            let who = [customer["name"]?.plain, customer["tier"]?.plain].compactMap { $0 }.joined(separator: ", ")
            try bench.confirm(
                words.say(
                    "Erase \(customer.plain("id"))\(who.isEmpty ? "" : " (\(who))") from this box for good?",
                    "Effacer définitivement \(customer.plain("id"))\(who.isEmpty ? "" : " (\(who))") de ce boîtier ?"),
                isSure: false)
        }
        let result = try bench.ask(
            .request("customer.erase", ("id", .string(id)), ("reason", .string(reason))))
        bench.answer(result) { words in
            var page = Page()
            page.paragraph(
                words.say("Erased: ", "Effacé : ") + (result["customer"]?.plain("id") ?? id)
                    + words.say(
                        ". Its key is destroyed; headquarters is told by event ",
                        ". Sa clé est détruite ; le siège l'apprend par l'événement ")
                    + result.plain("event") + ".")
            QueuePage.addAct(result, words, to: &page)
            return page
        }
        return .fine
    }
}
