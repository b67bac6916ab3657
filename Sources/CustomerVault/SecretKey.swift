// Thirty-two secret bytes that are wiped from memory when the last holder lets go.

import CCrypto
import Synchronization

/// A 256-bit key in memory. It has no text, is never compared or copied out, and is zeroed at its end.
///
/// The lock makes it safe to share between threads and to wipe in place; it is uncontended in practice.
final class SecretKey: Sendable {
    static let byteCount = 32

    private let bytes: Mutex<[UInt8]>

    /// A new random key.
    init() throws(VaultError) {
        bytes = Mutex(try SecureRandom.bytes(Self.byteCount))
    }

    /// Takes the key out of `source`, which is wiped whatever happens; `nil` unless it has 32 bytes.
    ///
    /// An array is shared until written to: nobody else may hold `source`, or their copy stays.
    init?(taking source: inout [UInt8]) {
        defer { wipe(&source) }
        guard source.count == Self.byteCount else { return nil }
        bytes = Mutex(
            [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
                for index in source.indices { buffer[index] = source[index] }
                count = source.count
            })
    }

    deinit { bytes.withLock { wipe(&$0) } }

    /// Lends the 32 bytes for the length of `body`, which must not keep the pointer.
    func withBytes<Result: Sendable>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        bytes.withLock { $0.withUnsafeBufferPointer(body) }
    }
}

/// Zeroes bytes in a way that the optimiser may not drop.
func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}
