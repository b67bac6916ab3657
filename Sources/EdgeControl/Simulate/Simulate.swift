// `edgectl simulate`: try what a device would be answered, without the device.

import ArgumentParser
import Contract
import ShopModel

struct SimulateCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "simulate",
            abstract: Help.say(
                "Act in a device's name, to see what it would be answered.",
                "Agir au nom d'un appareil, pour voir ce qui lui serait répondu."),
            subcommands: [SimulateScan.self])
    }
}

struct SimulateScan: Job {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "scan",
            abstract: Help.say(
                "Scan a code as if that device had: its screen shows the card too.",
                "Scanner un code comme l'appareil le ferait : son écran montre aussi la fiche."),
            discussion: Help.say(
                """
                A question: no stock changes. The device itself hears nothing of it; the
                trace and the journal of technicians' acts have it.

                Examples:
                  edgectl simulate scan scanner-7 9521234500018
                  edgectl simulate scan scanner-7 R-4F7K92QX-H
                """,
                """
                Une question : aucun stock ne change. L'appareil lui-même n'en sait rien ; la
                trace et le journal des actes des techniciens la gardent.

                Exemples :
                  edgectl simulate scan scanner-7 9521234500018
                  edgectl simulate scan scanner-7 R-4F7K92QX-H
                """))
    }

    @OptionGroup var name: DeviceName
    @Argument(help: .say("The code, as the scanner would send it.", "Le code, tel que le scanner l'enverrait."))
    var code: String
    @OptionGroup var options: AgentOptions

    func perform(_ bench: Bench) throws(Failure) -> ExitStatus {
        let isKnown = isKnown(bench)
        let result = try bench.ask(
            .request("simulate.scan", ("device", .string(name.device)), ("code", .string(code))))
        let reply = result["reply"] ?? .null
        bench.answer(result) { words in
            var page = Page()
            if !isKnown {
                page.paragraph(
                    words.say(
                        "The shop knows no device \(name.device): is it spelt so? edgectl device list",
                        "Le magasin ne connaît pas d'appareil \(name.device) : est-ce son nom ? edgectl device list"))
                page.blank()
            }
            if let problem = reply["problem"] {
                // Devices are told in the shop's language, whoever asks here.
                page.paragraph(words.say("The device would be told:", "L'appareil recevrait :"))
                page.paragraph("\(problem.plain("code")): \(problem.plain("detail"))", hanging: 2)
            } else {
                CardPage(reply["result"] ?? .null, words).add(to: &page)
            }
            if let screen = result["shownOn"]?.text {
                page.blank()
                page.paragraph(words.say("Shown on \(screen) too.", "Montré aussi sur \(screen)."))
            }
            return page
        }
        return reply.plain("outcome") == "done" ? .fine : .fault
    }

    /// Whether the shop ever heard of the device; asked first, since a simulated scan makes it known.
    private func isKnown(_ bench: Bench) -> Bool {
        do throws(Failure) {
            _ = try bench.ask(.request("device.show", ("device", .string(name.device))))
            return true
        } catch {
            return error.code != "device.unknown"
        }
    }
}

/// A card as a clerk sees it.
struct CardPage {
    private let card: JSON
    private let words: Words

    init(_ card: JSON, _ words: Words) {
        self.card = card
        self.words = words
    }

    func add(to page: inout Page) {
        guard card.plain("kind") == "product" else { return addOther(to: &page) }
        let language = words.language.rawValue
        let name = card["name"]?[language] ?? card["name"]?["fr"] ?? card["name"]?["en"]
        page.title(name?.plain ?? card.plain("sku"))
        var facts = [("SKU", card.plain("sku"))]
        if let gtin = card["gtin"]?.text { facts.append(("GTIN", gtin)) }
        if let price = card["price"] { facts.append((words.say("Price", "Prix"), Self.money(price))) }
        for attribute in card["attributes"]?.members ?? [] { facts.append((attribute.name, attribute.value.plain)) }
        page.facts(facts)
        page.blank()
        var table = Table(
            .init(words.say("Where", "Où")), .init(words.say("Units", "Unités"), isNumber: true),
            .init(words.say("Known since", "Connu depuis")))
        for entry in card["availability"]?.list ?? [] {
            let isHere = entry.plain("shop") == "here"
            let age = entry["ageSeconds"]?.integer.map { "\($0) s" } ?? "?"
            table.add(
                isHere ? words.say("here", "ici") : entry.plain("shop"), entry.plain("value"),
                isHere ? words.say("now", "maintenant") : age)
        }
        page.table(table)
        for warning in card["warnings"]?.list ?? [] {
            page.paragraph("\(warning.plain("code")): \(warning.plain("detail"))", hanging: 2)
        }
    }

    /// A reservation, a pickup, a loyalty card: every field, as the device gets it.
    private func addOther(to page: inout Page) {
        page.title(words.term(card.plain("kind")))
        page.verbatim(String(decoding: card.encodedPretty(), as: UTF8.self))
    }

    /// `19.90 EUR`; amounts are in the currency's smallest unit, hundredths in the shops' currencies.
    private static func money(_ price: JSON) -> String {
        guard let amount = price["amount"]?.integer else { return "–" }
        let cents = amount % 100
        return "\(amount / 100).\(cents < 10 ? "0" : "")\(cents) \(price.plain("currency"))"
    }
}
