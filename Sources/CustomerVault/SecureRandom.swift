// Random bytes that nobody can foresee: for keys, nonces, salts and names.

import CCrypto

/// libcrypto's random generator, seeded by the kernel.
public enum SecureRandom {
    /// `count` random bytes, 0 to 1 MiB; more, or a negative count, is refused.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when there is no entropy to be had: a key must never be made of less.
    public static func bytes(_ count: Int) throws(VaultError) -> [UInt8] {
        guard (0...1_048_576).contains(count) else { throw .cryptographyFailed(operation: "random bytes") }
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw .cryptographyFailed(operation: "random bytes") }
        return bytes
    }

    /// A random UUID (RFC 9562, version 4) in lower case: 36 characters.
    ///
    /// - Throws: as `bytes`.
    public static func uuid() throws(VaultError) -> String {
        var bytes = try bytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        var text = ""
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text += "-" }
            text += hexadecimal([byte])
        }
        return text
    }
}
