// The shop's own codes.

import ShopModel
import Testing

@testable import ScanCodes

@Suite("A code of our own")
struct OwnCodeTests {
    @Test("minted from any 40 bits is read back in every spelling")
    func roundTrip() throws {
        var random = Seeded(state: 5)
        for kind in OwnCode.Kind.allCases {
            for bits in [0, UInt64.max, 0x12_3456_789A] + (0..<100).map({ _ in random.next() }) {
                let code = OwnCode.mint(kind: kind, from: bits)
                #expect(code.text.utf8.count == 12)
                #expect(code == OwnCode.mint(kind: kind, from: bits & 0xFF_FFFF_FFFF))
                let bare = code.text.filter { $0 != "-" }
                for spelling in [code.text, code.text.lowercased(), bare, "]C0" + code.text, " \(bare.lowercased())\r"]
                {
                    #expect(try scan(spelling).code == .own(code))
                }
                #expect(OwnCode(code.text) == code)
            }
        }
    }

    @Test("has the check character of ISO/IEC 7064 MOD 37,36")
    func published() {
        // The example of the GRid standard, whose check is the same.
        #expect(OwnCode.check(of: Array("A12425GABC1234002".utf8)) == UInt8(ascii: "M"))
    }

    @Test("with I, L or O where there can only be 1 or 0 means those")
    func lookalikes() throws {
        let code = OwnCode.mint(kind: .pickup, from: 0b00001_00000_00001_00000_11111_11111_11111_11111)
        #expect(code.text.hasPrefix("P-1010ZZZZ-"))
        let check = try #require(code.text.last)
        #expect(try scan("P-IOLOZZZZ-\(check)").code == .own(code))
        #expect(try scan("p-iolozzzz-\(check)").code == .own(code))
    }

    @Test("with any one character wrong, or two neighbours exchanged, is never another code")
    func errors() throws {
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
        var random = Seeded(state: 6)
        for _ in 0..<30 {
            let text = Array(OwnCode.mint(kind: .reservation, from: random.next()).text.utf8)
            for place in 2...9 {
                for other in alphabet where other != text[place] {
                    var wrong = text
                    wrong[place] = other
                    #expect(refusal(wrong)?.code == .scanOwnCodeCheck)
                }
                guard place < 9, text[place] != text[place + 1] else { continue }
                var swapped = text
                swapped.swapAt(place, place + 1)
                #expect(refusal(swapped)?.code == .scanOwnCodeCheck)
            }
        }
    }

    @Test("that is refused says which character was expected")
    func refused() throws {
        let code = OwnCode.mint(kind: .loyalty, from: 42)
        let check = try #require(code.text.last)
        let wrong = check == "7" ? "8" : "7"
        let refused = try #require(refusal(code.text.dropLast() + wrong))
        #expect(refused.code == .scanOwnCodeCheck)
        #expect(refused.fact("expected") == String(check))
        #expect(refused.fact("read") == wrong)
        #expect(refusal("R-4F7K92UX-3")?.code == .scanOwnCodeCharacter)
        #expect(refusal("X-4F7K92QX-3")?.code == .scanUnreadable)
        #expect(refusal("R-4F7K92QX3")?.code == .scanUnreadable)
        #expect(OwnCode("R") == nil)
    }
}
