// The shop's own codes: reservations, pickups, loyalty cards, wish lists, enrolments.

import ShopModel

/// A code of our own: `<kind>-<8 of Crockford's base 32>-<check>`, such as `R-4F7K92QX-H`.
///
/// The check character is ISO/IEC 7064 MOD 37,36 over the kind and the eight; it finds every single wrong character
/// and every transposition of neighbours. Reading ignores case, hyphens may be missing, and in the eight `I` and `L`
/// are taken for `1` and `O` for `0`, as a person who copies them would mean.
public struct OwnCode: Hashable, Sendable, CustomStringConvertible {
    /// What the code stands for.
    public let kind: Kind
    /// The canonical text: capitals, hyphens, check character.
    public let text: String

    /// What a code of our own may stand for, and its letter.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case reservation = 0x52  // R
        case pickup = 0x50  // P
        case loyalty = 0x4C  // L
        case wishList = 0x57  // W
        case enrolment = 0x45  // E
    }

    /// The canonical text.
    public var description: String { text }

    /// The code for the lower 40 bits of a number; its upper bits are ignored. The same bits give the same code.
    public static func mint(kind: Kind, from bits: UInt64) -> OwnCode {
        var body: [UInt8] = []
        for place in stride(from: 35, through: 0, by: -5) { body.append(alphabet[Int(bits >> UInt64(place) & 31)]) }
        return OwnCode(kind: kind, body: body, check: check(of: [kind.rawValue] + body))
    }

    /// Reads a code of our own; `nil` for anything that is none, one with a wrong check character included.
    public init?(_ text: String) {
        guard let code = (try? OwnCode.read(Array(text.utf8)[...])) ?? nil else { return nil }
        self = code
    }

    /// Reads a code of our own, and tells one that was copied wrongly from what is none.
    ///
    /// - Returns: `nil` when the text has not the form of one.
    /// - Throws: `scan.ownCodeCheck` when the form is right and the check character is not, `scan.ownCodeCharacter`
    ///   when one of the eight can not be.
    public static func reading(_ text: String) throws(Refusal) -> OwnCode? { try read(Array(text.utf8)[...]) }

    /// Reads a code of our own.
    ///
    /// - Returns: `nil` when the text has not the form of one.
    /// - Throws: `scan.ownCodeCheck` when the form is right and the check character is not, `scan.ownCodeCharacter`
    ///   when one of the eight can not be.
    static func read(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> OwnCode? {
        guard bytes.count == 10 || bytes.count == 12, let first = bytes.first,
            let kind = Kind(rawValue: first.uppercase)
        else { return nil }
        var body: ArraySlice<UInt8>
        let hyphen = UInt8(ascii: "-")
        if bytes.count == 12 {
            guard bytes[bytes.startIndex + 1] == hyphen, bytes[bytes.startIndex + 10] == hyphen else { return nil }
            body = bytes[(bytes.startIndex + 2)..<(bytes.startIndex + 10)]
        } else {
            body = bytes[(bytes.startIndex + 1)..<(bytes.startIndex + 9)]
        }
        guard let read = bytes.last?.uppercase, read.isDigit || read.isLetter,
            body.allSatisfy({ $0.isDigit || $0.isLetter })
        else { return nil }
        var canonical: [UInt8] = []
        for byte in body {
            switch byte.uppercase {
            case UInt8(ascii: "I"), UInt8(ascii: "L"): canonical.append(UInt8(ascii: "1"))
            case UInt8(ascii: "O"): canonical.append(UInt8(ascii: "0"))
            case UInt8(ascii: "U"):
                throw Refusal(.scanOwnCodeCharacter, [.text("found", "U"), .text("code", text(bytes))])
            case let other: canonical.append(other)
            }
        }
        let expected = check(of: [kind.rawValue] + canonical)
        guard read == expected else {
            throw Refusal(
                .scanOwnCodeCheck,
                [.text("expected", text([expected])), .text("read", text([read])), .text("code", text(bytes))])
        }
        return OwnCode(kind: kind, body: canonical, check: expected)
    }

    private init(kind: Kind, body: [UInt8], check: UInt8) {
        self.kind = kind
        text = String(
            decoding: [kind.rawValue, UInt8(ascii: "-")] + body + [UInt8(ascii: "-"), check], as: UTF8.self)
    }

    /// The check character of ISO/IEC 7064 MOD 37,36 for digits and capitals; the caller gives no others.
    static func check(of characters: some Sequence<UInt8>) -> UInt8 {
        var product = 36
        for character in characters {
            var sum = (product + (character.isDigit ? Int(character) - 0x30 : Int(character) - 0x41 + 10)) % 36
            if sum == 0 { sum = 36 }
            product = sum * 2 % 37
        }
        let value = (37 - product) % 36
        return UInt8(value < 10 ? 0x30 + value : 0x41 + value - 10)
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private static func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension OwnCode.Kind {
    /// What a person reads for it: “stands for …”.
    public var word: Word {
        switch self {
        case .reservation: Word("reservation", en: "a reservation", fr: "une réservation")
        case .pickup: Word("pickup", en: "an order to be collected", fr: "une commande à retirer")
        case .loyalty: Word("loyalty", en: "a loyalty card", fr: "une carte de fidélité")
        case .wishList: Word("wishList", en: "a wish list", fr: "une liste d'envies")
        case .enrolment: Word("enrolment", en: "the enrolment of a device", fr: "l'enrôlement d'un appareil")
        }
    }
}

extension Refusal.Code {
    /// A code of our own where one of another kind is needed: facts `code`, `found`, `expected`.
    public static let scanOtherKind = Refusal.Code(
        "scan.otherKind", retry: .newId,
        en: "The code {code} stands for {found}, and {expected} was asked for. Scan it to see what it is about.",
        fr: "Le code {code} désigne {found}, et non {expected}. Scannez-le pour voir de quoi il s'agit.")
    /// A code of our own whose check character is wrong.
    public static let scanOwnCodeCheck = Refusal.Code(
        "scan.ownCodeCheck", retry: .newId,
        en: "{code}: the last character reads {read}, {expected} was expected. Scan again, or check what was typed.",
        fr: "{code} : le dernier caractère lu est {read}, {expected} était attendu. "
            + "Scannez à nouveau ou vérifiez la saisie.")
    /// A code of our own with a letter that our codes never have.
    public static let scanOwnCodeCharacter = Refusal.Code(
        "scan.ownCodeCharacter", retry: .newId,
        en: "{code}: our codes never contain the letter {found}. Scan again, or check what was typed.",
        fr: "{code} : nos codes ne contiennent jamais la lettre {found}. Scannez à nouveau ou vérifiez la saisie.")
}
