// `edgectl explain`: why a thing is as it is.

import ArgumentParser
import Contract
import ShopModel

struct ExplainCommand: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "explain",
            abstract: Help.say(
                "Tell the story of anything that has a name.", "Raconter l'histoire de tout ce qui a un nom."),
            discussion: Help.say(
                """
                Examples:
                  edgectl explain R-4F7K92QX-H          a reservation, or a pickup's code
                  edgectl explain W-2026-00017          an order
                  edgectl explain BLUE-SHIRT-M          a SKU, or any code of a product
                  edgectl explain till-1/4711/1         a line of a till's ticket
                  edgectl explain scanner-7             a device: commands, refusals, acts
                  edgectl explain C-88                  a customer, masked
                  edgectl explain act/12                what a technician did
                  edgectl explain device.notPaired      the code of an alarm or a refusal
                  edgectl explain delivery/D-20261122   anything as the journal writes it
                  edgectl explain 018f3c2e-7a10-7cc4-a2f1-0b5d2f6f1a11
                                                        a command, refused or not; an event
                """,
                """
                Exemples :
                  edgectl explain R-4F7K92QX-H          réservation, ou code de retrait
                  edgectl explain W-2026-00017          commande
                  edgectl explain BLUE-SHIRT-M          SKU, ou tout code d'un produit
                  edgectl explain till-1/4711/1         ligne d'un ticket de caisse
                  edgectl explain scanner-7             appareil : requêtes, refus, actes
                  edgectl explain C-88                  client, masqué
                  edgectl explain act/12                acte d'un technicien
                  edgectl explain device.notPaired      code d'une alarme ou d'un refus
                  edgectl explain delivery/D-20261122   tout, comme l'écrit le journal
                  edgectl explain 018f3c2e-7a10-7cc4-a2f1-0b5d2f6f1a11
                                                        requête, même refusée ; événement
                """))
    }

    @Argument(help: .say("What has to be explained.", "Ce qui est à expliquer.")) var id: String
    @Option(help: ArgumentHelp("The list of codes.", visibility: .private))
    var codes = CodeBook.fileDefault
    @OptionGroup var options: AgentOptions

    var requests: [JSON] { [.request("explain", ("id", .string(id)))] }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        if let entry = CodeBook(codes).entry(id) {
            bench.answer(entry) { CodeBook.page(entry, $0) }
        } else {
            let result = try bench.ask(requests)
            bench.answer(result) { page(result, $0) }
        }
        return .fine
    }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        for present in result["present"]?.list ?? [] { Present(present, words).add(to: &page) }
        ParkedEvents(result, words).add(to: &page)
        page.title(words.say("What happened", "Ce qui s'est passé"))
        let steps = result["steps"]?.list ?? []
        if steps.isEmpty {
            page.paragraph(
                words.say("Nothing is kept of how it came about.", "Rien n'est gardé de ce qui s'est passé."))
        }
        for step in steps { StoryStep(step, words).add(to: &page) }
        if result["cut"]?.truth == true {
            page.paragraph(
                words.say(
                    "There is more than is told here: this is a part of the story.",
                    "Il y a plus que ce qui est dit ici : ceci est une partie de l'histoire."))
        }
        return page
    }
}

/// The events of a story that wait for somebody, with the line that lets them go.
private struct ParkedEvents {
    private let events: [(row: String, type: String, reason: String)]
    private let words: Words

    init(_ result: JSON, _ words: Words) {
        var events: [(row: String, type: String, reason: String)] = []
        for step in result["steps"]?.list ?? [] {
            for event in step["events"]?.list ?? [] where event.plain("state") == "parked" && event["follows"] == nil {
                events.append((event.plain("row"), event.plain("type"), event.plain("reason")))
            }
            for change in step["changes"]?.list ?? []
            where change["eventState"]?.text == "parked" && change["eventFollows"] == nil {
                events.append((change.plain("eventRow"), "store.stock.changed", change.plain("eventReason")))
            }
        }
        self.events = events
        self.words = words
    }

    func add(to page: inout Page) {
        guard !events.isEmpty else { return }
        page.title(words.say("Parked, and what follows waits", "Mis de côté, et la suite attend"))
        for event in events {
            page.paragraph(
                "#\(event.row) \(event.type.withoutPrefix("store."))\(words.colon)\(words.parkedReason(event.reason))",
                hanging: 2)
            page.paragraph("edgectl queue retry \(event.row)", indent: 4)
        }
    }
}
