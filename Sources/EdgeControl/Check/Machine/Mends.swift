// What to do about mistakes of the configuration, in the language of the technician.

import Contract
import ShopModel

/// Mends that more than one rung tells.
enum Mends {
    /// What to write instead of what a configuration was refused for.
    static func configuration(_ refusal: Refusal, _ words: Words) -> String {
        let then = words.say(
            "Then: sudo systemctl restart edged", "Ensuite : sudo systemctl restart edged")
        return "\(Configuration.mend(for: refusal, in: words.language)) \(then)"
    }
}
