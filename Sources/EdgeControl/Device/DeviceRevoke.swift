// `edgectl device revoke`: a device's credential ends, and its session with it.

import ArgumentParser
import Contract
import ShopModel

struct DeviceRevoke: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "revoke",
            abstract: Help.say(
                "Take a device's credential back; its session ends at once.",
                "Retirer son accès à un appareil ; sa session finit aussitôt."),
            discussion: Help.say(
                """
                The agent refuses the device from now on, and the shop's broker ends its
                account. It can be enrolled anew later; one that had a certificate only
                under another id, since the certificate stays good for its name.

                Examples:
                  edgectl device revoke scanner-7 --reason "lost on the sales floor"
                """,
                """
                L'agent refuse désormais l'appareil, et le broker du magasin met fin à son
                compte. Il peut être enrôlé de nouveau plus tard ; s'il avait un certificat,
                seulement sous un autre nom, car le certificat reste bon pour le sien.

                Exemples :
                  edgectl device revoke scanner-7 --reason "lost on the sales floor"
                """))
    }

    @OptionGroup var name: DeviceName
    @Option(
        help: .say(
            "Why, in your words; it is kept with your name.", "Pourquoi, dans vos mots ; c'est gardé avec votre nom.",
            value: "motif"))
    var reason: String
    @Option(
        help: .say(
            "The folder of the shop's own authority.", "Le dossier de l'autorité propre au magasin.", value: "dossier"))
    var authority: String = "/etc/edged/authority"
    @OptionGroup var options: AgentOptions

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let result = try bench.ask(
            .request("device.revoke", ("device", .string(name.device)), ("reason", .string(reason))))
        let isEnded = result["sessionEnded"]?.truth == true
        ShopAuthority(folder: authority).forget(name.device)
        bench.answer(result) { words in
            var page = Page()
            page.paragraph(
                words.say(
                    "\(name.device) is revoked: the agent refuses it.",
                    "\(name.device) est révoqué : l'agent le refuse."))
            if isEnded {
                page.paragraph(
                    words.say(
                        "The broker ended its account and its session.",
                        "Le broker a mis fin à son compte et à sa session."))
            } else {
                page.paragraph(
                    words.say(
                        "ATTENTION: its account at the broker is not ended yet. ",
                        "ATTENTION : son compte au broker n'a pas encore pris fin. ")
                        + result.plain("because"), hanging: 2)
                page.paragraph(
                    words.say(
                        "The agent ends it by itself as soon as the broker lets it.",
                        "L'agent y mettra fin de lui-même dès que le broker le permettra."), indent: 2)
            }
            if result["certificateUntil"] != nil {
                let until = words.moment(result["certificateUntil"])
                page.paragraph(
                    words.say(
                        "Its certificate names \(name.device), so nothing can be enrolled by that id until \(until). Choose another, such as \(name.device)b.",
                        "Son certificat nomme \(name.device) : rien ne peut être enrôlé sous ce nom avant le \(until). Choisissez-en un autre, par exemple \(name.device)b."
                    ))
            }
            return page
        }
        return isEnded ? .fine : .warnings
    }
}
