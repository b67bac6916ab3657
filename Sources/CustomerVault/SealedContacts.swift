// The agent's port for the contacts of pickups: finds or makes a pickup's key, seals, opens, and destroys.

import EdgeAgent
import ShopModel

/// Seals the contacts of pickups, each under a key of its pickup's own that lies wrapped in `keys.db`.
///
/// A key for each pickup rather than for each customer: an order may name no customer, a contact is forgotten days after
/// its pickup is over while the customer's snippet lives on, and the other way round. So to forget one contact on time
/// and to erase one person are the same act, the destruction of keys, wherever a copy of the row lies.
public final class SealedContacts: ContactSealing {
    private let master: MasterKey
    private let keys: WaitingKeys

    /// Seals under `master` and keeps the wrapped keys in `keys`; those of customers that wait there settle with them.
    public init(master: MasterKey, keys: WaitingKeys) {
        self.master = master
        self.keys = keys
    }

    /// Seals a contact, making its pickup's key when there is none that can be used.
    ///
    /// - Throws: what the storage of keys throws; `broken` when libcrypto fails.
    public func seal(_ contact: [UInt8], of order: OrderID) throws(StorageFailure) -> [UInt8] {
        let stored = try keys.key(of: .pickup(order))
        do throws(VaultError) {
            if let stored, let key = try usable(stored, of: order) {
                return try SnippetSealer.seal(contact, under: key, in: cell(of: order)).bytes
            }
            let key = try CustomerKey(version: WrappedCustomerKey.version(after: stored))
            let wrapped = try master.wrap(key, of: order)
            let sealed = try SnippetSealer.seal(contact, under: key, in: cell(of: order)).bytes
            keys.put(WrappedCustomerKey(version: Int(wrapped.version), bytes: wrapped.bytes), of: .pickup(order))
            return sealed
        } catch { throw .broken(error.description) }
    }

    /// Opens a contact; `nil` when its key is not here, or when it or its key is not authentic.
    ///
    /// - Throws: what the storage of keys throws; `broken` when libcrypto fails.
    public func open(_ sealed: [UInt8], of order: OrderID) throws(StorageFailure) -> [UInt8]? {
        guard let stored = try keys.key(of: .pickup(order)) else { return nil }
        do throws(VaultError) {
            guard let key = try usable(stored, of: order) else { return nil }
            return try SnippetSealer.open(Sealed(bytes: sealed), under: key, in: cell(of: order))
        } catch {
            if case .cryptographyFailed = error { throw .broken(error.description) }
            return nil
        }
    }

    /// Lets the key of a pickup be destroyed with the next `settle`.
    public func destroyKey(of order: OrderID) throws(StorageFailure) {
        try keys.destroyKey(of: .pickup(order))
    }

    /// How many keys wait to be made or destroyed.
    public var waitingCount: Int { keys.count }

    /// Forgets what came to wait after the first `count`.
    public func forgetWaiting(after count: Int) { keys.forget(after: count) }

    /// Makes what waits durable, in one step.
    public func settle() throws(StorageFailure) { try keys.settle() }

    /// The key that a stored one wraps; `nil` when it does not unwrap.
    private func usable(_ stored: WrappedCustomerKey, of order: OrderID) throws(VaultError) -> CustomerKey? {
        try stored.unwrapped { wrapped throws(VaultError) in try master.unwrap(wrapped, of: order) }
    }

    private func cell(of order: OrderID) -> Cell { Cell(table: "pickup", row: order.value, column: "contact") }
}

extension WrappedCustomerKey {
    /// The version of the key that replaces one, or is the first.
    static func version(after stored: WrappedCustomerKey?) -> UInt32 {
        stored.flatMap { UInt32(exactly: $0.version) }?.addingReportingOverflow(1).partialValue ?? 1
    }

    /// What `unwrap` makes of the stored key; `nil` when it does not unwrap: it was changed on disk, or wrapped under
    /// another master key.
    ///
    /// - Throws: `VaultError.cryptographyFailed` alone.
    func unwrapped(_ unwrap: (WrappedKey) throws(VaultError) -> CustomerKey) throws(VaultError) -> CustomerKey? {
        guard let version = UInt32(exactly: version) else { return nil }
        do {
            return try unwrap(WrappedKey(version: version, bytes: bytes))
        } catch {
            if case .cryptographyFailed = error { throw error }
            return nil
        }
    }
}
