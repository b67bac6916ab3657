// GS1 element strings: identifiers and values joined, FNC1 between them transmitted as GS.

import ShopModel

/// Reads GS1 element strings as scanners transmit them (GS1 General Specifications, 7.8).
enum ElementString {
    /// The elements of `bytes[start..<end]`, and warnings where a separator may have been lost unseen.
    ///
    /// A separator at the start or end, doubled, or behind a value of predefined length is allowed.
    ///
    /// - Throws: `scan.separatorLost` where a value can only be explained by a lost separator,
    ///   `scan.separatorReplaced`, `scan.identifierUnknown`, `scan.fieldLength`, and what `verify` refuses.
    static func read(
        _ bytes: [UInt8], from start: Int, to end: Int
    ) throws(Refusal) -> (elements: [GS1Element], warnings: [Refusal]) {
        var elements: [GS1Element] = []
        var warnings: [Refusal] = []
        var openEnded: String?
        var hasSeparator = false
        var at = start
        while at < end {
            if bytes[at] == .groupSeparator {
                hasSeparator = hasSeparator || at > start
                at += 1
                continue
            }
            guard let (row, length) = ApplicationIdentifier.find(in: bytes, from: at, to: end) else {
                throw unknownIdentifier(bytes, at: at, end: end, after: openEnded)
            }
            let identifier = text(bytes[at..<at + length])
            at += length
            var stop = at
            let limit = row.isPredefined ? min(end, at + row.maximum) : end
            while stop < limit, bytes[stop] != .groupSeparator { stop += 1 }
            let value = bytes[at..<stop]
            if value.count > row.maximum {
                throw replaced(value, row, identifier) ?? lost(value, row, identifier)
            }
            if value.count < row.minimum { throw wrongLength(value, row, identifier) }
            do throws(Refusal) {
                try row.verify(value, identifier: identifier)
            } catch {
                // A letter in a count is what follows the count: another identifier without its separator.
                if let replaced = replaced(value, row, identifier) { throw replaced }
                if error.code == .scanFieldContent, !row.isPredefined, row.rest.characters == .digits,
                    row.rest.maximum > 0
                {
                    throw lost(value, row, identifier)
                }
                throw error
            }
            // "<GS>" is made of characters that a value may have, so no check above has seen it.
            if value.contains(UInt8(ascii: "<")), let replaced = replaced(value, row, identifier) { throw replaced }
            try append(GS1Element(identifier: identifier, value: text(value)), to: &elements)
            if !row.isPredefined { openEnded = identifier }
            at = stop
        }
        for element in elements {
            guard let found = HiddenField.find(in: element, among: elements, separatorsSeen: hasSeparator) else {
                continue
            }
            warnings.append(
                Refusal(
                    .scanSeparatorDoubtful,
                    [
                        .text("identifier", element.identifier), .text("value", element.value),
                        .text("hidden", found),
                    ]))
        }
        return (elements, warnings)
    }

    /// Adds an element; the same twice is one, another value for the same identifier is refused.
    static func append(_ element: GS1Element, to elements: inout [GS1Element]) throws(Refusal) {
        if let known = elements.first(where: { $0.identifier == element.identifier }) {
            guard known.value == element.value else {
                throw Refusal(
                    .scanIdentifierTwice,
                    [
                        .text("identifier", element.identifier), .text("first", known.value),
                        .text("second", element.value),
                    ])
            }
            return
        }
        elements.append(element)
    }

    /// The refusal of a value whose length its identifier does not allow, where no separator can be to blame.
    static func wrongLength(
        _ value: ArraySlice<UInt8>, _ row: ApplicationIdentifier, _ identifier: String
    ) -> Refusal {
        Refusal(
            .scanFieldLength,
            [
                .text("identifier", identifier), .text("title", row.title), .integer("length", value.count),
                .text("expected", row.expectation), .text("value", text(value)),
            ])
    }

    private static func lost(
        _ value: ArraySlice<UInt8>, _ row: ApplicationIdentifier, _ identifier: String
    ) -> Refusal {
        Refusal(
            .scanSeparatorLost,
            [
                .text("identifier", identifier), .text("title", row.title), .text("value", text(value)),
                .text("expected", row.expectation),
            ])
    }

