// The plain numbers of the shelf.

import ScanCodes
import ShopModel
import Testing

@Suite("A number from the shelf")
struct RetailNumberTests {
    struct Row: Sendable {
        let code: String
        let gtin: String
        let source: ItemCode.Source
    }

    static let rows: [Row] = [
        Row(code: "4006381333931", gtin: "04006381333931", source: .ean13),
        Row(code: "9521234543213", gtin: "09521234543213", source: .ean13),
        Row(code: "]E05901234123457", gtin: "05901234123457", source: .ean13),
        Row(code: "]E3590123412345712", gtin: "05901234123457", source: .ean13),
        Row(code: "]E3978014026950551295", gtin: "09780140269505", source: .ean13),
        Row(code: "96385074", gtin: "00000096385074", source: .ean8),
        Row(code: "]E473513537", gtin: "00000073513537", source: .ean8),
        Row(code: "036000291452", gtin: "00036000291452", source: .upcA),
        Row(code: "0036000291452", gtin: "00036000291452", source: .ean13),
        Row(code: "00036000291452", gtin: "00036000291452", source: .gtin14),
        Row(code: "04252614", gtin: "00042100005264", source: .upcE),
        Row(code: "]E001234565", gtin: "00012345000065", source: .upcE),
        Row(code: "]E0425261", gtin: "00042100005264", source: .upcE),
        Row(code: "]E04252614", gtin: "00042100005264", source: .upcE),
        Row(code: "]E00123456", gtin: "00012345000065", source: .upcE),
        Row(code: "]I110614141000415", gtin: "10614141000415", source: .gtin14),
        Row(code: "\u{2}  4006381333931\r\n\u{3}", gtin: "04006381333931", source: .ean13),
        Row(code: "\t]E04006381333931\t", gtin: "04006381333931", source: .ean13),
        Row(code: "4006381333931\u{1D}", gtin: "04006381333931", source: .ean13),
    ]

    @Test("is 14 digits whatever its symbol and whatever the scanner adds around it", arguments: rows)
    func read(row: Row) throws {
        let found = try #require(item(row.code))
        #expect(found.gtin.description == row.gtin)
        #expect(found.source == row.source)
    }

    @Test("with a wrong check digit is refused with the digit that was expected and the one that was read")
    func wrongCheckDigit() throws {
        let refused = try #require(refusal("4006381333932"))
        #expect(refused.code == .scanCheckDigit)
        #expect(refused.fact("expected") == "1")
        #expect(refused.fact("read") == "2")
        #expect(refused.sentence(in: .english).contains("1 was expected"))
        #expect(refused.sentence(in: .french).contains("1 était attendue"))
        #expect(refusal("]E473513536")?.fact("expected") == "7")
        #expect(refusal("036000291453")?.fact("expected") == "2")
        #expect(refusal("10614141000410")?.fact("expected") == "5")
    }

    @Test("with any one digit misread is never taken for another product")
    func everySingleDigitError() {
        var random = Seeded(state: 1)
        for length in [12, 13, 14] {
            for _ in 0..<40 {
                let digits = Array(random.checked(length - 1, first: 3...9).utf8)
                for place in digits.indices {
                    for digit in UInt8(0x30)...0x39 where digit != digits[place] {
                        var wrong = digits
                        wrong[place] = digit
                        #expect(refusal(wrong)?.code == .scanCheckDigit)
                    }
                }
            }
        }
    }

    @Test("is the same product with leading zeros lost or added")
    func leadingZeros() throws {
        var random = Seeded(state: 2)
        for _ in 0..<200 {
            let upc = random.checked(11, first: 3...9)
            let plain = try #require(item(upc)?.gtin)
            #expect(item("0" + upc)?.gtin == plain)
            #expect(item("00" + upc)?.gtin == plain)
            #expect(item("]C10100" + upc)?.gtin == plain)
            #expect(item("https://id.gs1.org/01/" + upc)?.gtin == plain)
        }
        let short = try #require(item("96385074")?.gtin)
        for zeros in [4, 5, 6] {
            #expect(item(String(repeating: "0", count: zeros) + "96385074")?.gtin == short)
        }
    }

