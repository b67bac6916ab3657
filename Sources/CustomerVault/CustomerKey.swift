// A customer's own key, and its form at rest: wrapped under the box's master key. Erasing it erases the customer.

import ShopModel

/// The key under which a customer's snippets are sealed. Lives in memory only while it is needed, and is wiped after.
public struct CustomerKey: Sendable {
    /// Which of the customer's keys this is, from 1; a new one for each renewal.
    public let version: UInt32
    let secret: SecretKey

    init(version: UInt32, secret: SecretKey) {
        self.version = version
        self.secret = secret
    }

    /// Makes a new random key.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when there is no entropy to be had.
    public init(version: UInt32) throws(VaultError) {
        self.init(version: version, secret: try SecretKey())
    }
}

/// A customer's key as it is stored (`keys.db`): useless without the master key, and for any other customer.
public struct WrappedKey: Equatable, Sendable {
    /// Which of the customer's keys this is.
    public let version: UInt32
    /// Format (1 byte), nonce (12), sealed key (32), tag (16).
    public let bytes: [UInt8]

    /// How many bytes a wrapped key has.
    public static let byteCount = 1 + AuthenticatedCipher.overhead + SecretKey.byteCount

    /// Takes a key up from storage; whether it is sound shows when it is unwrapped.
    public init(version: UInt32, bytes: [UInt8]) {
        self.version = version
        self.bytes = bytes
    }
}

extension MasterKey {
    private static let format: UInt8 = 1

    /// Wraps a customer's key for storage, bound to the customer and its version.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when libcrypto fails.
    public func wrap(_ key: CustomerKey, of customer: CustomerID) throws(VaultError) -> WrappedKey {
        var plain = key.secret.withBytes { Array($0) }
        defer { wipe(&plain) }
        var bytes = [Self.format]
        try AuthenticatedCipher.seal(
            plain, key: secret, nonce: try SecureRandom.bytes(AuthenticatedCipher.nonceByteCount),
            authenticating: Self.context(customer, key.version), into: &bytes)
        return WrappedKey(version: key.version, bytes: bytes)
    }

    /// Opens a customer's key from storage.
    ///
    /// - Throws: `VaultError.tampered` when it was changed, belongs to another customer or version, or was wrapped under
    ///   another master key; `.malformed` when it is no wrapped key at all.
    public func unwrap(_ wrapped: WrappedKey, of customer: CustomerID) throws(VaultError) -> CustomerKey {
        guard wrapped.bytes.count == WrappedKey.byteCount, wrapped.bytes.first == Self.format else {
            throw .malformed(what: "customer's key")
        }
        var plain = try AuthenticatedCipher.open(
            wrapped.bytes.dropFirst(), key: secret, authenticating: Self.context(customer, wrapped.version),
            what: "customer's key")
        guard let secret = SecretKey(taking: &plain) else { throw .malformed(what: "customer's key") }
        return CustomerKey(version: wrapped.version, secret: secret)
    }

    private static func context(_ customer: CustomerID, _ version: UInt32) -> [UInt8] {
        unambiguous([
            Array("store-edge customer key".utf8), [format], Array(customer.value.utf8), bigEndian(version),
        ])
    }
}
