// Where the wrapped keys lie under which people's data is sealed, and how they change (DESIGN §9).

import ShopModel

/// Whose data a key seals.
public enum KeyOwner: Hashable, Sendable {
    /// A customer's snippets.
    case customer(CustomerID)
    /// The contact of one pickup.
    case pickup(OrderID)
}

/// A key that is made or destroyed.
public struct KeyChange: Equatable, Sendable {
    /// Whose.
    public let owner: KeyOwner
    /// The wrapped key; `nil` when it is destroyed.
    public let key: WrappedCustomerKey?

    /// A key that is made, or with `nil` destroyed.
    public init(of owner: KeyOwner, key: WrappedCustomerKey?) {
        self.owner = owner
        self.key = key
    }
}

/// Where the wrapped keys lie (`keys.db`).
public protocol KeyStorage: AnyObject {
    /// The wrapped key of an owner, and its version.
    func wrappedKey(of owner: KeyOwner) throws(StorageFailure) -> WrappedCustomerKey?
    /// Makes and destroys keys in one step, which is durable when this returns; of destroyed ones the files have nothing
    /// any more.
    func change(_ changes: [KeyChange]) throws(StorageFailure)
}
