// The digest of the house: SHA-256 (FIPS 180-4), by libcrypto.

import CCrypto

/// SHA-256 of bytes.
public enum SHA256Digest {
    /// How many bytes a digest has.
    public static let byteCount = 32

    /// The digest of `bytes`, always 32 bytes.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when libcrypto has no SHA-256 or no memory, which nothing can mend at
    ///   run time.
    public static func digest(_ bytes: [UInt8]) throws(VaultError) -> [UInt8] {
        var done: Int32 = 0
        let digest = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            var written: UInt32 = 0
            done = EVP_Digest(bytes, bytes.count, buffer.baseAddress, &written, EVP_sha256(), nil)
            count = done == 1 ? Int(written) : 0
        }
        guard done == 1 else { throw .cryptographyFailed(operation: "SHA-256") }
        return digest
    }
}
