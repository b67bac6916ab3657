// `device.pair`: the one-time code is exchanged for a secret that only the device and the broker's digest know.

import Contract
import ShopCore
import ShopModel

extension Ledger {
    /// What a `device.pair` needs before it can be decided.
    public enum PairingNeed: Sendable {
        /// Nothing: it is decided as it is, and refused or answered again.
        case nothing
        /// The shop's broker has to take this password for the device first. Then the message is given to the ledger
        /// with `hasPasswordSet`.
        case password(DevicePair)
    }

    /// What a message on `do/device.pair` needs before it can be decided. Changes nothing.
    ///
    /// The broker is told first and the ledger commits after: whatever dies in between, the device sends the same
    /// message again, under the new password or the code, whichever the broker takes, and gets its reply.
    public func pairingNeed(of message: DeviceMessage) throws(StorageFailure) -> PairingNeed {
        guard !message.retained, let device = enrolled[message.device], let until = device.codeUntil,
            clock.now < until, device.credential == .code,
            let (envelope, request) = try? Request.decode(message.topic, payload: message.payload),
            case .devicePair(let pair) = request, let id = envelope.id
        else { return .nothing }
        try storage.begin()
        defer { storage.rollback() }
        return try storage.command(id) == nil ? .password(pair) : .nothing
    }

    /// Decides `device.pair`: from now on the device is what it was enrolled as.
    func pair(_ asker: Asker, in turn: Turn) throws -> JSON {
        guard var device = enrolled[asker.device], let until = device.codeUntil, device.credential == .code else {
            throw Refusal(.deviceNoCode, [.text("device", asker.device.value)])
        }
        guard turn.now < until else {
            throw Refusal(.deviceCodeOver, [.text("device", device.id.value), .instant("until", until)])
        }
        guard asker.hasPasswordSet else { throw Refusal(.devicePairLater) }
        device.state = .active(since: turn.now)
        try save(device, in: turn)
        return DevicePairResult(device: device.id, family: device.family, role: device.role, screen: device.screen)
            .json
    }
}
