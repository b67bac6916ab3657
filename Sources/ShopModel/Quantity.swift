// How many, and how much money.

/// A count of units that somebody asks for, moves or counts as one: 1 to 999,999.
public struct Quantity: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of units.
    public let units: Int

    /// A quantity; `nil` outside 1 to 999,999.
    public init?(_ units: Int) {
        guard (1...999_999).contains(units) else { return nil }
        self.units = units
    }

    private init(unchecked units: Int) { self.units = units }

    /// One unit.
    public static let one = Quantity(unchecked: 1)

    /// Fewer comes first.
    public static func < (a: Quantity, b: Quantity) -> Bool { a.units < b.units }
    /// The number.
    public var description: String { String(units) }
}

/// An amount of money in integer minor units of a currency (ISO 4217).
public struct Money: Hashable, Sendable {
    /// Cents, pence: the currency's minor unit.
    public let minorUnits: Int64
    /// Three capital letters of ISO 4217.
    public let currency: String

    /// An amount; `nil` when the currency is not three capital letters.
    public init?(minorUnits: Int64, currency: String) {
        guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
        self.minorUnits = minorUnits
        self.currency = currency
    }
}
