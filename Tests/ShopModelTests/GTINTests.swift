// Trade item numbers: every length, every single wrong digit, every leading zero.

import ShopModel
import Testing

@Suite("A GTIN")
struct GTINTests {
    /// Numbers printed on things: GTIN-8, UPC-A, EAN-13, GTIN-14 (examples of GS1 General Specifications and packs).
    static let printed = ["96385074", "036000291452", "4006381333931", "3017620422003", "10614141000415"]

    @Test("is read in each of its lengths and always kept as 14 digits", arguments: printed)
    func lengths(digits: String) throws {
        let gtin = try #require(GTIN(digits))
        #expect(gtin.description.utf8.count == 14)
        #expect(gtin.description.hasSuffix(digits))
        #expect(GTIN(number: gtin.number) == gtin)
        #expect(GTIN(gtin.description) == gtin)
    }

    @Test("is the same with a leading zero lost or added")
    func leadingZeros() {
        #expect(GTIN("036000291452") == GTIN("0036000291452"))
        #expect(GTIN("0036000291452") == GTIN("00036000291452"))
        #expect(GTIN("96385074") == GTIN("000096385074"))
        #expect(GTIN("4006381333931") == GTIN("04006381333931"))
    }

    @Test("with any single digit wrong is refused", arguments: printed)
    func singleDigit(digits: String) {
        let bytes = Array(digits.utf8)
        for index in bytes.indices {
            for digit in UInt8(ascii: "0")...UInt8(ascii: "9") where digit != bytes[index] {
                var wrong = bytes
                wrong[index] = digit
                let text = String(decoding: wrong, as: UTF8.self)
                #expect(GTIN(text) == nil, "\(text)")
                if let number = UInt64(text) { #expect(GTIN(number: number) == nil, "\(text)") }
            }
        }
    }

    @Test(
        "of another length, with something else than digits, or nothing but zeros is none",
        arguments: [
            "", "0", "400638133393", "40063813339310", "106141410004151", "400638133393l", " 4006381333931",
            "４００６３８１３３３９３１", "+006381333931", "00000000", "00000000000000",
        ])
    func refused(digits: String) {
        #expect(GTIN(digits) == nil)
    }

    @Test("as a number is none at zero and beyond 14 digits")
    func numbers() {
        #expect(GTIN(number: 0) == nil)
        #expect(GTIN(number: 100_000_000_000_007) == nil)
        #expect(GTIN(number: UInt64.max) == nil)
        #expect(GTIN(number: 4_006_381_333_931)?.description == "04006381333931")
    }

    @Test("ends with the check digit that GS1's arithmetic gives")
    func checkDigit() {
        #expect(GTIN.checkDigit(of: Array("400638133393".utf8)) == 1)
        #expect(GTIN.checkDigit(of: Array("03600029145".utf8)) == 2)
        #expect(GTIN.checkDigit(of: Array("629104150021".utf8)) == 3)
        #expect(GTIN.checkDigit(of: [UInt8]()) == 0)
        #expect(GTIN.checkDigit(of: Array("12a".utf8)) == nil)
    }

    @Test("sorts by its number")
    func order() throws {
        #expect(try #require(GTIN("96385074")) < #require(GTIN("036000291452")))
    }
}
