// From the bytes of a scanner to a value, or to a refusal that says what was expected.

import ShopModel

/// The reading of scanned codes.
public enum ScanCode {
    /// The longest text that is looked at, in bytes. The largest QR Code holds 4,296 characters, a label far fewer.
    public static let bytesMax = 4_096

    /// Reads what a scanner sent.
    ///
    /// What scanners add (STX, ETX, CR, LF, TAB and blanks at either end) is taken off, GS is kept. An AIM identifier
    /// at the start decides what the data is; without one its form does. A text that a wrong keyboard setting made is
    /// refused with what was meant.
    ///
    /// ```swift
    /// let reading = try ScanCode.read(Array("]C1010952123454321310ABC\u{1D}17261231".utf8))
    /// ```
    ///
    /// - Parameters:
    ///   - bytes: as they came.
    ///   - rules: the present year and the shop's own numbers.
    /// - Throws: a `Refusal` of `Refusal.Code.scanCodes`; nothing is ever guessed.
    public static func read(_ bytes: [UInt8], rules: ScanRules = ScanRules()) throws(Refusal) -> ScanReading {
        guard bytes.count <= bytesMax else {
            throw Refusal(.scanTooLong, [.integer("length", bytes.count), .integer("limit", bytesMax)])
        }
        var (start, end) = (0, bytes.count)
        while start < end, isAddedByScanners(bytes[start]) { start += 1 }
        while end > start, isAddedByScanners(bytes[end - 1]) { end -= 1 }
        let symbology = SymbologyIdentifier(bytes, at: start)
        let dataStart = symbology == nil ? start : start + 3
        // A separator behind everything separates nothing.
        while end > dataStart, bytes[end - 1] == .groupSeparator { end -= 1 }
        guard end > dataStart else { throw Refusal(.scanEmpty) }
        do throws(Refusal) {
            return try understand(bytes, from: dataStart, to: end, symbology: symbology, rules: rules)
        } catch {
            let finding = KeyboardLayout.find(in: bytes[start..<end]) { meant in
                let symbology = SymbologyIdentifier(meant, at: 0)
                return
                    (try? understand(
                        meant, from: symbology == nil ? 0 : 3, to: meant.count, symbology: symbology, rules: rules))
                    != nil
            }
            guard let finding else { throw error }
            throw Refusal(
                .scanKeyboardLayout,
                [
                    .text("meant", String(decoding: finding.meant, as: UTF8.self)),
                    .text("scanner", finding.scanner), .text("computer", finding.computer),
                ])
        }
    }

    private static func understand(
        _ bytes: [UInt8], from start: Int, to end: Int, symbology: SymbologyIdentifier?, rules: ScanRules
    ) throws(Refusal) -> ScanReading {
        var warnings: [Refusal] = []
        var isDigits = true
        var hasSeparator = false
        for index in start..<end {
            let byte = bytes[index]
            if byte.isDigit { continue }
            isDigits = false
            if byte == .groupSeparator {
                hasSeparator = true
            } else if byte < 0x20 || byte > 0x7E {
                throw unprintable(bytes, at: index, from: start)
            }
        }
        func reading(_ code: ScannedCode) -> ScanReading {
            ScanReading(
                code, text: String(decoding: bytes[start..<end], as: UTF8.self), warnings: warnings,
                symbology: symbology)
        }
        func message(_ elements: [GS1Element], _ source: ItemCode.Source) throws(Refusal) -> ScanReading {
            reading(try GS1Message.code(from: elements, source: source, referenceYear: rules.referenceYear))
        }
        let isGS1 = symbology?.isGS1 == true
        if isDigits, !isGS1, end - start <= 14 || symbology?.hasAddOn == true {
            return reading(
                try RetailNumber.read(
                    bytes, from: start, to: end, symbology: symbology, rules: rules, warnings: &warnings))
        }
        // A link or a bracketed text in a symbol that began with FNC1 is a label's mistake that hurts nobody.
        if DigitalLink.hasScheme(bytes[start..<end]) {
            return try message(try DigitalLink.read(bytes, from: start, to: end), .digitalLink)
        }
        if bytes[start] == UInt8(ascii: "(") {
            return try message(try BracketedString.read(bytes, from: start, to: end), .gs1Bracketed)
        }
        if isGS1 || hasSeparator || looksLikeElements(bytes, from: start, to: end) {
            let (elements, doubts) = try ElementString.read(bytes, from: start, to: end)
            warnings += doubts
            return try message(elements, .gs1ElementString)
        }
        let data = bytes[start..<end]
        if let own = try OwnCode.read(data) { return reading(.own(own)) }
        if ElectronicProductCode.isTag(data) { return reading(.item(try ElectronicProductCode.readTag(data))) }
        if ElectronicProductCode.isURN(data) { return reading(.item(try ElectronicProductCode.readURN(data))) }
        if DigitalLink.lacksScheme(data) {
            return try message(try DigitalLink.read(bytes, from: start, to: end), .digitalLink)
        }
        if isDigits { throw Refusal(.scanDigitCount, [.integer("count", data.count)]) }
        throw Refusal(.scanUnreadable, [.text("text", String(decoding: data.prefix(64), as: UTF8.self))])
    }

