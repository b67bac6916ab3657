// What the agent asks of the machine: time, digests, PINs, customers' keys, a note of what is being decided.

import Contract
import ShopCore
import ShopModel

/// The machine's clocks.
public protocol MachineClock {
    /// What they say now.
    func read() -> ClockReading
}

/// Checks a PIN against what headquarters derived from it.
public protocol PINVerifying {
    /// Whether the PIN fits; `derived` as in the feed `clerks`. False for a `derived` that cannot be read.
    func verify(pin: String, derived: String) -> Bool
    /// Whether `derived` is of a form by which any PIN could ever fit.
    func canRead(_ derived: String) -> Bool
}

/// Seals customers' snippets, each under a key of its customer's own (DESIGN §9).
public protocol CustomerSealing: AnyObject {
    /// Seals a snippet, making the customer's key when there is none.
    func seal(_ plain: [UInt8], for customer: CustomerID) throws(StorageFailure) -> [UInt8]
    /// Opens a snippet; `nil` when its key was destroyed or it was tampered with.
    func open(_ sealed: [UInt8], of customer: CustomerID) throws(StorageFailure) -> [UInt8]?
    /// Destroys the customer's key with the transaction: nothing sealed under it can be read again, wherever it lies.
    func destroyKey(of customer: CustomerID) throws(StorageFailure)
    /// A keyed digest of a loyalty card's number, by which a snippet is found.
    func cardDigest(_ card: String) -> [UInt8]
}

/// Where customers' wrapped keys are found and changed; a change is durable no later than the transaction in which it is
/// made.
public protocol CustomerKeyStorage: AnyObject {
    /// The wrapped key of a customer, and its version.
    func wrappedKey(of customer: CustomerID) throws(StorageFailure) -> WrappedCustomerKey?
    /// Stores a wrapped key.
    func setWrappedKey(_ key: WrappedCustomerKey, of customer: CustomerID) throws(StorageFailure)
    /// Destroys a key; its pages are overwritten.
    func removeKey(of customer: CustomerID) throws(StorageFailure)
}

/// A key of a customer or of a pickup, wrapped by the box's master key.
public struct WrappedCustomerKey: Equatable, Sendable {
    /// The version, from 1.
    public let version: Int
    /// The wrapped bytes.
    public let bytes: [UInt8]

    /// A wrapped key.
    public init(version: Int, bytes: [UInt8]) {
        self.version = version
        self.bytes = bytes
    }
}

/// A note of the command that is being decided, which survives the death of the process (not of the machine).
///
/// A command that kills the process is found by it at the next start (DESIGN §6). The note costs no system call.
public protocol DecidingNote: AnyObject {
    /// Notes the digest of the command about to be decided.
    func begin(_ digest: [UInt8])
    /// Clears the note.
    func end()
    /// What was noted when the process died last.
    var found: [UInt8]? { get }
}
