// What a scanner set up wrongly sends, and what no scanner should.

import ScanCodes
import ShopModel
import Testing

@Suite("A scanner set up wrongly")
struct ScannerSettingTests {
    private static let unshifted = Array("à&é\"'(-è_ç".unicodeScalars)

    /// The digits as an AZERTY keyboard types them without its shift key.
    private func azerty(_ digits: String) -> String {
        var text = String.UnicodeScalarView()
        for digit in digits.utf8 { text.append(Self.unshifted[Int(digit) - 0x30]) }
        return String(text)
    }

    @Test("for another keyboard is told which digits it meant, in UTF-8 and in Latin-1")
    func shiftedDigits() throws {
        for digits in ["4006381333931", "1234567890", "4006381333932", "96385074"] {
            let text = azerty(digits)
            let latin1 = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            for bytes in [Array(text.utf8), latin1, Array("\(text)\r\n".utf8)] {
                let refused = try #require(refusal(bytes))
                #expect(refused.code == .scanKeyboardLayout)
                #expect(refused.fact("meant") == digits)
                #expect(refused.fact("computer") == "AZERTY")
                #expect(refused.sentence(in: .english).contains("keyboard layout"))
                #expect(refused.sentence(in: .french).contains("langue du clavier"))
            }
        }
        let reverse = try #require(refusal("$))^#*!###(#!"))
        #expect(reverse.fact("meant") == "4006381333931")
        #expect(reverse.fact("computer") == "US QWERTY")
    }

    @Test("for another keyboard is recognised by links and our own codes too")
    func shiftedTexts() throws {
        let link = try #require(refusal("httpsM!!id:gs&:org!à&!àç(éà&é\"'(-è__"))
        #expect(link.code == .scanKeyboardLayout)
        #expect(link.fact("meant") == "https://id.gs1.org/01/09520123456788")
        let code = OwnCode.mint(kind: .reservation, from: 0x123_4567)
        let map = Dictionary(
            uniqueKeysWithValues: zip("1234567890-QWAZMqwaz", "&é\"'(-è_çà)AZQW?azqw"))
        let typed = String(code.text.map { map[$0] ?? $0 })
        #expect(refusal(typed)?.code == .scanKeyboardLayout)
        #expect(refusal(typed)?.fact("meant") == code.text)
        #expect(refusal("https.>>id<gs!<org>)!>)(%@)!@#$%^&**")?.code == .scanKeyboardLayout)
    }

    @Test("or a text that is no code is refused with the codes that are understood")
    func unreadable() throws {
        for text in ["hello", "ABC-123", "]C0hello", "Produit", "1234567890123456", "12 34", "-"] {
            let refused = try #require(refusal(text))
            #expect([.scanUnreadable, .scanDigitCount].contains(refused.code), "\(text) \(refused)")
        }
        #expect(try #require(refusal("hello")).sentence(in: .french).contains("EAN"))
    }

    @Test("that sends nothing, too much, controls or foreign letters is refused")
    func bytes() throws {
        for bytes in [[], [0x02, 0x03], [0x20, 0x0D, 0x0A], Array("]C1".utf8), [0x1D], Array("]E0\r".utf8)] {
            #expect(refusal(bytes)?.code == .scanEmpty, "\(bytes)")
        }
        #expect(refusal([UInt8](repeating: 0x31, count: 4_097))?.code == .scanTooLong)
        #expect(refusal([UInt8](repeating: 0x31, count: 4_096))?.code == .scanDigitCount)
        let control = try #require(refusal("40063\u{1}81333931"))
        #expect(control.code == .scanCharacter)
        #expect(control.fact("found") == "0x01")
        #expect(control.fact("position") == "6")
        #expect(refusal("Schuhgröße 42")?.code == .scanCharacter)
        #expect(refusal([0x34, 0xFF, 0xFE])?.code == .scanCharacter)
        #expect(refusal("4006381333931\n4006381333931")?.code == .scanCharacter)
    }

    @Test("never makes the reading fail in another way than by a refusal of the list")
    func anything() {
        var random = Seeded(state: 7)
        let pieces = [
            "]C1", "]E0", "]Q1", "01", "09521234543213", "10", "17261231", "\u{1D}", "(", ")", "(01)", "https://", "/",
            "%",
            "%2", "?", "&", "=", "=;", "#", "urn:epc:", "id:sgtin:", ".", "*", "30", "R-", "é", "\u{0}", "à&", "3103",
            "-",
            "http", "M!!", "A", "8006", "253", "7003", "390", "\r",
        ]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...8, using: &random)
            var bytes = (0..<count).flatMap { _ in Array((pieces.randomElement(using: &random) ?? "").utf8) }
            if !bytes.isEmpty, Bool.random(using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if let refused = refusal(bytes) {
                #expect(Refusal.Code.scanCodes.contains(refused.code))
                let shown = placeholders(refused.code.english)
                #expect(shown.isSubset(of: refused.facts.map(\.name)), "\(refused)")
            }
        }
    }
}

@Suite("The list of refusals")
struct ScanCodeListTests {
    @Test("names each once, in both languages, and every fact of a sentence in both")
    func list() {
        let codes = Refusal.Code.scanCodes
        #expect(Set(codes.map(\.name)).count == codes.count)
        #expect(codes.map(\.name) == codes.map(\.name).sorted())
        for code in codes {
            #expect(code.name.hasPrefix("scan."))
            #expect(placeholders(code.english) == placeholders(code.french), "\(code.name)")
            #expect(code.english != code.french)
        }
    }
}

/// The names of the facts that a sentence shows.
private func placeholders(_ sentence: String) -> Set<String> {
    Set(sentence.split(separator: "{").dropFirst().compactMap { $0.split(separator: "}").first.map(String.init) })
}
