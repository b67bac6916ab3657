// `edgectl config show`: the configuration that is in force, with what the file leaves out.

import ArgumentParser
import Contract
import ShopModel

struct ConfigShow: Question {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show",
            abstract: Help.say(
                "Show the configuration that is in force.", "Montrer la configuration en vigueur."),
            discussion: Help.say(
                """
                Every key is shown, with its usual value where the file does not say. Secrets
                are never shown: the configuration only names the files that hold them. What
                the file has other values of since the start is named; a restart brings it.

                Examples:
                  edgectl config show
                  edgectl config show --format json | jq .configuration.devices
                """,
                """
                Chaque clé est montrée, avec sa valeur usuelle quand le fichier ne dit rien.
                Les secrets ne le sont jamais : la configuration ne fait que nommer leurs
                fichiers. Ce que le fichier dit d'autre depuis le démarrage est nommé ; un
                redémarrage l'apporte.

                Exemples :
                  edgectl config show
                  edgectl config show --format json | jq .configuration.devices
                """))
    }

    @OptionGroup var options: AgentOptions

    var requests: [JSON] { [.request("config.show")] }

    func status(_ result: JSON) -> ExitStatus {
        if result["refused"] != nil { return .fault }
        return result["pendingRestart"]?.list.isEmpty == false ? .warnings : .fine
    }

    func page(_ result: JSON, _ words: Words) -> Page {
        var page = Page()
        page.facts([
            (words.say("File", "Fichier"), result.plain("file")),
            (words.say("Read", "Lu"), words.momentAndAge(result["loadedAt"])),
        ])
        if let refused = result["refused"] {
            page.title(
                words.say(
                    "The file as it is now was refused, and changed nothing:",
                    "Le fichier tel qu'il est a été refusé, et n'a rien changé :"))
            page.verbatim(refused.plain)
        }
        let pending = result["pendingRestart"]?.list ?? []
        if !pending.isEmpty {
            page.title(
                words.say("Only a restart brings what changed at:", "Seul un redémarrage apporte ce qui a changé à :"))
            page.paragraph(pending.map(\.plain).joined(separator: ", "), indent: 2)
            page.paragraph("sudo systemctl restart edged", indent: 2)
        }
        page.title(words.say("In force", "En vigueur"))
        page.facts(Self.lines(result["configuration"] ?? .null, under: ""))
        return page
    }

    /// Every value with the path of its key; the devices of the fleet in a line each.
    private static func lines(_ value: JSON, under path: String) -> [(String, String)] {
        value.members.flatMap { member -> [(String, String)] in
            let name = path.isEmpty ? member.name : "\(path).\(member.name)"
            switch member.value {
            case .object: return lines(member.value, under: name)
            case .array(let elements) where elements.first?.members.isEmpty == false:
                return elements.map { (name, $0.plain) }
            case .array(let elements) where elements.isEmpty: return [(name, "–")]
            default: return [(name, member.value.plain)]
            }
        }
    }
}
