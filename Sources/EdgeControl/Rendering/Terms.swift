// The names that the agent uses, as people say them. A name that is not here is said as it is.

import Contract
import ShopModel

extension Words {
    /// A state, a kind or another name of the agent's as people say it. Where a name means different things, its kind
    /// stands before it: `role:scan`.
    func term(_ name: String) -> String {
        if let pair = Self.terms[name] { return say(pair.0, pair.1) }
        let kinds = ["told:", "role:", "change:", "channel:", "reason:", "sale:"]
        guard let kind = kinds.first(where: name.hasPrefix) else { return name }
        return term(String(name.dropFirst(kind.count)))
    }

    /// A value of the agent's: a name, a moment, or what it is.
    func value(_ json: JSON) -> String {
        guard let text = json.text else { return json.plain }
        return Instant(rfc3339: text) == nil ? term("told:\(text)") : moment(json)
    }

    /// Why something was refused: its code, and as much of a sentence as there is.
    func problem(_ problem: JSON) -> String {
        var text = problem.plain("code")
        if let detail = problem["detail"] { text += ": \(detail.plain)" }
        if let field = problem["field"], !field.plain.isEmpty { text += " (\(field.plain))" }
        return text
    }

    /// Why an event is parked: what only waits for another is said in the person's language.
    func parkedReason(_ reason: String) -> String {
        if language == .french, reason.hasPrefix("follows "), reason.hasSuffix(", which is parked") {
            return "suit \(reason.dropFirst(8).dropLast(17)), mis de côté"
        }
        return language == .french && reason.hasPrefix("technician: ")
            ? "technicien : \(reason.dropFirst(12))" : reason
    }

    /// Where the goods of a pickup come from.
    func source(_ json: JSON?) -> String {
        guard let json else { return "–" }
        if let parcel = json["fromParcel"] { return say("parcel ", "colis ") + parcel.plain }
        return json.text == "fromStock" ? say("the shop's stock", "le stock du magasin") : json.plain
    }

