// A key of a customer's or a pickup's own, and its form at rest: wrapped under the box's master key. Erasing it erases
// what was sealed under it.

import ShopModel

/// The key under which a customer's snippets, or the contact of one pickup, are sealed. Lives in memory only while it is
/// needed, and is wiped after.
public struct CustomerKey: Sendable {
    /// Which of its owner's keys this is, from 1; a new one for each renewal.
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

/// A customer's or pickup's key as it is stored (`keys.db`): useless without the master key, and for any other owner.
public struct WrappedKey: Equatable, Sendable {
    /// Which of its owner's keys this is.
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
    fileprivate static let format: UInt8 = 1

    /// Wraps a customer's key for storage, bound to the customer and its version.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when libcrypto fails.
    public func wrap(_ key: CustomerKey, of customer: CustomerID) throws(VaultError) -> WrappedKey {
        try wrap(key, of: .customer(customer))
    }

    /// Wraps the key of a pickup's contact for storage, bound to the pickup and its version.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when libcrypto fails.
    public func wrap(_ key: CustomerKey, of order: OrderID) throws(VaultError) -> WrappedKey {
        try wrap(key, of: .pickup(order))
    }

    /// Opens a customer's key from storage.
    ///
    /// - Throws: `VaultError.tampered` when it was changed, belongs to another customer or version, or was wrapped under
    ///   another master key; `.malformed` when it is no wrapped key at all.
    public func unwrap(_ wrapped: WrappedKey, of customer: CustomerID) throws(VaultError) -> CustomerKey {
        try unwrap(wrapped, of: .customer(customer))
    }

    /// Opens the key of a pickup's contact from storage.
    ///
    /// - Throws: `VaultError.tampered` when it was changed, belongs to another pickup, customer or version, or was wrapped
    ///   under another master key; `.malformed` when it is no wrapped key at all.
    public func unwrap(_ wrapped: WrappedKey, of order: OrderID) throws(VaultError) -> CustomerKey {
        try unwrap(wrapped, of: .pickup(order))
    }

    /// Whose a key is.
    private enum Owner {
        case customer(CustomerID)
        case pickup(OrderID)

        var name: String {
            switch self {
            case .customer: "customer's key"
            case .pickup: "pickup's key"
            }
        }

        /// What the wrapped bytes are bound to.
        func context(_ version: UInt32) -> [UInt8] {
            let (label, id) =
                switch self {
                case .customer(let customer): ("store-edge customer key", customer.value)
                case .pickup(let order): ("store-edge pickup key", order.value)
                }
            return unambiguous([Array(label.utf8), [MasterKey.format], Array(id.utf8), bigEndian(version)])
        }
    }

    private func wrap(_ key: CustomerKey, of owner: Owner) throws(VaultError) -> WrappedKey {
        var plain = key.secret.withBytes { Array($0) }
        defer { wipe(&plain) }
        var bytes = [Self.format]
        try AuthenticatedCipher.seal(
            plain, key: secret, nonce: try SecureRandom.bytes(AuthenticatedCipher.nonceByteCount),
            authenticating: owner.context(key.version), into: &bytes)
        return WrappedKey(version: key.version, bytes: bytes)
    }

    private func unwrap(_ wrapped: WrappedKey, of owner: Owner) throws(VaultError) -> CustomerKey {
        guard wrapped.bytes.count == WrappedKey.byteCount, wrapped.bytes.first == Self.format else {
            throw .malformed(what: owner.name)
        }
        var plain = try AuthenticatedCipher.open(
            wrapped.bytes.dropFirst(), key: secret, authenticating: owner.context(wrapped.version), what: owner.name)
        guard let secret = SecretKey(taking: &plain) else { throw .malformed(what: owner.name) }
        return CustomerKey(version: wrapped.version, secret: secret)
    }
}
