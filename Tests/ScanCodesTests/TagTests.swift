// Tags: SGTIN-96 and EPC URNs.

import ScanCodes
import ShopModel
import Testing

@Suite("A tag")
struct TagTests {
    @Test(
        "of the Tag Data Standard's examples is product and serial number",
        arguments: [
            ("3074257BF7194E4000001A85", "80614141123458", "6789"),
            ("3074257bf7194e4000001a85", "80614141123458", "6789"),
            ("urn:epc:tag:sgtin-96:3.0614141.812345.6789", "80614141123458", "6789"),
            ("urn:epc:id:sgtin:0614141.812345.6789", "80614141123458", "6789"),
            ("urn:epc:id:sgtin:0614141.112345.400", "10614141123459", "400"),
            ("urn:epc:tag:sgtin-198:3.0614141.712345.32a%2Fb", "70614141123451", "32a/b"),
            ("URN:EPC:id:sgtin:0614141.812345.6789", "80614141123458", "6789"),
        ])
    func example(text: String, gtin: String, serial: String) throws {
        let found = try #require(item(text))
        #expect(found.gtin.description == gtin)
        #expect(found.serial == serial)
        #expect(found.source == (text.hasPrefix("3") ? .sgtin96 : .epcURN))
    }

    @Test("of a class names the product and its lot, a pattern the product only")
    func classes() throws {
        #expect(item("urn:epc:class:lgtin:0614141.812345.A1")?.lot == "A1")
        let pattern = try #require(item("urn:epc:idpat:sgtin:0614141.812345.*"))
        #expect(pattern.serial == nil)
    }

    @Test("written by the standard's table for any partition reads back")
    func roundTrip() throws {
        let partitions: [(bits: Int, digits: Int)] = [(40, 12), (37, 11), (34, 10), (30, 9), (27, 8), (24, 7), (20, 6)]
        var random = Seeded(state: 4)
        for (partition, row) in partitions.enumerated() {
            for _ in 0..<50 {
                let gtin = random.checked(13, first: 1...9)
                let digits = Array(gtin.utf8)
                let company = try #require(UInt64(String(decoding: digits[1...row.digits], as: UTF8.self)))
                let itemDigits = [digits[0]] + digits[(row.digits + 1)..<13]
                let reference = try #require(UInt64(String(decoding: itemDigits, as: UTF8.self)))
                let serial = UInt64.random(in: 0..<(1 << 38), using: &random)
                let both = company << UInt64(44 - row.bits) | reference
                let high: UInt64 = 0x30 << 24 | 1 << 21 | UInt64(partition) << 18 | both >> 26
                let low = both << 38 | serial
                let found = try #require(item(hexadecimal(high, 8) + hexadecimal(low, 16)))
                #expect(found.gtin.description == gtin)
                #expect(found.serial == String(serial))
            }
        }
    }

    private func hexadecimal(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: width - digits.utf8.count) + digits
    }

    @Test(
        "of another kind, or with parts that do not fit, is refused with what was expected",
        arguments: [
            ("3174257BF7194E4000001A85", "scan.tagKind"),
            ("307C257BF7194E4000001A85", "scan.tagMalformed"),
            ("3074FFFFFFFFFFFFFFFFFFFF", "scan.tagMalformed"),
            ("urn:epc:id:sscc:0614141.1234567890", "scan.tagKind"),
            ("urn:epc:sgtin", "scan.tagKind"),
            ("urn:epc:id:sgtin:0614141.81234.6789", "scan.tagMalformed"),
            ("urn:epc:id:sgtin:0614141.812345", "scan.tagMalformed"),
            ("urn:epc:id:sgtin:0614141.81234A.1", "scan.tagMalformed"),
            ("urn:epc:id:sgtin:0614141.812345.%2", "scan.tagMalformed"),
            ("urn:epc:tag:sgtin-96:3.0614141.812345.0789", "scan.tagMalformed"),
            ("urn:epc:tag:sgtin-96:3.0614141.812345.274877906944", "scan.tagMalformed"),
            ("urn:epc:tag:sgtin-96:9.0614141.812345.1", "scan.tagMalformed"),
            ("urn:epc:tag:sgtin-96:0614141.812345.1", "scan.tagMalformed"),
        ])
    func refused(text: String, code: String) {
        #expect(refusal(text)?.code.name == code)
    }
}
