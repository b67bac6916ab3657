// A clerk's PIN at the counter, with the line down.

import Testing

@testable import CustomerVault

@Suite("A clerk's PIN")
struct PINCheckTests {
    @Test("made here is recognised after being written down and read again")
    func roundTrip() throws {
        let check = try PINCheck.make(pin: "4711", iterations: 1_000, salt: try SecureRandom.bytes(16))
        let again = try #require(PINCheck(check.text))
        #expect(again == check)
        #expect(try again.matches(pin: "4711"))
        #expect(try !again.matches(pin: "4712"))
        #expect(try !again.matches(pin: ""))
        #expect(try !again.matches(pin: String(repeating: "4", count: 129)))
    }

    @Test("with the same digits under another salt leaves another text")
    func salted() throws {
        let first = try PINCheck.make(pin: "4711", iterations: 10, salt: Array("first".utf8))
        let second = try PINCheck.make(pin: "4711", iterations: 10, salt: Array("second".utf8))
        #expect(first.text != second.text)
    }

    @Test("is not made without digits, without salt, or beyond a million iterations")
    func limits() throws {
        #expect(throws: VaultError.malformed(what: "PIN")) {
            try PINCheck.make(pin: "", iterations: 10, salt: [1])
        }
        #expect(throws: VaultError.malformed(what: "salt")) {
            try PINCheck.make(pin: "4711", iterations: 10, salt: [])
        }
        for iterations in [0, -1, 1_000_001] {
            #expect(throws: VaultError.malformed(what: "number of iterations")) {
                try PINCheck.make(pin: "4711", iterations: iterations, salt: [1])
            }
        }
    }

    static let hash = String(repeating: "ab", count: 32)

    @Test(
        "whose text is not of the agreed form is refused, whatever is wrong with it",
        arguments: [
            "", "$", "4711", "pbkdf2-sha256", "pbkdf2-sha256$1000$00ff", "pbkdf2-sha256$1000$00ff$",
            "pbkdf2-sha1$1000$00ff$\(hash)", "PBKDF2-SHA256$1000$00ff$\(hash)",
            "pbkdf2-sha256$0$00ff$\(hash)", "pbkdf2-sha256$01$00ff$\(hash)", "pbkdf2-sha256$+1$00ff$\(hash)",
            "pbkdf2-sha256$-1$00ff$\(hash)", "pbkdf2-sha256$1000001$00ff$\(hash)", "pbkdf2-sha256$$00ff$\(hash)",
            "pbkdf2-sha256$99999999999999999999$00ff$\(hash)", "pbkdf2-sha256$1000$$\(hash)",
            "pbkdf2-sha256$1000$0$\(hash)", "pbkdf2-sha256$1000$zz$\(hash)", "pbkdf2-sha256$1000$00ff$abcd",
            "pbkdf2-sha256$1000$00ff$\(hash)0", "pbkdf2-sha256$1000$00ff$\(hash)$", "pbkdf2-sha256$1000$00ff$\(hash) ",
            "pbkdf2-sha256$1000$00ff$\(hash)\(hash)00", "pbkdf2-sha256$١$00ff$\(hash)",
        ])
    func badTexts(text: String) {
        #expect(PINCheck(text) == nil)
    }

    @Test("has iterations from one to a million, and a text in either case of hexadecimal")
    func goodTexts() {
        #expect(PINCheck("pbkdf2-sha256$1$00$\(Self.hash)")?.iterations == 1)
        #expect(PINCheck("pbkdf2-sha256$1000000$00$\(Self.hash.uppercased())")?.iterations == 1_000_000)
        #expect(PINCheck("pbkdf2-sha256$1$00FF$\(Self.hash)")?.salt == [0, 255])
    }
}

@Suite("Random bytes")
struct SecureRandomTests {
    @Test("come as many as asked, and never twice the same")
    func counts() throws {
        for count in [0, 1, 12, 32, 1_000] { #expect(try SecureRandom.bytes(count).count == count) }
        #expect(throws: VaultError.self) { try SecureRandom.bytes(-1) }
        #expect(throws: VaultError.self) { try SecureRandom.bytes(1_048_577) }
        var seen: Set<[UInt8]> = []
        for _ in 0..<1_000 { seen.insert(try SecureRandom.bytes(12)) }
        #expect(seen.count == 1_000)
    }

    @Test("make UUIDs of version 4 in lower case")
    func names() throws {
        var seen: Set<String> = []
        for _ in 0..<200 {
            let name = try SecureRandom.uuid()
            let characters = Array(name.utf8)
            #expect(characters.count == 36)
            #expect([8, 13, 18, 23].allSatisfy { characters[$0] == UInt8(ascii: "-") })
            #expect(characters[14] == UInt8(ascii: "4"))
            #expect("89ab".utf8.contains(characters[19]))
            #expect(name == name.lowercased())
            seen.insert(name)
        }
        #expect(seen.count == 200)
    }
}
