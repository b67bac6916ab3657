// The shop's durable memory, as typed rows and one commit. SQLite in the shop, a simulated disk in simulation.

import Contract
import ShopCore
import ShopModel

/// The ledger's rows. One owner, one transaction at a time; what is not committed never happened.
///
/// Reads inside a transaction see its own writes. Every list comes in a fixed order, told with each function.
public protocol LedgerStorage: CommandStorage, StockStorage, ReservationStorage, PickupStorage, SaleStorage,
    ClerkStorage, CustomerStorage, FeedStorage, OutboxStorage, OperatorStorage, DeviceStorage, AnyObject
{
    /// Begins a transaction.
    func begin() throws(StorageFailure)
    /// Makes the transaction durable: when this returns, the effect survives a loss of power.
    func commit() throws(StorageFailure)
    /// Forgets the transaction. Never fails: what cannot be rolled back will be at the next start.
    func rollback()
    /// Marks a point inside the transaction.
    func savepoint() throws(StorageFailure)
    /// Keeps what was done since the latest point, and forgets the point.
    func releaseSavepoint() throws(StorageFailure)
    /// Undoes what was done since the latest point, and forgets the point.
    func rollbackToSavepoint() throws(StorageFailure)
    /// Gives back the space that was kept for the worst day, so that what is queued can still drain.
    func releaseBallast()

    /// A small durable value by name: `clock.committed`, `incarnation`, `identity`, ...
    func value(_ name: String) throws(StorageFailure) -> String?
    /// Who this shop is among the holders of rights; set once, before the first stock line is read.
    var home: Holder { get set }
    /// Sets a small durable value.
    func setValue(_ name: String, _ value: String) throws(StorageFailure)
}

/// A command that was decided, and what was answered (DESIGN law 2).
public struct StoredCommand: Equatable, Sendable {
    /// The sender's id.
    public let id: CommandID
    /// Who sent it.
    public let device: DeviceID
    /// What it asked for.
    public let verb: String
    /// Keyed digest of verb and payload.
    public let digest: [UInt8]
    /// `done` or `refused`.
    public let outcome: String
    /// The reply's bytes; `nil` once forgotten.
    public let reply: [UInt8]?
    /// When it was decided.
    public let decidedAt: Instant

    /// A command that was decided.
    public init(
        id: CommandID, device: DeviceID, verb: String, digest: [UInt8], outcome: String, reply: [UInt8]?,
        decidedAt: Instant
    ) {
        self.id = id
        self.device = device
        self.verb = verb
        self.digest = digest
        self.outcome = outcome
        self.reply = reply
        self.decidedAt = decidedAt
    }
}

/// Commands by their ids.
public protocol CommandStorage {
    /// The command of that id, if it was ever decided.
    func command(_ id: CommandID) throws(StorageFailure) -> StoredCommand?
    /// Remembers a command for ever.
    func insert(_ command: StoredCommand) throws(StorageFailure)
    /// Forgets up to `limit` replies older than `before`, ids and outcomes stay. Returns how many.
    func forgetReplies(before: Instant, limit: Int) throws(StorageFailure) -> Int
    /// How often the process died while it decided this command.
    func deaths(of digest: [UInt8]) throws(StorageFailure) -> Int
    /// Counts a death.
    func countDeath(of digest: [UInt8]) throws(StorageFailure)
    /// The latest commands of a device among the latest of all devices, newest first: no more are looked through than
    /// can be while devices wait.
    func commands(of device: DeviceID, limit: Int) throws(StorageFailure) -> [StoredCommand]
    /// Remembers a message that was refused before it was decided; the oldest are forgotten as new ones come.
    func insert(_ refusal: RefusedMessage) throws(StorageFailure)
    /// What was refused under an id, oldest first.
    func refusals(of id: CommandID, limit: Int) throws(StorageFailure) -> [RefusedMessage]
    /// The latest refusals of a device, newest first.
    func refusals(of device: DeviceID, limit: Int) throws(StorageFailure) -> [RefusedMessage]
}

/// A command that never came to a decision: it could not be read, or its device may not send it. Its id may be used
/// again, so that it is no `StoredCommand`. Nothing of the message's content is kept.
public struct RefusedMessage: Equatable, Sendable {
    /// The sender's id.
    public let id: CommandID
    /// Who sent it.
    public let device: DeviceID
    /// What it asked for, as far as that could be read.
    public let verb: String
    /// The refusal's code.
    public let code: String
    /// Where in the message the cause lies, as a JSON pointer.
    public let field: String?
    /// What the device's role was then.
    public let role: String
    /// When.
    public let at: Instant

