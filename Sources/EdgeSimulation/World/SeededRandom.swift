// Chance that can be repeated: every draw of a simulated day follows from its seed.

/// A generator of numbers that looks random and follows from its seed alone, on every machine.
///
/// The generator is xoshiro256** 1.0 of Blackman and Vigna, its state filled by SplitMix64
/// (https://prng.di.unimi.it). Parts of a world that should not disturb each other's luck draw from streams of their
/// own: a device that draws once more then leaves the broker's draws as they were.
public struct SeededRandom: RandomNumberGenerator, Equatable, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// A generator that follows from `seed`.
    public init(seed: UInt64) {
        var filling = seed
        state = (
            Self.splitMix(&filling), Self.splitMix(&filling), Self.splitMix(&filling), Self.splitMix(&filling)
        )
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        let result = Self.rotated(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotated(state.3, by: 45)
        return result
    }

    /// A generator of its own, named; streams of other names, and the draws of this one, do not disturb it.
    ///
    /// It follows from this generator's present state, which stays as it is: take streams before the first draw.
    public func stream(_ name: String) -> SeededRandom {
        var hash = FNVDigest.offsetBasis
        for byte in name.utf8 { hash = FNVDigest.mixed(hash, byte) }
        return SeededRandom(seed: hash ^ state.0 ^ Self.rotated(state.3, by: 23))
    }

    /// A generator of its own, by the next draw of this one.
    public mutating func split() -> SeededRandom { SeededRandom(seed: next()) }

    /// Whether something happens that happens with this probability; never for 0 or less, always for 1 or more.
    ///
    /// One number is drawn in any case, so that turning one fault off leaves the others where they were.
    public mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }

    /// A number from 0 up to, and not including, `bound`; 0 when `bound` is 1 or less.
    public mutating func below(_ bound: Int) -> Int {
        bound > 1 ? Int(next().multipliedFullWidth(by: UInt64(bound)).high) : 0
    }

    /// A number of the range.
    public mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(below(Int(range.upperBound - range.lowerBound) + 1))
    }

    /// One of these; `nil` when there are none.
    public mutating func pick<Choices: RandomAccessCollection>(_ choices: Choices) -> Choices.Element? {
        guard !choices.isEmpty else { return nil }
        return choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }

    /// So many bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let word = next()
            for shift in 0..<min(8, count - bytes.count) {
                bytes.append(UInt8(truncatingIfNeeded: word >> (8 * shift)))
            }
        }
        return bytes
    }

    /// The same state draws the same future.
    public static func == (a: SeededRandom, b: SeededRandom) -> Bool { a.state == b.state }

    private static func rotated(_ value: UInt64, by bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }

    /// SplitMix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014).
    private static func splitMix(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
