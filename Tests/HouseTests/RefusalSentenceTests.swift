// Every refusal of every room speaks both languages, with the same facts.

import Contract
import EdgeAgent
import ScanCodes
import ShopCore
import ShopModel
import Testing

@Suite("The refusals of all rooms")
struct RefusalSentenceTests {
    static let lists: [(room: String, codes: [Refusal.Code])] = [
        ("stock", Refusal.Code.stockCodes), ("reservations", Refusal.Code.reservationCodes),
        ("pickups", Refusal.Code.pickupCodes), ("sales", Refusal.Code.saleCodes),
        ("clerks", Refusal.Code.clerkCodes), ("customers", Refusal.Code.customerCodes),
        ("commands", Refusal.Code.commandCodes), ("codes", Refusal.Code.scanCodes),
        ("contract", Refusal.Code.contractCodes), ("feeds", Refusal.Code.feedCodes),
    ]

    /// The names in braces.
    private func facts(in sentence: String) -> Set<String> {
        Set(sentence.split(separator: "{").dropFirst().compactMap { $0.split(separator: "}").first.map(String.init) })
    }

    @Test("have a sentence in each language, with the same facts in both")
    func sentences() {
        for (room, codes) in Self.lists {
            #expect(!codes.isEmpty)
            for code in codes {
                #expect(code.english.hasSuffix(".") || code.english.hasSuffix(": {seen}"), "\(room): \(code.name)")
                #expect(code.french.hasSuffix(".") || code.french.hasSuffix(" : {seen}"), "\(room): \(code.name)")
                #expect(code.english != code.french, "\(room): \(code.name)")
                #expect(facts(in: code.english) == facts(in: code.french), "\(room): \(code.name)")
            }
        }
    }

    @Test("have names of their own, noun.reason")
    func names() {
        let names = Self.lists.flatMap(\.codes).map(\.name)
        #expect(Set(names).count == names.count)
        for name in names {
            let parts = name.split(separator: ".")
            #expect(
                parts.count == 2
                    && name.utf8.allSatisfy { $0 == 0x2E || ($0 | 0x20) >= 0x61 || (0x30...0x39).contains($0) },
                "\(name)")
        }
    }
}
