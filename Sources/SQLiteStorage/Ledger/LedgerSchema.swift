// The tables of ledger.db. A released step is never changed: what comes next is a step of its own.

import EdgeAgent

/// The schema of `ledger.db`.
///
/// Names are kept as text rather than by number, so that a damaged file can be salvaged row by row. Moments are
/// milliseconds since 1970. Every query of the port has an index; a test looks at SQLite's plans. There are
/// no more indexes than needed, since a reservation writes a page of nearly each.
enum LedgerSchema {
    /// `EdLg`, and the number of the last step.
    static let form = FileForm(applicationID: 0x4564_4C67, version: 4)

    /// All steps; the third seals with `contacts`.
    static func migrations(sealing contacts: any ContactSealing) -> Migrations {
        Migrations(
            applicationID: form.applicationID,
            steps: [
                Migrations.Step("first tables", sql: commands + stock + promises + sales + people + feeds + outbox),
                Migrations.Step(
                    "technicians and devices",
                    sql: OperatorTables.schema + RefusedTables.schema + FeedTables.momentsOfCursors
                        + DeviceTables.schema),
                Migrations.Step("sealed contacts") { database throws(StorageError) in
                    try ContactMigration(database, contacts).take()
                },
                Migrations.Step("pickups of customers", sql: pickupsOfCustomers + ParkedPeople.migration),
            ], keepsCopy: true)
    }

    private static let commands = """
        CREATE TABLE value (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE command (
            row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, verb TEXT NOT NULL,
            digest BLOB NOT NULL, outcome TEXT NOT NULL, decidedAt INTEGER NOT NULL, reply BLOB
        ) STRICT;
        CREATE INDEX commandWithReply ON command (decidedAt) WHERE reply IS NOT NULL;
        CREATE TABLE death (digest BLOB PRIMARY KEY, times INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """

