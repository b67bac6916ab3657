// `edgectl queue list`: the events for headquarters, in the order in which they leave their lane.

import ArgumentParser
import Contract
import ShopModel

struct QueueList: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: Help.say(
                "List events for headquarters.", "Lister les événements pour le siège."),
            discussion: Help.say(
                """
                Examples:
                  edgectl queue list
                  edgectl queue list --lane orders --limit 10
                  edgectl queue list --state parked
                  edgectl queue list --state all --after 1200
                """,
                """
                Exemples :
                  edgectl queue list
                  edgectl queue list --lane orders --limit 10
                  edgectl queue list --state parked
                  edgectl queue list --state all --after 1200
                """))
    }

    enum LaneOption: String, CaseIterable, ExpressibleByArgument { case orders, stock, customer, status, moments }
    enum StateOption: String, CaseIterable, ExpressibleByArgument { case pending, receipted, parked, all }

    @Option(help: .say("Only this lane.", "Seulement cette voie.", value: "voie")) var lane: LaneOption?
    @Option(help: .say("Only events that stand here.", "Seulement les événements dans cet état.", value: "état"))
    var state: StateOption = .pending
    @Option(
        help: .say(
            "Only events behind this row: for the next page.",
            "Seulement les événements après ce rang : pour la page suivante.", value: "rang"))
    var after: Int = 0
    @OptionGroup var paging: PageOptions
    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard after >= 0 else {
            throw ValidationError(Help.say("--after takes a row, 0 or more.", "--after prend un rang, 0 ou plus."))
        }
    }

    var requests: [JSON] {
        [
            .request(
                "queue.list", ("lane", lane.map { .string($0.rawValue) }), ("state", .string(state.rawValue)),
                ("after", .count(after)), ("limit", .count(paging.limit)))
        ]
    }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        let events = result["events"]?.list ?? []
        // Where all stand the same, a column that says so would only make the names too narrow to copy.
        let stand = state == .all ? [Table.Column(words.say("State", "État"))] : []
        var table = Table(
            [
                .init(words.say("Row", "Rang"), isNumber: true), .init(words.say("Age", "Âge")),
                .init(words.say("Lane", "Voie")),
            ] + stand + [.init(words.say("Event", "Événement")), .init(words.say("About", "Sujet"))])
        for event in events {
            table.add(
                [event.plain("row"), words.age(event["time"]), event.plain("lane")]
                    + (state == .all ? [words.term(event.plain("state"))] : [])
                    + [event.plain("type").withoutPrefix("store."), event.plain("subject")])
        }
        page.table(table, whenEmpty: words.say("No such events.", "Aucun événement de la sorte."))
        for event in events where event["reason"] != nil {
            page.paragraph(
                "\(event.plain("row"))\(words.colon)\(words.parkedReason(event.plain("reason")))", hanging: 2)
        }
        if let next = result["next"] {
            page.command(words.say("More: ", "Suite : "), "edgectl queue list --after \(next.plain)\(again)")
        }
        return page
    }

    /// The options of this page, for the next one.
    private var again: String {
        var text = ""
        if let lane { text += " --lane \(lane.rawValue)" }
        if state != .pending { text += " --state \(state.rawValue)" }
        return text + paging.again + options.again
    }
}

extension String {
    /// This without a prefix that all of its kind have.
    func withoutPrefix(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
    }
}
