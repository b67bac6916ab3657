// Why a command was not even looked at, in words (DESIGN law 2 and §6).

import ShopModel

extension Refusal.Code {
    /// The id was used before, by another device or for another command.
    public static let commandIDReused = Refusal.Code(
        "command.idReused", retry: .newId,
        en:
            "The id {id} was used before, by another device or with other contents. A retry has to be the same byte for byte; every new command needs a new id.",
        fr:
            "L'identifiant {id} a déjà servi, pour un autre appareil ou avec un autre contenu. Un renvoi doit être identique octet par octet ; chaque nouvelle commande demande un nouvel identifiant."
    )
    /// The reply of a command is no longer kept, or was too long to be told at all.
    public static let commandReplyForgotten = Refusal.Code(
        "command.replyForgotten", retry: .never,
        en:
            "The command {id} was decided ({outcome}) and is not decided again. Its reply is not kept: it is older than 35 days, or was too long.",
        fr:
            "La commande {id} a été décidée ({outcome}) et ne l'est pas de nouveau. Sa réponse n'est pas conservée : elle a plus de 35 jours, ou était trop longue."
    )
    /// The command killed the agent twice.
    public static let commandQuarantined = Refusal.Code(
        "command.quarantined", retry: .never,
        en: "The command {id} stopped the agent twice and is set aside. Report it to support.",
        fr: "La commande {id} a arrêté l'agent deux fois et est mise de côté. Signalez-la au support.")
    /// The disk is full.
    public static let agentDiskFull = Refusal.Code(
        "agent.diskFull", retry: .sameId,
        en: "The disk of the shop's box is full. Nothing was changed; send the same again later.",
        fr: "Le disque du boîtier du magasin est plein. Rien n'a changé ; renvoyez la même commande plus tard.")
    /// A command was published as retained.
    public static let commandRetained = Refusal.Code(
        "command.retained", retry: .newId,
        en: "Commands and questions must not be retained. Clear the retained message on {topic} and send it without.",
        fr:
            "Les commandes et questions ne doivent pas être retenues. Effacez le message retenu sur {topic} et renvoyez-le sans."
    )
    /// Too many commands in a short time.
    public static let commandRate = Refusal.Code(
        "command.tooMany", retry: .sameId,
        en: "This device sends more than {limit} messages a second. Slow down and send the same again.",
        fr: "Cet appareil envoie plus de {limit} messages par seconde. Ralentissez et renvoyez la même commande.")
    /// Too many reservations in a short time.
    public static let commandReservationRate = Refusal.Code(
        "command.tooManyReservations", retry: .sameId,
        en: "This device places more than {limit} reservations a minute. Slow down and send the same again.",
        fr: "Cet appareil place plus de {limit} réservations par minute. Ralentissez et renvoyez la même commande.")
    /// The device's role does not have that verb; one that is not listed may only scan.
    public static let deviceNotListed = Refusal.Code(
        "device.notAllowed", retry: .never,
        en: "The device {device} may not send {verb}: in this shop it is {role}. A technician can enrol it as another.",
        fr:
            "L'appareil {device} ne peut pas envoyer {verb} : dans ce magasin, c'est {role}. Un technicien peut l'enrôler autrement."
    )

    /// All refusals of commands as such.
    public static let commandCodes: [Refusal.Code] = [
        commandIDReused, commandReplyForgotten, commandQuarantined, agentDiskFull, commandRetained, commandRate,
        commandReservationRate, deviceNotListed,
    ]
}
