// `edgectl device list`: every device, whether it is there, and what it did last.

import ArgumentParser
import Contract
import ShopModel

struct DeviceList: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: Help.say(
                "List the devices: who they are, whether they are there, what they did last.",
                "Lister les appareils : qui ils sont, s'ils sont là, leur dernier message."),
            discussion: Help.say(
                """
                Counts are since the agent's start. A device that says nothing about its
                presence shows a dash there. Strangers are devices that nobody enrolled and
                the configuration does not list: they may scan and see the public card.

                Examples:
                  edgectl device list
                  edgectl device list --after scanner-7 --limit 50
                """,
                """
                Les compteurs partent du démarrage de l'agent. Un appareil qui ne dit rien de
                sa présence y a un tiret. Les inconnus sont les appareils que personne n'a
                enrôlés et que la configuration ne cite pas : ils peuvent scanner et voient
                la fiche publique.

                Exemples :
                  edgectl device list
                  edgectl device list --after scanner-7 --limit 50
                """))
    }

    @Option(
        help: .say(
            "Only devices behind this one: for the next page.",
            "Seulement les appareils après celui-ci : pour la page suivante.", value: "dernier"))
    var after: String?
    @Option(help: .say("How many at most, 1 to 200.", "Combien au plus, de 1 à 200.", value: "nombre"))
    var limit: Int = 200
    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (1...200).contains(limit) else {
            throw ValidationError(Help.say("--limit takes 1 to 200.", "--limit va de 1 à 200."))
        }
    }

    var requests: [JSON] {
        [.request("device.list", ("after", after.map(JSON.string)), ("limit", .count(limit)))]
    }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        var table = Table(
            .init(words.say("Device", "Appareil")), .init(words.say("Role", "Rôle")),
            .init(words.say("State", "État")), .init(words.say("There", "Présent")),
            .init(words.say("Last", "Dernier")), .init(words.say("Asked", "Demande")),
            .init(words.say("Msgs", "Mess."), isNumber: true), .init(words.say("Ref.", "Réf."), isNumber: true))
        for device in result["devices"]?.list ?? [] {
            table.add(
                device.plain("device"), words.term(device.plain("role")), words.term(device.plain("state")),
                words.term(device.plain("presence")),
                // What is counted began with the agent's start; a device is older than that.
                words.age(device["lastMessageAt"] ?? device["heardBeforeAt"]),
                device["lastVerb"]?.text ?? "–", device.plain("messages"), device.plain("refused"))
        }
        page.table(table, whenEmpty: words.say("No devices.", "Aucun appareil."))
        if let next = result["next"] {
            page.paragraph("\(words.say("More", "Suite")): edgectl device list --after \(next.plain)", hanging: 2)
        }
        return page
    }
}
