// `edgectl queue unpark`: an event that was set aside may go.

import ArgumentParser
import Contract
import ShopModel

struct QueueUnpark: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "unpark",
            abstract: Help.say(
                "Let a parked event go, and what follows it.",
                "Laisser repartir un événement mis de côté, et ce qui le suit."),
            discussion: Help.say(
                """
                What follows of the same subject leaves after it, in order, up to the next
                event that was parked for a reason of its own. One that headquarters
                refused is refused again unless its cause is mended there.

                Examples:
                  edgectl queue unpark 1204
                """,
                """
                Ce qui suit du même sujet part après lui, dans l'ordre, jusqu'au prochain
                événement mis de côté pour un motif à lui. Celui que le siège a refusé sera
                refusé de nouveau, à moins que la cause n'ait été réparée là-bas.

                Exemples :
                  edgectl queue unpark 1204
                """))
    }

    @Argument(help: .say("The event's row, or its id.", "Le rang de l'événement, ou son identifiant.")) var id: String
    @Option(help: .say("Why, up to 200 bytes.", "Pourquoi, 200 octets au plus.", value: "motif")) var reason: String?
    @OptionGroup var options: AgentOptions

    var requests: [JSON] {
        [.request("queue.unpark", ("id", .string(id)), ("reason", reason.map(JSON.string)))]
    }

    func page(_ result: JSON, _ words: Words) -> Page { QueuePage.released(result, words) }
}
