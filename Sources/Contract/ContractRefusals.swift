// What can be wrong with a message before anybody looks at what it asks for, each with a code of its own.

import ShopModel

extension Refusal.Code {
    /// A topic that is none of the contract's: facts `topic`, `expected`.
    public static let contractTopic = Refusal.Code(
        "contract.topic", retry: .newId,
        en: "The topic {topic} is not part of the contract; expected: {expected}.",
        fr: "Le topic {topic} ne fait pas partie du contrat ; attendu : {expected}.")

    /// A message without any bytes.
    public static let contractEmpty = Refusal.Code(
        "contract.empty", retry: .newId,
        en: "The message is empty; a JSON object, or for a scan the code itself, is expected.",
        fr: "Le message est vide ; un objet JSON, ou pour un scan le code lui-même, est attendu.")

    /// A message without an id of its own.
    public static let contractIDMissing = Refusal.Code(
        "contract.idMissing", retry: .newId,
        en: "The field id is missing: every message needs a UUID or ULID of its own, the same when it is sent again.",
        fr: "Le champ id manque : chaque message porte son UUID ou ULID, le même quand il est renvoyé.")

    /// An id that is neither UUID nor ULID: fact `seen`.
    public static let contractIDMalformed = Refusal.Code(
        "contract.idMalformed", retry: .newId,
        en: "The id {seen} is neither a UUID (8-4-4-4-12 hexadecimal digits) nor a ULID (26 characters).",
        fr: "L'identifiant {seen} n'est ni un UUID (8-4-4-4-12 chiffres hexadécimaux) ni un ULID (26 caractères).")

    /// A message on the device's only topic that does not say what it wants.
    public static let contractVerbMissing = Refusal.Code(
        "contract.verbMissing", retry: .newId,
        en: "On the topic {topic} the message itself must say what it wants: the field verb is missing.",
        fr: "Sur le topic {topic}, le message doit dire lui-même ce qu'il demande : le champ verb manque.")

    /// Something else than an object on the device's only topic: facts `topic`, `expected` (the topic of bare codes).
    public static let contractBareCode = Refusal.Code(
        "contract.bareCode", retry: .newId,
        en: "On the topic {topic} a JSON object that names its verb is expected. A bare code goes to {expected}.",
        fr: "Sur le topic {topic}, un objet JSON qui nomme son verbe est attendu. Un code seul va à {expected}.")

    /// Topic and message say different verbs: facts `verb` (of the message), `topicVerb`.
    public static let contractVerbMismatch = Refusal.Code(
        "contract.verbMismatch", retry: .newId,
        en: "The topic says {topicVerb}, the message says {verb}. They must agree, or the message leaves verb out.",
        fr: "Le topic dit {topicVerb}, le message dit {verb}. Ils doivent concorder, ou le message omet verb.")

    /// A verb that this version does not know: facts `verb`, `nearest`.
    public static let contractUnknownVerb = Refusal.Code(
        "contract.unknownVerb", retry: .newId,
        en: "The verb {verb} is unknown; the nearest known verb is {nearest}.",
        fr: "Le verbe {verb} est inconnu ; le verbe connu le plus proche est {nearest}.")

    /// A question sent as a command, or the other way round: facts `verb`, `expected` (the branch).
    public static let contractWrongBranch = Refusal.Code(
        "contract.wrongBranch", retry: .newId,
        en: "{verb} is sent to {expected}: questions go to ask, commands to do.",
        fr: "{verb} s'envoie à {expected} : les questions vont à ask, les commandes à do.")

    /// A GTIN whose check digit is wrong: facts `name`, `seen`, `expected`.
    public static let contractGTINCheckDigit = Refusal.Code(
        "contract.gtinCheckDigit", retry: .newId,
        en: "The GTIN {seen} in {name} has a wrong check digit; {expected} is expected. Scan or type it again.",
        fr:
            "Le GTIN {seen} dans {name} a une clé de contrôle fausse ; {expected} est attendu. Rescannez ou ressaisissez."
    )

    /// A feed that this version does not know: facts `name`, `known`.
    public static let contractUnknownFeed = Refusal.Code(
        "contract.unknownFeed", retry: .later,
        en: "The feed {feed} is unknown; known are: {known}.",
        fr: "Le flux {feed} est inconnu ; sont connus : {known}.")

    /// An entry or event of a type that this version does not know: facts `name`, `seen`.
    public static let contractUnknownType = Refusal.Code(
        "contract.unknownType", retry: .later,
        en: "This version does not know what {seen} in {name} means; it is set aside.",
        fr: "Cette version ne connaît pas le sens de {seen} dans {name} ; mis de côté.")

    /// What headquarters sends to one shop names another: facts `name`, `shop` (named), `topic` (the shop it came to).
    public static let contractForeignShop = Refusal.Code(
        "contract.foreignShop", retry: .never,
        en: "This is for shop {shop}, and came on the topic of shop {topic}.",
        fr: "Ceci est destiné au magasin {shop} et arrive sur le topic du magasin {topic}.")

    /// A value of a feed that is longer than its kind may be: facts `bytes`, `limit`.
    public static let contractValueTooLong = Refusal.Code(
        "contract.valueTooLong", retry: .newId,
        en: "The value has {bytes} bytes, and one of this feed may have {limit}. Shorten its texts or its lists.",
        fr: "La valeur fait {bytes} octets, et ce flux en admet {limit}. Raccourcissez ses textes ou ses listes.")

    /// A configuration that names one device twice: facts `name`, `device`.
    public static let contractDuplicateDevice = Refusal.Code(
        "contract.duplicateDevice", retry: .never,
        en: "The device {device} is listed twice in the fleet; see {name}.",
        fr: "L'appareil {device} figure deux fois dans la flotte ; voir {name}.")

    /// A scanner paired with a screen that is not in the fleet: facts `name`, `device`.
    public static let contractUnknownScreen = Refusal.Code(
        "contract.unknownScreen", retry: .never,
        en: "{name} names the device {device}, which the fleet does not list.",
        fr: "{name} nomme l'appareil {device}, qui ne figure pas dans la flotte.")

    /// A certificate without its key, or a key without its certificate: facts `name`, `needed`.
    public static let contractPairIncomplete = Refusal.Code(
        "contract.pairIncomplete", retry: .never,
        en: "{name} needs {needed} beside it.",
        fr: "{name} demande aussi {needed}.")

    /// Every code of the contract, those of JSON and of single fields included.
    public static let contractCodes: [Refusal.Code] =
        jsonCodes + fieldCodes + profileCodes + [
            contractTopic, contractEmpty, contractIDMissing, contractIDMalformed, contractVerbMissing, contractBareCode,
            contractVerbMismatch, contractUnknownVerb, contractWrongBranch, contractGTINCheckDigit,
            contractUnknownFeed, contractUnknownType, contractForeignShop, contractValueTooLong,
            contractDuplicateDevice,
            contractUnknownScreen,
            contractPairIncomplete, contractCodeCheck, contractCodeKind,
        ]
}