    /// A refusal when something else stands where a separator should be, with an identifier behind it.
    private static func replaced(
        _ value: ArraySlice<UInt8>, _ row: ApplicationIdentifier, _ identifier: String
    ) -> Refusal? {
        let bytes = Array(value)
        for index in bytes.indices.dropFirst(row.minimum) {
            var length = 0
            if bytes[index...].starts(with: "<GS>".utf8) || bytes[index...].starts(with: "{GS}".utf8) {
                length = 4
            } else if !ApplicationIdentifier.Characters.set82.contains(bytes[index]) {
                length = 1
            }
            guard length > 0,
                ApplicationIdentifier.find(in: bytes, from: index + length, to: bytes.count) != nil
            else { continue }
            return Refusal(
                .scanSeparatorReplaced,
                [
                    .text("found", text(bytes[index..<index + length])), .text("identifier", identifier),
                    .text("value", text(value)),
                ])
        }
        return nil
    }

    private static func unknownIdentifier(_ bytes: [UInt8], at: Int, end: Int, after openEnded: String?) -> Refusal {
        let found = text(bytes[at..<min(end, at + 4)])
        if let openEnded {
            return Refusal(
                .scanSeparatorLost,
                [
                    .text("identifier", openEnded), .text("value", found), .text("expected", "GS"),
                ])
        }
        return Refusal(.scanIdentifierUnknown, [.text("found", found), .integer("position", at + 1)])
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension Refusal.Code {
    /// A value that can only be explained by a separator that the scanner did not send.
    public static let scanSeparatorLost = Refusal.Code(
        "scan.separatorLost", retry: .newId,
        en: "The separator behind field ({identifier}) was lost: “{value}” was read where {expected} was expected. "
            + "Set the scanner to transmit FNC1 as GS (ASCII 29) and the AIM identifier, then scan again.",
        fr: "Le séparateur après le champ ({identifier}) a été perdu : « {value} » lu, {expected} attendu. Réglez le "
            + "scanner pour transmettre FNC1 comme GS (ASCII 29) et l'identifiant AIM, puis scannez à nouveau.")
    /// Another character where the separator should be.
    public static let scanSeparatorReplaced = Refusal.Code(
        "scan.separatorReplaced", retry: .newId,
        en: "The scanner sends “{found}” instead of the separator behind field ({identifier}). Set its FNC1 or GS "
            + "substitution to off, so that GS (ASCII 29) is transmitted, then scan again.",
        fr: "Le scanner envoie « {found} » au lieu du séparateur après le champ ({identifier}). Désactivez son "
            + "remplacement de FNC1 ou GS, pour que GS (ASCII 29) soit transmis, puis scannez à nouveau.")
    /// A value that may hide another field.
    public static let scanSeparatorDoubtful = Refusal.Code(
        "scan.separatorDoubtful", retry: .newId,
        en: "Field ({identifier}) reads “{value}” and may hide another field, {hidden}. Compare with the label; when "
            + "it is so, set the scanner to transmit FNC1 as GS (ASCII 29).",
        fr: "Le champ ({identifier}) contient « {value} » et cache peut-être un autre champ, {hidden}. Comparez avec "
            + "l'étiquette ; si c'est le cas, réglez le scanner pour transmettre FNC1 comme GS (ASCII 29).")
    /// Digits that begin no application identifier.
    public static let scanIdentifierUnknown = Refusal.Code(
        "scan.identifierUnknown", retry: .never,
        en: "“{found}” at position {position} begins no GS1 application identifier; expected one such as 01 (GTIN), "
            + "10 (lot), 17 (expiry) or 21 (serial).",
        fr: "« {found} » en position {position} n'est pas un identifiant GS1 ; attendu par exemple 01 (GTIN), "
            + "10 (lot), 17 (péremption) ou 21 (numéro de série).")
    /// One identifier with two values.
    public static let scanIdentifierTwice = Refusal.Code(
        "scan.identifierTwice", retry: .never,
        en: "Field ({identifier}) appears twice, as “{first}” and as “{second}”; expected once.",
        fr: "Le champ ({identifier}) apparaît deux fois, « {first} » et « {second} » ; attendu une seule fois.")
    /// A value that is too short or too long.
    public static let scanFieldLength = Refusal.Code(
        "scan.fieldLength", retry: .newId,
        en: "Field ({identifier}) {title} has {length} characters, “{value}”; expected {expected} (N digits, X letters "
            + "and digits).",
        fr: "Le champ ({identifier}) {title} a {length} caractères, « {value} » ; attendu {expected} (N chiffres, "
            + "X lettres et chiffres).")
}
