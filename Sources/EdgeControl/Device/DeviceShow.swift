// `edgectl device show`: all that is known of one device.

import ArgumentParser
import Contract
import ShopModel

struct DeviceShow: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show",
            abstract: Help.say(
                "Show all that is known of a device: enrolment, presence, refusals.",
                "Montrer tout ce qui est connu d'un appareil : accès, présence, refus."),
            discussion: Help.say(
                """
                Examples:
                  edgectl device show scanner-7
                  edgectl device show scanner-7 --format json
                """,
                """
                Exemples :
                  edgectl device show scanner-7
                  edgectl device show scanner-7 --format json
                """))
    }

    @OptionGroup var name: DeviceName
    @OptionGroup var options: AgentOptions

    var requests: [JSON] { [.request("device.show", ("device", .string(name.device)))] }

    func page(_ result: JSON, _ words: Words) -> Page {
        let device = result["device"] ?? .null
        var page = Page()
        page.title("\(words.say("Device", "Appareil")) \(device.plain("device"))")
        page.facts(DevicePage.facts(device, words))
        if let profile = result["profile"] {
            page.title(words.say("Profile", "Profil"))
            page.verbatim(String(decoding: profile.encodedPretty(), as: UTF8.self))
        }
        let refusals = result["refusals"]?.list ?? []
        if !refusals.isEmpty {
            page.blank()
            var table = Table(
                .init(words.say("Refused", "Refusé")), .init(words.say("Times", "Fois"), isNumber: true),
                .init(words.say("Last", "Dernier")))
            for refusal in refusals {
                table.add(refusal.plain("code"), refusal.plain("count"), words.age(refusal["at"]))
            }
            page.table(table)
        }
        let acts = result["acts"]?.list ?? []
        if !acts.isEmpty { page.title(words.say("What technicians did", "Actes des techniciens")) }
        for act in acts {
            var text =
                "\(words.moment(act["at"]))  \(act.plain("command")) \(words.say("by", "par")) \(act.plain("user"))"
            if act.plain("outcome") != "done" { text += ", \(act.plain("outcome"))" }
            if let reason = act["reason"] { text += words.colon + reason.plain }
            page.paragraph(text, hanging: 4)
        }
        return page
    }
}

/// A device as facts.
enum DevicePage {
    static func facts(_ device: JSON, _ words: Words) -> [(String, String)] {
        var state = words.term(device.plain("state"))
        if let at = device["stateAt"] {
            state +=
                (device.plain("state") == "offered" ? words.say(", until ", ", jusqu'à ") : ", ")
                + words.momentAndAge(at)
        }
        if device["accountIsToEnd"]?.truth == true {
            state += words.say(
                "; its account at the broker still has to end", " ; son compte au broker doit encore finir")
        }
        var facts = [
            (words.say("Family", "Famille"), device["family"]?.text ?? "–"),
            (words.say("Role", "Rôle"), words.term(device.plain("role"))),
            (words.say("Known by", "Connu par"), words.term(device.plain("enrolled"))),
            (words.say("State", "État"), state),
        ]
        if let credential = device["credential"]?.text {
            facts.append((words.say("Credential", "Accès"), words.term(credential)))
        }
        if let screen = device["screen"]?.text { facts.append((words.say("Screen", "Écran"), screen)) }
        if let address = device["boxAddress"]?.text { facts.append((words.say("Box told", "Boîtier dit"), address)) }
        facts += [
            (
                words.say("Presence", "Présence"),
                words.term(device.plain("presence"))
                    + (device["presenceAt"].map { ", " + words.momentAndAge($0) } ?? "")
            ),
            (
                words.say("Last message", "Dernier message"),
                device["lastMessageAt"].map { "\(device.plain("lastVerb")), \(words.momentAndAge($0))" } ?? "–"
            ),
            (
                words.say("Messages", "Messages"),
                device.plain("messages") + words.say(", refused ", ", refusés ") + device.plain("refused")
            ),
        ]
        if let before = device["heardBeforeAt"] {
            facts.append((words.say("Agent's former run", "Agent, avant"), words.momentAndAge(before)))
        }
        if let last = device["lastRefusal"] {
            facts.append(
                (words.say("Last refusal", "Dernier refus"), "\(last.plain("code")), \(words.age(last["at"]))"))
        }
        return facts
    }
}
