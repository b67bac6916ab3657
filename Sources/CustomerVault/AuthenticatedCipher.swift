// AES-256-GCM (NIST SP 800-38D) by libcrypto: what is sealed cannot be read or changed without the key.

import CCrypto

/// The cipher under the vault: nonce (12 bytes), ciphertext, tag (16 bytes), in that order.
///
/// Nonces are random. A key may seal 2^32 messages before a repeated nonce becomes likely (SP 800-38D §8.3); a
/// customer's key seals a few snippets a day.
enum AuthenticatedCipher {
    static let nonceByteCount = 12
    static let tagByteCount = 16
    /// What sealing adds to the length of the plain text.
    static let overhead = nonceByteCount + tagByteCount

    /// Seals `plain`, appending nonce, ciphertext and tag to `output`.
    static func seal(
        _ plain: [UInt8], key: SecretKey, nonce: [UInt8], authenticating context: [UInt8], into output: inout [UInt8]
    ) throws(VaultError) {
        guard nonce.count == nonceByteCount, let length = Int32(exactly: plain.count),
            let contextLength = Int32(exactly: context.count), let cipher = EVP_CIPHER_CTX_new()
        else { throw .cryptographyFailed(operation: "sealing") }
        defer { EVP_CIPHER_CTX_free(cipher) }
        var text = [UInt8](repeating: 0, count: plain.count + Int(EVP_MAX_BLOCK_LENGTH))
        var tag = [UInt8](repeating: 0, count: tagByteCount)
        var written: Int32 = 0
        var rest: Int32 = 0
        let done =
            key.withBytes { EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nil, $0.baseAddress, nonce) } == 1
            && EVP_EncryptUpdate(cipher, nil, &rest, context, contextLength) == 1
            && EVP_EncryptUpdate(cipher, &text, &written, plain, length) == 1
            && text.withUnsafeMutableBufferPointer {
                EVP_EncryptFinal_ex(cipher, $0.baseAddress.map { $0 + Int(written) }, &rest)
            } == 1
            && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, Int32(tagByteCount), &tag) == 1
        guard done, Int(written) + Int(rest) == plain.count else { throw .cryptographyFailed(operation: "sealing") }
        output += nonce
        output += text[..<plain.count]
        output += tag
    }

    /// Opens what `seal` made. Nothing of the plain text leaves before the tag has been verified.
    ///
    /// - Throws: `tampered`, naming `what`, when the tag does not verify; `malformed` when too short to hold one.
    static func open(
        _ sealed: ArraySlice<UInt8>, key: SecretKey, authenticating context: [UInt8], what: String
    ) throws(VaultError) -> [UInt8] {
        guard sealed.count >= overhead else { throw .malformed(what: what) }
        let nonce = Array(sealed.prefix(nonceByteCount))
        let text = Array(sealed.dropFirst(nonceByteCount).dropLast(tagByteCount))
        var tag = Array(sealed.suffix(tagByteCount))
        guard let length = Int32(exactly: text.count), let contextLength = Int32(exactly: context.count),
            let cipher = EVP_CIPHER_CTX_new()
        else { throw .cryptographyFailed(operation: "opening") }
        defer { EVP_CIPHER_CTX_free(cipher) }
        var plain = [UInt8](repeating: 0, count: text.count + Int(EVP_MAX_BLOCK_LENGTH))
        defer { wipe(&plain) }
        var written: Int32 = 0
        var rest: Int32 = 0
        let fed =
            key.withBytes { EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), nil, $0.baseAddress, nonce) } == 1
            && EVP_DecryptUpdate(cipher, nil, &rest, context, contextLength) == 1
            && EVP_DecryptUpdate(cipher, &plain, &written, text, length) == 1
            && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, Int32(tagByteCount), &tag) == 1
        guard fed, Int(written) == text.count else { throw .cryptographyFailed(operation: "opening") }
        let authentic =
            plain.withUnsafeMutableBufferPointer {
                EVP_DecryptFinal_ex(cipher, $0.baseAddress.map { $0 + Int(written) }, &rest)
            } == 1
        guard authentic else { throw .tampered(what: what) }
        return Array(plain[..<text.count])
    }
}

/// Writes fields one after the other, each behind its length in 4 bytes, so that no two lists of fields have the same
/// bytes: ("ab", "c") is not ("a", "bc").
func unambiguous(_ fields: [some Collection<UInt8>]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(fields.reduce(0) { $0 + $1.count + 4 })
    for field in fields {
        bytes += bigEndian(UInt32(field.count))
        bytes += field
    }
    return bytes
}

/// A number as 4 bytes, the highest first.
func bigEndian(_ number: UInt32) -> [UInt8] {
    [
        UInt8(truncatingIfNeeded: number >> 24), UInt8(truncatingIfNeeded: number >> 16),
        UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number),
    ]
}
