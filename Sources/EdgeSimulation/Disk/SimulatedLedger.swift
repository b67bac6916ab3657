// The shop's ledger on a simulated disk: what is not committed is gone after a crash, and the disk may do worse.

import EdgeAgent
import ShopCore
import ShopModel

/// A ledger in memory that behaves as one on disk.
///
/// Every change is logged with what stood there before; a rollback, a crash, and a sync that was a lie are ways back
/// in that log. Writing outside a transaction is refused: no fault of a disk, but one of the program.
public final class SimulatedLedger: SimulatedDisk, LedgerStorage {
    /// The faults that are switched on.
    public var faults = LedgerFaults()
    /// How often the disk did what a shop must survive.
    public private(set) var counts = LedgerCounts()

    /// Who this shop is among the holders of rights. Every process has to say so anew, before it looks at stock.
    public var home: Holder {
        get { knownHome ?? .headquarters }
        set { knownHome = newValue }
    }

    let values: Table<String, String, Unsorted<String>>
    let counters: Table<Counter, Int64, Unsorted<Int64>>
    let commands: Table<CommandID, StoredCommand, CommandIndexes>
    let deaths: Table<[UInt8], Int, Unsorted<Int>>
    let stockLines: Table<SKU, StockLine, StockLineIndexes>
    let journal: Table<Int64, JournalRow, JournalIndexes>
    let deliveries: Table<DeliveryKey, Instant, Unsorted<Instant>>
    let pendingCounts: Table<SKU, PendingCount, Unsorted<PendingCount>>
    let reservations: Table<ReservationID, Reservation, ReservationIndexes>
    let pickups: Table<OrderID, Pickup, PickupIndexes>
    let sales: Table<TicketLine, SaleLine, Unsorted<SaleLine>>
    let sessions: Table<SeatKey, ClerkSession, Unsorted<ClerkSession>>
    let attempts: Table<String, SignInAttempts, Unsorted<SignInAttempts>>
    let customerRows: Table<CustomerID, SealedCustomer, CustomerIndexes>
    let cards: Table<[UInt8], CustomerID, Unsorted<CustomerID>>
    let tombstones: Table<CustomerID, Instant, Unsorted<Instant>>
    let outbox: Table<Int64, OutboxRow, OutboxIndexes>
    let subjects: Table<SubjectKey, Int64, Unsorted<Int64>>
    let acts: Table<Int64, OperatorAct, ActIndexes>
    let enrolled: Table<DeviceID, EnrolledDevice, EnrolledIndexes>
    let refusals: Table<Int64, RefusalRow, RefusalIndexes>

    /// Rights that a planted fault added to the lines it handed out.
    var inflations: [SKU: Int] = [:]

    private var random: SeededRandom
    private var knownHome: Holder?
    private var nextFault: CommitFault?
    private var nextWriteFails = false
    /// A sync that failed, and whether its transaction is on disk.
    private var lostSync: Bool?
    private var commitsSinceSync = 0
    /// Commits that there is still room for; `nil` on a disk with space.
    private var room: Int?
    private var ballast = 0

    /// Numbers that the ledger gives out.
    enum Counter: Hashable { case journal, outbox, parkedEntries, acts, refusals }

    /// An empty disk; the seed decides what a failed sync leaves on it.
    public init(random: SeededRandom) {
        self.random = random
        let log = UndoLog()
        values = Table(log)
        counters = Table(log)
        commands = Table(log)
        deaths = Table(log)
        stockLines = Table(log)
        journal = Table(log)
        deliveries = Table(log)
        pendingCounts = Table(log)
        reservations = Table(log)
        pickups = Table(log)
        sales = Table(log)
        sessions = Table(log)
        attempts = Table(log)
        customerRows = Table(log)
        cards = Table(log)
        tombstones = Table(log)
        outbox = Table(log)
        subjects = Table(log)
        acts = Table(log)
        enrolled = Table(log)
        refusals = Table(log)
        super.init(log)
    }

    // MARK: The world's side

    /// Lets the next commit fail.
    public func failNextCommit(_ fault: CommitFault) { nextFault = fault }

    /// Lets the next write find no space, in the middle of a decision.
    public func failNextWrite() { nextWriteFails = true }

    /// Fills the disk: commits fail until the ballast is released, and again when that is used up.
    ///
    /// - Parameter ballastCommits: how many commits the ballast has room for.
    public func fillDisk(ballastCommits: Int = 200) {
        room = 0
        ballast = ballastCommits
    }

    /// Makes space on the disk.
    public func freeDisk() {
        room = nil
        ballast = 0
    }