    @Test("of six digits expands by the last of them")
    func expansions() {
        // Published rows of the UPC-E expansion, number system 0.
        let rows = [
            ("123450", "0120000034"), ("123451", "0121000034"), ("123452", "0122000034"), ("123453", "0123000004"),
            ("123454", "0123400000"), ("123455", "0123450000"), ("123459", "0123450000"),
        ]
        for (six, start) in rows {
            #expect(item("]E0" + six)?.gtin.description.hasPrefix("00" + start) == true, "\(six)")
        }
    }

    @Test("of eight digits that is right as EAN-8 and as UPC-E is EAN-8 with a warning, UPC-E when the scanner says so")
    func ambiguous() throws {
        let reading = try scan("01234565")
        guard case .item(let found) = reading.code else {
            Issue.record("no item")
            return
        }
        #expect(found.source == .ean8)
        #expect(reading.warnings.map(\.code) == [.scanShortNumberDoubtful])
        #expect(reading.warnings.first?.fact("upcA") == "012345000065")
        #expect(try scan("]E001234565").warnings.isEmpty)
        #expect(item("]E401234565")?.source == .ean8)
    }

    @Test("of a length that no product has is refused with the lengths that there are")
    func lengths() {
        for digits in ["1", "12345", "425261", "4252614", "123456789", "1234567890", "12345678901"] {
            #expect(refusal(digits)?.code == .scanDigitCount, "\(digits)")
        }
        #expect(refusal("590123412345712")?.code == .scanDigitCount)
        #expect(refusal("0000000000000")?.code == .scanNumberZero)
    }
}

@Suite("A number of the shop's own making")
struct RestrictedNumberTests {
    func restricted(_ text: String, _ rules: [RestrictedNumberRule] = []) -> RestrictedItem? {
        guard let reading = try? scan(text, rules: ScanRules(restrictedNumbers: rules)),
            case .restricted(let item) = reading.code
        else { return nil }
        return item
    }

    @Test("is taken whole when the shop gave no rule")
    func whole() throws {
        let found = try #require(restricted("2112345678900"))
        #expect(found.prefix == 21)
        #expect(found.itemReference == "1234567890")
        #expect(found.itemGTIN == found.gtin)
        #expect(found.amount == nil)
        #expect(try #require(restricted("212345678909")).prefix == 2)
        #expect(restricted("4006381333931") == nil)
        #expect(restricted("96385074") == nil)
    }

    @Test("is item and weight by the shop's rule, and the item has a number of its own in the catalogue")
    func weight() throws {
        let rule = try #require(RestrictedNumberRule(prefix: 21, itemDigits: 5, value: .weight, decimals: 3))
        var random = Seeded(state: 3)
        let code = "21" + "54321" + "01250"
        let digits = Array(code.utf8)
        let check = try #require(GTIN.checkDigit(of: digits))
        let found = try #require(restricted(code + String(check), [rule]))
        #expect(found.itemReference == "54321")
        #expect(found.value == .weight)
        #expect(found.amount == "1.250")
        #expect(found.itemGTIN.description.hasPrefix("0215432100000"))
        #expect(restricted(random.checked(11, first: 5...9)) == nil)
    }

    @Test("may have digits that are skipped, and a rule that does not add up is none")
    func rules() throws {
        let rule = try #require(
            RestrictedNumberRule(prefix: 2, itemDigits: 5, skippedDigits: 1, value: .price, decimals: 2))
        let digits = "02" + "11111" + "7" + "0399"
        let check = try #require(GTIN.checkDigit(of: Array(digits.utf8)))
        #expect(restricted(digits + String(check), [rule])?.amount == "3.99")
        #expect(RestrictedNumberRule(prefix: 19, itemDigits: 10) == nil)
        #expect(RestrictedNumberRule(prefix: 20, itemDigits: 9) == nil)
        #expect(RestrictedNumberRule(prefix: 20, itemDigits: 10, value: .price) == nil)
        #expect(RestrictedNumberRule(prefix: 20, itemDigits: 8, value: .price, decimals: 3) == nil)
        #expect(RestrictedNumberRule(prefix: 20, itemDigits: 10) != nil)
    }
}
