// A customer's snippet through the agent's port: kept, found, forgotten.

import Contract
import CustomerVault
import EdgeAgent
import Glibc
import ShopModel
import Testing

@Suite("What the shop keeps of a customer")
struct SealedCustomersTests {
    /// Keys in memory, in place of `keys.db`.
    private final class Keys: CustomerKeyStorage {
        var rows: [CustomerID: WrappedCustomerKey] = [:]
        var failure: StorageFailure?

        func wrappedKey(of customer: CustomerID) throws(StorageFailure) -> WrappedCustomerKey? { rows[customer] }
        func setWrappedKey(_ key: WrappedCustomerKey, of customer: CustomerID) throws(StorageFailure) {
            if let failure { throw failure }
            rows[customer] = key
        }
        func removeKey(of customer: CustomerID) throws(StorageFailure) { rows[customer] = nil }
    }

    private let snippet = Array(#"{"name":"Marie Dupont"}"#.utf8)

    /// A master key of this test's own, from a real file.
    private func masterKey() throws -> MasterKey {
        let path = "/tmp/store-edge-master-" + (try SecureRandom.uuid())
        defer { unlink(path) }
        return try MasterKey.loadOrCreate(path, createIfAbsent: true)
    }

    @Test("may be as long as headquarters may send it")
    func longest() throws {
        let vault = try SealedCustomers(master: try masterKey(), keys: Keys())
        let marie = try #require(CustomerID("C-1"))
        let longest = [UInt8](repeating: 0x20, count: CustomerRecord.bytesMax)
        #expect(try vault.open(try vault.seal(longest, for: marie), of: marie) == longest)
    }

    @Test("opens for that customer, after a restart too, and for no other")
    func roundTrip() throws {
        let (master, keys) = (try masterKey(), Keys())
        let marie = try #require(CustomerID("C-1"))
        let jean = try #require(CustomerID("C-2"))
        let vault = try SealedCustomers(master: master, keys: keys)
        let sealed = try vault.seal(snippet, for: marie)
        _ = try vault.seal(snippet, for: jean)
        let again = try SealedCustomers(master: master, keys: keys)
        #expect(try again.open(sealed, of: marie) == snippet)
        #expect(try again.open(sealed, of: jean) == nil)
        // One key serves all snippets of its customer.
        let row = keys.rows[marie]
        _ = try again.seal([1], for: marie)
        #expect(keys.rows[marie] == row)
    }

    @Test("is unreadable for ever once the key is destroyed, also after the customer comes back")
    func erased() throws {
        let keys = Keys()
        let marie = try #require(CustomerID("C-1"))
        let vault = try SealedCustomers(master: try masterKey(), keys: keys)
        let sealed = try vault.seal(snippet, for: marie)
        try vault.destroyKey(of: marie)
        #expect(keys.rows.isEmpty)
        #expect(try vault.open(sealed, of: marie) == nil)
        let later = try vault.seal([1], for: marie)
        #expect(try vault.open(sealed, of: marie) == nil)
        #expect(try vault.open(later, of: marie) == [1])
    }

    @Test("with a spoilt key opens no more, and the next snippet gets a key of the next version")
    func spoilt() throws {
        let keys = Keys()
        let marie = try #require(CustomerID("C-1"))
        let vault = try SealedCustomers(master: try masterKey(), keys: keys)
        let sealed = try vault.seal(snippet, for: marie)
        var bytes = try #require(keys.rows[marie]).bytes
        bytes[20] ^= 1
        keys.rows[marie] = WrappedCustomerKey(version: 1, bytes: bytes)
        #expect(try vault.open(sealed, of: marie) == nil)
        let later = try vault.seal(snippet, for: marie)
        #expect(keys.rows[marie]?.version == 2)
        #expect(try vault.open(later, of: marie) == snippet)
    }

    @Test("is not sealed when its key could not be stored")
    func fullDisk() throws {
        let keys = Keys()
        let marie = try #require(CustomerID("C-1"))
        let vault = try SealedCustomers(master: try masterKey(), keys: keys)
        keys.failure = .full
        #expect(throws: StorageFailure.full) { try vault.seal(snippet, for: marie) }
    }

    @Test("is found by a digest of the card that is the same on this box and another on any other")
    func cards() throws {
        let master = try masterKey()
        let vault = try SealedCustomers(master: master, keys: Keys())
        let digest = vault.cardDigest("L-4F7K92QX-3")
        #expect(digest.count == 32)
        #expect(try SealedCustomers(master: master, keys: Keys()).cardDigest("L-4F7K92QX-3") == digest)
        #expect(vault.cardDigest("L-4F7K92QX-4") != digest)
        #expect(try SealedCustomers(master: try masterKey(), keys: Keys()).cardDigest("L-4F7K92QX-3") != digest)
    }

    @Test("has no bearing on a clerk's PIN: an unreadable check lets nobody in")
    func pins() throws {
        let check = try PINCheck.make(pin: "4711", iterations: 100, salt: try SecureRandom.bytes(16))
        #expect(PINVerifier().verify(pin: "4711", derived: check.text))
        #expect(!PINVerifier().verify(pin: "4712", derived: check.text))
        #expect(!PINVerifier().verify(pin: "4711", derived: "4711"))
    }
}
