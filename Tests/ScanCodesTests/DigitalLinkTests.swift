// GS1 Digital Links.

import ScanCodes
import ShopModel
import Testing

@Suite("A GS1 Digital Link")
struct DigitalLinkTests {
    @Test(
        "names the product whatever its host, stem and length of the GTIN",
        arguments: [
            "https://id.gs1.org/01/09520123456788",
            "https://id.gs1.org/01/9520123456788",
            "http://example.com:8080/some/path/01/09520123456788",
            "https://brand.example.fr/a/01/09520123456788/",
            "https://brand.example.fr/gtin/09520123456788",
            "HTTPS://ID.GS1.ORG/01/09520123456788",
            "]Q1https://id.gs1.org/01/09520123456788",
            "]d1https://id.gs1.org/01/09520123456788\r",
            "]Q3https://id.gs1.org/01/09520123456788",
            "https://id.gs1.org/01/09520123456788?utm_source=label&lang=fr#top",
            "https://id.gs1.org/01/%309520123456788",
            "https://id.gs1.org/10/x/01/09520123456788",
        ])
    func product(link: String) throws {
        let found = try #require(item(link))
        #expect(found.gtin.description == "09520123456788")
        #expect(found.source == .digitalLink)
    }

    @Test("tells variant, lot, serial and the attributes of its query")
    func attributes() throws {
        let found = try #require(
            item(
                "https://id.gs1.org/01/09520123456788/22/2A/10/ABC%2F1/21/12345?17=280426&3103=000195;3922=0299&x=1",
                rules: ScanRules(referenceYear: 2026)))
        #expect(found.variant == "2A")
        #expect(found.lot == "ABC/1")
        #expect(found.serial == "12345")
        #expect(found.expiry?.day == CivilDate("2028-04-26"))
        #expect(found.netWeightKilograms == "0.195")
        #expect(found.price?.amount == "2.99")
        #expect(found.elements.map(\.identifier) == ["01", "22", "10", "21", "17", "3103", "3922"])
        let old = try #require(item("https://example.com/gtin/9520123456788/lot/A/ser/B?exp=280426"))
        #expect(old.lot == "A" && old.serial == "B" && old.expiry?.digits == "280426")
    }

    @Test("about a parcel or a place is that")
    func otherKeys() throws {
        guard case .logisticUnit(let unit) = try scan("https://id.gs1.org/00/106141412345678908").code,
            case .elements(let place) = try scan("https://id.gs1.org/414/9521321000001/254/A1").code
        else {
            Issue.record("neither")
            return
        }
        #expect(unit.sscc == "106141412345678908")
        #expect(place.map(\.identifier) == ["414", "254"])
    }

    @Test(
        "that is malformed is refused with what was expected",
        arguments: [
            ("Https://id.gs1.org/01/09520123456788", "scan.linkScheme"),
            ("httpS://id.gs1.org/01/09520123456788", "scan.linkScheme"),
            ("ftp://id.gs1.org/01/09520123456788", "scan.linkScheme"),
            ("id.gs1.org/01/09520123456788", "scan.linkScheme"),
            ("https:/id.gs1.org/01/09520123456788", "scan.linkScheme"),
            ("https:///01/09520123456788", "scan.linkMalformed"),
            ("https://id gs1.org/01/09520123456788", "scan.linkMalformed"),
            ("https://user@id.gs1.org/01/09520123456788", "scan.linkMalformed"),
            ("https://id.gs1.org/01/09520123456788/10/A%2", "scan.linkMalformed"),
            ("https://id.gs1.org/01/09520123456788/10/A%ZZ", "scan.linkMalformed"),
            ("https://id.gs1.org/01/09520123456788/10", "scan.linkMalformed"),
            ("https://id.gs1.org/01", "scan.linkMalformed"),
            ("https://id.gs1.org/01/09520123456788/21/A/10/B", "scan.linkOrder"),
            ("https://id.gs1.org/01/09520123456788/235/A/21/B", "scan.linkOrder"),
            ("https://id.gs1.org/01/09520123456788/22/A/235/B", "scan.linkOrder"),
            ("https://id.gs1.org/01/09520123456788/17/280426", "scan.linkOrder"),
            ("https://id.gs1.org/01/09520123456789", "scan.checkDigit"),
            ("https://id.gs1.org/01/095201234567", "scan.checkDigit"),
            ("https://id.gs1.org/01/0952012345", "scan.fieldLength"),
            ("https://id.gs1.org/01/09520123456788/10/ABCDEFGHIJKLMNOPQRSTUVWXYZ", "scan.fieldLength"),
            ("https://id.gs1.org/01/09520123456788/10/%C3%A9", "scan.fieldContent"),
            ("https://id.gs1.org/01/09520123456788?17=281301", "scan.date"),
            ("https://id.gs1.org/01/09520123456788?88=1", "scan.identifierUnknown"),
            ("https://id.gs1.org/01/09520123456788?01=09521234543213", "scan.identifierTwice"),
            ("https://example.com/", "scan.linkWithoutKey"),
            ("https://example.com", "scan.linkWithoutKey"),
            ("https://example.com/shop/shoes?id=7", "scan.linkWithoutKey"),
        ])
    func malformed(link: String, code: String) throws {
        let refused = try #require(refusal(link))
        #expect(refused.code.name == code, "\(refused.facts)")
        #expect(refused.sentence(in: .english).contains("expected"))
    }
}
