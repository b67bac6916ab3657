// Why headquarters cannot be asked, and what is found about its link, each with its mend.

import ShopModel

extension Refusal.Code {
    /// There is no session at headquarters' broker: fact `cause`.
    public static let headquartersNotConnected = Refusal.Code(
        "headquarters.notConnected", retry: .later,
        en: "There is no connection to headquarters' broker: {cause}. Rung by rung: edgectl check --only hq",
        fr: "Pas de connexion au broker du siège : {cause}. Échelon par échelon : edgectl check --only hq")
    /// Headquarters' broker took the question, and nobody behind it answered: fact `seconds`.
    public static let headquartersNoEcho = Refusal.Code(
        "headquarters.noEcho", retry: .later,
        en:
            "Headquarters' broker is there, its application did not answer within {seconds} s. Look at headquarters' side: is its application running, and does it hear hq/v1/+/up/#?",
        fr:
            "Le broker du siège est là, son application n'a pas répondu en {seconds} s. Voir côté siège : l'application tourne-t-elle, et écoute-t-elle hq/v1/+/up/# ?"
    )
    /// The ledger has not told yet where its feeds stand.
    public static let headquartersNotReady = Refusal.Code(
        "headquarters.notReady", retry: .later,
        en: "The agent has just started and does not know yet where the feeds stand. Ask again in a moment.",
        fr: "L'agent vient de démarrer et ne sait pas encore où en sont les flux. Redemandez dans un instant.")

    static let findingForeignFeed = Refusal.Code(
        "finding.foreignFeed", retry: .later,
        en:
            "What is meant for another shop came down headquarters' line and was not taken; feeds: {feeds}, times: {count}. Compare shop.id of this box with headquarters' list, and look at what headquarters' broker bridges or allows.",
        fr:
            "Ce qui est destiné à un autre magasin est arrivé du siège et n'a pas été pris ; flux : {feeds}, fois : {count}. Comparez shop.id de ce boîtier à la liste du siège, et voyez ce que le broker du siège relaie ou permet."
    )
    static let findingFeedUnrelated = Refusal.Code(
        "finding.feedUnrelated", retry: .later,
        en:
            "Headquarters began anew under an epoch that follows none this shop knows, so nothing of these feeds is taken: {feeds}. Tell headquarters to say which epochs it follows (edge-hq serve --restored); it may also be another headquarters.",
        fr:
            "Le siège repart sous une époque qui ne suit aucune de celles connues ici : rien de ces flux n'est pris : {feeds}. Que le siège dise quelles époques il suit (edge-hq serve --restored) ; ou c'est un autre siège."
    )
    static let findingFeedNewer = Refusal.Code(
        "finding.feedNewer", retry: .later,
        en:
            "Headquarters says what this version of the agent cannot read; feeds: {feeds}, messages and entries: {count}. Update the agent, then have them sent again: edgectl hq resync",
        fr:
            "Le siège dit ce que cette version de l'agent ne sait pas lire ; flux : {feeds}, messages et entrées : {count}. Mettez l'agent à jour, puis faites-les renvoyer : edgectl hq resync"
    )
    static let findingCatalogueLacking = Refusal.Code(
        "finding.catalogueLacking", retry: .later,
        en:
            "No assortment has come from headquarters yet, so no scan shows a product. Ask for it: edgectl hq resync catalogue",
        fr:
            "Aucun assortiment n'est encore venu du siège : aucun scan ne montre de produit. Demandez-le : edgectl hq resync catalogue"
    )
    static let findingNetworkLacking = Refusal.Code(
        "finding.networkLacking", retry: .later,
        en:
            "Nothing has come from headquarters about the other shops' stock yet, so cards tell of this shop alone. Ask for it: edgectl hq resync network",
        fr:
            "Rien n'est encore venu du siège sur le stock des autres magasins : les fiches ne parlent que d'ici. Demandez-le : edgectl hq resync network"
    )
    static let findingCopiedLedger = Refusal.Code(
        "finding.copiedLedger", retry: .later,
        en:
            "This ledger came from elsewhere ({reason}), began a new life and has no rights yet: nothing can be promised. Headquarters grants them once it hears this box and no other: stop the former box if it still runs, then edgectl hq ping",
        fr:
            "Ce registre vient d'ailleurs ({reason}), a commencé une nouvelle vie et n'a pas encore de droits : rien ne peut être promis. Le siège les accorde dès qu'il entend ce boîtier et lui seul : arrêtez l'ancien s'il tourne encore, puis edgectl hq ping"
    )
    static let findingTwoBoxes = Refusal.Code(
        "finding.twoBoxes", retry: .later,
        en:
            "A second box acts as this shop: {sign}. Headquarters grants rights to neither for long. Find it (same shop.id, a copied disk, a test box) and stop it.",
        fr:
            "Un second boîtier agit comme ce magasin : {sign}. Le siège n'accorde durablement de droits à aucun. Trouvez-le (même shop.id, disque copié, boîtier de test) et arrêtez-le."
    )

    /// All that may be said and found about headquarters' link.
    public static let linkCodes: [Refusal.Code] = [
        headquartersNotConnected, headquartersNoEcho, headquartersNotReady, findingForeignFeed, findingFeedUnrelated,
        findingFeedNewer,
        findingCatalogueLacking, findingNetworkLacking, findingCopiedLedger, findingTwoBoxes,
    ]
}
