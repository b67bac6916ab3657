// Customers' sealed snippets, their cards' digests, and the tombstones of those erased.

import EdgeAgent
import ShopModel

struct CustomerStatements {
    let find: TableStatement
    let cards: TableStatement
    let findByCard: TableStatement
    let put: TableStatement
    let putCard: TableStatement
    let removeCards: TableStatement
    let remove: TableStatement
    let expired: TableStatement
    let nextExpiry: TableStatement
    let listAll: TableStatement
    let findTombstone: TableStatement
    let addTombstone: TableStatement

    init(_ database: Database) {
        find = TableStatement(database, "customer", "SELECT id, sealed, expires FROM customer WHERE id = ?")
        cards = TableStatement(
            database, "customerCard", "SELECT digest FROM customerCard WHERE customer = ? ORDER BY ordinal")
        findByCard = TableStatement(
            database, "customerCard", "SELECT customer FROM customerCard WHERE digest = ?")
        put = TableStatement(
            database, "customer",
            """
            INSERT INTO customer VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, expires = excluded.expires
            """)
        // A card that passed from one customer to another is the later one's.
        putCard = TableStatement(database, "customerCard", "INSERT OR REPLACE INTO customerCard VALUES (?, ?, ?)")
        removeCards = TableStatement(database, "customerCard", "DELETE FROM customerCard WHERE customer = ?")
        remove = TableStatement(database, "customer", "DELETE FROM customer WHERE id = ?")
        expired = TableStatement(
            database, "customer", "SELECT id FROM customer WHERE expires <= ? ORDER BY expires, id LIMIT ?")
        nextExpiry = TableStatement(database, "customer", "SELECT min(expires) FROM customer")
        listAll = TableStatement(database, "customer", "SELECT id FROM customer ORDER BY id")
        findTombstone = TableStatement(database, "tombstone", "SELECT at FROM tombstone WHERE customer = ?")
        addTombstone = TableStatement(database, "tombstone", "INSERT OR IGNORE INTO tombstone VALUES (?, ?)")
    }
}

extension SQLiteLedger {
    /// The snippet of a customer.
    public func customer(_ id: CustomerID) throws(StorageFailure) -> SealedCustomer? {
        let found = try customerRows.find.first(id.value) { (row) throws(StorageError) in
            (sealed: try row.bytes(1), expires: try row.instant(2))
        }
        guard let row = found else { return nil }
        let cards = try customerRows.cards.all(id.value) { (row) throws(StorageError) in try row.bytes(0) }
        return SealedCustomer(customer: id, sealed: row.sealed, cards: cards, expires: row.expires)
    }

    /// The customer of a card's keyed digest.
    public func customer(card: [UInt8]) throws(StorageFailure) -> CustomerID? {
        try customerRows.findByCard.first(card) { (row) throws(StorageError) in try row.name(0) }
    }

    /// Stores a snippet.
    public func put(_ customer: SealedCustomer) throws(StorageFailure) {
        try customerRows.put.run(customer.customer.value, customer.sealed, customer.expires)
        try customerRows.removeCards.run(customer.customer.value)
        for (ordinal, card) in customer.cards.enumerated() {
            try customerRows.putCard.run(card, customer.customer.value, ordinal)
        }
    }

    /// Removes a snippet.
    public func removeCustomer(_ id: CustomerID) throws(StorageFailure) {
        try customerRows.removeCards.run(id.value)
        try customerRows.remove.run(id.value)
    }

    /// Customers whose snippet ended at or before `now`, earliest first.
    public func expiredCustomers(at now: Instant, limit: Int) throws(StorageFailure) -> [CustomerID] {
        try customerRows.expired.all(now, max(0, limit)) { (row) throws(StorageError) in try row.name(0) }
    }

    /// The earliest end of a snippet.
    public func nextCustomerExpiry() throws(StorageFailure) -> Instant? {
        try customerRows.nextExpiry.first { (row) throws(StorageError) in .some(try row.optionalInstant(0)) } ?? nil
    }

    /// All customers with a snippet, by id: for a snapshot's "absent means deleted".
    public func customers() throws(StorageFailure) -> [CustomerID] {
        try customerRows.listAll.all { (row) throws(StorageError) in try row.name(0) }
    }

    /// Whether the customer was erased: a tombstone survives every resync.
    public func isErased(_ id: CustomerID) throws(StorageFailure) -> Bool {
        try customerRows.findTombstone.first(id.value) { (row) throws(StorageError) in try row.int(0) } != nil
    }

    /// Leaves a tombstone; the first one stays.
    public func markErased(_ id: CustomerID, at: Instant) throws(StorageFailure) {
        try customerRows.addTombstone.run(id.value, at)
        forgetsInLog = true
    }
}
