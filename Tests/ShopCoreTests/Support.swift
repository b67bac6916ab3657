// What the tests of the core share: readable values, and a generator whose numbers come back with its seed.

import ShopCore
import ShopModel

/// A value that the test wrote down itself and that cannot be missing.
func made<Value>(_ value: Value?, line: Int = #line) -> Value {
    guard let value else { preconditionFailure("The value written in line \(line) is none.") }
    return value
}

extension SKU: ExpressibleByStringLiteral {
    /// The value that the text writes.
    public init(stringLiteral value: String) { self = made(SKU(value)) }
}

extension ClerkID: ExpressibleByStringLiteral {
    /// The value that the text writes.
    public init(stringLiteral value: String) { self = made(ClerkID(value)) }
}

extension CivilDate: ExpressibleByStringLiteral {
    /// The value that the text writes.
    public init(stringLiteral value: String) { self = made(CivilDate(value)) }
}

extension Quantity: ExpressibleByIntegerLiteral {
    /// So many units.
    public init(integerLiteral value: Int) { self = made(Quantity(value)) }
}

extension Instant: ExpressibleByStringLiteral {
    /// A full date and time, or a time of Tuesday 2026-11-24 such as `10:00` or `09:59:59.999`, in UTC.
    public init(stringLiteral value: String) {
        guard !value.contains("T") else {
            self = made(Instant(rfc3339: value))
            return
        }
        self = made(Instant(rfc3339: "2026-11-24T" + (value.utf8.count == 5 ? value + ":00" : value) + "Z"))
    }
}

/// Hours in milliseconds.
func hours(_ count: Int64) -> Int64 { count * 3_600_000 }
/// Minutes in milliseconds.
func minutes(_ count: Int64) -> Int64 { count * 60_000 }

extension Holder {
    /// The shop of the tests.
    static let shop = Holder.edge(made(Incarnation("first")))
    /// Another shop, or the same after a restore.
    static let other = Holder.edge(made(Incarnation("second")))
}

extension Decision {
    /// The refusal, when there is one.
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
    /// What was decided; nothing when it was refused.
    var decided: [Event] { if case .done(let events) = self { events } else { [] } }
}

extension Refusal {
    /// The fact of that name as a person reads it.
    func fact(_ name: String) -> String? { facts.first { $0.name == name }?.value.description }
}

/// What a call refused with; `nil` when it did not.
func refusal(of call: () throws(Refusal) -> Void) -> Refusal? {
    do throws(Refusal) {
        try call()
        return nil
    } catch { return error }
}

/// A seeded source of numbers: SplitMix64 of Steele, Lea and Flood (OOPSLA 2014). The same seed, the same numbers.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number of the range.
    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    /// True once in `count` times.
    mutating func once(in count: Int) -> Bool { int(1...count) == 1 }
}
