// What a thing is now, before the story of how it came about.

import Contract
import ShopModel

/// A thing of the shop as it is now.
struct Present {
    private let thing: JSON
    private let words: Words

    init(_ thing: JSON, _ words: Words) {
        self.thing = thing
        self.words = words
    }

    func add(to page: inout Page) {
        switch thing.plain("kind") {
        case "reservation": addReservation(to: &page)
        case "pickup": addPickup(to: &page)
        case "stock": StockPage(thing, words).add(to: &page)
        case "sale": addSale(to: &page)
        case "command": addCommand(to: &page)
        case "event": addEvent(to: &page)
        case "device": addDevice(to: &page)
        case "customer": CustomerPage(thing, words).add(to: &page)
        case "act": addAct(to: &page)
        default: page.title(thing.plain("id"))
        }
    }

    private func addReservation(to page: inout Page) {
        var state = words.term(thing.plain("state"))
        if let until = thing["until"] { state += words.say(" until ", " jusqu'à ") + words.momentAndAge(until) }
        if let since = thing["since"] { state += words.say(" since ", " depuis ") + words.momentAndAge(since) }
        if let reason = thing["reason"] { state += ", \(words.term("reason:\(reason.plain)"))" }
        page.title("\(words.say("Reservation", "Réservation")) \(thing.plain("id"))\(words.colon)\(state)")
        page.paragraph(
            "\(words.say("placed", "placée")) \(words.momentAndAge(thing["placedAt"])), \(words.term("channel:" + thing.plain("channel")))",
            indent: 2, hanging: 2)
        page.blank()
        var table = Table(
            .init("SKU"), .init(words.say("Asked", "Demandé"), isNumber: true),
            .init(words.say("Locked", "Bloqué"), isNumber: true), .init(words.say("Sold", "Vendu"), isNumber: true))
        for line in thing["lines"]?.list ?? [] {
            table.add(line.plain("sku"), line.plain("asked"), line.plain("locked"), line.plain("sold"))
        }
        page.table(table)
    }

    private func addPickup(to page: inout Page) {
        page.title(
            "\(words.say("Order", "Retrait")) \(thing.plain("id"))\(words.colon)\(words.term(thing.plain("state")))")
        var facts = [(words.say("Received", "Reçu"), words.momentAndAge(thing["receivedAt"]))]
        if let deadline = thing["deadline"] {
            facts.append((words.say("Collect by", "À retirer avant"), words.momentAndAge(deadline)))
        }
        if let clerk = thing["claimedBy"] { facts.append((words.say("Clerk", "Vendeur"), clerk.plain)) }
        if let place = thing["place"] { facts.append((words.say("Place", "Emplacement"), place.plain)) }
        facts.append(("Source", words.source(thing["source"])))
        if thing["cancelRequested"]?.truth == true {
            facts.append((words.say("To cancel", "À annuler"), words.say("headquarters asks", "demandé par le siège")))
        }
        if thing["contactUnreadable"]?.truth == true {
            facts.append(
                (
                    words.say("Contact", "Contact"),
                    words.say(
                        "not known on this box; headquarters can send the order again",
                        "inconnu sur ce boîtier ; le siège peut renvoyer la commande")
                ))
        }
        page.facts(facts)
        page.blank()
        var table = Table(
            .init("SKU"), .init(words.say("Ordered", "Commandé"), isNumber: true),
            .init(words.say("Picked", "Préparé"), isNumber: true),
            .init(words.say("Short", "Manquant"), isNumber: true),
            .init(words.say("Given", "Remis"), isNumber: true), .init(words.say("Refused", "Refusé"), isNumber: true))
        for line in thing["lines"]?.list ?? [] {
            table.add(
                line.plain("sku"), line.plain("quantity"), line.plain("picked"), line.plain("short"),
                line.plain("handedOver"), line.plain("refused"))
        }
        page.table(table)
    }

