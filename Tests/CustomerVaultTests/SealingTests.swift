// What the shop knows about a customer, at rest: readable in its own place with its own key, and nowhere else.

import ShopModel
import Testing

@testable import CustomerVault

@Suite("A customer's snippet")
struct SealingTests {
    static let snippet = Array(#"{"name":"Marie Dupont","tier":"gold"}"#.utf8)
    static let cell = Cell(table: "customers", row: "C-1", column: "snippet")

    @Test("sealed and opened in its own cell is the same, also when empty or as long as may be")
    func roundTrip() throws {
        let key = try CustomerKey(version: 1)
        for plain in [[], Self.snippet, [UInt8](repeating: 7, count: SnippetSealer.plainByteCountMax)] {
            let sealed = try SnippetSealer.seal(plain, under: key, in: Self.cell)
            #expect(sealed.bytes.count == plain.count + Sealed.overhead)
            #expect(sealed.keyVersion == 1)
            #expect(try SnippetSealer.open(sealed, under: key, in: Self.cell) == plain)
        }
        #expect(throws: VaultError.malformed(what: "snippet")) {
            try SnippetSealer.seal([UInt8](repeating: 7, count: 65_537), under: key, in: Self.cell)
        }
    }

    @Test("shows nothing of its text when sealed, and never the same bytes twice")
    func opaque() throws {
        let key = try CustomerKey(version: 1)
        let first = try SnippetSealer.seal(Self.snippet, under: key, in: Self.cell)
        let second = try SnippetSealer.seal(Self.snippet, under: key, in: Self.cell)
        #expect(first != second)
        #expect(!String(decoding: first.bytes, as: UTF8.self).contains("Dupont"))
    }

    @Test("with any one bit of any byte changed is refused")
    func tampered() throws {
        let key = try CustomerKey(version: 1)
        let sealed = try SnippetSealer.seal(Self.snippet, under: key, in: Self.cell)
        for index in sealed.bytes.indices {
            for bit in 0..<8 {
                var bytes = sealed.bytes
                bytes[index] ^= 1 << UInt8(bit)
                #expect(throws: VaultError.self) {
                    try SnippetSealer.open(Sealed(bytes: bytes), under: key, in: Self.cell)
                }
            }
        }
    }

    @Test("cut short anywhere, or with a byte more, is refused")
    func cut() throws {
        let key = try CustomerKey(version: 1)
        let sealed = try SnippetSealer.seal(Self.snippet, under: key, in: Self.cell)
        for count in 0..<sealed.bytes.count {
            #expect(throws: VaultError.self) {
                try SnippetSealer.open(Sealed(bytes: Array(sealed.bytes[..<count])), under: key, in: Self.cell)
            }
        }
        #expect(throws: VaultError.tampered(what: "snippet")) {
            try SnippetSealer.open(Sealed(bytes: sealed.bytes + [0]), under: key, in: Self.cell)
        }
    }

    @Test("moved to another row, column or table is refused, also where the names run together the same")
    func moved() throws {
        let key = try CustomerKey(version: 1)
        let sealed = try SnippetSealer.seal(Self.snippet, under: key, in: Self.cell)
        let others = [
            Cell(table: "customers", row: "C-2", column: "snippet"),
            Cell(table: "customers", row: "C-1", column: "consent"),
            Cell(table: "orders", row: "C-1", column: "snippet"),
            Cell(table: "customersC", row: "-1", column: "snippet"),
            Cell(table: "customers", row: "C-1s", column: "nippet"),
            Cell(table: "customers", row: "", column: "C-1snippet"),
        ]
        for other in others {
            #expect(throws: VaultError.tampered(what: "snippet")) {
                try SnippetSealer.open(sealed, under: key, in: other)
            }
        }
    }

    @Test("does not open under another customer's key, nor under another version")
    func otherKeys() throws {
        let key = try CustomerKey(version: 1)
        let sealed = try SnippetSealer.seal(Self.snippet, under: key, in: Self.cell)
        #expect(throws: VaultError.tampered(what: "snippet")) {
            try SnippetSealer.open(sealed, under: try CustomerKey(version: 1), in: Self.cell)
        }
        #expect(throws: VaultError.keyVersionMismatch(sealed: 1, given: 2)) {
            try SnippetSealer.open(sealed, under: try CustomerKey(version: 2), in: Self.cell)
        }
        // The same key said to be of another version, with the version in the sealed bytes changed to agree.
        var bytes = sealed.bytes
        bytes[4] = 2
        #expect(throws: VaultError.tampered(what: "snippet")) {
            try SnippetSealer.open(
                Sealed(bytes: bytes), under: CustomerKey(version: 2, secret: key.secret), in: Self.cell)
        }
    }
}

@Suite("A customer's key")
struct WrappingTests {
    @Test("unwrapped from storage opens what was sealed before")
    func roundTrip() throws {
        let master = MasterKey(secret: try SecretKey())
        let customer = try #require(CustomerID("C-1"))
        let key = try CustomerKey(version: 3)
        let sealed = try SnippetSealer.seal(SealingTests.snippet, under: key, in: SealingTests.cell)
        let wrapped = try master.wrap(key, of: customer)
        #expect(wrapped.version == 3)
        #expect(wrapped.bytes.count == WrappedKey.byteCount)
        let stored = WrappedKey(version: wrapped.version, bytes: wrapped.bytes)
        let again = try master.unwrap(stored, of: customer)
        #expect(again.version == 3)
        #expect(try SnippetSealer.open(sealed, under: again, in: SealingTests.cell) == SealingTests.snippet)
    }

    @Test("does not show in its wrapping")
    func opaque() throws {
        let master = MasterKey(secret: try SecretKey())
        let customer = try #require(CustomerID("C-1"))
        let key = try CustomerKey(version: 1)
        let plain = key.secret.withBytes { Array($0) }
        let wrapped = try master.wrap(key, of: customer)
        #expect(!wrapped.bytes.indices.contains { wrapped.bytes[$0...].starts(with: plain.prefix(4)) })
        #expect(try master.wrap(key, of: customer) != wrapped)
    }

    @Test("with any bit changed, given to another customer or version, or under another master key, is refused")
    func tampered() throws {
        let master = MasterKey(secret: try SecretKey())
        let customer = try #require(CustomerID("C-1"))
        let other = try #require(CustomerID("C-2"))
        let wrapped = try master.wrap(try CustomerKey(version: 1), of: customer)
        for index in wrapped.bytes.indices {
            for bit in 0..<8 {
                var bytes = wrapped.bytes
                bytes[index] ^= 1 << UInt8(bit)
                #expect(throws: VaultError.self) {
                    try master.unwrap(WrappedKey(version: 1, bytes: bytes), of: customer)
                }
            }
        }
        #expect(throws: VaultError.tampered(what: "customer's key")) { try master.unwrap(wrapped, of: other) }
        #expect(throws: VaultError.tampered(what: "customer's key")) {
            try master.unwrap(WrappedKey(version: 2, bytes: wrapped.bytes), of: customer)
        }
        #expect(throws: VaultError.tampered(what: "customer's key")) {
            try MasterKey(secret: try SecretKey()).unwrap(wrapped, of: customer)
        }
        #expect(throws: VaultError.malformed(what: "customer's key")) {
            try master.unwrap(WrappedKey(version: 1, bytes: Array(wrapped.bytes.dropLast())), of: customer)
        }
    }
}
