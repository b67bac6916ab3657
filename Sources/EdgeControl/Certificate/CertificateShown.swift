// `edgectl certificate shown`: whether those who connect to this box see the certificate that is in use.

import ArgumentParser
import Contract
import ShopModel

struct CertificateShown: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "shown",
            abstract: Help.say(
                "Connect to this box's ports, and see whether they show its certificate.",
                "Se connecter aux ports du boîtier, et voir s'ils montrent son certificat."),
            discussion: Help.say(
                """
                The broker and nginx read their certificate when they start or are told to.
                A port that shows another one by the shop's own authority missed that; it is
                given ten seconds. A port that nobody listens on, or whose certificate is
                somebody else's, is not judged. Changes nothing.

                Examples:
                  edgectl certificate shown

                Exit status: 0 none shows a former one, 1 one does.
                """,
                """
                Le broker et nginx lisent leur certificat au démarrage ou quand on le leur dit.
                Un port qui en montre un autre de l'autorité du magasin a manqué cela ; il a
                dix secondes. Un port où personne n'écoute, ou dont le certificat vient
                d'ailleurs, n'est pas jugé. Ne change rien.

                Exemples :
                  edgectl certificate shown

                Codes de retour : 0 aucun n'en montre un ancien, 1 il y en a un.
                """))
    }

    @OptionGroup var options: AgentOptions
    @OptionGroup var places: CertificatePlaces

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let words = bench.words
        let proof = ServerProof(authority: places.authority + "/ca.crt", words: words)
        let certificate = places.broker + "/server.crt"
        let shown = try proof.wait(forAllOf: places.ports, toShow: certificate)
        bench.answer(
            ["certificate": .string(certificate), "shownOn": .array(shown.map { .count($0) })]
        ) { words in
            var page = Page()
            page.paragraph(
                shown.isEmpty
                    ? words.say(
                        "No port of this box shows a certificate of the shop's authority.",
                        "Aucun port du boîtier ne montre de certificat de l'autorité du magasin.")
                    : words.say("shown on port ", "présenté sur le port ")
                        + shown.map(String.init).joined(separator: ", "))
            return page
        }
        return .fine
    }
}
