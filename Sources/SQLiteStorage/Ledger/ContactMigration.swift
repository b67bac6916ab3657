// The step that seals what earlier releases left in clear: the contacts of pickups (DESIGN §9).

import EdgeAgent
import ShopModel

/// Step 3 of the ledger's schema, in one transaction.
///
/// The table is built anew beside the old one, which is then dropped: with `secure_delete` every page of a dropped table
/// is overwritten whole. To set the columns to NULL in place would not do: SQLite leaves remains of rows in the free
/// middle of a page when it shares a full page out among others, and overwrites only what it frees itself (tried on
/// 3.40.1: of 5,000 names that were set to NULL, one could still be read).
struct ContactMigration {
    /// How many contacts are held in memory, and how many keys wait, at a time.
    static let batch = 256

    private let database: Database
    private let contacts: any ContactSealing

    init(_ database: Database, _ contacts: any ContactSealing) {
        self.database = database
        self.contacts = contacts
    }

    /// The columns that stay as they are.
    static let kept = """
        orderID, code, sscc, state, stateAt, reason, revision, claimedBy, cancelAt, cancelReason, arrived, stagedAt,
        customer, gift, receivedAt, collectBy, dueAt, isOpen
        """

    private static let table = """
        CREATE TABLE sealedPickup (
            orderID TEXT PRIMARY KEY, code TEXT NOT NULL, sscc TEXT, state TEXT NOT NULL, stateAt INTEGER, reason TEXT,
            revision INTEGER NOT NULL, claimedBy TEXT, cancelAt INTEGER, cancelReason TEXT, arrived TEXT,
            stagedAt TEXT, customer TEXT, contact BLOB, gift INTEGER NOT NULL,
            receivedAt INTEGER NOT NULL, collectBy INTEGER, dueAt INTEGER, isOpen INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// The indexes that went with the old table, and one by which contacts are found whose days are over.
    private static let indexes = """
        CREATE INDEX pickupOfCode ON pickup (code);
        CREATE INDEX pickupDue ON pickup (dueAt, orderID) WHERE dueAt IS NOT NULL;
        CREATE INDEX pickupOpen ON pickup (orderID) WHERE isOpen = 1;
        CREATE INDEX pickupWithContact ON pickup (coalesce(stateAt, receivedAt), orderID)
            WHERE contact IS NOT NULL AND isOpen = 0;
        """

    /// Takes the step.
    ///
    /// Keys are made durable before the rows that need them. When the step is interrupted, they are keys of nothing, and
    /// are used when it is taken again.
    func take() throws(StorageError) {
        try database.execute(
            Self.table + "INSERT INTO sealedPickup (\(Self.kept)) SELECT \(Self.kept) FROM pickup;")
        try sealAll()
        try database.execute(
            "DROP TABLE pickup; ALTER TABLE sealedPickup RENAME TO pickup;" + Self.indexes)
    }

    private func sealAll() throws(StorageError) {
        let find = try database.prepare(
            """
            SELECT orderID, name, phoneLast4 FROM pickup
            WHERE orderID > ? AND (name IS NOT NULL OR phoneLast4 IS NOT NULL) ORDER BY orderID LIMIT ?
            """)
        let put = try database.prepare("UPDATE sealedPickup SET contact = ? WHERE orderID = ?")
        var last = ""
        while true {
            let rows = try page(find, after: last)
            for row in rows {
                // A row without a readable order is no pickup of this shop, and nobody will ask whom it is for.
                guard let order = OrderID(row.order), let contact = row.contact else { continue }
                let sealed = try doing { () throws(StorageFailure) in try contacts.seal(contact.bytes, of: order) }
                try put.run(sealed, row.order)
            }
            try doing { () throws(StorageFailure) in try contacts.settle() }
            guard let end = rows.last else { return }
            last = end.order
        }
    }

    private func page(
        _ find: Statement, after last: String
    ) throws(StorageError) -> [(order: String, contact: PickupContact?)] {
        var rows: [(order: String, contact: PickupContact?)] = []
        defer { find.clear() }
        try find.bind(1, last)
        try find.bind(2, Self.batch)
        while try find.step() {
            let row = find.row
            rows.append(
                (
                    try row.text(0),
                    PickupContact(name: try row.optionalText(1), phoneLast4: try row.optionalText(2))
                ))
        }
        return rows
    }

    /// Runs `body` and names its failure as storage knows it.
    private func doing<Result>(_ body: () throws(StorageFailure) -> Result) throws(StorageError) -> Result {
        do throws(StorageFailure) { return try body() } catch {
            switch error {
            case .full: throw .full(path: database.path)
            case .broken(let sentence): throw .other(code: 0, message: sentence)
            }
        }
    }
}