    /// In `rights`, `units` is what `giver` gave to `taker`; taker 0 stands for what it created, -1 for what it spent.
    /// `journal.home` is the holder that this shop was, since event numbers begin anew with each incarnation.
    private static let stock = """
        CREATE TABLE holder (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE stock (
            id INTEGER PRIMARY KEY, sku TEXT NOT NULL UNIQUE, onHand INTEGER NOT NULL, inspection INTEGER NOT NULL,
            damaged INTEGER NOT NULL, display INTEGER NOT NULL, missing INTEGER NOT NULL, holds INTEGER NOT NULL,
            owed INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE rights (
            stock INTEGER NOT NULL REFERENCES stock (id), giver INTEGER NOT NULL, taker INTEGER NOT NULL,
            units INTEGER NOT NULL, PRIMARY KEY (stock, giver, taker)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE journal (
            position INTEGER PRIMARY KEY, sku TEXT NOT NULL, home INTEGER NOT NULL, event INTEGER NOT NULL,
            at INTEGER NOT NULL, kind TEXT NOT NULL, cause TEXT NOT NULL, reference TEXT NOT NULL, command TEXT,
            device TEXT NOT NULL, clerk TEXT, onHand INTEGER NOT NULL, inspection INTEGER NOT NULL,
            damaged INTEGER NOT NULL, display INTEGER NOT NULL, missing INTEGER NOT NULL, holds INTEGER NOT NULL,
            owed INTEGER NOT NULL, holder INTEGER, created INTEGER NOT NULL, spent INTEGER NOT NULL,
            gifts INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX journalOfSKU ON journal (sku);
        CREATE INDEX journalOfEvent ON journal (sku, home, event);
        CREATE INDEX journalOfReference ON journal (reference);
        CREATE INDEX journalOfCommand ON journal (command) WHERE command IS NOT NULL;
        CREATE TABLE journalGift (
            position INTEGER NOT NULL REFERENCES journal (position), ordinal INTEGER NOT NULL, taker INTEGER NOT NULL,
            units INTEGER NOT NULL, PRIMARY KEY (position, ordinal)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE delivery (
            delivery TEXT NOT NULL, sku TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (delivery, sku)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE pendingCount (
            sku TEXT PRIMARY KEY, counted INTEGER NOT NULL, position INTEGER NOT NULL, clerk TEXT, at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// A line's `dueAt` and `awaitedSince` repeat its reservation's while it has units locked, so that the holds of a
    /// SKU are found in the order of their ends without a look at the reservations.
    private static let promises = """
        CREATE TABLE reservation (
            id TEXT PRIMARY KEY, state TEXT NOT NULL, until INTEGER, since INTEGER, reason TEXT, customer TEXT,
            channel TEXT NOT NULL, placedAt INTEGER NOT NULL, isOpen INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX reservationDue ON reservation (until, id) WHERE until IS NOT NULL;
        CREATE INDEX reservationOpen ON reservation (id) WHERE isOpen = 1;
        CREATE INDEX reservationOfCustomer ON reservation (customer, id) WHERE customer IS NOT NULL;
        CREATE TABLE reservationLine (
            reservation TEXT NOT NULL REFERENCES reservation (id), ordinal INTEGER NOT NULL, sku TEXT NOT NULL,
            asked INTEGER NOT NULL, locked INTEGER NOT NULL, sold INTEGER NOT NULL, dueAt INTEGER,
            awaitedSince INTEGER, PRIMARY KEY (reservation, ordinal)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX lineDue ON reservationLine (sku, dueAt, reservation) WHERE dueAt IS NOT NULL;
        CREATE INDEX lineAwaited ON reservationLine (sku, awaitedSince, reservation) WHERE awaitedSince IS NOT NULL;
        CREATE TABLE pickup (
            orderID TEXT PRIMARY KEY, code TEXT NOT NULL, sscc TEXT, state TEXT NOT NULL, stateAt INTEGER, reason TEXT,
            revision INTEGER NOT NULL, claimedBy TEXT, cancelAt INTEGER, cancelReason TEXT, arrived TEXT,
            stagedAt TEXT, customer TEXT, name TEXT, phoneLast4 TEXT, gift INTEGER NOT NULL,
            receivedAt INTEGER NOT NULL, collectBy INTEGER, dueAt INTEGER, isOpen INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX pickupOfCode ON pickup (code);
        CREATE INDEX pickupDue ON pickup (dueAt, orderID) WHERE dueAt IS NOT NULL;
        CREATE INDEX pickupOpen ON pickup (orderID) WHERE isOpen = 1;
        CREATE TABLE pickupLine (
            orderID TEXT NOT NULL REFERENCES pickup (orderID), ordinal INTEGER NOT NULL, sku TEXT NOT NULL,
            quantity INTEGER NOT NULL, picked INTEGER NOT NULL, short INTEGER NOT NULL, handedOver INTEGER NOT NULL,
            refused INTEGER NOT NULL, PRIMARY KEY (orderID, ordinal)
        ) STRICT, WITHOUT ROWID;
        """

    /// An erasure finds the pickups of its customer without looking through all there ever were.
    private static let pickupsOfCustomers = """
        CREATE INDEX pickupOfCustomer ON pickup (customer, orderID) WHERE customer IS NOT NULL;

        """

    private static let sales = """
        CREATE TABLE sale (
            till TEXT NOT NULL, ticket TEXT NOT NULL, line INTEGER NOT NULL, kind TEXT NOT NULL, sku TEXT,
            units INTEGER NOT NULL, returnedSKU TEXT, returnedUnits INTEGER, originalTill TEXT, originalTicket TEXT,
            originalLine INTEGER, orderID TEXT, businessDay INTEGER, recordedAt INTEGER NOT NULL,
            voided INTEGER NOT NULL, consumed INTEGER NOT NULL, PRIMARY KEY (till, ticket, line)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE saleConsumed (
            till TEXT NOT NULL, ticket TEXT NOT NULL, line INTEGER NOT NULL, ordinal INTEGER NOT NULL,
            reservation TEXT NOT NULL, units INTEGER NOT NULL, PRIMARY KEY (till, ticket, line, ordinal),
            FOREIGN KEY (till, ticket, line) REFERENCES sale (till, ticket, line)
        ) STRICT, WITHOUT ROWID;
        """

    private static let people = """
        CREATE TABLE session (
            device TEXT NOT NULL, seat TEXT NOT NULL, clerk TEXT NOT NULL, roles TEXT NOT NULL, until INTEGER NOT NULL,
            PRIMARY KEY (device, seat)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE signInAttempt (
            badge TEXT PRIMARY KEY, wrong INTEGER NOT NULL, lockedUntil INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE customer (
            id TEXT PRIMARY KEY, sealed BLOB NOT NULL, expires INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX customerExpiry ON customer (expires, id);
        CREATE TABLE customerCard (
            digest BLOB PRIMARY KEY, customer TEXT NOT NULL REFERENCES customer (id), ordinal INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX cardOfCustomer ON customerCard (customer, ordinal);
        CREATE TABLE tombstone (customer TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """

    private static let feeds =
        FeedTables.schema + """
            CREATE TABLE fed (
                feed TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
                PRIMARY KEY (feed, scope, key)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE staged (
                feed TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
                PRIMARY KEY (feed, scope, key)
            ) STRICT, WITHOUT ROWID;
            """

    private static let outbox = """
        CREATE TABLE outbox (
            row INTEGER PRIMARY KEY, lane INTEGER NOT NULL, state INTEGER NOT NULL,
            id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, subject TEXT NOT NULL, subjectSequence INTEGER NOT NULL,
            incarnation TEXT NOT NULL, time INTEGER NOT NULL, data BLOB NOT NULL, reason TEXT, receiptedAt INTEGER,
            epoch TEXT
        ) STRICT;
        CREATE INDEX outboxStanding ON outbox (state, lane);
        CREATE INDEX outboxReceipted ON outbox (epoch, receiptedAt) WHERE state = 1;
        CREATE INDEX outboxParked ON outbox (subject, incarnation) WHERE state = 2;
        CREATE INDEX outboxOfSubject ON outbox (subject, incarnation, subjectSequence);
        CREATE TABLE subjectSequence (
            subject TEXT NOT NULL, incarnation TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (subject, incarnation)
        ) STRICT, WITHOUT ROWID;
        """
}