    private func addSale(to page: inout Page) {
        page.title("\(thing.plain("id"))\(words.colon)\(words.term("sale:" + thing.plain("sale")))")
        var facts: [(String, String)] = []
        if let sku = thing["sku"] { facts.append(("SKU", "\(thing.plain("quantity")) × \(sku.plain)")) }
        if let back = thing["returned"] {
            facts.append((words.say("Came back", "Rapporté"), "\(back.plain("quantity")) × \(back.plain("sku"))"))
        }
        if let original = thing["original"] { facts.append((words.say("Voids", "Annule"), original.plain)) }
        if let order = thing["order"] { facts.append((words.say("Order", "Commande"), order.plain)) }
        for consumed in thing["consumed"]?.list ?? [] {
            facts.append(
                (
                    words.say("Consumed", "Consomme"),
                    "\(consumed.plain("units")) \(words.say("of", "de")) \(consumed.plain("reservation"))"
                ))
        }
        if let recorded = thing["recordedAt"] {
            facts.append((words.say("Recorded", "Enregistrée"), words.momentAndAge(recorded)))
        }
        if thing["voided"]?.truth == true {
            facts.append((words.say("Voided", "Annulée"), words.say("by a later line", "par une ligne ultérieure")))
        }
        page.facts(facts)
    }

    private func addCommand(to page: inout Page) {
        page.title(
            "\(thing.plain("verb")) \(words.say("by", "par")) \(thing.plain("device"))"
                + words.colon + words.term(thing.plain("outcome")))
        page.paragraph(
            "\(words.say("command", "requête")) \(thing.plain("id")), \(words.momentAndAge(thing["decidedAt"]))",
            indent: 2, hanging: 2)
        if let problem = thing["problem"] { page.paragraph(words.problem(problem), indent: 2, hanging: 2) }
    }

    private func addEvent(to page: inout Page) {
        page.title("\(thing.plain("type")), \(thing.plain("subject"))\(words.colon)\(words.term(thing.plain("state")))")
        page.paragraph("\(thing.plain("id")), \(words.momentAndAge(thing["time"]))", indent: 2, hanging: 2)
        if let reason = thing["reason"] {
            page.paragraph(words.parkedReason(reason.plain), indent: 2, hanging: 2)
        }
    }

    private func addDevice(to page: inout Page) {
        page.title(
            "\(words.say("Device", "Appareil")) \(thing.plain("id"))\(words.colon)\(words.say("role ", "rôle "))\(words.term(thing.plain("role")))"
        )
        var facts: [(String, String)] = []
        if thing["inFleet"]?.truth != true {
            facts.append(
                (
                    words.say("Fleet", "Flotte"),
                    words.say("not in it: it may only scan", "absent : il ne peut que scanner")
                ))
        }
        if let enrolment = thing["enrolment"] {
            facts.append(
                (
                    words.say("Enrolled", "Enrôlé"),
                    "\(words.momentAndAge(enrolment["at"])), \(words.term(enrolment.plain("credential")))\(words.colon)\(words.term(enrolment.plain("state")))"
                ))
        }
        facts.append((words.say("May send", "Peut envoyer"), thing.plain("may")))
        if let screen = thing["screen"] { facts.append((words.say("Shows on", "Affiche sur"), screen.plain)) }
        facts.append(
            (
                words.say("Last command", "Dernière commande"),
                thing["lastCommandAt"].map { words.momentAndAge($0) }
                    ?? words.say("none is kept", "aucune n'est gardée")
            ))
        if let refused = thing["lastRefusalAt"] {
            facts.append((words.say("Last not read", "Dernier rejet"), words.momentAndAge(refused)))
        }
        page.facts(facts)
        page.paragraph(
            words.say(
                "Scans and other questions change nothing, so the story leaves them out: edgectl trace ",
                "Les scans et autres questions ne changent rien, l'histoire les omet : edgectl trace ")
                + thing.plain("id"), indent: 2, hanging: 2)
    }

    private func addAct(to page: inout Page) {
        page.title(
            "\(thing.plain("id")): \(thing.plain("command"))\(words.colon)\(words.term(thing.plain("outcome")))")
        var facts = [
            (words.say("By", "Par"), "\(thing.plain("user")) (uid \(thing.plain("uid")))"),
            (words.say("At", "Le"), words.momentAndAge(thing["at"])),
            (words.say("About", "Sujet"), thing.plain("target")),
        ]
        if let reason = thing["reason"] { facts.append((words.say("Reason", "Raison"), reason.plain)) }
        page.facts(facts)
    }
}
