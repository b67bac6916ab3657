// The contact of a pickup through the agent's port: sealed for its own row, and gone with its key.

import CustomerVault
import EdgeAgent
import Glibc
import ShopModel
import Testing

@Suite("The contact of a pickup")
struct SealedContactsTests {
    /// Keys in memory, in place of `keys.db`.
    private final class Keys: KeyStorage {
        var all: [KeyOwner: WrappedCustomerKey] = [:]
        /// Those of pickups.
        var rows: [OrderID: WrappedCustomerKey] {
            get {
                var rows: [OrderID: WrappedCustomerKey] = [:]
                for (owner, key) in all { if case .pickup(let order) = owner { rows[order] = key } }
                return rows
            }
            set { for (order, key) in newValue { all[.pickup(order)] = key } }
        }
        var steps = 0
        var failure: StorageFailure?

        func wrappedKey(of owner: KeyOwner) throws(StorageFailure) -> WrappedCustomerKey? { all[owner] }
        func change(_ changes: [KeyChange]) throws(StorageFailure) {
            if let failure { throw failure }
            steps += 1
            for change in changes { all[change.owner] = change.key }
        }
    }

    private let contact = Array(#"{"name":"Marie Dupont"}"#.utf8)
    private let first = OrderID("O-1")
    private let second = OrderID("O-2")

    /// A master key of this test's own, from a real file.
    private func masterKey() throws -> MasterKey {
        let path = "/tmp/store-edge-master-" + (try SecureRandom.uuid())
        defer { unlink(path) }
        return try MasterKey.loadOrCreate(path, createIfAbsent: true)
    }

    @Test("opens for that order, after a restart too, and for no other")
    func roundTrip() throws {
        let (master, keys) = (try masterKey(), Keys())
        let (first, second) = (try #require(first), try #require(second))
        let vault = SealedContacts(master: master, keys: WaitingKeys(keys))
        let sealed = try vault.seal(contact, of: first)
        _ = try vault.seal([1], of: second)
        #expect(try vault.open(sealed, of: first) == contact, "before the key is settled too")
        #expect(keys.steps == 0)
        try vault.settle()
        try vault.settle()
        #expect(keys.steps == 1, "any number of keys are one step")
        let again = SealedContacts(master: master, keys: WaitingKeys(keys))
        #expect(try again.open(sealed, of: first) == contact)
        #expect(try again.open(sealed, of: second) == nil)
        #expect(try SealedContacts(master: try masterKey(), keys: WaitingKeys(keys)).open(sealed, of: first) == nil)
        // The same key seals what is sealed again; a key put into another's row opens nothing.
        let row = keys.rows[first]
        #expect(try again.seal(contact, of: first) != sealed)
        #expect(again.waitingCount == 0 && keys.rows[first] == row)
        keys.rows[second] = row
        #expect(try again.open(sealed, of: second) == nil)
    }

    @Test("is unreadable for ever once its key is destroyed, also after the order comes again")
    func destroyed() throws {
        let keys = Keys()
        let first = try #require(first)
        let vault = SealedContacts(master: try masterKey(), keys: WaitingKeys(keys))
        let sealed = try vault.seal(contact, of: first)
        try vault.settle()
        try vault.destroyKey(of: first)
        #expect(try vault.open(sealed, of: first) == nil && keys.rows.count == 1)
        try vault.settle()
        #expect(keys.rows.isEmpty)
        try vault.destroyKey(of: first)
        #expect(vault.waitingCount == 0, "what is not there is not destroyed")
        let later = try vault.seal(contact, of: first)
        #expect(try vault.open(sealed, of: first) == nil)
        #expect(try vault.open(later, of: first) == contact)
    }

    @Test("goes back to what it was with the transaction that is taken back")
    func takenBack() throws {
        let keys = Keys()
        let (first, second) = (try #require(first), try #require(second))
        let vault = SealedContacts(master: try masterKey(), keys: WaitingKeys(keys))
        let sealed = try vault.seal(contact, of: first)
        try vault.settle()
        _ = try vault.seal(contact, of: second)
        let mark = vault.waitingCount
        try vault.destroyKey(of: first)
        #expect(try vault.open(sealed, of: first) == nil)
        vault.forgetWaiting(after: mark)
        #expect(try vault.open(sealed, of: first) == contact)
        try vault.settle()
        #expect(keys.rows.count == 2)
        try vault.destroyKey(of: second)
        keys.failure = .full
        #expect(throws: StorageFailure.full) { try vault.settle() }
        vault.forgetWaiting(after: 0)
        keys.failure = nil
        try vault.settle()
        #expect(keys.rows.count == 2)
    }

    @Test("under a key that was changed on disk opens nothing, and is sealed anew under the next version")
    func damagedKey() throws {
        let keys = Keys()
        let first = try #require(first)
        let vault = SealedContacts(master: try masterKey(), keys: WaitingKeys(keys))
        let sealed = try vault.seal(contact, of: first)
        try vault.settle()
        var bytes = try #require(keys.rows[first]).bytes
        bytes[20] ^= 1
        keys.rows[first] = WrappedCustomerKey(version: 1, bytes: bytes)
        #expect(try vault.open(sealed, of: first) == nil)
        let again = try vault.seal(contact, of: first)
        try vault.settle()
        #expect(keys.rows[first]?.version == 2)
        #expect(try vault.open(again, of: first) == contact)
    }

    @Test("shares its step with the keys of customers: any number of either wait for the disk once")
    func withCustomers() throws {
        let (master, keys) = (try masterKey(), Keys())
        let waiting = WaitingKeys(keys)
        let contacts = SealedContacts(master: master, keys: waiting)
        let customers = try SealedCustomers(master: master, keys: waiting)
        var sealed: [(CustomerID, [UInt8])] = []
        for number in 0..<300 {
            let customer = try #require(CustomerID("C-\(number)"))
            sealed.append((customer, try customers.seal([UInt8(number % 256)], for: customer)))
        }
        _ = try contacts.seal(contact, of: try #require(first))
        #expect(keys.steps == 0 && keys.all.isEmpty)
        #expect(try customers.open(sealed[7].1, of: sealed[7].0) == [7], "before the key is settled too")
        try contacts.settle()
        #expect(keys.steps == 1 && keys.all.count == 301)
        // Taken back with the transaction.
        let mark = contacts.waitingCount
        for (customer, _) in sealed { try customers.destroyKey(of: customer) }
        #expect(try customers.open(sealed[7].1, of: sealed[7].0) == nil)
        contacts.forgetWaiting(after: mark)
        #expect(try customers.open(sealed[7].1, of: sealed[7].0) == [7])
        for (customer, _) in sealed { try customers.destroyKey(of: customer) }
        try contacts.settle()
        #expect(keys.steps == 2 && keys.all.count == 1)
    }
}
