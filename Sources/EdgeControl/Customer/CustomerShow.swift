// `edgectl customer show`: that the shop knows somebody, and how much, without saying who.

import ArgumentParser
import Contract
import ShopModel

struct CustomerShow: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show",
            abstract: Help.say(
                "Show what the box holds of a customer, masked.", "Montrer ce que le boîtier garde d'un client, masqué."
            ),
            discussion: Help.say(
                """
                Examples:
                  edgectl customer show C-88
                  edgectl customer show L-7Q2M4K9X-5      by the number of a loyalty card
                """,
                """
                Exemples :
                  edgectl customer show C-88
                  edgectl customer show L-7Q2M4K9X-5      par une carte de fidélité
                """))
    }

    @Argument(
        help: .say(
            "The customer's id at headquarters, or a card's number.",
            "L'identifiant du client au siège, ou le numéro d'une carte."))
    var id: String
    @OptionGroup var options: AgentOptions

    var requests: [JSON] { [.request("customer.show", ("id", .string(id)))] }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        CustomerPage(result["customer"] ?? .null, words).add(to: &page)
        return page
    }
}

/// A masked customer as lines.
struct CustomerPage {
    private let customer: JSON
    private let words: Words

    init(_ customer: JSON, _ words: Words) {
        self.customer = customer
        self.words = words
    }

    func add(to page: inout Page) {
        page.title(
            words.say("Customer ", "Client ") + customer.plain("id") + words.colon
                + words.term(customer.plain("state")))
        var facts: [(String, String)] = []
        if let name = customer["name"] { facts.append((words.say("Name", "Nom"), name.plain)) }
        if let tier = customer["tier"] { facts.append((words.say("Tier", "Niveau"), tier.plain)) }
        if let consent = customer["consent"] {
            facts.append((words.say("Agreed to", "A accepté"), consent.list.isEmpty ? "–" : consent.plain))
        }
        if let fields = customer["fields"] {
            facts.append((words.say("Fields kept", "Champs gardés"), fields.list.isEmpty ? "–" : fields.plain))
        }
        if let cards = customer["cards"] { facts.append((words.say("Cards", "Cartes"), cards.plain)) }
        if let expires = customer["expires"] {
            facts.append((words.say("Forgotten", "Oublié"), words.momentAndAge(expires)))
        }
        for (name, key) in [
            (words.say("Reservations", "Réservations"), "reservations"), (words.say("Pickups", "Retraits"), "pickups"),
        ] where customer[key]?.list.isEmpty == false {
            facts.append((name, customer.plain(key)))
        }
        page.facts(facts)
    }
}
