// How a clerk's PIN is kept and checked, offline too: PBKDF2-HMAC-SHA256 (RFC 8018), never the PIN itself.

import CCrypto

/// What the shop keeps of a clerk's PIN: enough to recognise it, not to tell it.
///
/// Its text, as feed `clerks` brings it, is `pbkdf2-sha256$<iterations>$<salt hex>$<hash hex>`.
public struct PINCheck: Equatable, Sendable {
    /// How often the function is applied. More is slower for a thief and for the shop alike.
    public let iterations: Int
    /// The salt, of the clerk's own.
    public let salt: [UInt8]
    private let hash: [UInt8]

    /// How many iterations may be asked: a million take about a third of a second on a shop's box.
    public static let iterationsLimits = 1...1_000_000
    /// How many bytes a salt may have.
    public static let saltByteLimits = 1...64
    /// How many bytes a hash may have; shorter ones would let other PINs through.
    public static let hashByteLimits = 16...64
    /// How many bytes a PIN may have; a longer one matches nothing.
    public static let pinByteLimits = 1...128

    private static let scheme = "pbkdf2-sha256"

    /// Reads the text of a check; `nil` when the scheme is unknown, a part is missing or not of its form, or a limit is
    /// passed. Iterations are written without sign and leading zeros.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].elementsEqual(Self.scheme.utf8),
            parts[1].allSatisfy({ (0x30...0x39).contains($0) }), parts[1].first != 0x30, parts[1].count <= 7,
            let iterations = Int(Substring(parts[1])), Self.iterationsLimits.contains(iterations),
            let salt = bytes(hexadecimal: parts[2]), Self.saltByteLimits.contains(salt.count),
            let hash = bytes(hexadecimal: parts[3]), Self.hashByteLimits.contains(hash.count)
        else { return nil }
        self.init(iterations: iterations, salt: salt, hash: hash)
    }

    private init(iterations: Int, salt: [UInt8], hash: [UInt8]) {
        self.iterations = iterations
        self.salt = salt
        self.hash = hash
    }

    /// Makes the check of a new PIN, with a hash of 32 bytes.
    ///
    /// - Parameters:
    ///   - pin: 1 to 128 bytes of UTF-8.
    ///   - iterations: 1 to 1,000,000.
    ///   - salt: 1 to 64 bytes; 16 random ones are good.
    /// - Throws: `VaultError.malformed` when a limit is passed, `.cryptographyFailed` when libcrypto fails.
    public static func make(pin: String, iterations: Int, salt: [UInt8]) throws(VaultError) -> PINCheck {
        guard pinByteLimits.contains(pin.utf8.count) else { throw .malformed(what: "PIN") }
        guard iterationsLimits.contains(iterations) else { throw .malformed(what: "number of iterations") }
        guard saltByteLimits.contains(salt.count) else { throw .malformed(what: "salt") }
        let hash = try derive(pin: pin, iterations: iterations, salt: salt, byteCount: 32)
        return PINCheck(iterations: iterations, salt: salt, hash: hash)
    }

    /// The text of the check, hexadecimal in lower case.
    public var text: String { "\(Self.scheme)$\(iterations)$\(hexadecimal(salt))$\(hexadecimal(hash))" }

    /// Whether `pin` is the clerk's, compared in constant time. Costs all the iterations, right or wrong.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when libcrypto fails.
    public func matches(pin: String) throws(VaultError) -> Bool {
        guard Self.pinByteLimits.contains(pin.utf8.count) else { return false }
        var derived = try Self.derive(pin: pin, iterations: iterations, salt: salt, byteCount: hash.count)
        let same = constantTimeEqual(derived, hash)
        OPENSSL_cleanse(&derived, derived.count)
        return same
    }

    private static func derive(
        pin: String, iterations: Int, salt: [UInt8], byteCount: Int
    ) throws(VaultError) -> [UInt8] {
        var secret = pin.utf8.map { CChar(bitPattern: $0) }
        defer { OPENSSL_cleanse(&secret, secret.count) }
        var derived = [UInt8](repeating: 0, count: byteCount)
        let done = PKCS5_PBKDF2_HMAC(
            secret, Int32(secret.count), salt, Int32(salt.count), Int32(iterations), EVP_sha256(), Int32(byteCount),
            &derived)
        guard done == 1 else { throw .cryptographyFailed(operation: "PBKDF2-HMAC-SHA256") }
        return derived
    }
}
