// A digest for simulated worlds: quick, the same everywhere, and no protection against anybody.

import Contract

/// 32 bytes that follow from the bytes given: four lanes of FNV-1a with 64 bits each, stirred at the end.
///
/// It stands where SHA-256 stands in the shop. It finds what chance damages; nobody in a simulation forges.
/// Source: Fowler, Noll and Vo, http://www.isthe.com/chongo/tech/comp/fnv/.
public struct FNVDigest: Digesting, Sendable {
    /// The digest has no settings.
    public init() {}

    /// 32 bytes that follow from `bytes`.
    public func digest(_ bytes: [UInt8]) -> [UInt8] {
        var lanes: (UInt64, UInt64, UInt64, UInt64) = (
            Self.offsetBasis, Self.offsetBasis ^ 0x9E37_79B9_7F4A_7C15, ~Self.offsetBasis,
            Self.offsetBasis ^ UInt64(bytes.count)
        )
        for byte in bytes {
            lanes.0 = Self.mixed(lanes.0, byte)
            lanes.1 = Self.mixed(lanes.1, byte &+ 0x55)
            lanes.2 = Self.mixed(lanes.2, ~byte)
            lanes.3 = Self.mixed(lanes.3, byte &* 3)
        }
        var result: [UInt8] = []
        result.reserveCapacity(32)
        for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
            let stirred = (lane ^ lane >> 31) &* 0xBF58_476D_1CE4_E5B9
            for shift in 0..<8 { result.append(UInt8(truncatingIfNeeded: (stirred ^ stirred >> 29) >> (8 * shift))) }
        }
        return result
    }

    /// Where FNV-1a with 64 bits begins.
    static let offsetBasis: UInt64 = 0xCBF2_9CE4_8422_2325

    /// One step of FNV-1a.
    static func mixed(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
}
