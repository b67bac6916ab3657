// GS1 element strings, with separators seen, lost and replaced.

import ScanCodes
import ShopModel
import Testing

private let gs = "\u{1D}"

@Suite("A GS1 element string")
struct ElementStringTests {
    @Test(
        "of the General Specifications' example is read alike in every form",
        arguments: [
            "]C1010952123454321317100101" + "10123ABC\u{1D}211234567890",
            "]d2010952123454321317100101" + "10123ABC\u{1D}211234567890",
            "]Q3010952123454321317100101" + "10123ABC\u{1D}211234567890\u{1D}",
            "]e0010952123454321317100101" + "10123ABC\u{1D}211234567890",
            "]J1010952123454321317100101" + "10123ABC\u{1D}211234567890\r\n",
            "\u{1D}010952123454321317100101" + "10123ABC\u{1D}211234567890",
            "010952123454321317100101" + "10123ABC\u{1D}211234567890",
            "0109521234543213\u{1D}17100101\u{1D}" + "10123ABC\u{1D}\u{1D}211234567890",
            "(01)09521234543213(17)100101(10)123ABC(21)1234567890",
            "(01) 09521234543213 (17) 100101 (10) 123ABC (21) 1234567890",
        ])
    func example(text: String) throws {
        let reading = try scan(text, rules: ScanRules(referenceYear: 2026))
        guard case .item(let found) = reading.code else {
            Issue.record("no item")
            return
        }
        #expect(found.gtin.description == "09521234543213")
        #expect(found.expiry?.day == CivilDate("2010-01-01"))
        #expect(found.lot == "123ABC")
        #expect(found.serial == "1234567890")
        #expect(found.elements.map(\.identifier) == ["01", "17", "10", "21"])
        #expect(found.source == (text.hasPrefix("(") ? .gs1Bracketed : .gs1ElementString))
        #expect(reading.warnings.isEmpty)
    }

