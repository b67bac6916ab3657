// What can be wrong with bytes that should be JSON, each with a code of its own.

import ShopModel

extension Refusal.Code {
    /// Not JSON: facts `line`, `column`, `expected` (symbols of the grammar, `EOF` for the end), `seen`.
    public static let jsonSyntax = Refusal.Code(
        "json.syntax", retry: .newId,
        en: "Not valid JSON at line {line}, column {column}: expected {expected}, seen {seen}.",
        fr: "JSON non valide, ligne {line}, colonne {column} : attendu {expected}, lu {seen}.")

    /// Longer than allowed: facts `bytes`, `limit`.
    public static let jsonTooLarge = Refusal.Code(
        "json.tooLarge", retry: .newId,
        en: "The JSON text has {bytes} bytes; {limit} are allowed. Send a long list in parts.",
        fr: "Le texte JSON fait {bytes} octets ; {limit} sont admis. Envoyez une longue liste en plusieurs fois.")

    /// Arrays and objects too deep in each other: facts `line`, `column`, `limit`.
    public static let jsonTooDeep = Refusal.Code(
        "json.tooDeep", retry: .newId,
        en: "The JSON text is nested deeper than {limit} levels at line {line}, column {column}.",
        fr: "Le texte JSON est imbriqué sur plus de {limit} niveaux, ligne {line}, colonne {column}.")

    /// An array or an object with too many elements: facts `line`, `column`, `limit`.
    public static let jsonTooManyElements = Refusal.Code(
        "json.tooManyElements", retry: .newId,
        en: "More than {limit} elements in one array or object, at line {line}, column {column}.",
        fr: "Plus de {limit} éléments dans un tableau ou un objet, ligne {line}, colonne {column}.")

    /// The same name twice in one object: facts `line`, `column`, `name`.
    public static let jsonDuplicateKey = Refusal.Code(
        "json.duplicateKey", retry: .newId,
        en: "The name \"{name}\" stands twice in one object, again at line {line}, column {column}.",
        fr: "Le nom « {name} » figure deux fois dans un objet, de nouveau ligne {line}, colonne {column}.")

    /// Bytes of a string or comment that are not UTF-8: facts `line`, `column`.
    public static let jsonInvalidUTF8 = Refusal.Code(
        "json.invalidUTF8", retry: .newId,
        en: "Not valid UTF-8 at line {line}, column {column}: send the text as UTF-8.",
        fr: "UTF-8 non valide, ligne {line}, colonne {column} : envoyer le texte en UTF-8.")

    /// Half of a surrogate pair: facts `line`, `column`, `seen` (the escape).
    public static let jsonLoneSurrogate = Refusal.Code(
        "json.loneSurrogate", retry: .newId,
        en: "The escape {seen} at line {line}, column {column} is half of a character: its other half is missing.",
        fr: "L'échappement {seen}, ligne {line}, colonne {column}, est une moitié de caractère : l'autre manque.")

    /// A control character written as such in a string: facts `line`, `column`, `seen`.
    public static let jsonControlCharacter = Refusal.Code(
        "json.controlCharacter", retry: .newId,
        en: "The control character {seen} at line {line}, column {column} must be written as an escape.",
        fr: "Le caractère de commande {seen}, ligne {line}, colonne {column}, doit être écrit par un échappement.")

    /// A byte order mark before the text (RFC 8259, 8.1).
    public static let jsonByteOrderMark = Refusal.Code(
        "json.byteOrderMark", retry: .newId,
        en: "The text begins with a byte order mark: save or send it as UTF-8 without one.",
        fr: "Le texte commence par une marque d'ordre des octets : l'enregistrer ou l'envoyer en UTF-8 sans elle.")

    /// Every code that `JSONReader` can refuse with.
    public static let jsonCodes: [Refusal.Code] = [
        .jsonSyntax, .jsonTooLarge, .jsonTooDeep, .jsonTooManyElements, .jsonDuplicateKey, .jsonInvalidUTF8,
        .jsonLoneSurrogate, .jsonControlCharacter, .jsonByteOrderMark,
    ]
}
