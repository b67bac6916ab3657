// How the contact of a pickup is kept: sealed on every disk, under a key that ends with it (DESIGN §9).

import ShopModel

/// Seals the contacts of pickups, each under a key of its own.
///
/// Whoever stores pickups works through it, at the border where values become rows: a contact is plain in memory and on
/// no disk. Keys that are made and destroyed wait until `settle`, so that storage can have them in step with its own
/// transaction, and hundreds of them cost one sync.
public protocol ContactSealing: AnyObject {
    /// Seals a contact, making its pickup's key when there is none that can be used.
    func seal(_ contact: [UInt8], of order: OrderID) throws(StorageFailure) -> [UInt8]
    /// Opens a contact; `nil` when its key is not here any more, or never was, or when it was tampered with.
    func open(_ sealed: [UInt8], of order: OrderID) throws(StorageFailure) -> [UInt8]?
    /// Lets the key of a pickup be destroyed with the next `settle`; nothing when there is none.
    func destroyKey(of order: OrderID) throws(StorageFailure)
    /// How many keys wait to be made or destroyed.
    var waitingCount: Int { get }
    /// Forgets what came to wait after the first `count`.
    func forgetWaiting(after count: Int)
    /// Makes what waits durable: new keys can be relied on, destroyed ones are nowhere in the files any more.
    func settle() throws(StorageFailure)
}
