// What changes of the queue have in common when they are told.

import Contract
import ShopModel

/// Pages about changes of the queue.
enum QueuePage {
    /// An event as it is named to people.
    static func event(_ event: JSON) -> String {
        "\(event.plain("type").withoutPrefix("store.")), \(event.plain("subject")) (\(event.plain("lane")), #\(event.plain("row")))"
    }

    /// How many more went the same way.
    static func following(_ count: Int, _ words: Words) -> String {
        switch count {
        case ...1: "."
        case 2: words.say(", and 1 that follows it.", ", et 1 qui le suit.")
        default: words.say(", and \(count - 1) that follow it.", ", et \(count - 1) qui le suivent.")
        }
    }

    /// Events that may go again.
    static func released(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        let count = result.number("released")
        if let event = result["event"] {
            let what =
                count == 0
                ? words.say("Sent at once: ", "Envoyé tout de suite : ") : words.say("Goes again: ", "Repart : ")
            page.paragraph(what + Self.event(event) + following(count, words))
        } else {
            page.paragraph(
                count == 0
                    ? words.say(
                        "Nothing was parked. What is pending is sent at once.",
                        "Rien n'était de côté. Ce qui attend part tout de suite.")
                    : words.say(
                        "Go again, of those that were parked: \(count). What is pending is sent at once.",
                        "Repartent, de ceux qui étaient de côté : \(count). Ce qui attend part tout de suite."))
        }
        addAct(result, words, to: &page)
        return page
    }

    /// Under which number the change is kept.
    static func addAct(_ result: JSON, _ words: Words, to page: inout Page) {
        guard let act = result["act"] else { return }
        page.paragraph(
            words.say("Kept with your name: ", "Noté à votre nom : ") + "edgectl explain act/\(act.plain)")
    }
}
