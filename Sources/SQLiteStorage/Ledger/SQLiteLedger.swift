// The ledger's rows in SQLite: one file, one connection, one owner (DESIGN §10).

import EdgeAgent
import ShopCore

/// `ledger.db`: every commit is on the disk before it returns.
///
/// It belongs to the thread of the ledger's loop. Another process that opens the same state is refused, since the file
/// stays locked from the first transaction to the last.
///
/// ```swift
/// let ledger = try SQLiteLedger(in: StateDirectory("/var/lib/edged"), contacts: SealedContacts(master: master, keys: WaitingKeys(keys)))
/// ledger.home = .edge(incarnation)
/// try ledger.begin()
/// try ledger.put(reservation)
/// try ledger.commit()
/// ```
public final class SQLiteLedger: LedgerStorage {
    /// Who this shop is among the holders of rights: headquarters until it is set, which must be before the first look
    /// at stock or journal. Those are a broken storage before.
    public var home: Holder {
        get { knownHome ?? .headquarters }
        set { knownHome = newValue }
    }

    let database: Database
    let directory: StateDirectory
    /// Seals what of a pickup says who collects it; its keys are settled with each commit.
    let contacts: any ContactSealing
    /// How many keys waited at each savepoint.
    private var contactMarks: [Int] = []
    let holders: HolderNames
    let stock: StockStatements
    let journal: JournalStatements
    let commands: CommandStatements
    let reservations: ReservationStatements
    let pickups: PickupStatements
    let sales: SaleStatements
    let clerks: ClerkStatements
    let customerRows: CustomerStatements
    let feeds: FeedTables
    let fedValues: FedStatements
    let outbox: OutboxStatements
    let operators: OperatorStatements
    let devices: DeviceStatements
    let refused: RefusedStatements
    /// Rights as they are in the file, of lines seen in this transaction.
    var known: [String: KnownLine] = [:]
    /// The highest row of the outbox, once it was asked for.
    var knownOutboxRow: Int64?
    /// An incarnation is only known once the ledger has been opened.
    private(set) var knownHome: Holder?
    /// Whether a customer was erased in this transaction, whose name the write-ahead log may still have.
    var forgetsInLog = false
    /// The copy of the ledger that is being made.
    var backup: DatabaseCopy?
    private let ballast: Ballast

    /// The number of the schema that this release keeps the ledger in.
    public static var schemaVersion: Int { LedgerSchema.form.version }

    /// The bounds of the file: 1 MiB of pages, and a log of 8 MiB.
    ///
    /// Tried with 100,000 lines and 22,000 reservations in random order, counting system calls on tmpfs: pages for 2 MiB
    /// read 34 times a reservation instead of 48, which was no faster and 1.4 MB more resident; a log of 2,000 pages
    /// instead of 1,000 syncs a tenth less often.
    public static let bounds = Database.Settings(journalBytesMax: 8 << 20, checkpointPages: 2_000)

    /// Opens the ledger, makes it when there is none, and puts the ballast in place when there is room for it.
    ///
    /// - Parameters:
    ///   - directory: the folder of the agent's state.
    ///   - contacts: seals the contacts of pickups.
    ///   - settings: bounds of the file; for tests of a full disk.
    /// - Throws: `.busy` when another process has it open, `.restoreInterrupted`, `.newerSchema` and `.foreignFile` with the file untouched,
    ///   and what `Database` throws besides.
    public init(
        in directory: StateDirectory, contacts: any ContactSealing, settings: Database.Settings = SQLiteLedger.bounds
    ) throws(StorageError) {
        self.directory = directory
        self.contacts = contacts
        try Restoration.refuseUnfinished(in: directory)
        database = try Database(
            path: directory.file("ledger.db"), mode: .exclusiveFull, settings: settings,
            schema: LedgerSchema.migrations(sealing: contacts))
        holders = HolderNames(database)
        stock = StockStatements(database)
        journal = JournalStatements(database)
        commands = CommandStatements(database)
        reservations = ReservationStatements(database)
        pickups = PickupStatements(database)
        sales = SaleStatements(database)
        clerks = ClerkStatements(database)
        customerRows = CustomerStatements(database)
        feeds = FeedTables(database)
        fedValues = FedStatements(database)
        outbox = OutboxStatements(database)
        operators = OperatorStatements(database)
        devices = DeviceStatements(database)
        refused = RefusedStatements(database)
        ballast = Ballast(in: directory)
        ballast.restore()
    }

    /// Begins a transaction.
    public func begin() throws(StorageFailure) {
        known.removeAll(keepingCapacity: true)
        try failing { () throws(StorageError) in try database.beginWriting() }
    }

    /// Makes the transaction durable: when this returns, the effect survives a loss of power.
    ///
    /// Keys of contacts and of customers come first: a new one is there before anything sealed under it, and one that is destroyed is
    /// gone even if the power fails in between, which leaves a contact that nobody can read and the next try clears.
    ///
    /// A transaction that erased a customer also cuts the write-ahead log: what was stored of them in clear, however
    /// little, is in pages of earlier commits (DESIGN §9).
    public func commit() throws(StorageFailure) {
        try contacts.settle()
        contactMarks.removeAll(keepingCapacity: true)
        try failing { () throws(StorageError) in try database.commit() }
        guard forgetsInLog else { return }
        forgetsInLog = false
        let cut = try failing { () throws(StorageError) in try database.checkpoint(.truncate) }
        if cut.isPartial {
            throw .broken("The log of \(database.path) could not be cut, so an erased name may still be in it.")
        }
    }

    /// Forgets the transaction. Never fails: what cannot be rolled back will be at the next start.
    public func rollback() {
        forgetsInLog = false
        contacts.forgetWaiting(after: 0)
        contactMarks.removeAll(keepingCapacity: true)
        forgetWhatWasRead()
        try? database.rollBack()
    }

    /// Marks a point inside the transaction.
    public func savepoint() throws(StorageFailure) {
        try failing { () throws(StorageError) in try database.savepoint("command") }
        contactMarks.append(contacts.waitingCount)
    }

    /// Keeps what was done since the latest point, and forgets the point.
    public func releaseSavepoint() throws(StorageFailure) {
        try failing { () throws(StorageError) in try database.release("command") }
        _ = contactMarks.popLast()
    }

    /// Undoes what was done since the latest point, and forgets the point.
    public func rollbackToSavepoint() throws(StorageFailure) {
        forgetWhatWasRead()
        if let mark = contactMarks.popLast() { contacts.forgetWaiting(after: mark) }
        try failing { () throws(StorageError) in
            try database.rollBack(to: "command")
            try database.release("command")
        }
    }

    /// Gives back the space that was kept for the worst day, so that what is queued can still drain.
    public func releaseBallast() { ballast.release() }

    /// What is kept in memory may not be in the file any more.
    private func forgetWhatWasRead() {
        known.removeAll(keepingCapacity: true)
        knownOutboxRow = nil
        holders.forget()
    }
}

@available(*, unavailable)
extension SQLiteLedger: Sendable {}
