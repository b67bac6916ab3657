// How the tool speaks to people: two languages, readable ages and moments.

import Contract
import ShopModel

/// Says things in a language, as of the agent's time.
struct Words {
    let language: Language
    /// The agent's time when it answered.
    let now: Instant

    init(language: Language, now: Instant = Instant(milliseconds: 0)) {
        self.language = language
        self.now = now
    }

    /// French where the environment is French, English everywhere else (POSIX: the first that is set counts).
    static func language(of environment: [String: String]) -> Language {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        return locale?.hasPrefix("fr") == true ? .french : .english
    }

    func say(_ english: String, _ french: String) -> String { language == .french ? french : english }

    /// A colon as the language has it, and a blank.
    var colon: String { say(": ", " : ") }

    /// `3 min ago`, `in 23 h`; a dash for no moment.
    func age(_ json: JSON?) -> String {
        guard let moment = json?.text.flatMap(Instant.init(rfc3339:)) else { return "–" }
        let passed = now - moment
        let length = duration(abs(passed))
        return passed < 0 ? say("in \(length)", "dans \(length)") : say("\(length) ago", "il y a \(length)")
    }

    /// The largest unit of which there are at least two, or one day.
    private func duration(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1_000
        if seconds < 120 { return "\(seconds) s" }
        if seconds < 7_200 { return "\(seconds / 60) min" }
        if seconds < 172_800 { return "\(seconds / 3_600) h" }
        return "\(seconds / 86_400) \(say("days", "jours"))"
    }

    /// `2026-11-22 09:30:00Z`: to the second, the date and time parted by a blank.
    func moment(_ json: JSON?) -> String {
        guard let moment = json?.text.flatMap(Instant.init(rfc3339:)) else { return "–" }
        let seconds = Instant(milliseconds: moment.milliseconds.floorDivided(by: 1_000) * 1_000)
        return seconds.description.replacing("T", with: " ")
    }

    /// A moment with its age.
    func momentAndAge(_ json: JSON?) -> String { "\(moment(json)) (\(age(json)))" }

    /// A state or kind as people say it.
    func term(_ name: String) -> String {
        guard let pair = Self.terms[name] else { return name }
        return say(pair.0, pair.1)
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
        // Pickups.
        "received": ("received", "reçu"), "accepted": ("accepted", "accepté"), "rejected": ("rejected", "rejeté"),
        "picking": ("picking", "en préparation"), "picked": ("picked", "préparé"), "staged": ("staged", "rangé"),
        "ready": ("ready", "prêt"), "overdue": ("overdue", "en retard"), "handedOver": ("handed over", "remis"),
        "putBack": ("put back", "remis en rayon"), "cancelled": ("cancelled", "annulé"), "closed": ("closed", "clos"),
        // Customers.
        "kept": ("kept", "gardé"), "notKept": ("not kept", "pas gardé"), "erased": ("erased", "effacé"),
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
