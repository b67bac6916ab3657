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
                  edgectl queue list --state setAside
                  edgectl queue list --state all --after 1200
                """,
                """
                Exemples :
                  edgectl queue list
                  edgectl queue list --lane orders --limit 10
                  edgectl queue list --state parked
                  edgectl queue list --state setAside
                  edgectl queue list --state all --after 1200
                """))
    }

    enum LaneOption: String, CaseIterable, ExpressibleByArgument { case orders, stock, customer, status, moments }
    enum StateOption: String, CaseIterable, ExpressibleByArgument { case pending, receipted, parked, all, setAside }

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
        if state == .setAside { return setAsidePage(result, words) }
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

    /// What headquarters sent and this shop could not take.
    private func setAsidePage(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        let entries = result["setAside"]?.list ?? []
        var table = Table([
            .init(words.say("Age", "Âge")), .init(words.say("Feed", "Flux")), .init(words.say("From", "Source")),
            .init(words.say("Number", "Numéro"), isNumber: true), .init("Code"),
            .init(words.say("Event", "Événement"), isNumber: true),
        ])
        for entry in entries {
            table.add(
                entry["at"] == nil ? "–" : words.age(entry["at"]), entry.plain("feed"), entry.plain("scope"),
                entry.number("sequence") < 0
                    ? words.say("snapshot", "copie") + " \(-entry.number("sequence"))" : entry.plain("sequence"),
                entry.plain("code"), entry["event"].map { "#\($0.plain)" } ?? "–")
        }
        page.table(
            table,
            whenEmpty: words.say(
                "Nothing of headquarters' feeds was set aside.", "Rien des flux du siège n'est de côté."))
        for entry in entries {
            guard let detail = entry["detail"] else { continue }
            page.paragraph("\(entry.plain("feed")) \(entry.plain("sequence"))\(words.colon)\(detail.plain)", hanging: 2)
        }
        if !entries.isEmpty {
            page.paragraph(
                words.say(
                    "Nothing of these counts here. Headquarters corrects them and sends them as new entries; a newer agent may read what this one cannot.",
                    "Rien de cela ne compte ici. Le siège les corrige et les renvoie comme nouvelles entrées ; un agent plus récent lira peut-être ce que celui-ci ne lit pas."
                ))
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
