// Why a device's profile cannot work, or a message cannot be understood by it, in words.

import ShopModel

extension Refusal.Code {
    /// A message lacks a field that the profile points to: facts `name`, `pointer`.
    public static let profileFieldMissing = Refusal.Code(
        "profile.fieldMissing", retry: .newId,
        en: "The device's message has nothing for {name} at {pointer}. Correct the profile, or the device's settings.",
        fr:
            "Le message de l'appareil n'a rien pour {name} à {pointer}. Corrigez le profil, ou les réglages de l'appareil."
    )
    /// The topic of a profile belongs to the contract or to the broker: fact `topic`.
    public static let profileTopicTaken = Refusal.Code(
        "profile.topicTaken", retry: .never,
        en: "A profile cannot use the topic {topic}: shop/… and $… have their own meaning, and no level may be empty.",
        fr: "Un profil ne peut utiliser le topic {topic} : shop/… et $… ont leur sens, et aucun niveau n'est vide.")
    /// Two devices name the same topic: facts `topic`, `device`.
    public static let profileTopicTwice = Refusal.Code(
        "profile.topicTwice", retry: .never,
        en: "The topic {topic} is the device {device}'s already. Each device needs its own.",
        fr: "Le topic {topic} est déjà celui de l'appareil {device}. Il en faut un par appareil.")
    /// The verb is none for a profile: fact `verb`.
    public static let profileVerb = Refusal.Code(
        "profile.verb", retry: .never,
        en: "A profile cannot stand for {verb}: a device that cannot be changed has no secrets to give.",
        fr: "Un profil ne peut représenter {verb} : un appareil non modifiable n'a pas de secret à donner.")
    /// A bare text cannot be that verb: fact `verb`.
    public static let profileTextField = Refusal.Code(
        "profile.textField", retry: .never,
        en: "A bare text cannot be {verb}. Use the encoding json with pointers; text takes no pointers.",
        fr: "Un texte nu ne peut être {verb}. Utilisez l'encodage json avec des pointeurs ; text n'en prend pas.")
    /// Two fields of a profile stand in each other's way, or an index leaves a gap: fact `name`.
    public static let profileBadField = Refusal.Code(
        "profile.badField", retry: .never,
        en: "The field {name} cannot be filled: it is named twice, lies in another, or its index leaves a gap.",
        fr: "Le champ {name} ne peut être rempli : nommé deux fois, dans un autre, ou son indice laisse un trou.")
    /// A command whose messages nothing tells apart: fact `verb`.
    public static let profileNoIdentity = Refusal.Code(
        "profile.noIdentity", retry: .never,
        en:
            "Nothing in such a message tells one {verb} from the same sent twice. Point id to a UUID or ULID of the device's, or, for a sale, lines/0/till, lines/0/ticket and lines/0/line to its receipt.",
        fr:
            "Rien dans un tel message ne distingue un {verb} du même envoyé deux fois. Pointez id vers un UUID ou ULID de l'appareil, ou, pour une vente, lines/0/till, lines/0/ticket et lines/0/line vers son ticket."
    )

    /// All refusals of profiles.
    public static let profileCodes: [Refusal.Code] = [
        profileFieldMissing, profileTopicTaken, profileTopicTwice, profileVerb, profileTextField, profileBadField,
        profileNoIdentity,
    ]
}