    /// The box goes down and the disk is mounted again: what was not committed never happened.
    public func crash(_ crash: Crash = .power) {
        counts.crashes += 1
        if lostSync == true {
            counts.brokenCommitsKept += 1
        } else if let first = marks.first {
            counts.crashesInTransaction += lostSync == nil ? 1 : 0
            log.undo(to: first)
        }
        marks.removeAll()
        lostSync = nil
        knownHome = nil
        nextFault = nil
        if crash == .power, commitsSinceSync > 0 {
            counts.vanishedCommits += commitsSinceSync
            commitsSinceSync = 0
            log.undo(to: 0)
        }
        // What a lie kept from the disk is still in the kernel's memory when only the process died.
        if commitsSinceSync == 0 { log.forget() }
        if faults.forgetCommandsAtCrash {
            counts.forgottenCommands += commands.count
            commands.wipe()
        }
        if faults.forgetCursorsAtCrash {
            counts.forgottenCursors += feeds.cursors.count
            feeds.cursors.wipe()
        }
    }

    /// Everything that is committed, as a copy of the disk's files.
    public struct Backup {
        fileprivate let images: [Any]
    }

    /// Copies the disk, as a backup tool does; `nil` in the middle of a transaction.
    public func backup() -> Backup? { marks.isEmpty ? Backup(images: log.images()) : nil }

    /// Puts a backup in place of everything, while the process is down. Returns whether it was one of a ledger.
    public func restore(_ backup: Backup) -> Bool {
        crash(.process)
        counts.restores += 1
        return log.restore(backup.images)
    }

    // MARK: Transactions

    /// Makes the transaction durable, or fails as told.
    public func commit() throws(StorageFailure) {
        try checkWorking()
        guard marks.count == 1 else {
            throw .broken(marks.isEmpty ? "a commit without a transaction" : "a commit with an open savepoint")
        }
        let fault = nextFault
        nextFault = nil
        if fault == .full || room == 0 {
            counts.fullCommits += 1
            throw .full
        }
        if fault == .broken {
            counts.brokenCommits += 1
            lostSync = random.chance(0.5)
            throw .broken("the sync failed")
        }
        if let left = room { room = left - 1 }
        marks.removeAll()
        counts.commits += 1
        if faults.lieAboutSync {
            commitsSinceSync += 1
        } else {
            commitsSinceSync = 0
            log.forget()
        }
    }

    /// Forgets the transaction; nothing after a failed sync, which only a start mends.
    public override func rollback() {
        if lostSync == nil { super.rollback() }
    }

    /// Marks a point inside the transaction.
    public func savepoint() throws(StorageFailure) {
        try checkWriting()
        marks.append(log.mark)
    }

    /// Keeps what was done since the latest point.
    public func releaseSavepoint() throws(StorageFailure) {
        try checkWorking()
        guard marks.count > 1 else { throw .broken("no savepoint to release") }
        marks.removeLast()
    }

    /// Undoes what was done since the latest point.
    public func rollbackToSavepoint() throws(StorageFailure) {
        try checkWorking()
        guard marks.count > 1 else { throw .broken("no savepoint to go back to") }
        log.undo(to: marks.removeLast())
    }

    /// Gives back the space kept for the worst day; nothing on a disk with space.
    public func releaseBallast() {
        guard let left = room, ballast > 0 else { return }
        counts.ballastReleases += 1
        room = left + ballast
        ballast = 0
    }

    /// A small durable value by name.
    public func value(_ name: String) throws(StorageFailure) -> String? {
        try checkWorking()
        return values[name]
    }

    /// Sets a small durable value.
    public func setValue(_ name: String, _ value: String) throws(StorageFailure) {
        try checkWriting()
        values[name] = value
    }

    /// Refuses everything after a failed sync: the process has to end before it tells anything to anyone.
    override func checkWorking() throws(StorageFailure) {
        guard lostSync == nil else { throw .broken("a sync failed before") }
    }

    /// Refuses to write outside a transaction, or where it was told to find no space.
    override func checkWriting() throws(StorageFailure) {
        try super.checkWriting()
        guard nextWriteFails else { return }
        nextWriteFails = false
        throw .full
    }

    /// The holder that this shop is; refuses to go on when nobody said so.
    func checkHome() throws(StorageFailure) -> Holder {
        try checkWorking()
        guard let knownHome else { throw .broken("stock was looked at before the shop's holder was known") }
        return knownHome
    }

    /// The next of the numbers that the ledger gives out, from 1.
    func next(_ counter: Counter) -> Int64 {
        let number = (counters[counter] ?? 0) + 1
        counters[counter] = number
        return number
    }
}