    /// How many are kept.
    public static let keptMax = 2_000

    /// A command that was refused.
    public init(
        id: CommandID, device: DeviceID, verb: String, code: String, field: String?, role: String, at: Instant
    ) {
        self.id = id
        self.device = device
        self.verb = verb
        self.code = code
        self.field = field
        self.role = role
        self.at = at
    }
}

/// Stock lines and their journal.
public protocol StockStorage {
    /// The line of a SKU, if the shop ever had one.
    func stockLine(_ sku: SKU) throws(StorageFailure) -> StockLine?
    /// Stores a line, new or changed.
    func put(_ line: StockLine) throws(StorageFailure)
    /// Hands every line to `body`, by SKU.
    func forEachStockLine(_ body: (StockLine) -> Void) throws(StorageFailure)
    /// Up to `limit` lines behind a SKU, by SKU.
    func stockLines(after: SKU?, limit: Int) throws(StorageFailure) -> [StockLine]
    /// Appends to the journal; returns the position given.
    func append(_ entry: JournalEntry) throws(StorageFailure) -> Int64
    /// The last position of the journal; 0 when it is empty.
    func lastJournalPosition() throws(StorageFailure) -> Int64
    /// What units of a SKU came and went behind that journal position: corrections (`counted`, `restated`) are no
    /// movements, and are not among them.
    func onHandMoved(_ sku: SKU, afterPosition: Int64) throws(StorageFailure) -> Int
    /// What `onHand` of a SKU moved behind that event of subject `sku/<SKU>` in this incarnation.
    func onHandMoved(_ sku: SKU, afterEvent: Int64) throws(StorageFailure) -> Int
    /// The latest entries of a SKU, newest first.
    func journal(of sku: SKU, limit: Int) throws(StorageFailure) -> [JournalEntry]
    /// The entries that have this reference or this command, oldest first.
    func journal(about reference: String, limit: Int) throws(StorageFailure) -> [JournalEntry]
    /// The entries behind a position, oldest first.
    func journal(afterPosition: Int64, limit: Int) throws(StorageFailure) -> [JournalEntry]
    /// Whether goods of a delivery were received before; records it when not.
    func recordDelivery(_ delivery: String, _ sku: SKU, at: Instant) throws(StorageFailure) -> Bool
    /// A count that waits for approval.
    func pendingCount(_ sku: SKU) throws(StorageFailure) -> PendingCount?
    /// Stores or, with `nil`, removes a count that waits for approval.
    func setPendingCount(_ sku: SKU, _ count: PendingCount?) throws(StorageFailure)
}

/// A count that waits for somebody who may approve it.
public struct PendingCount: Equatable, Sendable {
    /// Units found.
    public let counted: Int
    /// The journal position as of which they were counted.
    public let position: Int64
    /// Who counted, if they were signed in.
    public let by: ClerkID?
    /// When.
    public let at: Instant

    /// A count that waits.
    public init(counted: Int, position: Int64, by: ClerkID?, at: Instant) {
        self.counted = counted
        self.position = position
        self.by = by
        self.at = at
    }
}

/// Reservations.
public protocol ReservationStorage {
    /// The reservation of that code.
    func reservation(_ id: ReservationID) throws(StorageFailure) -> Reservation?
    /// Stores a reservation, new or changed.
    func put(_ reservation: Reservation) throws(StorageFailure)
    /// Held ones whose end is at or before `now`, earliest end first, then by code.
    func dueReservations(at now: Instant, limit: Int) throws(StorageFailure) -> [ReservationID]
    /// The earliest end of a held one.
    func nextReservationEnd() throws(StorageFailure) -> Instant?
    /// Held ones with units of a SKU locked whose end is at or before `now`, earliest end first.
    func dueReservations(of sku: SKU, at now: Instant) throws(StorageFailure) -> [ReservationID]
    /// Those with units of a SKU locked (held or awaiting their sale), oldest first.
    func lockingReservations(of sku: SKU) throws(StorageFailure) -> [ReservationID]
    /// Those that await their sale with units of a SKU, longest waiting first.
    func awaitedSales(of sku: SKU) throws(StorageFailure) -> [ReservationID]
    /// How many a customer has held.
    func heldCount(of customer: CustomerID) throws(StorageFailure) -> Int
    /// Up to `limit` behind a code, by code; all, or the open ones only, or those of a customer.
    func reservations(openOnly: Bool, customer: CustomerID?, after: ReservationID?, limit: Int)
        throws(StorageFailure) -> [Reservation]
}

