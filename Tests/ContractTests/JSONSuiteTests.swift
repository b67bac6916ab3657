// The reader against what is known from JSONTestSuite.

import Contract
import ShopModel
import Testing

@Suite("JSONTestSuite")
struct JSONSuiteTests {
    @Test("is here in full, each case once")
    func complete() {
        let free = JSONSuite.free.flatMap(\.cases)
        #expect(JSONSuite.accepted.count == 95)
        #expect(JSONSuite.refused.count == 188 + 5)
        #expect(free.count == 35)
        let names = (JSONSuite.accepted + JSONSuite.refused + free).map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test("what every reader accepts is accepted, but for the listed few", arguments: JSONSuite.accepted)
    func accepts(_ text: JSONSuite.Case) throws {
        if JSONSuite.acceptedExceptions[text.name] != nil {
            #expect(refusal { try JSONReader.read(text.bytes) }?.code == .jsonDuplicateKey)
        } else {
            let value = try JSONReader.read(text.bytes)
            #expect(try JSONReader.read(value.encoded()) == value)
            #expect(try JSONReader.read(value.encodedPretty()) == value)
        }
    }

    @Test("what every reader refuses is refused, with a place", arguments: JSONSuite.refused)
    func refuses(_ text: JSONSuite.Case) throws {
        let refusal = try #require(refusal { try JSONReader.read(text.bytes) })
        #expect(Refusal.Code.jsonCodes.contains(refusal.code))
        for language in Language.allCases { #expect(!refusal.sentence(in: language).contains("?")) }
    }

    @Test("arrays without end are refused for their depth, before they are read")
    func bottomless() {
        let limits = JSONLimits(bytesMax: 1_000_000)
        for name in ["n_structure_100000_opening_arrays", "n_structure_open_array_object"] {
            let text = JSONSuite.refused.first { $0.name == name }
            #expect(refusal { try JSONReader.read(text?.bytes ?? [], limits: limits) }?.code == .jsonTooDeep)
        }
    }

    @Test("where a reader is free, ours refuses what two readers could take for different things")
    func free() throws {
        for (cases, code) in JSONSuite.free {
            for text in cases {
                #expect(refusal { try JSONReader.read(text.bytes) }?.code.name == code, "\(text.name)")
            }
        }
    }
}

/// What a closure was refused with; `nil` when it was not.
func refusal<Value>(_ body: () throws -> Value) -> Refusal? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? Refusal
    }
}
