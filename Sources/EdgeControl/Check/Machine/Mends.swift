// What to do about mistakes of the configuration, in the language of the technician.

import Contract
import ShopModel

/// Mends that more than one rung tells.
enum Mends {
    /// What to write instead of what a configuration was refused for.
    static func configuration(_ refusal: Refusal, _ words: Words) -> String {
        let then = words.say(
            "Then: sudo systemctl restart edged", "Ensuite : sudo systemctl restart edged")
        if words.language == .english { return "\(Configuration.mend(for: refusal)) \(then)" }
        let what =
            switch refusal.code {
            case .contractMissing: "Ajoutez la clé."
            case .contractUnknownKey: "Corrigez l'orthographe de la clé, ou retirez-la."
            case .contractDuplicateDevice: "Donnez à chaque appareil son propre identifiant, ou retirez un des deux."
            case .contractUnknownScreen: "Ajoutez cet appareil à fleet, ou corrigez son identifiant."
            case .contractPairIncomplete: "Ajoutez la clé qui va avec, ou retirez celle-ci."
            case .jsonSyntax, .jsonDuplicateKey, .jsonControlCharacter, .jsonInvalidUTF8,
                .jsonLoneSurrogate, .jsonByteOrderMark, .jsonTooDeep, .jsonTooLarge, .jsonTooManyElements:
                "Corrigez le fichier à cet endroit ; les commentaires // et les virgules finales sont permis."
            default: "Corrigez la valeur."
            }
        return "\(what) \(then)"
    }
}
