// What a refusal's code means, for a trace that keeps no facts: the sentence with its gaps.

import Contract
import ScanCodes
import ShopCore
import ShopModel

extension Refusal.Code {
    /// Every code that a device may be refused with.
    private static let metByDevices: [String: Refusal.Code] = Dictionary(
        (contractCodes + scanCodes + stockCodes + reservationCodes + pickupCodes + saleCodes + clerkCodes
            + customerCodes + commandCodes + deviceCodes + frontCodes).map { ($0.name, $0) }
    ) { first, _ in first }

    /// The sentence of a code with `…` for each fact; `nil` for a code that no device meets.
    static func sentence(of name: String, in language: Language) -> String? {
        guard let code = metByDevices[name] else { return nil }
        var sentence = ""
        var isFact = false
        for character in language == .french ? code.french : code.english {
            if character == "{" { sentence += "…" }
            if character == "{" || character == "}" {
                isFact = character == "{"
            } else if !isFact {
                sentence.append(character)
            }
        }
        return sentence
    }
}
