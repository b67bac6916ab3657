// What a backup takes over from the ledger whose place it takes: a restore undoes no erasure and no act of a technician.

/// What outlives a restore.
struct RestoreInheritance {
    /// Customers who were erased, and when, in milliseconds (DESIGN §9). Without them, what headquarters sends again would
    /// bring an erased customer back.
    private var tombstones: [(customer: String, at: Int)] = []
    /// The ledger's path, when it is whole enough for its acts to be taken over as they are.
    private let sound: String?

    /// Reads what a ledger leaves behind.
    ///
    /// - Parameters:
    ///   - ledger: a copy of it; of a damaged one whatever can be read.
    ///   - isSound: whether it was looked through.
    init(of ledger: BareDatabase, isSound: Bool) {
        sound = isSound ? ledger.path : nil
        // Where the table breaks off from its beginning, it is read from its end.
        for order in ["ASC", "DESC"] {
            let rows = try? Statement(
                "SELECT customer, at FROM tombstone ORDER BY customer \(order)", on: ledger.handle)
            if let rows, (try? read(rows)) != nil { return }
        }
    }

    private mutating func read(_ rows: Statement) throws(StorageError) {
        while try rows.step() { tombstones.append((try rows.row.text(0), try rows.row.int(1))) }
    }

    /// Writes it into a copy of the backup.
    func give(to backup: BareDatabase) throws(StorageError) {
        try backup.execute("BEGIN")
        let insert = try Statement("INSERT OR IGNORE INTO tombstone (customer, at) VALUES (?, ?)", on: backup.handle)
        for (customer, at) in tombstones { try insert.run(customer, at) }
        try backup.execute("COMMIT")
        guard let sound, try backup.number(Self.hasActs("main")) == 1 else { return }
        try backup.attach(sound, as: "former")
        defer { backup.detach("former") }
        guard try backup.number(Self.hasActs("former")) == 1 else { return }
        let columns = "at, uid, user, command, target, reason, outcome"
        // A number that two lives gave to two acts is the backup's; the other act gets a new one.
        try backup.execute(
            """
            BEGIN;
            INSERT INTO main.operatorAct (number, \(columns)) SELECT number, \(columns) FROM former.operatorAct a
                WHERE NOT EXISTS (SELECT 1 FROM main.operatorAct b WHERE b.number = a.number) ORDER BY number;
            INSERT INTO main.operatorAct (\(columns)) SELECT \(columns) FROM former.operatorAct a
                WHERE NOT EXISTS (SELECT 1 FROM main.operatorAct b
                    WHERE b.at = a.at AND b.command = a.command AND b.target = a.target) ORDER BY number;
            COMMIT;
            """)
    }

    private static func hasActs(_ schema: String) -> String {
        "SELECT count(*) FROM \(schema).sqlite_schema WHERE name = 'operatorAct'"
    }
}
