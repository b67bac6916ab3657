// What can be wrong with the fields of a message or a configuration, each with a code of its own.
//
// Every one carries the fact `name`, the field's place without the first slash (`lines/0/sku`), and the same place as a
// JSON pointer in `field`. A corrected message is a new message: it needs an id of its own.

import ShopModel

extension Refusal.Code {
    /// A field that is needed is absent or `null`: fact `name`.
    public static let contractMissing = Refusal.Code(
        "contract.missing", retry: .newId,
        en: "The field {name} is missing.",
        fr: "Le champ {name} manque.")

    /// A field of another type: facts `name`, `expected`, `seen` (types as JSON Schema names them).
    public static let contractWrongType = Refusal.Code(
        "contract.wrongType", retry: .newId,
        en: "The field {name} must be of type {expected}; seen: {seen}.",
        fr: "Le champ {name} doit être de type {expected} ; lu : {seen}.")

    /// A number beyond its bounds: facts `name`, `seen`, `least`, `most`.
    public static let contractOutOfRange = Refusal.Code(
        "contract.outOfRange", retry: .newId,
        en: "The field {name} is {seen}; {least} to {most} is allowed.",
        fr: "Le champ {name} vaut {seen} ; de {least} à {most} est admis.")

    /// A text (in bytes of UTF-8) or an array (in elements) too short or too long: facts `name`, `seen`, `least`, `most`.
    public static let contractBadLength = Refusal.Code(
        "contract.badLength", retry: .newId,
        en: "The field {name} has a length of {seen}; {least} to {most} is allowed.",
        fr: "Le champ {name} a une longueur de {seen} ; de {least} à {most} est admis.")

    /// A text that is no name of its kind: facts `name`, `kind`, `seen`.
    public static let contractBadIdentifier = Refusal.Code(
        "contract.badIdentifier", retry: .newId,
        en: "The field {name} is no valid {kind}: {seen}",
        fr: "Le champ {name} n'est pas un {kind} valable : {seen}")

    /// A text that is none of those known: facts `name`, `seen`, `known`.
    public static let contractUnknownValue = Refusal.Code(
        "contract.unknownValue", retry: .newId,
        en: "The field {name} is \"{seen}\"; known are: {known}.",
        fr: "Le champ {name} vaut « {seen} » ; sont connus : {known}.")

    /// None or several of fields that exclude each other: facts `name` (of the object), `names`, `seen` (how many).
    public static let contractExactlyOne = Refusal.Code(
        "contract.exactlyOne", retry: .newId,
        en: "Exactly one of these fields is needed: {names}; seen: {seen}.",
        fr: "Il faut exactement un de ces champs : {names} ; lus : {seen}.")

    /// A field named in `must` that this version does not understand: fact `name`.
    public static let contractMustUnknown = Refusal.Code(
        "contract.mustUnknown", retry: .never,
        en: "The sender requires that the field {name} be understood; this version does not know it.",
        fr: "L'expéditeur exige que le champ {name} soit compris ; cette version ne le connaît pas.")

    /// A key that a configuration does not have: facts `name`, `nearest` (the known key most like it).
    public static let contractUnknownKey = Refusal.Code(
        "contract.unknownKey", retry: .never,
        en: "The key {name} is unknown; the nearest known key is {nearest}.",
        fr: "La clé {name} est inconnue ; la clé connue la plus proche est {nearest}.")

    /// Every code that `ObjectReader` and `JSONField` can refuse with.
    public static let fieldCodes: [Refusal.Code] = [
        .contractMissing, .contractWrongType, .contractOutOfRange, .contractBadLength, .contractBadIdentifier,
        .contractUnknownValue, .contractExactlyOne, .contractMustUnknown, .contractUnknownKey,
    ]
}
