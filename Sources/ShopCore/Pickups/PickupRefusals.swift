// Why a pickup was not changed, in words.

import ShopModel

extension Refusal.Code {
    /// No pickup of that order.
    public static let pickupUnknown = Refusal.Code(
        "pickup.unknown", retry: .later,
        en: "No order {order} is known in this shop. It may not have arrived yet, or belong to another shop.",
        fr:
            "Aucune commande {order} n'est connue dans ce magasin. Elle n'est peut-être pas encore arrivée, ou est pour un autre magasin."
    )
    /// The step does not fit the state.
    public static let pickupState = Refusal.Code(
        "pickup.state", retry: .later,
        en:
            "Order {order} is {state}; this step needs it to be {expected}. Do the step in between first, or look at the order again.",
        fr:
            "La commande {order} est {state} ; cette étape demande qu'elle soit {expected}. Faites d'abord l'étape qui manque, ou rouvrez la commande."
    )
    /// Someone else prepares it.
    public static let pickupClaimed = Refusal.Code(
        "pickup.claimed", retry: .newId,
        en: "Order {order} is being prepared by {name}. To take it over, claim it again with takeover true.",
        fr:
            "La commande {order} est préparée par {name}. Pour la reprendre, redemandez-la comme reprise (takeover true)."
    )
    /// The clerk saw an older revision.
    public static let pickupRevision = Refusal.Code(
        "pickup.revision", retry: .newId,
        en: "Order {order} changed meanwhile: revision {seen} was seen, it is {revision}. Look again.",
        fr: "La commande {order} a changé entre-temps : révision {seen} vue, elle est à {revision}. Regardez à nouveau."
    )
    /// Not an item of this order.
    public static let pickupWrongItem = Refusal.Code(
        "pickup.wrongItem", retry: .newId,
        en: "{sku} is not to be picked for order {order}. Still expected: {expected}.",
        fr: "{sku} n'est pas à préparer pour la commande {order}. Encore attendu : {expected}.")
    /// More units than the order has.
    public static let pickupUnits = Refusal.Code(
        "pickup.units", retry: .newId,
        en: "Order {order} has {open} of {sku} for this step, not {asked}.",
        fr: "La commande {order} compte {open} de {sku} pour cette étape, pas {asked}.")
    /// The goods already left.
    public static let pickupHandedOver = Refusal.Code(
        "pickup.handedOver", retry: .never,
        en: "Order {order} was handed over at {at}. Nothing leaves twice.",
        fr: "La commande {order} a été remise à {at}. Rien ne sort deux fois.")
    /// The code shown is not the order's.
    public static let pickupCodeWrong = Refusal.Code(
        "pickup.codeWrong", retry: .newId,
        en: "The code shown is not that of order {order}.",
        fr: "Le code présenté n'est pas celui de la commande {order}.")
    /// Not two matching facts.
    public static let pickupFacts = Refusal.Code(
        "pickup.factsNotMatching", retry: .newId,
        en: "Without the code, two facts that order {order} knows must match; {matching} can.",
        fr: "Sans le code, deux éléments connus de la commande {order} doivent correspondre ; {matching} le peuvent.")
    /// The facts cannot be compared here.
    public static let pickupContactUnreadable = Refusal.Code(
        "pickup.contactUnreadable", retry: .newId,
        en:
            "Who collects order {order} cannot be read here: its key is not on this box, as after a restore on another one. Ask for the customer's code, or have headquarters send the order again.",
        fr:
            "Qui retire la commande {order} n'est pas lisible ici : sa clé n'est pas sur ce boîtier, comme après une restauration sur un autre. Demandez le code du client, ou faites renvoyer la commande par le siège."
    )
    /// A hand-over can be taken back the same day only.
    public static let pickupCorrectionLate = Refusal.Code(
        "pickup.correctionLate", retry: .never,
        en: "Order {order} was handed over at {at}; on another day it is taken back as a return.",
        fr: "La commande {order} a été remise à {at} ; un autre jour, il faut la reprendre en retour.")
    /// Headquarters did not ask to cancel.
    public static let pickupNoCancelRequest = Refusal.Code(
        "pickup.noCancelRequest", retry: .never,
        en: "Headquarters did not ask to cancel order {order}.",
        fr: "Le siège n'a pas demandé d'annuler la commande {order}.")

    /// All refusals of pickups.
    public static let pickupCodes: [Refusal.Code] = [
        pickupUnknown, pickupState, pickupClaimed, pickupRevision, pickupWrongItem, pickupUnits, pickupHandedOver,
        pickupCodeWrong, pickupFacts, pickupContactUnreadable, pickupCorrectionLate, pickupNoCancelRequest,
    ]
}
