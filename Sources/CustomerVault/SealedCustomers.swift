// The agent's port for customers' snippets: finds or makes the customer's key, seals, opens, and destroys.

import CCrypto
import EdgeAgent
import ShopModel

/// Seals customers' snippets, each under a key of its customer's own that lies wrapped in `keys.db`.
///
/// A key that cannot be unwrapped (changed on disk, or wrapped under another master key) opens nothing any more; the
/// next snippet of that customer gets a new key, and feed `customers` brings what was lost. No snippet is worth a shop
/// that stands still.
public final class SealedCustomers: CustomerSealing {
    private let master: MasterKey
    private let keys: any CustomerKeyStorage
    private let cardKey: SecretKey

    /// Seals under `master` and keeps the wrapped keys in `keys`.
    ///
    /// - Throws: `VaultError.cryptographyFailed` when libcrypto fails.
    public init(master: MasterKey, keys: any CustomerKeyStorage) throws(VaultError) {
        self.master = master
        self.keys = keys
        // A key of its own for cards: what is used to find is not used to seal.
        var secret = master.secret.withBytes { Array($0) }
        defer { wipe(&secret) }
        var derived = try MessageAuthentication.code(for: Array("store-edge card index".utf8), key: secret)
        guard let cardKey = SecretKey(taking: &derived) else { throw .cryptographyFailed(operation: "HMAC-SHA256") }
        self.cardKey = cardKey
    }

    /// Seals a snippet, making the customer's key when there is none that can be used.
    ///
    /// - Throws: what the storage of keys throws; `broken` when libcrypto fails, or the snippet is longer than 64 KiB.
    public func seal(_ plain: [UInt8], for customer: CustomerID) throws(StorageFailure) -> [UInt8] {
        let stored = try keys.wrappedKey(of: customer)
        do {
            if let stored, let key = try usable(stored, of: customer) {
                return try SnippetSealer.seal(plain, under: key, in: cell(of: customer)).bytes
            }
        } catch { throw broken(error) }
        let sealed: [UInt8]
        let wrapped: WrappedKey
        do {
            let key = try CustomerKey(version: WrappedCustomerKey.version(after: stored))
            wrapped = try master.wrap(key, of: customer)
            sealed = try SnippetSealer.seal(plain, under: key, in: cell(of: customer)).bytes
        } catch { throw broken(error) }
        // The key is durable before anything sealed under it is.
        try keys.setWrappedKey(
            WrappedCustomerKey(version: Int(wrapped.version), bytes: wrapped.bytes), of: customer)
        return sealed
    }

    /// Opens a snippet; `nil` when its key was destroyed, or the snippet or its key is not authentic.
    ///
    /// - Throws: what the storage of keys throws; `broken` when libcrypto fails.
    public func open(_ sealed: [UInt8], of customer: CustomerID) throws(StorageFailure) -> [UInt8]? {
        guard let stored = try keys.wrappedKey(of: customer) else { return nil }
        do {
            guard let key = try usable(stored, of: customer) else { return nil }
            return try SnippetSealer.open(Sealed(bytes: sealed), under: key, in: cell(of: customer))
        } catch VaultError.cryptographyFailed(let operation) {
            throw broken(.cryptographyFailed(operation: operation))
        } catch {
            return nil
        }
    }

    /// Destroys the customer's key: nothing sealed under it can be read again, wherever it lies.
    public func destroyKey(of customer: CustomerID) throws(StorageFailure) {
        try keys.removeKey(of: customer)
    }

    /// A keyed digest of a card's number, 32 bytes: the same for the same card on this box, useless on any other.
    ///
    /// Should libcrypto fail, random bytes are returned, which find nobody.
    public func cardDigest(_ card: String) -> [UInt8] {
        let message = Array(card.utf8)
        let digest: [UInt8] = cardKey.withBytes { key in
            [UInt8](unsafeUninitializedCapacity: MessageAuthentication.byteCount) { buffer, count in
                var written: UInt32 = 0
                let code = HMAC(
                    EVP_sha256(), key.baseAddress, Int32(key.count), message, message.count, buffer.baseAddress,
                    &written)
                count = code == nil ? 0 : Int(written)
            }
        }
        if !digest.isEmpty { return digest }
        return (0..<MessageAuthentication.byteCount).map { _ in UInt8.random(in: .min ... .max) }
    }

    /// The key that a stored one wraps; `nil` when it does not unwrap.
    private func usable(_ stored: WrappedCustomerKey, of customer: CustomerID) throws(VaultError) -> CustomerKey? {
        try stored.unwrapped { wrapped throws(VaultError) in try master.unwrap(wrapped, of: customer) }
    }

    private func cell(of customer: CustomerID) -> Cell {
        Cell(table: "customers", row: customer.value, column: "snippet")
    }

    private func broken(_ error: VaultError) -> StorageFailure { .broken(error.description) }
}
