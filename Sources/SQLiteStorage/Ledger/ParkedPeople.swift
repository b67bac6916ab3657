// Set-aside entries of feeds about people, which releases before schema 4 kept whole and in clear.

/// What takes people out of the set-aside entries.
///
/// The table is built anew and the old one dropped, for the reason that `ContactMigration` has.
enum ParkedPeople {
    /// The fourth step of the ledger's schema; also what cleans its copies.
    static let migration = """
        ALTER TABLE parkedEntry RENAME TO clearParkedEntry;
        \(FeedTables.parkedEntry)
        INSERT INTO parkedEntry SELECT row, scope, feed, sequence, reason,
            CASE WHEN \(people) THEN CAST('null' AS BLOB) ELSE entry END FROM clearParkedEntry;
        DROP TABLE clearParkedEntry;

        """

    /// Whether a ledger has such entries.
    static func areClear(in copy: BareDatabase) throws(StorageError) -> Bool {
        try copy.number(
            "SELECT EXISTS (SELECT 1 FROM parkedEntry WHERE \(people) AND entry <> CAST('null' AS BLOB))") == 1
    }

    private static let people = "feed IN ('customers', 'clerks', 'erasures')"
}
