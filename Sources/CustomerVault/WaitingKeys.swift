// Keys that were made or destroyed within a transaction of the ledger, until it ends.

import EdgeAgent
import ShopModel

/// Keys of customers and of pickups as they will be stored when the ledger's transaction ends.
///
/// Hundreds of customers come with one message, and the snippets of a day end at one instant: each key on its own would be
/// four waits for the disk. All that a transaction makes and destroys is one change of `keys.db`, which storage has made
/// durable (`settle`) before its own rows are: a new key is there before anything sealed under it.
public final class WaitingKeys: CustomerKeyStorage {
    private let keys: any KeyStorage
    /// What the next `settle` does, in this order.
    private var waiting: [KeyChange] = []
    /// The last change of each owner.
    private var latest: [KeyOwner: Int] = [:]

    /// In front of the file of keys.
    public init(_ keys: any KeyStorage) { self.keys = keys }

    /// How many changes wait.
    public var count: Int { waiting.count }

    /// An owner's key as it will be when what waits has settled.
    func key(of owner: KeyOwner) throws(StorageFailure) -> WrappedCustomerKey? {
        if let index = latest[owner] { return waiting[index].key }
        return try keys.wrappedKey(of: owner)
    }

    /// Lets a key be stored with the next `settle`.
    func put(_ key: WrappedCustomerKey, of owner: KeyOwner) { add(KeyChange(of: owner, key: key)) }

    /// Lets a key be destroyed with the next `settle`; nothing when there is none.
    func destroyKey(of owner: KeyOwner) throws(StorageFailure) {
        guard try key(of: owner) != nil else { return }
        add(KeyChange(of: owner, key: nil))
    }

    private func add(_ change: KeyChange) {
        latest[change.owner] = waiting.count
        waiting.append(change)
    }

    /// Forgets what came to wait after the first `count`.
    func forget(after count: Int) {
        guard waiting.count > count else { return }
        waiting.removeLast(waiting.count - max(0, count))
        latest.removeAll(keepingCapacity: true)
        for (index, change) in waiting.enumerated() { latest[change.owner] = index }
    }

    /// Makes what waits durable, in one step.
    func settle() throws(StorageFailure) {
        guard !waiting.isEmpty else { return }
        try keys.change(waiting)
        let isLarge = waiting.capacity > 1_024
        waiting.removeAll(keepingCapacity: !isLarge)
        latest.removeAll(keepingCapacity: !isLarge)
    }

    // MARK: - Customers' keys

    /// The wrapped key of a customer, and its version.
    public func wrappedKey(of customer: CustomerID) throws(StorageFailure) -> WrappedCustomerKey? {
        try key(of: .customer(customer))
    }

    /// Lets a customer's key be stored with the transaction.
    public func setWrappedKey(_ key: WrappedCustomerKey, of customer: CustomerID) { put(key, of: .customer(customer)) }

    /// Lets a customer's key be destroyed with the transaction.
    public func removeKey(of customer: CustomerID) throws(StorageFailure) {
        try destroyKey(of: .customer(customer))
    }
}