    private static func isAddedByScanners(_ byte: UInt8) -> Bool {
        byte == 0x02 || byte == 0x03 || byte == 0x0D || byte == 0x0A || byte == 0x09 || byte == 0x20
    }

    /// Whether a text without identifier and separator begins as an element string of a product or parcel does:
    /// 01, 02 or 03 and 14 digits, or 00, 8017 or 8018 and 18. Their check digit is judged when they are read.
    private static func looksLikeElements(_ bytes: [UInt8], from start: Int, to end: Int) -> Bool {
        guard let (row, length) = ApplicationIdentifier.find(in: bytes, from: start, to: end) else { return false }
        switch row.first {
        case 0, 100, 200, 300, 8017, 8018: break
        default: return false
        }
        let valueEnd = start + length + row.digits
        return valueEnd <= end && bytes[start..<valueEnd].allSatisfy(\.isDigit)
    }

    private static func unprintable(_ bytes: [UInt8], at index: Int, from start: Int) -> Refusal {
        Refusal(
            .scanCharacter,
            [
                .text(
                    "found", "0x" + (bytes[index] < 16 ? "0" : "") + String(bytes[index], radix: 16, uppercase: true)),
                .integer("position", index - start + 1),
            ])
    }
}

extension Refusal.Code {
    /// Every refusal and warning of a scan, in the order of their names, for the contract's list of problems.
    public static let scanCodes: [Refusal.Code] = [
        .scanCharacter, .scanCheckDigit, .scanDate, .scanDigitCount, .scanEmpty, .scanFieldContent, .scanFieldLength,
        .scanIdentifierTwice, .scanIdentifierUnknown, .scanKeyboardLayout, .scanLinkMalformed, .scanLinkOrder,
        .scanLinkScheme, .scanLinkWithoutKey, .scanNumberZero, .scanOtherKind, .scanOwnCodeCharacter, .scanOwnCodeCheck,
        .scanSeparatorDoubtful, .scanSeparatorLost, .scanSeparatorReplaced, .scanShortNumberDoubtful, .scanTagKind,
        .scanTagMalformed, .scanTooLong, .scanUnreadable,
    ]

    /// Nothing but what scanners add.
    public static let scanEmpty = Refusal.Code(
        "scan.empty", retry: .newId,
        en: "The scan is empty; expected a code. Scan again; when it stays so, reset the scanner's prefix and suffix.",
        fr: "Le scan est vide ; attendu un code. Scannez à nouveau ; si cela persiste, réinitialisez le préfixe et le "
            + "suffixe du scanner.")
    /// A text longer than any label's.
    public static let scanTooLong = Refusal.Code(
        "scan.tooLong", retry: .never,
        en: "The scan has {length} bytes; expected {limit} at most.",
        fr: "Le scan fait {length} octets ; attendu {limit} au plus.")
    /// A character that no code has.
    public static let scanCharacter = Refusal.Code(
        "scan.character", retry: .newId,
        en: "Character {found} at position {position} is in no code; expected printable ASCII. Set the scanner to "
            + "transmit the data unchanged (no code page, no control characters but GS), then scan again.",
        fr: "Le caractère {found} en position {position} n'existe dans aucun code ; attendu de l'ASCII imprimable. "
            + "Réglez le scanner pour transmettre les données inchangées (sans page de codes ni caractères de "
            + "contrôle autres que GS), puis scannez à nouveau.")
    /// A text that a wrong keyboard setting made of a code.
    public static let scanKeyboardLayout = Refusal.Code(
        "scan.keyboardLayout", retry: .newId,
        en: "The scanner types for a {scanner} keyboard, this computer has {computer}: “{meant}” was meant. Set the "
            + "scanner's keyboard layout (keyboard country) to {computer}, or use its serial (USB-COM) mode.",
        fr: "Le scanner tape pour un clavier {scanner}, cet ordinateur a {computer} : « {meant} » était voulu. Réglez "
            + "la langue du clavier (keyboard country) du scanner sur {computer}, ou son mode série (USB-COM).")
    /// A text that is no code we know.
    public static let scanUnreadable = Refusal.Code(
        "scan.unreadable", retry: .never,
        en: "“{text}” is no code this shop understands; expected EAN, UPC or GTIN digits, a GS1 element string, a GS1 "
            + "Digital Link, a tag's SGTIN, or one of our own codes such as R-4F7K92QX-H.",
        fr: "« {text} » n'est pas un code que ce magasin comprend ; attendu des chiffres EAN, UPC ou GTIN, une chaîne "
            + "GS1, un GS1 Digital Link, le SGTIN d'une étiquette radio ou l'un de nos codes comme R-4F7K92QX-H.")
}
