// What a route needs of the shop's broker is asked on the ledger's thread; the asker waits a bounded time.

import Contract
import CustomerVault
import DeviceBus
import EdgeAgent
import ShopModel

/// Work at the shop's broker that somebody on another thread waits for.
enum BusErrands {
    /// Longer than the broker may take: the loop gives up first, and says why.
    private static let waitMilliseconds: Int32 = 6_000

    /// Changes accounts; all of it is done when this returns the broker's word on each command. A connection that ends
    /// meanwhile is waited for: it comes back within a moment when the broker ended it for a change of the agent's own.
    ///
    /// - Throws: `broker.notConnected`, `broker.silent`, `broker.refused`, `agent.busy`, `agent.stuck`.
    @discardableResult
    static func accounts(_ commands: [AccountCommand], _ room: SharedRoom) throws(Refusal) -> [JSON] {
        guard let letter = Letter<Result<[JSON], AccountFailure>>() else { throw Refusal(.agentBusy) }
        guard room.busErrands.send(.accounts(commands, answer: { letter.put($0) })) else { throw Refusal(.agentBusy) }
        switch letter.wait(milliseconds: waitMilliseconds) {
        case .success(let answers): return answers
        case .failure(let failure): throw failure.refusal
        case nil: throw Refusal(.agentStuck, [.integer("seconds", Int(waitMilliseconds / 1_000))])
        }
    }

    /// Publishes to a device; `false` without a connection to the broker.
    static func push(topic: String, payload: [UInt8], _ room: SharedRoom) throws(Refusal) -> Bool {
        guard let letter = Letter<Bool>() else { throw Refusal(.agentBusy) }
        let sent = room.busErrands.send(.push(topic: topic, payload: payload, answer: { letter.put($0) }))
        guard sent, let isGone = letter.wait(milliseconds: waitMilliseconds) else { throw Refusal(.agentBusy) }
        return isGone
    }
}

/// What a device is given to sign in with the first time.
enum DeviceSecret {
    /// Crockford's letters and digits: none is mistaken for another, and all stand in a QR code's small alphabet.
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// A code of 20 characters (100 bits), a password of 32 (160 bits); none for a certificate.
    static func make(for credential: EnrolledDevice.Credential) throws(Refusal) -> String? {
        let count: Int
        switch credential {
        case .code: count = 20
        case .password: count = 32
        case .certificate: return nil
        }
        do throws(VaultError) {
            // 256 is a multiple of 32: every character is as likely.
            return String(decoding: try SecureRandom.bytes(count).map { alphabet[Int($0 % 32)] }, as: UTF8.self)
        } catch {
            throw Refusal(.agentBusy)
        }
    }
}
