// What the reader makes of texts, its limits, its refusals, and what only a configuration may write.

import Contract
import ShopModel
import Testing

private func read(
    _ text: String, limits: JSONLimits = .message, dialect: JSONReader.Dialect = .strict
) throws -> JSON {
    try JSONReader.read(Array(text.utf8), limits: limits, dialect: dialect)
}

private func refused(
    _ text: String, limits: JSONLimits = .message, dialect: JSONReader.Dialect = .strict
) -> Refusal? {
    refusal { try read(text, limits: limits, dialect: dialect) }
}

@Suite("A JSON text from a device")
struct JSONReaderTests {
    @Test("keeps the order of its members and the exact value of its numbers")
    func values() throws {
        let text = #"{"z":1,"a":[true,false,null,"x"],"price":12.50,"min":-9223372036854775808}"#
        #expect(
            try read(text)
                == .object([
                    .init("z", 1), .init("a", [true, false, .null, "x"]), .init("price", .decimal("12.50")),
                    .init("min", .integer(.min)),
                ]))
    }

    @Test(
        "has an integer only where 64 bits hold exactly what was written",
        arguments: [
            ("0", JSON.integer(0)), ("-1", .integer(-1)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .decimal("9223372036854775808")),
            ("-9223372036854775809", .decimal("-9223372036854775809")),
            ("18446744073709551616", .decimal("18446744073709551616")),
            ("-0", .decimal("-0")), ("1.0", .decimal("1.0")), ("1e2", .decimal("1e2")), ("1E+2", .decimal("1E+2")),
        ])
    func numbers(_ text: String, _ value: JSON) throws {
        #expect(try read(text) == value)
        #expect(try read(text).encoded() == Array(text.utf8))
    }

    @Test("says characters beyond the basic plane by pairs of escapes")
    func surrogatePairs() throws {
        #expect(try read(#""\ud83d\ude00 \u00e9\t\/""#) == "😀 é\t/")
    }

    @Test("may be a part of an array that was received")
    func slice() throws {
        let bytes = Array(#"xx{"a":1}yy"#.utf8)
        #expect(try JSONReader.read(bytes[2..<9]) == ["a": 1])
        let refusal = refusal { try JSONReader.read(bytes[2..<10]) }
        #expect(refusal?.facts.first { $0.name == "column" } == .integer("column", 8))
    }

    @Test("that breaks the grammar is refused with line, column, what was expected and what was seen")
    func syntax() throws {
        let refusal = try #require(refused("{\n  \"é\": [1,\n 2 x]}"))
        #expect(refusal.code == .jsonSyntax)
        #expect(
            refusal.facts == [.integer("line", 3), .integer("column", 4), .text("expected", ", ]"), .text("seen", "x")])
        #expect(
            refusal.sentence(in: .english)
                == "Not valid JSON at line 3, column 4: expected , ], seen x.")
        #expect(refused("[1")?.facts.last == .text("seen", "EOF"))
        #expect(refused("[\u{0}]")?.facts.last == .text("seen", "U+0000"))
        #expect(refusal.field == nil)
    }

    @Test("counts columns in characters, not in bytes")
    func columns() {
        #expect(refused("[\"é😀\"x")?.facts[1] == .integer("column", 6))
    }

    @Test("with a name twice in an object is refused by that name, however many names there are")
    func duplicates() {
        #expect(refused(#"{"sku":"A","sku":"B"}"#)?.facts.last == .text("name", "sku"))
        #expect(refused(#"{"sku":"A","\u0073ku":"B"}"#)?.code == .jsonDuplicateKey)
        #expect(refused(#"{"a":{"x":1},"b":{"x":1}}"#) == nil)
        for count in [2, 16, 17, 18, 100] {
            let names = (0..<count).map { "\"n\($0)\":0" }
            #expect(refused("{" + names.joined(separator: ",") + "}") == nil)
            for twice in [0, count / 2, count - 1] {
                let text = "{" + (names + ["\"n\(twice)\":1"]).joined(separator: ",") + "}"
                #expect(refused(text)?.facts.last == .text("name", "n\(twice)"))
            }
        }
    }

    @Test("is refused beyond each limit, and accepted at it")
    func limits() {
        let limits = JSONLimits(bytesMax: 20, depthMax: 3, elementsMax: 4)
        #expect(refused("[[[1]]]", limits: limits) == nil)
        #expect(refused("[[[[1]]]]", limits: limits)?.code == .jsonTooDeep)
        #expect(refused("[[[]],[[]],[{}]]", limits: limits) == nil)
        #expect(refused("[1,2,3,4]", limits: limits) == nil)
        #expect(refused("[1,2,3,4,5]", limits: limits)?.code == .jsonTooManyElements)
        #expect(refused("[1,2,3,4,]", limits: limits)?.code != nil)
        let members = #"{"a":1,"b":2,"c":3,"d":4"#
        let wide = JSONLimits(bytesMax: 99, depthMax: 3, elementsMax: 4)
        #expect(refused(members + "}", limits: wide) == nil)
        #expect(refused(members + #","e":5}"#, limits: wide)?.code == .jsonTooManyElements)
        #expect(refused("\"" + String(repeating: "x", count: 18) + "\"", limits: limits) == nil)
        #expect(
            refused("\"" + String(repeating: "x", count: 19) + "\"", limits: limits)
                == Refusal(.jsonTooLarge, [.integer("bytes", 21), .integer("limit", 20)]))
    }

    @Test("has the limits of the contract: 64 KiB, depth 16, 1,000 elements")
    func messageLimits() {
        let deep = String(repeating: "[", count: 16) + String(repeating: "]", count: 16)
        #expect(refused(deep) == nil)
        #expect(refused("[" + deep + "]")?.code == .jsonTooDeep)
        let thousand = Array(repeating: "0", count: 1000).joined(separator: ",")
        #expect(refused("[" + thousand + "]") == nil)
        #expect(refused("[" + thousand + ",0]")?.code == .jsonTooManyElements)
        #expect(refused("[" + thousand + ",0]", limits: .feed) == nil)
        #expect(refused(String(repeating: " ", count: 65_535) + "1") == nil)
        #expect(refused(String(repeating: " ", count: 65_536) + "1")?.code == .jsonTooLarge)
    }

    @Test("in another encoding, or with half a character, is refused where it goes wrong")
    func encodings() {
        let latin = Array("[\"Cr".utf8) + [0xEA] + Array("pe\"]".utf8)
        #expect(
            refusal { try JSONReader.read(latin) }
                == Refusal(.jsonInvalidUTF8, [.integer("line", 1), .integer("column", 5)]))
        let escaped = Array("[\"\\n".utf8) + [0xC3] + Array("\\u00a9\"]".utf8)
        #expect(refusal { try JSONReader.read(escaped) }?.code == .jsonInvalidUTF8)
        #expect(refused("\u{FEFF}{}")?.code == .jsonByteOrderMark)
        #expect(refused("\"a\tb\"")?.facts.last == .text("seen", "U+0009"))
        #expect(refused("\"a\\n\tb\"")?.code == .jsonControlCharacter)
        #expect(refused(#""\ud83dx""#)?.facts.last == .text("seen", #"\ud83d"#))
    }

    @Test("cut at any byte, or with any byte changed, is read or refused, and nothing else")
    func damaged() {
        let text = Array(#"{"id":"é\u00e9\ud83d\ude00","lines":[{"q":-12.5e+3,"ok":true},null,[]]} "#.utf8)
        for end in 0..<text.count - 1 { #expect(refusal { try JSONReader.read(text[..<end]) } != nil) }
        for place in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[place] = byte
                if let value = try? JSONReader.read(changed) {
                    #expect((try? JSONReader.read(value.encoded())) == value)
                }
            }
        }
    }
}

