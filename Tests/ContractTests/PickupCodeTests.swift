// The pickup code of an order: what could never be scanned is refused when it comes, and never shown.

import Contract
import ShopModel
import Testing

@Suite("A pickup code of headquarters")
struct PickupCodeTests {
    private func read(_ code: String) throws(Refusal) -> String {
        let text =
            #"{"order":"O-1","code":"\#(code)","source":"fromStock","lines":[{"sku":"A","quantity":1}],"placedAt":"2026-11-22T09:00:00Z"}"#
        var reader = try ObjectReader(try JSONReader.read(Array(text.utf8)))
        return try PlacedOrder(from: &reader).code
    }

    @Test("is taken in its printed form, and one that is no code of ours as it is")
    func taken() throws {
        #expect(try read("P-8M2WZ5HC-C") == "P-8M2WZ5HC-C")
        #expect(try read("p8m2wz5hcc") == "P-8M2WZ5HC-C")
        for other in ["4711", "W-2026-00017", "P-1", "Pour Marie"] { #expect(try read(other) == other) }
    }

    @Test(
        "that a scanner would refuse is refused, with the character that was expected",
        arguments: [
            ("P-AAAAAAAA-A", "contract.codeCheck", "R"), ("p8m2wz5hcd", "contract.codeCheck", "C"),
            ("R-4F7K92QX-H", "contract.codeKind", "P"), ("P-AAAAUAAA-A", "contract.badIdentifier", "U"),
        ])
    func refused(code: String, name: String, expected: String) throws {
        let refusal = try #require(throws: Refusal.self) { try read(code) }
        #expect(refusal.code.name == name && refusal.field == "/code")
        for language in Language.allCases {
            let sentence = refusal.sentence(in: language)
            #expect(sentence.contains(expected), "\(sentence)")
            #expect(!sentence.contains(code), "whoever reads the log could collect the goods: \(sentence)")
        }
    }
}
