// What people changed by the control socket: who, when, what and why. Kept beside the effect, in the same commit.

import ShopModel

/// A change that somebody made, or was refused, over the control socket.
public struct OperatorAct: Equatable, Sendable {
    /// Its place among the acts, rising; assigned when it is stored.
    public var number: Int64
    /// When.
    public let at: Instant
    /// The number of the user who asked.
    public let user: UInt32
    /// The user's name as the box knew it then.
    public let name: String
    /// The command of the control socket.
    public let command: String
    /// What it was about: the id of an event, a customer, a device.
    public let target: String
    /// Why, in the words of whoever asked.
    public let reason: String?
    /// `done`, or the code of the refusal.
    public let outcome: String

    /// A change that somebody made; storage assigns its number.
    public init(
        number: Int64 = 0, at: Instant, user: UInt32, name: String, command: String, target: String, reason: String?,
        outcome: String
    ) {
        self.number = number
        self.at = at
        self.user = user
        self.name = name
        self.command = command
        self.target = target
        self.reason = reason
        self.outcome = outcome
    }
}

/// Acts of people over the control socket.
public protocol OperatorStorage {
    /// Stores an act; returns the number given.
    func append(_ act: OperatorAct) throws(StorageFailure) -> Int64
    /// The act of a number.
    func act(_ number: Int64) throws(StorageFailure) -> OperatorAct?
    /// The latest acts about a target, newest first.
    func acts(about target: String, limit: Int) throws(StorageFailure) -> [OperatorAct]
    /// Acts behind a number, oldest first.
    func acts(afterNumber: Int64, limit: Int) throws(StorageFailure) -> [OperatorAct]
    /// Removes up to `limit` acts older than `before`. Returns how many.
    func forgetActs(before: Instant, limit: Int) throws(StorageFailure) -> Int
}
