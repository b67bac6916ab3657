// The plain numbers of the shelf: EAN-13, EAN-8, UPC-A, UPC-E, GTIN-14.

import ShopModel

/// Reads a code that is digits only.
enum RetailNumber {
    /// What `bytes[start..<end]`, digits all, names.
    ///
    /// - 8, 12, 13 and 14 digits are taken by their length. `]E3` cuts the add-on of two or five digits off.
    /// - 8 digits are EAN-8 when their check digit says so, else UPC-E when that of the expansion does. When both do,
    ///   `]E0` decides for UPC-E (EAN-8 has `]E4`), and without an identifier it is EAN-8, with a warning.
    /// - 6 and 7 digits are UPC-E cut short by the scanner, believed with `]E0` only. 7 digits are taken as six and
    ///   their check digit when that is right, else as number system and six.
    ///
    /// - Throws: `scan.checkDigit`, `scan.digitCount`, `scan.numberZero`.
    static func read(
        _ bytes: [UInt8], from start: Int, to end: Int, symbology: SymbologyIdentifier?, rules: ScanRules,
        warnings: inout [Refusal]
    ) throws(Refusal) -> ScannedCode {
        var count = end - start
        if let symbology, symbology.hasAddOn {
            switch count {
            case 14, 15: count = count == 14 ? 12 : 13
            case 17, 18: count = count == 17 ? 12 : 13
            default: break
            }
        }
        guard (6...14).contains(count) else { throw digitCount(count) }
        var number: UInt64 = 0
        for index in start..<start + count { number = number * 10 + UInt64(bytes[index] - 0x30) }
        switch count {
        case 13, 12:
            return try whole(number, count, count == 13 ? .ean13 : .upcA, rules)
        case 14:
            return try whole(number, count, .gtin14, rules)
        case 8:
            return try eight(number, symbology, rules, &warnings)
        case 7 where symbology?.isRetail == true:
            return try seven(number, rules, &warnings)
        case 6 where symbology?.isRetail == true:
            let body = expansion(system: 0, six: number) * 10
            return try whole(body + expectedCheckDigit(of: body), 12, .upcE, rules)
        default:
            throw digitCount(count)
        }
    }

    private static func eight(
        _ number: UInt64, _ symbology: SymbologyIdentifier?, _ rules: ScanRules, _ warnings: inout [Refusal]
    ) throws(Refusal) -> ScannedCode {
        let isEAN8 = expectedCheckDigit(of: number) == number % 10
        var upcE: UInt64?
        if number < 20_000_000, symbology?.isEAN8 != true {
            let expanded = expansion(system: number / 10_000_000, six: number / 10 % 1_000_000) * 10 + number % 10
            if expectedCheckDigit(of: expanded) == expanded % 10 { upcE = expanded }
        }
        if let upcE, !isEAN8 || symbology?.isRetail == true { return try whole(upcE, 12, .upcE, rules) }
        if let upcE {
            warnings.append(
                Refusal(.scanShortNumberDoubtful, [.text("ean8", padded(number, 8)), .text("upcA", padded(upcE, 12))]))
        }
        return try whole(number, 8, .ean8, rules)
    }

    private static func seven(
        _ number: UInt64, _ rules: ScanRules, _ warnings: inout [Refusal]
    ) throws(Refusal) -> ScannedCode {
        let system = number / 1_000_000
        let withCheck = expansion(system: 0, six: number / 10) * 10 + number % 10
        guard system <= 1 else { return try whole(withCheck, 12, .upcE, rules) }
        let body = expansion(system: system, six: number % 1_000_000) * 10
        let withSystem = body + expectedCheckDigit(of: body)
        guard expectedCheckDigit(of: withCheck) == number % 10 else {
            return try whole(withSystem, 12, .upcE, rules)
        }
        warnings.append(
            Refusal(
                .scanShortNumberDoubtful, [.text("ean8", padded(withSystem, 12)), .text("upcA", padded(withCheck, 12))])
        )
        return try whole(withCheck, 12, .upcE, rules)
    }

    /// The 11 digits before the check digit that six digits of UPC-E stand for
    /// (GS1 General Specifications, 5.2.2.4.2).
    static func expansion(system: UInt64, six: UInt64) -> UInt64 {
        let last = six % 10
        let five = six / 10
        let manufacturerAndItem: UInt64 =
            switch last {
            case 0, 1, 2: (five / 1000 * 10 + last) * 10_000_000 + five % 1000
            case 3: five / 100 * 10_000_000 + five % 100
            case 4: five / 10 * 1_000_000 + five % 10
            default: five * 100_000 + last
            }
        return system * 10_000_000_000 + manufacturerAndItem
    }

    /// The check digit for a number of 8 to 14 digits, whose last place is not looked at.
    static func expectedCheckDigit(of number: UInt64) -> UInt64 {
        var rest = number / 10
        var sum: UInt64 = 0
        while rest > 0 {
            sum += rest % 10 * 3
            rest /= 10
            sum += rest % 10
            rest /= 10
        }
        return (10 - sum % 10) % 10
    }

    private static func whole(
        _ number: UInt64, _ count: Int, _ source: ItemCode.Source, _ rules: ScanRules
    ) throws(Refusal) -> ScannedCode {
        let expected = expectedCheckDigit(of: number)
        guard expected == number % 10 else {
            throw Refusal.wrongCheckDigit(
                read: UInt8(number % 10), expected: UInt8(expected), in: padded(number, count).utf8)
        }
        guard let gtin = GTIN(number: number) else {
            throw Refusal(.scanNumberZero, [.text("code", padded(number, count))])
        }
        if let restricted = RestrictedItem(gtin, rules: rules.restrictedNumbers) { return .restricted(restricted) }
        return .item(ItemCode(gtin: gtin, source: source))
    }

    private static func digitCount(_ count: Int) -> Refusal { Refusal(.scanDigitCount, [.integer("count", count)]) }
}

/// The digits of a number, zeros before it.
func padded(_ number: UInt64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

extension Refusal.Code {
    /// Digits in a number that no product code has.
    public static let scanDigitCount = Refusal.Code(
        "scan.digitCount", retry: .newId,
        en: "{count} digits; expected 8, 12, 13 or 14. Set the scanner to transmit the check digit and number system, "
            + "to expand UPC-E, and to drop add-ons; 6 or 7 digits of UPC-E need the AIM identifier ]E0.",
        fr: "{count} chiffres ; attendu 8, 12, 13 ou 14. Réglez le scanner pour transmettre la clé de contrôle et le "
            + "chiffre de système, étendre UPC-E et ignorer les suppléments ; 6 ou 7 chiffres d'UPC-E exigent "
            + "l'identifiant AIM ]E0.")
    /// A short number that can be read in two ways.
    public static let scanShortNumberDoubtful = Refusal.Code(
        "scan.shortNumberDoubtful", retry: .newId,
        en: "This short number can be {ean8} or {upcA}. Compare with the label; set the scanner to transmit the AIM "
            + "identifier and to expand UPC-E.",
        fr:
            "Ce numéro court peut être {ean8} ou {upcA}. Comparez avec l'étiquette ; réglez le scanner pour transmettre "
            + "l'identifiant AIM et étendre UPC-E.")
}
