// Why a question over the control socket is not answered, in words.

import ShopModel

extension Refusal.Code {
    /// A command that this version does not know: facts `command`, `known`.
    public static let controlUnknownCommand = Refusal.Code(
        "control.unknownCommand", retry: .never,
        en: "The command {command} is unknown to this agent. Known are: {known}.",
        fr: "La commande {command} est inconnue de cet agent. Sont connues : {known}.")
    /// Nothing has that name: fact `id`.
    public static let controlUnknownID = Refusal.Code(
        "control.unknownId", retry: .newId,
        en:
            "Nothing here is known as {id}. It may be a reservation's or pickup's code, an order, a SKU, a GTIN, the id of a command or event, or till/ticket/line.",
        fr:
            "Rien n'est connu ici sous {id}. Ce peut être un code de réservation ou de retrait, une commande, un SKU, un GTIN, l'identifiant d'une commande d'appareil ou d'un événement, ou caisse/ticket/ligne."
    )
    /// No such event waits, nor was kept: fact `id`.
    public static let controlUnknownEvent = Refusal.Code(
        "control.unknownEvent", retry: .newId,
        en: "No event {id} is kept here. Headquarters' receipt is kept 30 days, then the event is forgotten.",
        fr: "Aucun événement {id} n'est gardé ici. Après l'accusé du siège, un événement est gardé 30 jours.")
    /// The disk failed while the answer was read: fact `reason`.
    public static let controlStorageFailed = Refusal.Code(
        "control.storageFailed", retry: .later,
        en: "The ledger could not be read: {reason}",
        fr: "Le registre n'a pas pu être lu : {reason}")

    /// All refusals of the control socket's questions.
    public static let controlCodes: [Refusal.Code] = [
        controlUnknownCommand, controlUnknownID, controlUnknownEvent, controlStorageFailed,
    ]
}