@Suite("A configuration")
struct JSONConfigurationTests {
    private let text = """
        // the shop
        {
          "shop": "lyon-2", // by headquarters
          "devices": [1, 2,],
          "none": [//
          ],
        } // end
        """

    @Test("may have comments to the end of a line, and a comma after the last of a list")
    func dialect() throws {
        #expect(
            try read(text, limits: .configuration, dialect: .configuration)
                == ["shop": "lyon-2", "devices": [1, 2], "none": []])
        #expect(try read("{\"url\":\"mqtt://x\"}//", dialect: .configuration) == ["url": "mqtt://x"])
    }

    @Test("is the only text that may")
    func strictRefuses() {
        #expect(refused(text)?.code == .jsonSyntax)
        for message in ["[1,]", "{\"a\":1,}", "[1]//", "//\n[1]", "[//\n1]"] {
            #expect(refused(message)?.code == .jsonSyntax)
            #expect(refused(message, dialect: .configuration) == nil)
        }
    }

    @Test(
        "is strict in everything else",
        arguments: [
            "[,]", "[1,,]", "{,}", "{\"a\":1,,}", "/* c */ 1", "[1] /", "# c\n1", "{a:1}", "['a']", "[1 2]", "//", "",
            "[01]", "{\"a\":1,\"a\":2}", "[1,/]",
        ])
    func otherwiseStrict(_ text: String) {
        #expect(refused(text, dialect: .configuration) != nil)
    }

    @Test("is UTF-8 in its comments too")
    func comments() {
        let bytes = Array("1 // caf".utf8) + [0xE9]
        #expect(refusal { try JSONReader.read(bytes, dialect: .configuration) }?.facts[1] == .integer("column", 9))
    }
}
