// A step of a story: its cause, what moved, what headquarters is told.

import Contract
import ShopModel

/// A step as lines.
struct StoryStep {
    private let step: JSON
    private let words: Words

    init(_ step: JSON, _ words: Words) {
        self.step = step
        self.words = words
    }

    func add(to page: inout Page) {
        page.paragraph("\(words.moment(step["at"]))  \(cause)", hanging: 4)
        if let command = step["command"] {
            page.paragraph("\(words.say("command", "requête")) \(command.plain)", indent: 4, hanging: 2)
        }
        if let problem = step["problem"] { page.paragraph(words.problem(problem), indent: 4, hanging: 2) }
        if let act = step["act"] {
            var text = "act/\(act.plain("number")), \(act.plain("target"))"
            if let reason = act["reason"] { text += words.colon + reason.plain }
            page.paragraph(text, indent: 4, hanging: 2)
        }
        for change in step["changes"]?.list ?? [] {
            page.paragraph(Self.change(change, words, withSKU: true), indent: 4, hanging: 2)
        }
        for event in step["events"]?.list ?? [] { page.paragraph(told(event), indent: 4, hanging: 2) }
    }

    private var cause: String {
        var text = words.term(step.plain("by"))
        if let act = step["act"] { text += words.say(" by ", " par ") + act.plain("user") }
        if let device = step["device"] { text += words.say(" by ", " par ") + device.plain }
        if let clerk = step["clerk"] { text += words.say(", clerk ", ", vendeur ") + clerk.plain }
        if let outcome = step["outcome"] { text += words.colon + words.term(outcome.plain) }
        return text
    }

    private func told(_ event: JSON) -> String {
        var text = "→ \(event.plain("type").withoutPrefix("store."))"
        let told = event["told"]?.members ?? []
        if !told.isEmpty {
            text +=
                " (" + told.map { "\(words.term("told:\($0.name)")) \(words.value($0.value))" }.joined(separator: ", ")
                + ")"
        }
        text += ", \(words.say("row", "rang")) \(event.plain("row"))\(words.colon)\(words.term(event.plain("state")))"
        if let reason = event["reason"] { text += ", \(words.parkedReason(reason.plain))" }
        return text
    }

    /// What moved on a stock line, and what for.
    static func change(_ change: JSON, _ words: Words, withSKU: Bool) -> String {
        var parts = (change["moved"]?.members ?? []).map { "\(words.term($0.name)) \(signed($0.value))" }
        if let rights = change["rights"] {
            var moved: [String] = []
            if let created = rights["created"] { moved.append(words.say("created ", "créés ") + signed(created)) }
            if let spent = rights["spent"] { moved.append(words.say("spent ", "utilisés ") + signed(spent)) }
            for gift in rights["given"]?.members ?? [] {
                moved.append(
                    "\(words.say("given to", "donnés à")) \(gift.name.withShortIncarnation) \(signed(gift.value))")
            }
            parts.append(
                "\(words.say("rights of", "droits de")) \(rights.plain("holder").withShortIncarnation)\(words.colon)\(moved.joined(separator: ", "))"
            )
        }
        let what = parts.isEmpty ? words.say("nothing moved", "rien n'a bougé") : parts.joined(separator: ", ")
        let name = withSKU ? "\(change.plain("sku")) " : ""
        return
            "\(name)\(words.term("change:" + change.plain("kind")))\(words.colon)\(what) [\(change.plain("reference"))]"
    }

    private static func signed(_ json: JSON) -> String {
        guard let number = json.integer else { return json.plain }
        return number > 0 ? "+\(number)" : String(number)
    }
}
