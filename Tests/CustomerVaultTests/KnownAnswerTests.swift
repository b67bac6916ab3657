// What others computed before us: the vectors of the standards.

import Testing

@testable import CustomerVault

@Suite("The vault's arithmetic agrees with the standards")
struct KnownAnswerTests {
    @Test(
        "SHA-256 gives the digests of FIPS 180-4's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func digests(text: String, digest: String) throws {
        #expect(hexadecimal(try SHA256Digest.digest(Array(text.utf8))) == digest)
    }

    @Test("SHA-256 of a million letters a")
    func longDigest() throws {
        #expect(
            hexadecimal(try SHA256Digest.digest([UInt8](repeating: 0x61, count: 1_000_000)))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    struct AuthenticationCase: Sendable {
        let key: [UInt8]
        let message: [UInt8]
        let code: String
    }

    @Test(
        "HMAC-SHA256 gives the codes of RFC 4231",
        arguments: [
            AuthenticationCase(
                key: [UInt8](repeating: 0x0B, count: 20), message: Array("Hi There".utf8),
                code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            AuthenticationCase(
                key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8),
                code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            AuthenticationCase(
                key: [UInt8](repeating: 0xAA, count: 20), message: [UInt8](repeating: 0xDD, count: 50),
                code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            AuthenticationCase(
                key: Array(1...25), message: [UInt8](repeating: 0xCD, count: 50),
                code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            AuthenticationCase(
                key: [UInt8](repeating: 0xAA, count: 131),
                message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
            AuthenticationCase(
                key: [UInt8](repeating: 0xAA, count: 131),
                message: Array(
                    ("This is a test using a larger than block-size key and a larger than block-size data. "
                        + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
                code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        ])
    func authentication(vector: AuthenticationCase) throws {
        let code = try MessageAuthentication.code(for: vector.message, key: vector.key)
        #expect(hexadecimal(code) == vector.code)
        #expect(try MessageAuthentication.isValid(code, for: vector.message, key: vector.key))
        #expect(try !MessageAuthentication.isValid(Array(code.dropLast()), for: vector.message, key: vector.key))
        #expect(try !MessageAuthentication.isValid(code, for: vector.message + [0], key: vector.key))
    }

    @Test("HMAC-SHA256 of nothing under no key is a code too")
    func emptyAuthentication() throws {
        #expect(
            hexadecimal(try MessageAuthentication.code(for: [], key: []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test(
        "PBKDF2 recognises the PINs of RFC 7914's vectors",
        arguments: [
            (
                "passwd",
                "pbkdf2-sha256$1$73616c74$55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
                    + "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
            ),
            (
                "Password",
                "pbkdf2-sha256$80000$4e61436c$4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
                    + "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"
            ),
        ])
    func derivation(pin: String, text: String) throws {
        let check = try #require(PINCheck(text))
        #expect(try check.matches(pin: pin))
        #expect(try !check.matches(pin: pin + "1"))
        #expect(check.text == text)
    }

    @Test("AES-256-GCM gives the sealed bytes of test case 16 of the GCM specification")
    func cipher() throws {
        let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
        let nonce = "cafebabefacedbaddecaf888"
        let context = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
        let plain =
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        let text =
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        let tag = "76fc6ece0f4e1768cddf8853bb2d551b"
        var keyBytes = try #require(bytes(hexadecimal: key.utf8))
        let secret = try #require(SecretKey(taking: &keyBytes))
        #expect(keyBytes.allSatisfy { $0 == 0 })
        var sealed: [UInt8] = []
        try AuthenticatedCipher.seal(
            try #require(bytes(hexadecimal: plain.utf8)), key: secret,
            nonce: try #require(bytes(hexadecimal: nonce.utf8)),
            authenticating: try #require(bytes(hexadecimal: context.utf8)), into: &sealed)
        #expect(hexadecimal(sealed) == nonce + text + tag)
        let opened = try AuthenticatedCipher.open(
            sealed[...], key: secret, authenticating: try #require(bytes(hexadecimal: context.utf8)), what: "vector")
        #expect(hexadecimal(opened) == plain)
    }
}
