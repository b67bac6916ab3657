// `edgectl explain`: why a thing is as it is.

import ArgumentParser
import Contract
import ShopModel

struct ExplainCommand: Question {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Tell the story of a reservation, order, SKU, ticket, command or event.",
        discussion: """
            Examples:
              edgectl explain R-4F7K92QX-3          a reservation, or a pickup's code
              edgectl explain W-2026-00017          an order
              edgectl explain BLUE-SHIRT-M          a SKU, or a GTIN
              edgectl explain till-1/4711/1         a line of a till's ticket
              edgectl explain 018f3c2e-7a10-7cc4-a2f1-0b5d2f6f1a11    a command
              edgectl explain delivery/D-20261122   anything as the journal writes it
            """)

    @Argument(help: "What has to be explained.") var id: String
    @OptionGroup var options: AgentOptions

    var requests: [JSON] { [.request("explain", ("id", .string(id)))] }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        for present in result["present"]?.list ?? [] { Present(present, words).add(to: &page) }
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
