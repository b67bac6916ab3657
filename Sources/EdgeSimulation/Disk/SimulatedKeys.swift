// Customers' keys on a simulated disk, and a toy seal under them.

import EdgeAgent
import ShopModel

/// Customers' wrapped keys; each call is on disk when it returns, so that no crash takes anything.
public final class SimulatedKeys: CustomerKeyStorage {
    /// How many keys were destroyed.
    public private(set) var destroyed = 0
    private var keys: [CustomerID: WrappedCustomerKey] = [:]
    private var nextFailure: StorageFailure?

    /// No keys.
    public init() {}

    /// Lets the next write fail, with nothing changed.
    public func failNextWrite(_ failure: StorageFailure) { nextFailure = failure }

    /// The wrapped key of a customer.
    public func wrappedKey(of customer: CustomerID) throws(StorageFailure) -> WrappedCustomerKey? { keys[customer] }

    /// Stores a wrapped key.
    public func setWrappedKey(_ key: WrappedCustomerKey, of customer: CustomerID) throws(StorageFailure) {
        try failAsTold()
        keys[customer] = key
    }

    /// Destroys a key.
    public func removeKey(of customer: CustomerID) throws(StorageFailure) {
        try failAsTold()
        if keys.removeValue(forKey: customer) != nil { destroyed += 1 }
    }

    private func failAsTold() throws(StorageFailure) {
        guard let failure = nextFailure else { return }
        nextFailure = nil
        throw failure
    }
}

/// A toy cipher that behaves as the vault does: a key for each customer, and nothing to be read without it.
///
/// It protects nobody; it only makes a snippet unreadable in a simulation once its key is destroyed, and tells a
/// damaged one. Keys come from the seed.
public final class SimulatedSealing: CustomerSealing {
    private let keys: any CustomerKeyStorage
    private var random: SeededRandom
    private let master: [UInt8]
    private let digest = FNVDigest()
    private static let keyBytes = 32
    private static let nonceBytes = 8

    /// A vault over such keys. The same `master` opens what was sealed before a restart, whatever `random` says.
    public init(_ keys: any CustomerKeyStorage, master: [UInt8] = [0x4D], random: SeededRandom) {
        self.keys = keys
        self.master = master
        self.random = random
    }

    /// Seals a snippet, making the customer's key when there is none.
    public func seal(_ plain: [UInt8], for customer: CustomerID) throws(StorageFailure) -> [UInt8] {
        let key: [UInt8]
        if let known = try keys.wrappedKey(of: customer) {
            key = masked(known.bytes, by: master)
        } else {
            key = random.bytes(Self.keyBytes)
            try keys.setWrappedKey(WrappedCustomerKey(version: 1, bytes: masked(key, by: master)), of: customer)
        }
        let nonce = random.bytes(Self.nonceBytes)
        return nonce + digest.digest(key + nonce + plain) + masked(plain, by: key + nonce)
    }

    /// Opens a snippet; `nil` without its key, or when it was damaged.
    public func open(_ sealed: [UInt8], of customer: CustomerID) throws(StorageFailure) -> [UInt8]? {
        guard let wrapped = try keys.wrappedKey(of: customer), sealed.count >= Self.nonceBytes + 32 else { return nil }
        let key = masked(wrapped.bytes, by: master)
        let nonce = Array(sealed.prefix(Self.nonceBytes))
        let plain = masked(Array(sealed.dropFirst(Self.nonceBytes + 32)), by: key + nonce)
        let tag = Array(sealed.dropFirst(Self.nonceBytes).prefix(32))
        return digest.digest(key + nonce + plain) == tag ? plain : nil
    }

    /// Destroys the customer's key.
    public func destroyKey(of customer: CustomerID) throws(StorageFailure) { try keys.removeKey(of: customer) }

    /// A digest of a loyalty card's number.
    public func cardDigest(_ card: String) -> [UInt8] { digest.digest(master + Array(card.utf8)) }

    /// The bytes, mixed with a stream that follows from `secret`; done twice, the bytes again.
    private func masked(_ bytes: [UInt8], by secret: [UInt8]) -> [UInt8] {
        var seed = FNVDigest.offsetBasis
        for byte in secret { seed = FNVDigest.mixed(seed, byte) }
        var stream = SeededRandom(seed: seed)
        return zip(bytes, stream.bytes(bytes.count)).map { $0 ^ $1 }
    }
}
