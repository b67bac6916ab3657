// `edgectl scan`: what a code means, from the label alone and, when the agent answers, in this shop.

import ArgumentParser
import Contract
import ScanCodes
import ShopModel

struct ScanCommand: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "scan",
            abstract: Help.say(
                "Say what a code means. Nothing changes.", "Dire ce qu'un code signifie, sans rien changer."),
            discussion: Help.say(
                """
                The label is read here, also with the agent dead; the agent adds what the
                shop knows of it and which devices may do what with it. A separator that a
                keyboard cannot type is written {GS}.

                Examples:
                  edgectl scan 3400000000012
                  edgectl scan R-4F7K92QX-H
                  edgectl scan ']d201034000000000121726113010A1{GS}21S-7'
                  edgectl scan https://id.example.org/01/03400000000012/21/S-7

                Exit status: 0 known here, 1 no code or unknown here, 2 read, but the agent
                did not answer.
                """,
                """
                L'étiquette est lue ici, même avec l'agent arrêté ; l'agent ajoute ce que le
                magasin en sait et ce que chaque appareil peut en faire. Un séparateur qu'un
                clavier ne peut pas taper s'écrit {GS}.

                Exemples :
                  edgectl scan 3400000000012
                  edgectl scan R-4F7K92QX-H
                  edgectl scan ']d201034000000000121726113010A1{GS}21S-7'
                  edgectl scan https://id.example.org/01/03400000000012/21/S-7

                Codes de retour : 0 connu ici, 1 pas un code ou inconnu ici, 2 lu, mais
                l'agent n'a pas répondu.
                """))
    }

    @Argument(help: .say("The code as the scanner sends it.", "Le code tel que le scanner l'envoie.")) var code: String
    @OptionGroup var options: AgentOptions

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let text = code.replacing("{GS}", with: "\u{1D}")
        let reading: ScanReading
        do throws(Refusal) {
            reading = try ScanCode.read(Array(text.utf8))
        } catch {
            throw Failure(
                code: error.code.name, message: error.sentence(in: bench.words.language), status: .fault)
        }
        var shop: JSON?
        var silence: Failure?
        do throws(Failure) {
            shop = try bench.ask(.request("scan", ("code", .string(text))))
        } catch  where error.status == .unreachable {
            silence = error
        }
        let label = LabelReading(reading, bench.words.language)
        var result = label.json.members
        if let shop { result.append(.init("shop", shop)) }
        if let silence { result += silence.json.members.filter { $0.name == "problem" } }
        bench.answer(.object(result)) { words in
            var page = Page()
            label.add(to: &page, words)
            if let shop { ShopMeaning(shop, words).add(to: &page) }
            if let silence {
                page.blank()
                page.paragraph(
                    words.say(
                        "Read from the label alone; the agent did not answer: ",
                        "Lu sur l'étiquette seule ; l'agent n'a pas répondu : ") + silence.message)
            }
            return page
        }
        guard let shop else { return .warnings }
        return shop["known"]?.truth == true ? .fine : .fault
    }
}
