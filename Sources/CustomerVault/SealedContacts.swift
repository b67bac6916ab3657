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
    private let keys: any ContactKeyStorage
    /// What the next `settle` does, in this order. A turn has few: it is searched as it stands.
    private var waiting: [ContactKeyChange] = []

    /// Seals under `master` and keeps the wrapped keys in `keys`.
    public init(master: MasterKey, keys: any ContactKeyStorage) {
        self.master = master
        self.keys = keys
    }

    /// Seals a contact, making its pickup's key when there is none that can be used.
    ///
    /// - Throws: what the storage of keys throws; `broken` when libcrypto fails.
    public func seal(_ contact: [UInt8], of order: OrderID) throws(StorageFailure) -> [UInt8] {
        let stored = try storedKey(of: order)
        do throws(VaultError) {
            if let stored, let key = try usable(stored, of: order) {
                return try SnippetSealer.seal(contact, under: key, in: cell(of: order)).bytes
            }
            let key = try CustomerKey(version: WrappedCustomerKey.version(after: stored))
            let wrapped = try master.wrap(key, of: order)
            let sealed = try SnippetSealer.seal(contact, under: key, in: cell(of: order)).bytes
            waiting.append(
                ContactKeyChange(
                    order: order, key: WrappedCustomerKey(version: Int(wrapped.version), bytes: wrapped.bytes)))
            return sealed
        } catch { throw .broken(error.description) }
    }

    /// Opens a contact; `nil` when its key is not here, or when it or its key is not authentic.
    ///
    /// - Throws: what the storage of keys throws; `broken` when libcrypto fails.
    public func open(_ sealed: [UInt8], of order: OrderID) throws(StorageFailure) -> [UInt8]? {
        guard let stored = try storedKey(of: order) else { return nil }
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
        guard try storedKey(of: order) != nil else { return }
        waiting.append(ContactKeyChange(order: order, key: nil))
    }

    /// How many keys wait to be made or destroyed.
    public var waitingCount: Int { waiting.count }

    /// Forgets what came to wait after the first `count`.
    public func forgetWaiting(after count: Int) { waiting.removeLast(max(0, waiting.count - max(0, count))) }

    /// Makes what waits durable, in one step.
    public func settle() throws(StorageFailure) {
        guard !waiting.isEmpty else { return }
        try keys.change(waiting)
        waiting.removeAll(keepingCapacity: waiting.capacity <= 1_024)
    }

    /// A pickup's key as it will be stored when what waits has settled.
    private func storedKey(of order: OrderID) throws(StorageFailure) -> WrappedCustomerKey? {
        if let change = waiting.last(where: { $0.order == order }) { return change.key }
        return try keys.wrappedKey(ofPickup: order)
    }

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
