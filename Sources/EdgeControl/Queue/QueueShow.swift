// `edgectl queue show`: one event for headquarters with all that is in it.

import ArgumentParser
import Contract
import ShopModel

struct QueueShow: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show",
            abstract: Help.say(
                "Show one event with its data.", "Montrer un événement avec ses données."),
            discussion: Help.say(
                """
                Examples:
                  edgectl queue show 1204
                  edgectl queue show 018f3c2e-7a10-7cc4-a2f1-0b5d2f6f1a11/1
                """,
                """
                Exemples :
                  edgectl queue show 1204
                  edgectl queue show 018f3c2e-7a10-7cc4-a2f1-0b5d2f6f1a11/1
                """))
    }

    @Argument(help: .say("The event's row, or its id.", "Le rang de l'événement, ou son identifiant.")) var id: String
    @OptionGroup var options: AgentOptions

    var requests: [JSON] { [.request("queue.show", ("id", .string(id)))] }

    func page(_ result: JSON, _ words: Words) -> Page {
        let event = result["event"] ?? .null
        var page = Page()
        page.facts(
            [
                (words.say("Event", "Événement"), event.plain("type")), ("Id", event.plain("id")),
                (words.say("Row", "Rang"), "\(event.plain("row")), \(event.plain("lane"))"),
                (words.say("State", "État"), words.term(event.plain("state"))),
                (
                    words.say("About", "Sujet"),
                    "\(event.plain("subject")), \(words.say("number", "numéro")) \(event.plain("subjectsequence"))"
                ),
                ("Incarnation", event.plain("incarnation")),
                (words.say("Time", "Moment"), words.momentAndAge(event["time"])),
            ] + (event["reason"].map { [(words.say("Reason", "Raison"), words.parkedReason($0.plain))] } ?? []))
        page.blank()
        page.verbatim(String(decoding: (event["data"] ?? .null).encodedPretty(), as: UTF8.self))
        return page
    }
}
