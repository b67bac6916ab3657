// Customers' sealed snippets and tombstones, on a simulated disk.

import EdgeAgent
import ShopModel

/// Customers by id, and by the end of their snippet.
struct CustomerIndexes: RowIndexes {
    var all = SortedElements<CustomerID>()
    var ending = SortedElements<Ranked<CustomerID>>()

    mutating func insert(_ row: SealedCustomer) {
        all.insert(row.customer)
        ending.insert(Ranked(row.expires.milliseconds, row.customer))
    }

    mutating func remove(_ row: SealedCustomer) {
        all.remove(row.customer)
        ending.remove(Ranked(row.expires.milliseconds, row.customer))
    }
}

extension SimulatedLedger {
    /// The snippet of a customer, with the cards that were not given on since.
    public func customer(_ id: CustomerID) throws(StorageFailure) -> SealedCustomer? {
        try checkWorking()
        return customerRows[id].map { row in
            SealedCustomer(
                customer: id, sealed: row.sealed, cards: row.cards.filter { cards[$0] == id }, expires: row.expires)
        }
    }

    /// The customer of a card's digest; the one who had it last, when it was given on.
    public func customer(card: [UInt8]) throws(StorageFailure) -> CustomerID? {
        try checkWorking()
        return cards[card]
    }

    /// Stores a snippet.
    public func put(_ customer: SealedCustomer) throws(StorageFailure) {
        try checkWriting()
        dropCards(of: customer.customer)
        let distinct = customer.cards.enumerated().filter { !customer.cards[($0.offset + 1)...].contains($0.element) }
        customerRows[customer.customer] = SealedCustomer(
            customer: customer.customer, sealed: customer.sealed, cards: distinct.map(\.element),
            expires: customer.expires)
        for card in customer.cards { cards[card] = customer.customer }
    }

    /// Removes a snippet.
    public func removeCustomer(_ id: CustomerID) throws(StorageFailure) {
        try checkWriting()
        dropCards(of: id)
        if customerRows[id] != nil { customerRows[id] = nil }
    }

    /// Customers whose snippet ended, earliest first, then by id.
    public func expiredCustomers(at now: Instant, limit: Int) throws(StorageFailure) -> [CustomerID] {
        try checkWorking()
        return customerRows.indexes.ending.prefix { $0.rank > now.milliseconds }.prefix(limit).map(\.name)
    }

    /// The earliest end of a snippet.
    public func nextCustomerExpiry() throws(StorageFailure) -> Instant? {
        try checkWorking()
        return customerRows.indexes.ending.first.map { Instant(milliseconds: $0.rank) }
    }

    /// All customers with a snippet, by id.
    public func customers() throws(StorageFailure) -> [CustomerID] {
        try checkWorking()
        return customerRows.indexes.all.elements
    }

    /// Whether the customer was erased.
    public func isErased(_ id: CustomerID) throws(StorageFailure) -> Bool {
        try checkWorking()
        return tombstones[id] != nil
    }

    /// Leaves a tombstone; the first one stays.
    public func markErased(_ id: CustomerID, at: Instant) throws(StorageFailure) {
        try checkWriting()
        if tombstones[id] == nil { tombstones[id] = at }
    }

    private func dropCards(of id: CustomerID) {
        for card in customerRows[id]?.cards ?? [] where cards[card] == id { cards[card] = nil }
    }
}
