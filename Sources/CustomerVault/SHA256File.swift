// The digest of a file that need not fit into memory.

import CCrypto
import Glibc

extension SHA256Digest {
    /// The digest of what can be read from an open file, from its beginning, as 64 lowercase hexadecimal digits.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when libcrypto or the disk fails.
    public static func hexadecimal(ofFile file: Int32) throws(VaultError) -> String {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            throw .cryptographyFailed(operation: "SHA-256")
        }
        defer { EVP_MD_CTX_free(context) }
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var place: off_t = 0
        while true {
            let count = pread(file, &chunk, chunk.count, place)
            if count == 0 { break }
            guard count > 0, EVP_DigestUpdate(context, chunk, count) == 1 else {
                throw .cryptographyFailed(operation: "SHA-256 of a file")
            }
            place += off_t(count)
        }
        var digest = [UInt8](repeating: 0, count: byteCount)
        guard EVP_DigestFinal_ex(context, &digest, nil) == 1 else { throw .cryptographyFailed(operation: "SHA-256") }
        return CustomerVault.hexadecimal(digest)
    }
}
