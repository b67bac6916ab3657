// Message authentication: HMAC-SHA256 (RFC 2104, FIPS 198-1), by libcrypto.

import CCrypto

/// HMAC with SHA-256.
public enum MessageAuthentication {
    /// How many bytes a code has.
    public static let byteCount = 32

    /// The authentication code of `message` under `key`, always 32 bytes.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when libcrypto fails.
    public static func code(for message: [UInt8], key: [UInt8]) throws(VaultError) -> [UInt8] {
        guard let keyLength = Int32(exactly: key.count) else { throw .cryptographyFailed(operation: "HMAC-SHA256") }
        var done = false
        let code = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            var written: UInt32 = 0
            done = HMAC(EVP_sha256(), key, keyLength, message, message.count, buffer.baseAddress, &written) != nil
            count = done ? Int(written) : 0
        }
        guard done else { throw .cryptographyFailed(operation: "HMAC-SHA256") }
        return code
    }

    /// Whether `code` is the authentication code of `message` under `key`, compared in constant time.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when libcrypto fails.
    public static func isValid(_ code: [UInt8], for message: [UInt8], key: [UInt8]) throws(VaultError) -> Bool {
        constantTimeEqual(code, try self.code(for: message, key: key))
    }
}

/// Whether two secrets are the same, in a time that depends on their length alone.
func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
}