    private static let terms: [String: (String, String)] = [
        // Events on their way.
        "pending": ("pending", "en attente"), "receipted": ("receipted", "accusé reçu"),
        "parked": ("parked", "mis de côté"),
        // Commands.
        "done": ("done", "fait"), "refused": ("refused", "refusé"),
        // Reservations.
        "held": ("held", "tenue"), "awaitingSale": ("awaiting its sale", "attend sa vente"), "sold": ("sold", "vendu"),
        "expired": ("expired", "expirée"), "released": ("released", "libéré"),
        "reason:customer": ("by the customer", "par le client"),
        "reason:noShow": ("nobody came", "personne n'est venu"),
        "reason:mistake": ("by mistake", "par erreur"), "reason:notCollected": ("not collected", "pas retiré"),
        "channel:store": ("in the shop", "en magasin"), "channel:web": ("on the web", "sur le web"),
        "channel:phone": ("by telephone", "par téléphone"), "channel:mirror": ("at a mirror", "au miroir"),
        "channel:social": ("by a social network", "par un réseau social"),
        // Pickups.
        "received": ("received", "reçu"), "accepted": ("accepted", "accepté"), "rejected": ("rejected", "rejeté"),
        "picking": ("picking", "en préparation"), "picked": ("picked", "préparé"), "staged": ("staged", "rangé"),
        "ready": ("ready", "prêt"), "overdue": ("overdue", "en retard"), "handedOver": ("handed over", "remis"),
        "putBack": ("put back", "remis en rayon"), "cancelled": ("cancelled", "annulé"), "closed": ("closed", "clos"),
        "notInStock": ("not in stock", "pas en stock"), "mismatch": ("mismatch", "non conforme"),
        "wornDisplay": ("worn display", "exposé usé"), "notSellable": ("not sellable", "pas vendable"),
        "orderNotToBeSplit": ("order not to be split", "commande indivisible"),
        "closingHours": ("closing hours", "fermeture"),
        "customerRefused": ("refused by the customer", "refusé par le client"),
        "counter": ("counter", "comptoir"), "kerb": ("kerb", "trottoir"),
        // Sales.
        "sale:sale": ("sale", "vente"), "sale:void": ("void", "annulation"), "sale:return": ("return", "retour"),
        "sale:exchange": ("exchange", "échange"),
        // Changes of stock.
        "change:held": ("held", "tenu"), "change:released": ("released", "libéré"), "change:sold": ("sold", "vendu"),
        "change:voided": ("voided", "annulé"), "change:returned": ("returned", "rendu"),
        "change:received": ("received", "reçu"), "change:counted": ("counted", "compté"), "change:owed": ("owed", "dû"),
        "change:handedOver": ("handedOver", "remis"),
        "change:handOverCorrected": ("handOverCorrected", "remise corrigée"),
        "change:givenBack": ("givenBack", "rendu au siège"), "change:missing": ("missing", "introuvable"),
        "change:damaged": ("damaged", "abîmé"), "change:fed": ("fed", "reçu du siège"),
        "change:rightsHeard": ("rightsHeard", "droits annoncés"),
        "change:rightsGiven": ("rightsGiven", "droits donnés"),
        "change:restated": ("restated", "rectifié par le siège"),
        // What brings things about by itself.
        "expiry": ("expiry", "échéance"), "feed": ("feed", "flux du siège"), "feed.stock": ("feed.stock", "flux stock"),
        "feed.orders": ("feed.orders", "flux commandes"), "feed.erasures": ("feed.erasures", "flux effacements"),
        // What an event tells.
        "state": ("state", "état"), "until": ("until", "jusqu'à"), "expiredAt": ("expiredAt", "expirée le"),
        "reason": ("reason", "raison"), "place": ("place", "emplacement"), "where": ("where", "où"),
        "proof": ("proof", "preuve"), "claimedBy": ("claimedBy", "pris par"),
        "takenOverFrom": ("takenOverFrom", "repris de"),
        "typedReason": ("typedReason", "motif saisi"), "short": ("short", "manque"), "counted": ("counted", "compté"),
        "told:code": ("code", "code"),
        // Customers.
        "kept": ("kept", "gardé"), "notKept": ("not kept", "pas gardé"), "erased": ("erased", "effacé"),
        // Roles of devices.
        "role:scan": ("anyone's", "tout public"), "role:customer": ("customers'", "clients"),
        "role:clerk": ("clerks'", "vendeurs"), "role:till": ("till", "caisse"),
        // Numbers on labels.
        "item": ("Item", "Article"), "own": ("Code", "Code"), "sscc": ("SSCC", "SSCC"),
        // The clock.
        "trusted": ("trusted", "fiable"), "holdover": ("holdover", "en autonomie"),
        "untrusted": ("not trusted", "non fiable"),
        // Numbers of a stock line.
        "onHand": ("on hand", "en magasin"), "holds": ("holds", "tenus"), "owed": ("owed", "dus"),
        "inspection": ("inspection", "à examiner"), "damaged": ("damaged", "abîmés"), "display": ("display", "exposés"),
        "missing": ("missing", "introuvables"),
        // Devices.
        "offered": ("code given", "code donné"), "active": ("active", "actif"), "revoked": ("revoked", "révoqué"),
        "configured": ("configured", "configuré"), "stranger": ("stranger", "inconnu"), "online": ("yes", "oui"),
        "offline": ("gone", "parti"), "never": ("–", "–"), "configuration": ("the configuration", "la configuration"),
        "enrolled": ("enrolment", "l'enrôlement"), "notEnrolled": ("its messages only", "ses messages seuls"),
        "code": ("a code that works once", "un code à usage unique"), "password": ("a password", "un mot de passe"),
        "certificate": ("a certificate", "un certificat"), "scan": ("scan only", "scan seul"),
        "customer": ("customer", "client"), "clerk": ("clerk", "vendeur"), "till": ("till", "caisse"),
        "later": ("later", "plus tard"),
        // Findings.
        "fault": ("FAULT", "PANNE"), "warning": ("WARNING", "ATTENTION"),
    ]
}
