// Why a command of the control socket is not done, in words.

import ShopModel

extension Refusal.Code {
    /// A command that this version does not know: facts `command`, `known`.
    public static let controlUnknownCommand = Refusal.Code(
        "control.unknownCommand", retry: .never,
        en: "The command {command} is unknown to this agent. Known are: {known}.",
        fr: "La commande {command} est inconnue de cet agent. Sont connues : {known}.")
    /// Somebody who may only read asked for a change: facts `user`, `command`.
    public static let controlNotTechnician = Refusal.Code(
        "control.notTechnician", retry: .never,
        en:
            "{user} may look but not change anything: {command} is for technicians. Add them, then let them sign in again: sudo usermod -aG edged-technicians {user}",
        fr:
            "{user} peut consulter mais rien changer : {command} est réservé aux techniciens. À ajouter, puis se reconnecter : sudo usermod -aG edged-technicians {user}"
    )
    /// What was changed could not be journalled: fact `command`.
    public static let controlNotJournalled = Refusal.Code(
        "control.notJournalled", retry: .later,
        en: "{command} was done, but there is no room on the disk to note who did it. Make room, then do it again.",
        fr:
            "{command} a été fait, mais le disque n'a plus de place pour noter par qui. Faites de la place, puis recommencez."
    )
    /// Nothing has that name: fact `id`.
    public static let controlUnknownID = Refusal.Code(
        "control.unknownId", retry: .newId,
        en:
            "Nothing here is known as {id}. It may be a reservation's or pickup's code, an order, a SKU, a product's code, the id of a command or event, till/ticket/line, a device, a customer, or act/number.",
        fr:
            "Rien n'est connu ici sous {id}. Ce peut être un code de réservation ou de retrait, une commande, un SKU, le code d'un article, l'identifiant d'une commande d'appareil ou d'un événement, caisse/ticket/ligne, un appareil, un client, ou act/numéro."
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

    /// Too many requests wait for the ledger already.
    public static let agentBusy = Refusal.Code(
        "agent.busy", retry: .later,
        en: "Too many questions wait for the agent already. Ask again in a moment.",
        fr: "Trop de questions attendent déjà l'agent. Redemandez dans un instant.")
    /// The ledger did not answer: fact `seconds`.
    public static let agentStuck = Refusal.Code(
        "agent.stuck", retry: .later,
        en:
            "The agent's ledger did not answer within {seconds} s; what was asked may still be done. See what it is busy with: journalctl -u edged",
        fr:
            "Le registre de l'agent n'a pas répondu en {seconds} s ; ce qui a été demandé peut encore se faire. Voir ce qui l'occupe : journalctl -u edged"
    )

    /// A changed configuration cannot be used: fact `reason`.
    public static let controlReloadRefused = Refusal.Code(
        "control.reloadRefused", retry: .never,
        en: "The file was refused; what was in force stays in force. {reason}",
        fr: "Le fichier a été refusé ; ce qui était en vigueur le reste. {reason}")
    /// The file was not read in time: fact `seconds`.
    public static let controlReloadLate = Refusal.Code(
        "control.reloadLate", retry: .later,
        en: "The file was not read within {seconds} s; it may still be. What came of it: edgectl config show",
        fr: "Le fichier n'a pas été lu en {seconds} s ; il peut l'être encore. Le résultat : edgectl config show")

    /// All refusals of the control socket's commands.
    public static let controlCodes: [Refusal.Code] = [
        controlUnknownCommand, controlNotTechnician, controlNotJournalled, controlUnknownID, controlUnknownEvent,
        controlStorageFailed, agentBusy, agentStuck, controlReloadRefused, controlReloadLate,
    ]
}
