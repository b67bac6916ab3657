// The list of problems that integrators read is the code's own; `UPDATE_PROBLEMS=1` writes it anew.

import Contract
import EdgeAgent
import Foundation
import Headquarters
import ScanCodes
import ShopCore
import ShopModel
import Testing

@Suite("The list of problems")
struct ProblemsFileTests {
    /// Every room's list, and who may meet its codes.
    static let lists: [(seenBy: String, codes: [Refusal.Code])] = [
        ("device", Refusal.Code.contractCodes), ("device", Refusal.Code.scanCodes),
        ("device", Refusal.Code.stockCodes), ("device", Refusal.Code.reservationCodes),
        ("device", Refusal.Code.pickupCodes), ("device", Refusal.Code.saleCodes),
        ("device", Refusal.Code.clerkCodes), ("device", Refusal.Code.customerCodes),
        ("device", Refusal.Code.commandCodes), ("device", Refusal.Code.frontCodes),
        ("device", Refusal.Code.deviceCodes), ("technician", Refusal.Code.enrolmentCodes),
        ("headquarters", Refusal.Code.feedCodes), ("headquarters", Refusal.Code.headquartersCodes),
        ("technician", Refusal.Code.queueCodes), ("technician", Refusal.Code.controlCodes),
        ("technician", Refusal.Code.findingCodes), ("technician", Refusal.Code.linkCodes),
        ("technician", Refusal.Code.backupCodes),
    ]

    static let codes = lists.flatMap(\.codes)
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let file = root.appending(path: "devices/contract/problems.json")

    @Test("beside the contract is exactly the code's own")
    func isTheCodesOwn() throws {
        let text = Self.text()
        if ProcessInfo.processInfo.environment["UPDATE_PROBLEMS"] != nil {
            try text.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        let found = try String(contentsOf: Self.file, encoding: .utf8)
        // Line by line, so that a difference names its code.
        for (line, expected) in zip(found.split(separator: "\n"), text.split(separator: "\n")) where line != expected {
            Issue.record("found \(line), the code says \(expected); UPDATE_PROBLEMS=1 writes the file anew")
        }
        #expect(found == text)
    }

    @Test("has every refusal that any room declares")
    func isComplete() throws {
        let names = Set(Self.codes.map(\.name))
        var declared = 0
        for path in try Self.sources() {
            let text = try String(contentsOf: path, encoding: .utf8)
            for match in text.matches(
                of: /static let (\w+)(?:: Refusal\.Code)? = (?:Refusal\.Code|\.init|Self)?\(\s*"([^"]+)"/)
            where match.0.contains("Refusal.Code") {
                declared += 1
                #expect(names.contains(String(match.2)), "\(match.1) of \(path.lastPathComponent) is in no list")
            }
        }
        #expect(declared == Self.codes.count)
    }

    @Test("names each problem once, by a noun and a reason")
    func namesAreUnique() throws {
        #expect(Set(Self.codes.map(\.name)).count == Self.codes.count)
        for code in Self.codes {
            #expect(code.name.wholeMatch(of: /[a-z]+\.[A-Za-z0-9]+/) != nil, "\(code.name)")
            #expect(code.name.utf8.count <= 64)
        }
    }

    @Test("says the same facts in both languages", arguments: codes.map(\.name))
    func languagesAgree(name: String) throws {
        let code = try #require(Self.codes.first { $0.name == name })
        #expect(Set(Self.facts(code.english)) == Set(Self.facts(code.french)))
        #expect(!code.english.isEmpty && !code.french.isEmpty)
    }

    /// The Swift files whose refusals anybody may meet: all but the executable of headquarters, which no test can link.
    private static func sources() throws -> [URL] {
        let sources = root.appending(path: "Sources")
        let paths = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") && !$0.hasPrefix("edge-hq/") }.sorted()
            .map { sources.appending(path: $0) }
    }

    /// The facts that a sentence shows, in its order, each once.
    private static func facts(_ sentence: String) -> [String] {
        var facts: [String] = []
        for match in sentence.matches(of: /\{(\w+)\}/) where !facts.contains(String(match.1)) {
            facts.append(String(match.1))
        }
        return facts
    }

    /// The file: a problem a line, by code.
    private static func text() -> String {
        let entries = lists.flatMap { list in list.codes.map { ($0, list.seenBy) } }
            .sorted { $0.0.name < $1.0.name }
            .map { code, seenBy in
                let entry: JSON = [
                    "code": .string(code.name), "retry": .string(code.retry.rawValue), "seenBy": .string(seenBy),
                    "en": .string(code.english), "fr": .string(code.french),
                    "facts": .array(facts(code.english).map(JSON.string)),
                ]
                return "    " + String(decoding: entry.encoded(), as: UTF8.self)
            }
        return "{\n  \"problems\": [\n" + entries.joined(separator: ",\n") + "\n  ]\n}\n"
    }
}
