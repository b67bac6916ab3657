// The head of a message of a device: enough to tell a technician what it did and how that went, and no payload.

import Contract
import ShopModel

/// What is kept of a message once it was answered. Never its contents.
public struct MessageHead: Equatable, Sendable {
    /// Who sent it.
    public let device: DeviceID
    /// When it was answered, by the shop's clock.
    public let at: Instant
    /// What it asked, as the sender named it where that is a name, see `told(verb:)`.
    public let verb: String
    /// Its id; `nil` for a bare scan, and where none could be read.
    public let id: CommandID?
    /// How it went: `done`, `refused`, `later`.
    public let outcome: Reply.Outcome
    /// The code of the refusal.
    public let code: String?
    /// How many bytes it had.
    public let bytes: Int
    /// Whether it was decided before, and answered again.
    public let isReplayed: Bool
    /// Whether a technician sent it in the device's name.
    public let isSimulated: Bool
    /// Whether the device is one of the shop's.
    public let isListed: Bool

    /// The head of a message that was answered.
    init(_ message: DeviceMessage, _ reply: Reply, at: Instant, isListed: Bool) {
        device = message.device
        self.at = at
        verb = Self.told(verb: reply.verb)
        id = reply.id
        outcome = reply.outcome
        code = reply.problem?.code
        bytes = message.payload.count
        isReplayed = reply.replayed
        isSimulated = message.isSimulated
        self.isListed = isListed
    }

    /// A verb as it is kept and told: a name of up to 64 letters, digits, dots, hyphens and underscores, or none. Anything
    /// else is `…`: the sender may have put there whatever he likes, orders to a technician's terminal among it.
    static func told(verb: String) -> String {
        let isName = verb.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isName && verb.utf8.count <= 64 ? verb : "…"
    }
}
