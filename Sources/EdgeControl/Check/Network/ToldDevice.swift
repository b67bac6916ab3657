// A device as the agent tells it, and what follows from its enrolment: whether it was ever here, how it is enrolled again.

import Contract
import ShopModel

/// What the agent says of a device, or the configuration while the agent is silent.
struct ToldDevice {
    let json: JSON

    var id: String { json.plain("device") }
    var presence: String { json.plain("presence") }
    var state: String? { json["state"]?.text }
    var isEnrolled: Bool { json.plain("enrolled") != "notEnrolled" && state != "revoked" }
    var isOnline: Bool { presence == "online" }
    /// Since when the enrolment is what it is; for a code that waits or waited, until when it is good.
    var stateAt: Instant? { moment("stateAt") }
    var enrolledAt: Instant? { moment("enrolledAt") }
    /// When a run of the agent before this one heard of it last.
    var heardBeforeAt: Instant? { moment("heardBeforeAt") }
    /// Whether its code was changed into a secret, which only the device itself does: it was here.
    var hasPaired: Bool { json["credential"]?.text == "code" && state == "active" }

    private func moment(_ name: String) -> Instant? { json[name]?.text.flatMap(Instant.init(rfc3339:)) }

    /// How the device gets another credential: of the kind that it has, since a plain scanner cannot use a code, and one
    /// with a certificate may have nothing else.
    func enrolAgain(_ words: Words, credential: String? = nil) -> String {
        let command = "edgectl device enrol \(id) --again"
        return switch credential ?? json["credential"]?.text {
        case "certificate":
            "sudo \(command) --credential certificate --out \(words.say("FOLDER", "DOSSIER"))"
        case "password": "\(command) --credential password"
        default: command
        }
    }

    /// Whether a refusal is a thing of the past: before its code was used, a device is told to pair.
    func isOver(_ refusal: JSON) -> Bool {
        guard refusal["code"]?.text == "device.notPaired", state == "active", let stateAt else { return false }
        return refusal["at"]?.text.flatMap(Instant.init(rfc3339:)).map { $0 <= stateAt } ?? true
    }
}
