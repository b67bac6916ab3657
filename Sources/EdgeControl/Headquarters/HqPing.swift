// `edgectl hq ping`: is headquarters' application there, how far away is it, and whom does it take us for?

import ArgumentParser
import Contract
import Glibc
import ShopModel

struct HqPing: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "ping",
            abstract: Help.say(
                "Ask headquarters' application for a word, and say how long that takes.",
                "Interroger l'application du siège, et mesurer son temps de réponse."),
            discussion: Help.say(
                """
                The answer comes from the application that takes the shop's orders, not from
                the broker before it. It also tells what headquarters sees of this shop: which
                life of its ledger, which box, and a second box if there is one. One question
                a second.

                Exit status: 0 answered, 1 not answered, or a second box acts as this shop, 69
                agent not reachable.

                Examples:
                  edgectl hq ping
                  edgectl hq ping --count 1 --format json
                """,
                """
                La réponse vient de l'application qui prend les commandes du magasin, non du
                broker devant elle. Elle dit aussi ce que le siège voit de ce magasin :
                quelle incarnation de son registre, quel boîtier, et un second boîtier s'il y
                en a un. Une question par seconde.

                Codes de retour : 0 réponse reçue, 1 pas de réponse, ou un second boîtier
                agit comme ce magasin, 69 agent injoignable.

                Exemples :
                  edgectl hq ping
                  edgectl hq ping --count 1 --format json
                """))
    }

    @Option(help: .say("How many questions, 1 to 1000.", "Combien de questions, de 1 à 1000.", value: "nombre"))
    var count = 3

    @OptionGroup var options: AgentOptions

    func validate() throws {
        guard (1...1_000).contains(count) else {
            throw ValidationError(Help.say("--count takes 1 to 1000.", "--count va de 1 à 1000."))
        }
    }

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        var answers: [JSON] = []
        var failure: Failure?
        for number in 1...count {
            if number > 1 { usleep(1_000_000) }
            do throws(Failure) {
                let answer = try bench.ask(.request("hq.ping"))
                answers.append(answer)
                if bench.format == .table { bench.print(Self.line(answer, number) + "\n") }
            } catch {
                // Without an agent there is nobody to ask again.
                guard error.status == .fault else { throw error }
                failure = error
                guard bench.format == .table else { continue }
                var page = Page()
                page.paragraph("\(number): \(error.code): \(error.message)", hanging: 2)
                bench.show(page)
            }
        }
        let times = answers.map { $0.number("microseconds") }
        let sees = answers.last?["headquarters"]?["sees"]
        switch bench.format {
        case .json:
            if answers.isEmpty, let failure { throw failure }
            bench.json(Self.summary(answers, times, asked: count))
        case .table: bench.show(Self.page(answers, times, asked: count, bench.words))
        }
        guard !answers.isEmpty, sees?["twoBoxes"]?.truth != true else { return .fault }
        return .fine
    }

    private static func line(_ answer: JSON, _ number: Int) -> String {
        let headquarters = answer["headquarters"] ?? .null
        let name = headquarters["version"]?.text ?? headquarters.plain("id")
        return "\(number): \(name), \(milliseconds(answer.number("microseconds"))) ms"
    }

    /// Tenths of a millisecond are enough.
    private static func milliseconds(_ microseconds: Int) -> String {
        let tenths = (microseconds + 50) / 100
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func summary(_ answers: [JSON], _ times: [Int], asked: Int) -> JSON {
        .object([
            .init("asked", .count(asked)), .init("answered", .count(answers.count)),
            .init("microsecondsMin", .count(times.min() ?? 0)),
            .init("microsecondsMean", .count(times.isEmpty ? 0 : times.reduce(0, +) / times.count)),
            .init("microsecondsMax", .count(times.max() ?? 0)),
            .init("headquarters", answers.last?["headquarters"] ?? .null), .init("answers", .array(answers)),
        ])
    }

    private static func page(_ answers: [JSON], _ times: [Int], asked: Int, _ words: Words) -> Page {
        var page = Page()
        page.blank()
        var text = words.say(
            "asked \(asked), answered \(answers.count)", "demandes \(asked), réponses \(answers.count)")
        if let least = times.min(), let most = times.max() {
            let mean = times.reduce(0, +) / times.count
            text +=
                words.say(", round trip min/mean/max ", ", aller-retour min/moy/max ")
                + "\(milliseconds(least))/\(milliseconds(mean))/\(milliseconds(most)) ms"
        }
        page.paragraph(text)
        guard let last = answers.last, let headquarters = last["headquarters"] else { return page }
        let sees = headquarters["sees"] ?? .null
        page.blank()
        var facts = [
            (words.say("Headquarters", "Siège"), headquarters.plain("version")),
            (words.say("Its life", "Sa vie"), headquarters.plain("id")),
            (words.say("Its clock", "Son horloge"), words.moment(headquarters["time"])),
            (words.say("Sees", "Voit"), seen(sees, words)),
            (words.say("Last event", "Dernier évén."), words.age(sees["lastEventAt"])),
        ]
        if let other = sees["otherInstance"] {
            facts.append(
                (
                    other["isFormerSelf"]?.truth == true
                        ? words.say("Itself before", "Lui-même avant") : words.say("Other box", "Autre boîtier"),
                    "\(other.plain("instance")), \(other.plain("incarnation")), \(words.age(other["heardAt"]))"
                ))
        }
        page.facts(facts)
        if sees["twoBoxes"]?.truth == true {
            page.blank()
            page.paragraph(
                words.term("fault") + words.colon
                    + words.say(
                        "a second box acts as this shop. Find it (same shop.id, a copied disk, a test box) and stop it.",
                        "un second boîtier agit comme ce magasin. Trouvez-le (même shop.id, disque copié, boîtier de test) et arrêtez-le."
                    ), hanging: 2)
        }
        return page
    }

    private static func seen(_ sees: JSON, _ words: Words) -> String {
        let state =
            switch sees["state"]?.text {
            case "current": words.say("living", "vivante")
            case "fenced": words.say("over, another took its place", "finie, une autre l'a remplacée")
            case "forked": words.say("doubled: no rights are granted", "dédoublée : aucun droit n'est accordé")
            case let other?: other
            case nil: words.say("not heard before", "jamais entendue")
            }
        return words.say("incarnation ", "incarnation ") + sees.plain("incarnation") + " (\(state))"
    }
}
