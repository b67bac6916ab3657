// `edgectl status`: how the agent fares, and what somebody should look after.

import ArgumentParser
import Contract
import ShopModel

struct StatusCommand: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "status",
            abstract: Help.say(
                "Tell how the agent fares.", "Dire comment va l'agent."),
            discussion: Help.say(
                """
                Ends with 1 when a fault is found, with 2 when there are warnings only.

                Examples:
                  edgectl status
                  edgectl status --format json
                """,
                """
                Se termine par 1 si une panne est trouvée, par 2 s'il n'y a que des
                avertissements.

                Exemples :
                  edgectl status
                  edgectl status --format json
                """))
    }

    @OptionGroup var options: AgentOptions

    var requests: [JSON] { [.request("status")] }

    func status(_ result: JSON) -> ExitStatus {
        let levels = (result["findings"]?.list ?? []).map { $0.plain("level") }
        if levels.contains("fault") { return .fault }
        return levels.isEmpty ? .fine : .warnings
    }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        let line = result["line"] ?? .null
        let up = line["up"]?.truth == true
        let open = result["open"] ?? .null
        page.facts([
            (words.say("Shop", "Magasin"), result.plain("shop")),
            (
                "Agent",
                "edged \(result.plain("version")), \(words.say("since", "depuis")) "
                    + words.momentAndAge(result["since"])
            ),
            ("Incarnation", result.plain("incarnation")),
            (
                words.say("Clock", "Horloge"),
                "\(words.term(result["clock"]?.plain("trust") ?? "–")), \(words.moment(result["now"]))"
            ),
            (
                words.say("Line", "Ligne"),
                (up ? words.say("up", "établie") : words.say("down", "coupée"))
                    + words.say(", on their way: ", ", en route : ") + line.plain("inFlight")
            ),
            (
                words.say("Reservations", "Réservations"),
                "\(open.plain("reservationsHeld")) \(words.say("held", "tenues")), \(open.plain("awaitedSales")) "
                    + words.say("awaiting their sale", "attendant leur vente")
            ),
            (
                words.say("Pickups", "Retraits"),
                words.say("open ", "en cours ") + open.plain("pickups") + words.say(", new ", ", nouveaux ")
                    + open.plain("pickupsNew") + words.say(", ready ", ", prêts ") + open.plain("pickupsReady")
                    + words.say(", overdue ", ", en retard ") + open.plain("pickupsOverdue")
                    + words.say(", to cancel ", ", à annuler ") + open.plain("cancelRequests")
            ),
        ])
        page.blank()
        page.table(lanes(result, words))
        let feeds = feeds(result, words)
        if !feeds.rows.isEmpty { page.blank() }
        page.table(feeds)
        let short = result["shortfalls"]?["lines"]?.list ?? []
        if !short.isEmpty {
            page.blank()
            var table = Table(.init(words.say("Short", "Manque")), .init(words.say("Units", "Unités"), isNumber: true))
            for line in short { table.add(line.plain("sku"), line.plain("short")) }
            page.table(table)
        }
        page.blank()
        let findings = result["findings"]?.list ?? []
        if findings.isEmpty { page.paragraph(words.say("Nothing to look after.", "Rien à signaler.")) }
        for finding in findings {
            page.paragraph(words.term(finding.plain("level")) + words.colon + finding.plain("detail"), hanging: 2)
        }
        return page
    }

    private func lanes(_ result: JSON, _ words: Words) -> Table {
        var table = Table(
            .init(words.say("Lane", "Voie")), .init(words.say("Pending", "Attente"), isNumber: true),
            .init(words.say("Parked", "De côté"), isNumber: true), .init(words.say("Oldest", "Le plus ancien")))
        for lane in result["lanes"]?.list ?? [] {
            table.add(lane.plain("lane"), lane.plain("pending"), lane.plain("parked"), words.age(lane["oldest"]))
        }
        return table
    }

    private func feeds(_ result: JSON, _ words: Words) -> Table {
        var table = Table(
            .init(words.say("Feed", "Flux")), .init(words.say("From", "Source")), .init(words.say("Epoch", "Époque")),
            .init(words.say("Entry", "Entrée"), isNumber: true), .init(words.say("Taken in", "Pris")),
            .init(words.say("Aside", "De côté"), isNumber: true))
        for feed in result["feeds"]?.list ?? [] {
            // The beginning tells epochs apart; the whole is in the JSON.
            let epoch = feed.plain("epoch")
            table.add(
                feed.plain("feed"), feed.plain("scope"), epoch.count > 13 ? epoch.prefix(12) + "…" : epoch,
                feed.plain("sequence"), words.age(feed["takenAt"]), feed.plain("parked"))
        }
        return table
    }
}
