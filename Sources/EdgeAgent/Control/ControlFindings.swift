// What `status` may find, in words, each with its mend.

import ShopModel

extension Refusal.Code {
    static let findingEventsParked = Refusal.Code(
        "finding.eventsParked", retry: .later,
        en: "Headquarters refused events; set aside: {count}. Which and why: edgectl queue list --state parked",
        fr:
            "Le siège a refusé des événements ; mis de côté : {count}. Lesquels et pourquoi : edgectl queue list --state parked"
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
            "Headquarters cannot be reached. The shop goes on. Events that wait, and leave by themselves when the line is back: {count}.",
        fr:
            "Le siège est injoignable. Le magasin continue. Événements en attente, qui partiront seuls au retour de la ligne : {count}."
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
            "Entries of headquarters' feeds that could not be read and are kept aside: {count}. Which and why: edgectl queue list --state setAside",
        fr:
            "Entrées des flux du siège illisibles, mises de côté : {count}. Lesquelles et pourquoi : edgectl queue list --state setAside"
    )
    static let findingShortfalls = Refusal.Code(
        "finding.shortfalls", retry: .later,
        en:
            "More is promised or sold than there are rights for; SKUs: {count}. See one, then count it: edgectl stock show SKU",
        fr:
            "Plus de promesses ou de ventes que de droits ; SKU : {count}. À voir, puis compter : edgectl stock show SKU"
    )

    /// Headquarters lets this box promise nothing.
    static let findingFenced = Refusal.Code(
        "finding.fenced", retry: .later,
        en:
            "Headquarters has fenced this box, which may promise nothing: its state was restored or copied, or two boxes were one shop. Agree with headquarters which is right.",
        fr:
            "Le siège a isolé ce boîtier, qui ne peut rien promettre : son état a été restauré ou copié, ou deux boîtiers ont été un seul magasin. Voyez avec le siège lequel est le bon."
    )
    /// The configuration as it lies on the disk was refused: fact `reason`.
    public static let findingConfigurationRefused = Refusal.Code(
        "finding.configurationRefused", retry: .later,
        en: "The configuration was refused when it was last read; the one before is in force. Why: edgectl config show",
        fr:
            "La configuration a été refusée à sa dernière lecture ; celle d'avant est en vigueur. Pourquoi : edgectl config show"
    )
    /// There is no room for what has to be kept: fact `bytes`.
    public static let findingDiskFull = Refusal.Code(
        "finding.diskFull", retry: .later,
        en:
            "The disk is full (free: {bytes} bytes): whatever has to be kept is answered `later`. What is large: edgectl check --only disk",
        fr:
            "Le disque est plein (libre : {bytes} octets) : à tout ce qui doit être gardé, l'agent répond `later`. Ce qui est gros : edgectl check --only disk"
    )

    /// All that `status` may find.
    public static let findingCodes: [Refusal.Code] = [
        findingEventsParked, findingOrdersWait, findingLineDown, findingClockUntrusted, findingEntriesParked,
        findingShortfalls, findingFenced, findingConfigurationRefused, findingDiskFull,
    ]
}
