// `edgectl customer unmask`: who somebody is, for a reason that is kept.

import ArgumentParser
import Contract
import ShopModel

struct CustomerUnmask: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "unmask",
            abstract: Help.say(
                "Show a customer's data unmasked, for a reason that is kept.",
                "Montrer en clair les données d'un client, pour un motif qui est gardé."),
            discussion: Help.say(
                """
                The reason is kept with your name and can be read by everybody who may
                look into this box: write why, and no one's name.

                Examples:
                  edgectl customer unmask C-88 --reason "asks for a copy, ticket 91"
                """,
                """
                Le motif est gardé avec votre nom et peut être lu de tous ceux qui peuvent
                examiner ce boîtier : écrivez pourquoi, et aucun nom de personne.

                Exemples :
                  edgectl customer unmask C-88 --reason "asks for a copy, ticket 91"
                """))
    }

    @Argument(
        help: .say(
            "The customer's id at headquarters, or a card's number.",
            "L'identifiant du client au siège, ou le numéro d'une carte."))
    var id: String
    @Option(help: .say("Why, 5 to 200 bytes.", "Pourquoi, de 5 à 200 octets.", value: "motif")) var reason: String
    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard reason.utf8.count >= 5 else {
            throw ValidationError(
                Help.say(
                    "--reason takes 5 bytes or more: say why.", "--reason prend 5 octets ou plus : dites pourquoi."))
        }
    }

    var requests: [JSON] { [.request("customer.unmask", ("id", .string(id)), ("reason", .string(reason)))] }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        CustomerPage(result["customer"] ?? .null, words).add(to: &page)
        page.title(words.say("Unmasked", "Démasqué"))
        var facts: [(String, String)] = []
        if let name = result["name"] { facts.append((words.say("Name", "Nom"), name.plain)) }
        if let cards = result["cards"], !cards.list.isEmpty {
            facts.append((words.say("Cards", "Cartes"), cards.plain))
        }
        for field in result["fields"]?.members ?? [] { facts.append((field.name, field.value.plain)) }
        for recipient in result["recipients"]?.list ?? [] {
            let phone = recipient["phoneLast4"].map { ", …\($0.plain)" } ?? ""
            facts.append((recipient.plain("order"), recipient.plain("name") + phone))
        }
        page.facts(facts)
        page.blank()
        QueuePage.addAct(result, words, to: &page)
        return page
    }
}