/// Pickups. A name and a telephone are plain in these values alone: storage seals them (`ContactSealing`).
public protocol PickupStorage {
    /// The pickup of an order.
    func pickup(_ order: OrderID) throws(StorageFailure) -> Pickup?
    /// The pickup of a customer's code.
    func pickup(code: String) throws(StorageFailure) -> Pickup?
    /// Stores a pickup, new or changed.
    func put(_ pickup: Pickup) throws(StorageFailure)
    /// Ready ones whose last moment is at or before `now`, earliest first.
    func duePickups(at now: Instant, limit: Int) throws(StorageFailure) -> [OrderID]
    /// The earliest last moment of a ready one.
    func nextPickupDeadline() throws(StorageFailure) -> Instant?
    /// Pickups that were over before `moment` and still have a contact, readable or not, the longest over first, then by
    /// order.
    func pickupsWithContact(overBefore moment: Instant, limit: Int) throws(StorageFailure) -> [OrderID]
    /// All that are for a customer, by order.
    func pickups(of customer: CustomerID) throws(StorageFailure) -> [Pickup]
    /// Up to `limit` behind an order, by order; all or the open ones only.
    func pickups(openOnly: Bool, after: OrderID?, limit: Int) throws(StorageFailure) -> [Pickup]
}

/// Lines of tickets.
public protocol SaleStorage {
    /// The line of that key, if it was recorded.
    func sale(_ key: TicketLine) throws(StorageFailure) -> SaleLine?
    /// Stores a line, new or voided since.
    func put(_ sale: SaleLine) throws(StorageFailure)
}

/// Clerks and their sessions.
public protocol ClerkStorage {
    /// The session at a device's seat, ended ones included.
    func session(device: DeviceID, seat: String) throws(StorageFailure) -> ClerkSession?
    /// Opens, or with `nil` ends, the session at a seat.
    func setSession(device: DeviceID, seat: String, _ session: ClerkSession?) throws(StorageFailure)
    /// Wrong PINs of a badge.
    func attempts(badge: String) throws(StorageFailure) -> SignInAttempts
    /// Remembers wrong PINs of a badge.
    func setAttempts(badge: String, _ attempts: SignInAttempts) throws(StorageFailure)
}

/// A customer's sealed snippet.
public struct SealedCustomer: Equatable, Sendable {
    /// Whose.
    public let customer: CustomerID
    /// The snippet, sealed under the customer's own key; no plain text of it is ever stored.
    public let sealed: [UInt8]
    /// Keyed digests of the loyalty cards, by which it is found.
    public let cards: [[UInt8]]
    /// The end of its life, exclusive.
    public let expires: Instant

    /// A sealed snippet.
    public init(customer: CustomerID, sealed: [UInt8], cards: [[UInt8]], expires: Instant) {
        self.customer = customer
        self.sealed = sealed
        self.cards = cards
        self.expires = expires
    }
}

/// Customers' sealed snippets, and the tombstones of those erased.
public protocol CustomerStorage {
    /// The snippet of a customer.
    func customer(_ id: CustomerID) throws(StorageFailure) -> SealedCustomer?
    /// The customer of a card's keyed digest.
    func customer(card: [UInt8]) throws(StorageFailure) -> CustomerID?
    /// Stores a snippet.
    func put(_ customer: SealedCustomer) throws(StorageFailure)
    /// Removes a snippet.
    func removeCustomer(_ id: CustomerID) throws(StorageFailure)
    /// Customers whose snippet ended at or before `now`, earliest first.
    func expiredCustomers(at now: Instant, limit: Int) throws(StorageFailure) -> [CustomerID]
    /// The earliest end of a snippet.
    func nextCustomerExpiry() throws(StorageFailure) -> Instant?
    /// All customers with a snippet, by id: for a snapshot's "absent means deleted".
    func customers() throws(StorageFailure) -> [CustomerID]
    /// Whether the customer was erased: a tombstone survives every resync.
    func isErased(_ id: CustomerID) throws(StorageFailure) -> Bool
    /// Leaves a tombstone.
    func markErased(_ id: CustomerID, at: Instant) throws(StorageFailure)
}
