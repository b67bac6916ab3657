// What `status` may find, in words, each with its mend.

import ShopModel

extension Refusal.Code {
    static let findingEventsParked = Refusal.Code(
        "finding.eventsParked", retry: .later,
        en: "Headquarters refused events; {count} stand aside. See which and why: edgectl queue list --state parked",
        fr:
            "Le siège a refusé des événements ; {count} sont mis de côté. Lesquels et pourquoi : edgectl queue list --state parked"
    )
    static let findingOrdersWait = Refusal.Code(
        "finding.ordersWait", retry: .later,
        en:
            "The line is up, yet an order's event has waited {minutes} min for headquarters' receipt. Look at headquarters' side.",
        fr:
            "La ligne est établie, mais l'événement d'une commande attend depuis {minutes} min l'accusé du siège. Voir côté siège."
    )
    static let findingLineDown = Refusal.Code(
        "finding.lineDown", retry: .later,
        en:
            "Headquarters cannot be reached. The shop goes on; {count} events wait and leave by themselves when the line is back.",
        fr:
            "Le siège est injoignable. Le magasin continue ; {count} événements attendent et partiront seuls au retour de la ligne."
    )
    static let findingClockUntrusted = Refusal.Code(
        "finding.clockUntrusted", retry: .later,
        en:
            "The clock cannot be trusted, so holds may end late. Let the box reach a time server: timedatectl timesync-status",
        fr:
            "L'horloge n'est pas fiable : des réservations peuvent finir en retard. Donnez au boîtier un serveur de temps : timedatectl timesync-status"
    )
    static let findingEntriesParked = Refusal.Code(
        "finding.feedEntriesParked", retry: .later,
        en:
            "{count} entries of headquarters' feeds could not be read and are kept aside. An update of the agent may read them.",
        fr:
            "{count} entrées des flux du siège n'ont pas pu être lues et sont mises de côté. Une mise à jour de l'agent les lira peut-être."
    )
    static let findingShortfalls = Refusal.Code(
        "finding.shortfalls", retry: .later,
        en: "More is promised or sold than there are rights for, in {count} SKUs. Count them: edgectl stock show SKU",
        fr: "Plus de promesses ou de ventes que de droits, pour {count} SKU. À compter : edgectl stock show SKU")

    /// All that `status` may find.
    static let findingCodes: [Refusal.Code] = [
        findingEventsParked, findingOrdersWait, findingLineDown, findingClockUntrusted, findingEntriesParked,
        findingShortfalls,
    ]
}