    @Test("tells weight, price and count as exact decimals")
    func measures() throws {
        let found = try #require(
            item("]C1019952123454321631030012503922299\(gs)3012\(gs)15261200", rules: ScanRules(referenceYear: 2026)))
        #expect(found.netWeightKilograms == "1.250")
        #expect(found.price?.amount == "2.99" && found.price?.currencyNumber == nil)
        #expect(found.count == 12)
        #expect(found.bestBefore?.day == CivilDate("2026-12-31"))
        #expect(found.bestBefore?.isWholeMonth == true)
        let euros = try #require(item("(01)99521234543216(3932)9780399(3200)000042(3105)000007"))
        #expect(euros.price?.amount == "3.99" && euros.price?.currencyNumber == "978")
        #expect(euros.measures.map(\.value) == ["42", "0.00007"])
        #expect(euros.measures.first?.title == "NET WEIGHT (lb)")
    }

    @Test("with an SSCC is a logistic unit, with what it contains")
    func logisticUnit() throws {
        guard case .logisticUnit(let unit) = try scan("]C100106141412345678908").code else {
            Issue.record("no logistic unit")
            return
        }
        #expect(unit.sscc == "106141412345678908")
        #expect(unit.content == nil)
        guard case .logisticUnit(let pallet) = try scan("]C1001061414123456789080209521234543213" + "3748").code else {
            Issue.record("no logistic unit")
            return
        }
        #expect(pallet.content?.gtin.description == "09521234543213")
        #expect(pallet.content?.count == 48)
        #expect(item("]C10209521234543213" + "3748")?.count == 48)
    }

    @Test("about no product keeps its elements")
    func others() throws {
        guard case .elements(let elements) = try scan("]C14149521321000001254A1").code else {
            Issue.record("no elements")
            return
        }
        #expect(elements.map(\.identifier) == ["414", "254"])
        #expect(elements.map(\.value) == ["9521321000001", "A1"])
    }

    @Test("finds the century by the present year: 49 years back, 50 ahead")
    func century() throws {
        func expiry(_ digits: String, _ year: Int) -> String? {
            item("(01)09521234543213(17)" + digits, rules: ScanRules(referenceYear: year))?.expiry?.day?.description
        }
        #expect(expiry("761231", 2026) == "2076-12-31")
        #expect(expiry("771231", 2026) == "1977-12-31")
        #expect(expiry("001231", 1999) == "2000-12-31")
        #expect(expiry("991231", 2026) == "1999-12-31")
        #expect(expiry("490101", 1998) == "1949-01-01")
        #expect(expiry("480101", 1998) == "2048-01-01")
        #expect(expiry("280200", 2026) == "2028-02-29")
        #expect(expiry("270229", 2026) == nil)
        let raw = try #require(item("(01)09521234543213(17)271231")?.expiry)
        #expect(raw.digits == "271231")
        #expect(raw.day == nil)
    }

    @Test(
        "with a date that is in no calendar is refused", arguments: ["261301", "260230", "260001", "26123A", "270229"])
    func dates(digits: String) throws {
        let refused = try #require(refusal("]C1010952123454321317" + digits))
        #expect(refused.code == (digits.hasSuffix("A") ? .scanFieldContent : .scanDate))
        #expect(refused.fact("identifier") == "17")
        #expect(refused.fact("value") == digits)
    }

    @Test("with a time that no clock shows is refused")
    func times() {
        #expect(item("(01)09521234543213(7003)2612312359") != nil)
        #expect(refusal("(01)09521234543213(7003)2612312460")?.code == .scanDate)
        #expect(refusal("(01)09521234543213(7003)2612000000")?.code == .scanDate)
        #expect(item("(01)09521234543213(8008)26123123") != nil)
        #expect(item("(01)09521234543213(8008)261231235959") != nil)
        #expect(refusal("(01)09521234543213(8008)26123124")?.code == .scanDate)
        #expect(item("(01)09521234543213(7007)261231270101") != nil)
        #expect(refusal("(01)09521234543213(7007)26123127")?.code == .scanDate)
    }

    @Test("with a wrong check digit in any of its keys is refused with the digit expected")
    func checkDigits() {
        #expect(refusal("]C10109521234543214")?.fact("expected") == "3")
        #expect(refusal("0109521234543214")?.code == .scanCheckDigit)
        #expect(refusal("]C100106141412345678909")?.fact("expected") == "8")
        #expect(refusal("(01)09521234543213(410)9521321000008")?.code == .scanCheckDigit)
        #expect(refusal("]C10100000000000000")?.code == .scanNumberZero)
    }

    @Test(
        "whose value fills what only a separator could end is refused, naming the scanner's setting",
        arguments: [
            "]C1010952123454321310ABCDEFGHIJ211234567890123",
            "]C101095212345432134222501726123110AB",
            "]C10109521234543213371210ABC",
            "]C1010952123454321330" + "1221ABC",
            "]C1010952123454321310ABC\u{1D}ZZ12",
            "]C1010952123454321310ABC\u{1D}8812",
        ])
    func separatorLost(text: String) throws {
        let refused = try #require(refusal(text))
        #expect(refused.code == .scanSeparatorLost, "\(refused)")
        #expect(refused.sentence(in: .english).contains("transmit FNC1 as GS"))
        #expect(refused.sentence(in: .french).contains("transmettre FNC1 comme GS"))
    }

    @Test(
        "with another character for the separator is refused, naming it",
        arguments: ["|", "^", "~", "<GS>", "{GS}", " ", "#"])
    func separatorReplaced(character: String) throws {
        let refused = try #require(refusal("]C1010952123454321310ABC\(character)17261231"))
        #expect(refused.code == .scanSeparatorReplaced)
        #expect(refused.fact("found") == character)
    }

    @Test(
        "whose lot could hide another field is read, with a warning",
        arguments: [
            ("]C1010952123454321310ABC17261231", "(17) 261231"),
            ("]C1010952123454321321XY115261200", "(15) 261200"),
            ("]C1010952123454321310ABC1726123121XYZ", "(17) 261231"),
            ("]C1010952123454321310ABC21998877", "(21) 998877"),
        ])
    func doubtful(text: String, hidden: String) throws {
        let reading = try scan(text)
        #expect(reading.warnings.map(\.code) == [.scanSeparatorDoubtful])
        #expect(reading.warnings.first?.fact("hidden") == hidden)
    }

    @Test(
        "without anything to doubt has no warning",
        arguments: [
            "]C1010952123454321317261231" + "10A17261231",
            "]C1010952123454321310ABC17261399",
            "]C1010952123454321310L2110",
            "]C1010952123454321310L21445566\u{1D}17261231",
        ])
    func undoubted(text: String) throws {
        #expect(try scan(text).warnings.isEmpty)
    }

    @Test("with an unknown identifier, a short value or a second value is refused")
    func malformed() {
        #expect(refusal("]C10109521234543213ZZ")?.code == .scanIdentifierUnknown)
        #expect(refusal("]C1ABC")?.code == .scanIdentifierUnknown)
        #expect(refusal("]C1010952123454")?.code == .scanFieldLength)
        #expect(refusal("]C1010952123454\(gs)10A")?.code == .scanFieldLength)
        #expect(refusal("]C1010952123454321310\(gs)21A")?.code == .scanFieldLength)
        #expect(refusal("(01)09521234543213(10)ABCDEFGHIJKLMNOPQRSTU")?.code == .scanFieldLength)
        #expect(refusal("(01)09521234543213(10)A(10)B")?.code == .scanIdentifierTwice)
        #expect(item("(01)09521234543213(10)A(10)A")?.lot == "A")
        #expect(refusal("(01)0952123454321A")?.code == .scanFieldContent)
        #expect(refusal("(01)09521234543213(4321)2")?.code == .scanFieldContent)
        #expect(refusal("(99")?.code == .scanIdentifierUnknown)
        #expect(item("(01)09521234543213(10)A(B)C")?.lot == "A(B)C")
    }
}
