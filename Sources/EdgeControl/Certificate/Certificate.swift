// `edgectl certificate` and `edgectl authority`: who vouches for whom in this shop, and until when.

import ArgumentParser
import Contract
import ShopModel

struct CertificateCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "certificate",
            abstract: Help.say(
                "List the certificates of this box, and renew them.",
                "Lister les certificats de ce boîtier, et les renouveler."),
            subcommands: [CertificateList.self, CertificateRenew.self, CertificateShown.self],
            defaultSubcommand: CertificateList.self)
    }
}

struct AuthorityCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "authority",
            abstract: Help.say(
                "Show the shop's own authority, which devices trust.",
                "Montrer l'autorité propre au magasin, à qui les appareils font confiance."),
            subcommands: [AuthorityShow.self], defaultSubcommand: AuthorityShow.self)
    }
}

struct AuthorityShow: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show",
            abstract: Help.say(
                "Show the authority's name, its end, and its fingerprint to compare.",
                "Montrer le nom de l'autorité, sa fin, et son empreinte à comparer."),
            discussion: Help.say(
                """
                A device that is told to trust http://BOX/ca.crt shows a fingerprint: it must
                be this one, digit by digit.

                Examples:
                  edgectl authority show
                """,
                """
                Un appareil à qui l'on dit de faire confiance à http://BOÎTIER/ca.crt montre
                une empreinte : ce doit être celle-ci, chiffre par chiffre.

                Exemples :
                  edgectl authority show
                """))
    }

    @OptionGroup var options: AgentOptions
    @Option(
        help: .say(
            "The folder of the shop's own authority.", "Le dossier de l'autorité propre au magasin.", value: "dossier"))
    var authority: String = "/etc/edged/authority"

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let words = bench.words
        let file = authority + "/ca.crt"
        guard case .certificates(let found) = CertificateFacts.read(file: file), let facts = found.first else {
            throw Failure(
                code: "certificate.noAuthority",
                message: words.say("\(file) is no certificate.", "\(file) n'est pas un certificat."),
                mend: words.say("sudo dpkg-reconfigure edged makes one.", "sudo dpkg-reconfigure edged en crée un."),
                status: .fault)
        }
        let digits = Array(try OpenSSL(words: words).fingerprint(file))
        // Pairs, as browsers and phones show them.
        let pairs = stride(from: 0, to: digits.count, by: 2).map { String(digits[$0..<min($0 + 2, digits.count)]) }
        let days = facts.daysLeft(at: .ofMachine)
        let answer: JSON = [
            "file": .string(file), "subject": .string(facts.subject), "notAfter": .string(facts.notAfter.description),
            "daysLeft": .count(days), "sha256": .string(pairs.joined(separator: ":")),
        ]
        bench.answer(answer) { words in
            var page = Page()
            page.facts([
                (words.say("authority", "autorité"), facts.subject), (words.say("file", "fichier"), file),
                (words.say("ends", "fin"), "\(facts.notAfter.description.prefix(10)) (\(words.days(days)))"),
                // Two lines of sixteen pairs: what a person compares.
                ("SHA-256", pairs.prefix(16).joined(separator: ":")), ("", pairs.dropFirst(16).joined(separator: ":")),
            ])
            return page
        }
        return days < 0 ? .fault : .fine
    }
}
