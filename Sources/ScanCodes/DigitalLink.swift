// GS1 Digital Link: a web address that names a product.

import ShopModel

/// Reads uncompressed GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax, 1.2).
enum DigitalLink {
    /// Whether a text begins with a scheme: letters and `://`, whatever the letters.
    static func hasScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
        let letters = bytes.prefix(16).prefix { $0.isLetter }
        return !letters.isEmpty && bytes[letters.endIndex...].starts(with: "://".utf8)
    }

    /// Whether a text looks like a web address that lost its scheme: `id.gs1.org/01/…`.
    static func lacksScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
        let host = bytes.prefix(64).prefix { $0.isLetter || $0.isDigit || ".-:".utf8.contains($0) }
        return host.endIndex < bytes.endIndex && bytes[host.endIndex] == UInt8(ascii: "/")
            && (host.contains(UInt8(ascii: ".")) || host.contains(UInt8(ascii: ":")))
    }

    /// The elements of a link: primary key, qualifiers in order, then the query's attributes.
    ///
    /// Any host and any stem before the primary key will do; the host may have a port, a fragment is dropped, one
    /// slash may end the path. A GTIN may have 8, 12, 13 or 14 digits. The short names that older links use for
    /// identifiers (`gtin`, `lot`, `ser`, …) are understood. Query parameters that are no identifiers are ignored.
    ///
    /// - Throws: `scan.linkScheme`, `scan.linkMalformed`, `scan.linkWithoutKey`, `scan.linkOrder`,
    ///   `scan.identifierUnknown`, `scan.fieldLength`, and what `verify` refuses.
    static func read(_ bytes: [UInt8], from start: Int, to end: Int) throws(Refusal) -> [GS1Element] {
        let pathStart = try hostEnd(bytes, from: start, to: end)
        var pathEnd = pathStart
        while pathEnd < end, bytes[pathEnd] != UInt8(ascii: "?"), bytes[pathEnd] != UInt8(ascii: "#") { pathEnd += 1 }
        var elements = try path(bytes, pathStart, pathEnd)
        if pathEnd < end, bytes[pathEnd] == UInt8(ascii: "?") {
            let queryEnd = bytes[pathEnd..<end].firstIndex(of: UInt8(ascii: "#")) ?? end
            for pair in bytes[(pathEnd + 1)..<queryEnd].split(whereSeparator: {
                $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";")
            }) {
                let written = pair.prefix { $0 != UInt8(ascii: "=") }
                guard let identifier = try attribute(try decoded(written), at: pair.startIndex - start + 1) else {
                    continue
                }
                let value = try decoded(pair[written.endIndex...].dropFirst())
                try append(identifier, value, to: &elements)
            }
        }
        return elements
    }

    private static func hostEnd(_ bytes: [UInt8], from start: Int, to end: Int) throws(Refusal) -> Int {
        let rest = bytes[start..<end]
        let scheme = rest.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
        let schemes = ["https", "http", "HTTPS", "HTTP"]
        guard bytes[scheme.endIndex..<end].starts(with: "://".utf8),
            schemes.contains(where: { scheme.elementsEqual($0.utf8) })
        else {
            throw Refusal(.scanLinkScheme, [.text("found", text(rest.prefix(scheme.count + 3)))])
        }
        let hostStart = scheme.endIndex + 3
        var at = hostStart
        while at < end, !"/?#".utf8.contains(bytes[at]) {
            let byte = bytes[at]
            guard byte.isDigit || byte.isLetter || ".-:[]".utf8.contains(byte) else {
                throw malformed("host", text(bytes[hostStart...at]), bytes[start..<end])
            }
            at += 1
        }
        guard at > hostStart else { throw malformed("host", "", bytes[start..<end]) }
        return at
    }

    private static func path(_ bytes: [UInt8], _ start: Int, _ end: Int) throws(Refusal) -> [GS1Element] {
        var segments = bytes[start..<end].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .dropFirst()
        if segments.last?.isEmpty == true { segments.removeLast() }
        // Pairs count from the end, since the stem before the key may have any number of segments.
        var keyIndex = segments.endIndex - 2
        while keyIndex >= segments.startIndex, primaryKey(segments[keyIndex]) == nil { keyIndex -= 2 }
        guard keyIndex >= segments.startIndex, let (key, allowed) = primaryKey(segments[keyIndex]) else {
            // One segment too few or too many shows as a key in a value's place.
            if let lone = segments.lastIndex(where: { primaryKey($0)?.0 == "01" }) {
                let rest = segments[lone...].map { text($0) }.joined(separator: "/")
                throw malformed("path", rest, bytes[start..<end])
            }
            throw Refusal(.scanLinkWithoutKey, [.text("path", text(bytes[start..<end]))])
        }
        var elements: [GS1Element] = []
        try append(key, try decoded(segments[keyIndex + 1]), to: &elements)
        var place = -1
        var index = keyIndex + 2
        while index + 1 < segments.endIndex {
            let name = text(segments[index])
            let identifier = shortNames[name] ?? name
            guard let found = allowed.firstIndex(of: identifier), found > place, identifier != "235" || place < 0 else {
                throw Refusal(
                    .scanLinkOrder,
                    [.text("found", name), .text("key", key), .texts("expected", allowed)])
            }
            // 235 stands alone instead of 22, 10 and 21.
            place = identifier == "235" ? allowed.count : found
            try append(identifier, try decoded(segments[index + 1]), to: &elements)
            index += 2
        }
        return elements
    }

    /// A primary key and the qualifiers that may follow it, in order.
    private static func primaryKey(_ segment: ArraySlice<UInt8>) -> (String, [String])? {
        guard segment.count >= 2, segment.count <= 7 else { return nil }
        let name = text(segment)
        let identifier = shortNames[name] ?? name
        return primaryKeys.first { $0.0 == identifier }
    }

    private static let primaryKeys: [(String, [String])] = [
        ("01", ["22", "10", "21", "235"]), ("8006", ["22", "10", "21"]), ("00", []), ("253", []), ("255", []),
        ("401", []), ("402", []), ("414", ["254", "7040"]), ("415", ["8020"]), ("417", ["7040"]), ("8003", []),
        ("8004", ["7040"]), ("8010", ["8011"]), ("8013", []), ("8017", ["8019"]), ("8018", ["8019"]),
    ]

    /// The names that links of version 1.1 may use for identifiers; looked up, never walked through.
    private static let shortNames: [String: String] = [
        "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "payTo": "415", "gsrnp": "8017", "gsrn": "8018",
        "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004",
        "gmn": "8013", "cpv": "22", "lot": "10", "ser": "21", "glnx": "254", "refno": "8020", "srin": "8019",
        "cpsn": "8011", "exp": "17",
    ]

    private static func attribute(_ name: [UInt8], at position: Int) throws(Refusal) -> String? {
        let text = text(name)
        if let identifier = shortNames[text] { return identifier }
        guard !name.isEmpty, name.allSatisfy(\.isDigit) else { return nil }
        // Names of digits only belong to GS1, so an unknown one is a mistake and no stranger's parameter.
        guard ApplicationIdentifier.find(text) != nil else {
            throw Refusal(.scanIdentifierUnknown, [.text("found", text), .integer("position", position)])
        }
        return text
    }

    private static func append(
        _ identifier: String, _ value: [UInt8], to elements: inout [GS1Element]
    ) throws(Refusal) {
        guard let (row, _) = ApplicationIdentifier.find(identifier) else { return }
        var value = value
        if identifier == "01", [8, 12, 13].contains(value.count) {
            value.insert(contentsOf: repeatElement(UInt8(ascii: "0"), count: 14 - value.count), at: 0)
        }
        guard (row.minimum...row.maximum).contains(value.count) else {
            throw ElementString.wrongLength(value[...], row, identifier)
        }
        try row.verify(value[...], identifier: identifier)
        try ElementString.append(GS1Element(identifier: identifier, value: text(value)), to: &elements)
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> [UInt8] {
        guard let decoded = percentDecoded(bytes) else { throw malformed("percent", text(bytes), bytes) }
        return decoded
    }

    private static func malformed(_ part: String, _ found: String, _ link: ArraySlice<UInt8>) -> Refusal {
        Refusal(.scanLinkMalformed, [.text("part", part), .text("found", found), .text("link", text(link))])
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// Bytes with `%` and two hexadecimal digits replaced (RFC 3986, 2.1); `nil` when the digits are missing.
func percentDecoded(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    guard bytes.contains(UInt8(ascii: "%")) else { return Array(bytes) }
    var result: [UInt8] = []
    var at = bytes.startIndex
    while at < bytes.endIndex {
        if bytes[at] == UInt8(ascii: "%") {
            guard at + 2 < bytes.endIndex, let high = bytes[at + 1].hexadecimal, let low = bytes[at + 2].hexadecimal
            else { return nil }
            result.append(high << 4 | low)
            at += 3
        } else {
            result.append(bytes[at])
            at += 1
        }
    }
    return result
}

extension UInt8 {
    /// The value of a hexadecimal digit in ASCII.
    var hexadecimal: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

extension Refusal.Code {
    /// A link that does not begin as one of ours must.
    public static let scanLinkScheme = Refusal.Code(
        "scan.linkScheme", retry: .newId,
        en: "The link begins with “{found}”; expected https:// or http://, all small or all capital letters. When the "
            + "label is right, set the scanner to change no case and to cut nothing off.",
        fr: "Le lien commence par « {found} » ; attendu https:// ou http://, tout en minuscules ou tout en majuscules. "
            + "Si l'étiquette est juste, réglez le scanner pour ne changer aucune casse et ne rien couper.")
    /// A link whose parts do not fit together.
    public static let scanLinkMalformed = Refusal.Code(
        "scan.linkMalformed", retry: .newId,
        en: "The link is malformed at “{found}”; expected https://host/01/GTIN, then pairs such as "
            + "/10/lot/21/serial and ?17=YYMMDD, with % and two hexadecimal digits for other characters.",
        fr: "Le lien est mal formé à « {found} » ; attendu https://hôte/01/GTIN, puis des paires comme "
            + "/10/lot/21/série et ?17=AAMMJJ, et % suivi de deux chiffres hexadécimaux pour les autres caractères.")
    /// A web address that names nothing.
    public static let scanLinkWithoutKey = Refusal.Code(
        "scan.linkWithoutKey", retry: .never,
        en: "The link “{path}” names no product; expected a GS1 Digital Link such as https://host/01/GTIN.",
        fr: "Le lien « {path} » ne désigne aucun article ; attendu un GS1 Digital Link comme https://hôte/01/GTIN.")
    /// Qualifiers that may not follow, or not in this order.
    public static let scanLinkOrder = Refusal.Code(
        "scan.linkOrder", retry: .never,
        en: "/{found}/ may not stand there in the link; behind /{key}/ expected, in this order: {expected}.",
        fr: "/{found}/ n'a pas sa place là dans le lien ; après /{key}/ attendu, dans cet ordre : {expected}.")
}
