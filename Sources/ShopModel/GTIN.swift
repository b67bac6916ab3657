// A Global Trade Item Number, always 14 digits before any comparison (RETAIL §4).

/// A GS1 Global Trade Item Number of 8, 12, 13 or 14 digits, kept as 14 (GS1 General Specifications, 3.3.2).
///
/// A leading zero lost or added is the commonest fault in the wild; in this form it makes no difference.
public struct GTIN: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The 14 digits as one number.
    public let number: UInt64

    /// Reads 8, 12, 13 or 14 digits whose last is the right check digit; `nil` otherwise.
    public init?(_ digits: String) {
        let bytes = Array(digits.utf8)
        guard [8, 12, 13, 14].contains(bytes.count), let check = GTIN.checkDigit(of: bytes.dropLast()),
            bytes.last == 0x30 + check, let number = UInt64(digits), number > 0
        else { return nil }
        self.number = number
    }

    /// A GTIN from its 14 digits as one number, as storage keeps it; `nil` when the check digit is wrong.
    ///
    /// Arithmetic only: a scan takes this way.
    public init?(number: UInt64) {
        guard number > 0, number <= 99_999_999_999_999 else { return nil }
        var rest = number
        var sum: UInt64 = 0
        while rest > 0 {
            sum += rest % 10 + rest / 10 % 10 * 3
            rest /= 100
        }
        guard sum % 10 == 0 else { return nil }
        self.number = number
    }

    /// The check digit for the digits before it, weights 3 and 1 from the right (GS1 General Specifications, 7.9.1).
    ///
    /// - Returns: 0 to 9, or `nil` when a byte is no ASCII digit.
    public static func checkDigit(of digits: some BidirectionalCollection<UInt8>) -> UInt8? {
        var sum = 0
        var weight = 3
        for byte in digits.reversed() {
            guard (0x30...0x39).contains(byte) else { return nil }
            sum += Int(byte - 0x30) * weight
            weight = 4 - weight
        }
        return UInt8((10 - sum % 10) % 10)
    }

    /// All 14 digits.
    public var description: String {
        let digits = String(number)
        return String(repeating: "0", count: 14 - digits.utf8.count) + digits
    }

    /// The digits as a label has them, for people: without the zeros that only fill 14.
    public var printed: String {
        let digits = String(number)
        let length = [8, 12, 13].first { $0 >= digits.utf8.count } ?? 14
        return String(repeating: "0", count: length - digits.utf8.count) + digits
    }

    /// By number.
    public static func < (a: GTIN, b: GTIN) -> Bool { a.number < b.number }
}
