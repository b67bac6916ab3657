// Every change of a unit of stock, with its cause: the answer to "why is the availability 2?" (DESIGN §5).

import ShopModel

/// A change of a stock line, and why it came about. The sum over a line's entries always equals the line.
public struct JournalEntry: Equatable, Sendable {
    /// Where in the journal it stands, from 1 and without gaps; assigned when it is stored.
    public var position: Int64
    /// Which line changed.
    public let sku: SKU
    /// What moved.
    public let change: StockChange
    /// Why.
    public let cause: Cause
    /// When, by the shop's time; an expiry is dated at its own instant.
    public let at: Instant
    /// The `subjectsequence` of the event that tells headquarters of it.
    public let eventSequence: Int64

    /// Why a line changed.
    public struct Cause: Equatable, Sendable {
        /// What did it: a verb of the contract, `expiry`, or `feed.<name>`.
        public let by: String
        /// What it was done for: `reservation/R-…`, `order/…`, `ticket/…`; the event subject of the aggregate.
        public let reference: String
        /// The command that asked for it, if one did.
        public let command: CommandID?
        /// The device that sent the command; the agent itself for what nobody asked for.
        public let device: DeviceID
        /// The clerk who was signed in, if one was.
        public let clerk: ClerkID?

        /// Why a line changed.
        public init(by: String, reference: String, command: CommandID?, device: DeviceID, clerk: ClerkID?) {
            self.by = by
            self.reference = reference
            self.command = command
            self.device = device
            self.clerk = clerk
        }
    }

    /// An entry; storage assigns its position.
    public init(
        position: Int64 = 0, sku: SKU, change: StockChange, cause: Cause, at: Instant, eventSequence: Int64
    ) {
        self.position = position
        self.sku = sku
        self.change = change
        self.cause = cause
        self.at = at
        self.eventSequence = eventSequence
    }
}
