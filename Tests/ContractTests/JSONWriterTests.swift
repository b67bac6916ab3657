// What the writer writes, and that reading and writing undo each other.

import Contract
import ShopModel
import Testing

@Suite("A JSON text of ours")
struct JSONWriterTests {
    @Test("is compact, keeps the order of members, and escapes only what must be")
    func compact() {
        let value: JSON = [
            "b": [1, .null, true], "a": .string("\"\\/\u{8}\t\n\u{C}\r\u{1F}\u{7F}é😀"), "n": .decimal("1.50"),
        ]
        #expect(
            String(decoding: value.encoded(), as: UTF8.self)
                == #"{"b":[1,null,true],"a":"\"\\/\b\t\n\f\r\u001f"# + "\u{7F}é😀" + #"","n":1.50}"#)
    }

    @Test("is appended to what is there")
    func append() {
        var bytes = Array("data: ".utf8)
        JSON.object([]).append(to: &bytes)
        #expect(bytes == Array("data: {}".utf8))
    }

    @Test("for people has a line for each member")
    func pretty() {
        let value: JSON = ["a": [1, []], "b": [:], "c": ["d": "x"]]
        #expect(
            String(decoding: value.encodedPretty(), as: UTF8.self) == """
                {
                  "a": [
                    1,
                    []
                  ],
                  "b": {},
                  "c": {
                    "d": "x"
                  }
                }
                """)
    }

    @Test("stays JSON when a number is none", arguments: ["NaN", "", "1.", "+1", "01", "1e", "-", "0x1", ".5", "1 "])
    func badNumber(_ lexeme: String) throws {
        #expect(try JSONReader.read(JSON.decimal(lexeme).encoded()) == .string(lexeme))
    }

    @Test("reads back as the value that it was written from", arguments: 1...300 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var generator = JSONGenerator(seed: seed)
        let value = generator.value(depth: 5)
        let bytes = value.encoded()
        let back = try JSONReader.read(bytes)
        #expect(back == value)
        #expect(back.encoded() == bytes)
        #expect(try JSONReader.read(value.encodedPretty()) == value)
        #expect(try JSONReader.read(generator.spelledOtherwise(value)) == value)
    }
}

/// Makes JSON values from a seed; the same seed makes the same ones (SplitMix64, Steele et al. 2014).
struct JSONGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func value(depth: Int) -> JSON {
        switch below(depth > 0 ? 8 : 6) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .integer(Int64(bitPattern: next()) >> Int64(below(64)))
        case 3: return .decimal(decimal())
        case 4, 5: return .string(text())
        case 6: return .array((0..<below(6)).map { _ in value(depth: depth - 1) })
        default:
            var members: [JSON.Member] = []
            for index in 0..<below(24) { members.append(.init("\(index)" + text(), value(depth: depth - 2))) }
            return .object(members)
        }
    }

    private mutating func decimal() -> String {
        let sign = below(2) == 0 ? "" : "-"
        switch below(3) {
        case 0: return "\(sign)\(below(1000)).\(below(100_000))"
        case 1: return "\(sign)\(below(1000))\(below(2) == 0 ? "e" : "E")\(["", "+", "-"][below(3)])\(below(400))"
        default: return "\(sign)9\(next())\(next())"
        }
    }

    private mutating func text() -> String {
        var text = ""
        for _ in 0..<below(12) {
            let bound = [0x20, 0x80, 0x800, 0x1_0000, 0x11_0000][below(5)]
            if let scalar = Unicode.Scalar(UInt32(below(bound))) { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    /// The same value with blanks wherever they may be and its strings written in escapes.
    mutating func spelledOtherwise(_ value: JSON) -> [UInt8] {
        switch value {
        case .string(let text): return blank() + escaped(text) + blank()
        case .array(let elements):
            return blank() + [0x5B] + blank()
                + Array(elements.map { spelledOtherwise($0) }.joined(separator: [0x2C])) + [0x5D] + blank()
        case .object(let members):
            var parts: [[UInt8]] = []
            for member in members {
                parts.append(blank() + escaped(member.name) + blank() + [0x3A] + spelledOtherwise(member.value))
            }
            return blank() + [0x7B] + blank() + Array(parts.joined(separator: [0x2C])) + [0x7D] + blank()
        default: return blank() + value.encoded() + blank()
        }
    }

    private mutating func blank() -> [UInt8] { (0..<below(3)).map { _ in [0x20, 0x0A, 0x0D, 0x09][below(4)] } }

    private mutating func escaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = [0x22]
        for unit in text.utf16 {
            let digits = String(unit, radix: 16, uppercase: below(2) == 0)
            bytes += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        }
        return bytes + [0x22]
    }
}
