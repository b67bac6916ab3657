// `edgectl queue retry`: events go to headquarters again.

import ArgumentParser
import Contract
import ShopModel

struct QueueRetry: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "retry",
            abstract: Help.say(
                "Send a parked event again, or all of them.", "Renvoyer un événement mis de côté, ou tous."),
            discussion: Help.say(
                """
                A parked event goes again, and what follows of its subject after it. A
                pending one is sent at once instead of when its turn comes. Headquarters
                knows what it has: nothing takes effect twice.

                Examples:
                  edgectl queue retry 1204
                  edgectl queue retry --all       when its cause is mended at headquarters
                """,
                """
                Un événement mis de côté repart, et ce qui suit du même sujet après lui. Un
                événement en attente part tout de suite au lieu d'attendre son tour. Le siège
                sait ce qu'il a déjà : rien ne compte deux fois.

                Exemples :
                  edgectl queue retry 1204
                  edgectl queue retry --all       une fois la cause réparée au siège
                """))
    }

    @Argument(help: .say("The event's row, or its id.", "Le rang de l'événement, ou son identifiant.")) var id: String?
    @Flag(
        help: .say(
            "All parked events, and all that are pending.", "Tous les événements mis de côté, et tous ceux en attente.")
    ) var all = false
    @Option(help: .say("Why, up to 200 bytes.", "Pourquoi, 200 octets au plus.", value: "motif")) var reason: String?
    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (id == nil) == all else {
            throw ValidationError(Help.say("Name one event, or say --all.", "Nommez un événement, ou dites --all."))
        }
    }

    var requests: [JSON] {
        [
            .request(
                "queue.retry", ("id", id.map(JSON.string)), ("all", all ? true : nil),
                ("reason", reason.map(JSON.string)))
        ]
    }

    func page(_ result: JSON, _ words: Words) -> Page { QueuePage.released(result, words) }
}
