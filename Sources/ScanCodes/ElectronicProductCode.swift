// Electronic Product Codes of tags: SGTIN-96 in hexadecimal, and URNs.

import ShopModel

/// Reads the codes that mirrors and tag readers send (GS1 EPC Tag Data Standard, 1.13).
enum ElectronicProductCode {
    /// How 44 bits are shared between company prefix and item reference, by partition value (14.2, table 14-2).
    private static let partitions: [(companyBits: Int, companyDigits: Int)] = [
        (40, 12), (37, 11), (34, 10), (30, 9), (27, 8), (24, 7), (20, 6),
    ]

    /// Whether the bytes are 24 hexadecimal digits that begin with the header of an EPC of 96 bits.
    static func isTag(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count == 24, let first = bytes.first, first == UInt8(ascii: "3") else { return false }
        return bytes.allSatisfy { $0.hexadecimal != nil }
    }

    /// The product and serial number of a tag of 96 bits.
    ///
    /// - Throws: `scan.tagKind` for a header other than SGTIN-96's, `scan.tagMalformed` for contents that the
    ///   standard does not allow.
    static func readTag(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> ItemCode {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (place, byte) in bytes.enumerated() {
            guard let digit = byte.hexadecimal else { throw malformed(bytes) }
            // 32 bits above, 64 below.
            if place < 8 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
        }
        guard high >> 24 == 0x30 else {
            throw Refusal(.scanTagKind, [.text("found", text(bytes.prefix(2)))])
        }
        let partition = Int(high >> 18 & 7)
        guard partition < partitions.count else { throw malformed(bytes) }
        let (companyBits, companyDigits) = partitions[partition]
        // 18 bits of `high` and 26 of `low` are company prefix and item reference together.
        let both = (high & 0x3FFFF) << 26 | low >> 38
        let company = both >> UInt64(44 - companyBits)
        let item = both & (1 << UInt64(44 - companyBits) - 1)
        let (companyText, itemText) = (padded(company, companyDigits), padded(item, 13 - companyDigits))
        guard companyText.utf8.count == companyDigits, itemText.utf8.count == 13 - companyDigits,
            var code = self.item(company: Array(companyText.utf8), item: Array(itemText.utf8), source: .sgtin96)
        else { throw malformed(bytes) }
        code.serial = String(low & 0x3F_FFFF_FFFF)
        return code
    }

    /// Whether the bytes begin as an EPC URN, in any case.
    static func isURN(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count > 8 && bytes.prefix(8).map(\.uppercase).elementsEqual("URN:EPC:".utf8)
    }

    /// The product of an EPC URN: `urn:epc:id:sgtin:`, `urn:epc:idpat:sgtin:` with `*` for any serial number,
    /// `urn:epc:tag:sgtin-96:`, `urn:epc:tag:sgtin-198:` or `urn:epc:class:lgtin:`.
    ///
    /// - Throws: `scan.tagKind` for another scheme, `scan.tagMalformed` when the parts do not fit.
    static func readURN(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> ItemCode {
        let parts = bytes.split(separator: UInt8(ascii: ":"), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5 else { throw Refusal(.scanTagKind, [.text("found", text(bytes))]) }
        let scheme = "\(text(parts[2])):\(text(parts[3]))"
        let isTag = parts[2].elementsEqual("tag".utf8)
        guard
            ["id:sgtin", "idpat:sgtin", "tag:sgtin-96", "tag:sgtin-198", "class:lgtin"].contains(scheme)
        else { throw Refusal(.scanTagKind, [.text("found", scheme)]) }
        var fields = parts[4].split(separator: UInt8(ascii: "."), maxSplits: isTag ? 3 : 2)[...]
        if isTag {
            guard let filter = fields.popFirst(), filter.count == 1, let digit = filter.first,
                (0x30...0x37).contains(digit)
            else { throw malformed(bytes) }
        }
        guard fields.count == 3, let last = fields.last, let companyField = fields.first,
            (6...12).contains(companyField.count),
            var code = item(
                company: Array(companyField), item: Array(fields[fields.startIndex + 1]), source: .epcURN),
            let value = percentDecoded(last), !value.isEmpty, value.count <= 20,
            value.allSatisfy({ ApplicationIdentifier.Characters.set82.contains($0) })
        else { throw malformed(bytes) }
        switch scheme {
        case "class:lgtin": code.lot = text(value)
        case "idpat:sgtin" where last.elementsEqual("*".utf8): break
        case "tag:sgtin-96":
            // 38 bits, which is why a serial number with a leading zero can not be on such a tag.
            guard let number = UInt64(text(value)), number < 1 << 38, String(number) == text(value) else {
                throw malformed(bytes)
            }
            code.serial = text(value)
        default: code.serial = text(value)
        }
        return code
    }

    /// The GTIN of a company prefix and an item reference: indicator, company, the rest, check digit (TDS 7.3).
    private static func item(company: [UInt8], item: [UInt8], source: ItemCode.Source) -> ItemCode? {
        guard company.count + item.count == 13, let indicator = item.first else { return nil }
        var number: UInt64 = 0
        for byte in [indicator] + company + item.dropFirst() {
            guard byte.isDigit else { return nil }
            number = number * 10 + UInt64(byte - 0x30)
        }
        number *= 10
        guard let gtin = GTIN(number: number + RetailNumber.expectedCheckDigit(of: number)) else { return nil }
        return ItemCode(gtin: gtin, source: source)
    }

    private static func malformed(_ bytes: ArraySlice<UInt8>) -> Refusal {
        Refusal(.scanTagMalformed, [.text("found", text(bytes))])
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension Refusal.Code {
    /// A tag of another kind than the shop understands.
    public static let scanTagKind = Refusal.Code(
        "scan.tagKind", retry: .never,
        en: "A tag of kind “{found}”; expected SGTIN-96 (24 hexadecimal digits that begin with 30) or "
            + "urn:epc:id:sgtin:company.item.serial.",
        fr: "Une étiquette radio de type « {found} » ; attendu SGTIN-96 (24 chiffres hexadécimaux commençant par 30) "
            + "ou urn:epc:id:sgtin:entreprise.article.série.")
    /// A tag whose contents the standard does not allow.
    public static let scanTagMalformed = Refusal.Code(
        "scan.tagMalformed", retry: .newId,
        en: "“{found}” is no valid SGTIN; expected a company prefix of 6 to 12 digits that makes 13 with the item "
            + "reference, then a serial number (below 274877906944 for SGTIN-96). Read the tag again.",
        fr: "« {found} » n'est pas un SGTIN valide ; attendu un préfixe d'entreprise de 6 à 12 chiffres qui en fait 13 "
            + "avec la référence d'article, puis un numéro de série (inférieur à 274877906944 pour SGTIN-96). "
            + "Relisez l'étiquette radio.")
}
