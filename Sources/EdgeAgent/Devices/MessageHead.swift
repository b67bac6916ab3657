// The head of a message of a device: enough to tell a technician what it did and how that went, and no payload.

import Contract
import ShopModel

/// What is kept of a message once it was answered. Never its contents.
public struct MessageHead: Equatable, Sendable {
    /// Who sent it.
    public let device: DeviceID
    /// When it was answered, by the shop's clock.
    public let at: Instant
    /// What it asked, as the sender named it; up to 64 characters.
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
        verb = reply.verb.utf8.count <= 64 ? reply.verb : String(reply.verb.prefix(64))
        id = reply.id
        outcome = reply.outcome
        code = reply.problem?.code
        bytes = message.payload.count
        isReplayed = reply.replayed
        isSimulated = message.isSimulated
        self.isListed = isListed
    }
}
