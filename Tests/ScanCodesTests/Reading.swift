// What the tests of this room share: reading a text, and the refusal it meets.

import ScanCodes
import ShopModel

/// Reads a text as a scanner would send it.
func scan(_ text: String, rules: ScanRules = ScanRules()) throws -> ScanReading {
    try ScanCode.read(Array(text.utf8), rules: rules)
}

/// The item that a text names; `nil` when it is refused or something else.
func item(_ text: String, rules: ScanRules = ScanRules()) -> ItemCode? {
    guard let reading = try? scan(text, rules: rules), case .item(let item) = reading.code else { return nil }
    return item
}

/// The refusal that a text meets; `nil` when it is read.
func refusal(_ text: String, rules: ScanRules = ScanRules()) -> Refusal? { refusal(Array(text.utf8), rules: rules) }

/// The refusal that bytes meet; `nil` when they are read.
func refusal(_ bytes: [UInt8], rules: ScanRules = ScanRules()) -> Refusal? {
    do throws(Refusal) {
        _ = try ScanCode.read(bytes, rules: rules)
        return nil
    } catch {
        return error
    }
}

extension Refusal {
    /// A fact as a person reads it.
    func fact(_ name: String) -> String? { facts.first { $0.name == name }?.value.description }
}

/// A generator whose numbers are the same in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// So many random digits and their check digit.
    mutating func checked(_ count: Int, first: ClosedRange<UInt8> = 0...9) -> String {
        var digits = [0x30 + UInt8.random(in: first, using: &self)]
        while digits.count < count { digits.append(0x30 + UInt8.random(in: 0...9, using: &self)) }
        digits.append(0x30 + (GTIN.checkDigit(of: digits) ?? 0))
        return String(decoding: digits, as: UTF8.self)
    }
}
