// The ledger's loop and the accounts of devices: pairing, ending, and what technicians ask of the broker.

import Contract
import EdgeAgent
import MQTT
import ShopModel

/// What the broker said about an account that the loop asked for.
enum SettledAccount {
    /// A device's new password was taken, or was not.
    case paired(DeviceMessage, Result<[JSON], AccountFailure>)
    /// An account that is over was ended, or was not.
    case ended(DeviceID, Result<[JSON], AccountFailure>)
}

extension LedgerLoop {
    /// Time to wait before accounts are ended again that the broker did not end.
    private static let patienceMilliseconds: Int64 = 60_000
    /// Time for a technician's enrolment to come to its end before old accounts are looked at again.
    private static let enrolmentMilliseconds: Int64 = 15_000

    /// Gives the broker a device's new password, if the message may; the ledger decides it after.
    func pair(_ message: DeviceMessage, into inbound: inout [Inbound]) throws(StorageFailure) {
        // The same message sent again while the broker thinks is answered with the first.
        guard !pairing.contains(message.device) else { return }
        switch try ledger.pairingNeed(of: message) {
        case .nothing: inbound.append(.device(message))
        case .password(let pair):
            pairing.insert(message.device)
            accounts.send(
                AccountCommand.settingPassword(message.device, pair.password), by: client,
                now: LoopTime.microseconds() / 1_000
            ) { [weak self] in self?.settled.append(.paired(message, $0)) }
        }
    }

    /// Goes on with what the broker has answered.
    func settle(into inbound: inout [Inbound]) throws(StorageFailure) {
        let answers = settled
        settled = []
        for answer in answers {
            switch answer {
            case .paired(var message, let result):
                pairing.remove(message.device)
                message.hasPasswordSet = note(result, "pair", message.device)
                inbound.append(.device(message))
            case .ended(let device, let result):
                ending.remove(device)
                guard note(result, "end", device) else { continue }
                do throws(StorageFailure) {
                    send(try ledger.accountEnded(device), arrivedAt: LoopTime.microseconds())
                } catch .full {
                    // It is ended once more when there is space.
                    continue
                }
            }
        }
    }

    /// Ends the accounts whose credential is over, until the broker says that they are.
    func endAccounts() {
        let now = LoopTime.microseconds() / 1_000
        guard !ledger.accountsToEnd.isEmpty, client.isConnected, now >= endsAgainAt else { return }
        endsAgainAt = now + Self.patienceMilliseconds
        for device in ledger.accountsToEnd where !ending.contains(device) {
            ending.insert(device)
            accounts.send(
                AccountCommand.ending(device, profileTopic: ledger.profileTopic(of: device)), by: client, now: now
            ) { [weak self] in self?.settled.append(.ended(device, $0)) }
        }
    }

    /// Does what somebody on another thread wants of the broker.
    func perform(_ errand: BusErrand) {
        let now = LoopTime.microseconds() / 1_000
        switch errand {
        case .accounts(let commands, let answer):
            endsAgainAt = max(endsAgainAt, now + Self.enrolmentMilliseconds)
            accounts.send(commands, by: client, now: now, answer: answer)
        case .push(let topic, let payload, let answer):
            // Not acknowledged, so that the broker keeps it for nobody.
            answer(client.publish(topic: topic, payload: payload, quality: .atMostOnce))
        }
    }

    private func note(_ result: Result<[JSON], AccountFailure>, _ what: String, _ device: DeviceID) -> Bool {
        switch result {
        case .success: return true
        case .failure(let failure):
            report(
                LoopReport(
                    .warning, "account.unchanged",
                    [
                        ("wanted", what), ("device", device.value),
                        ("cause", failure.refusal.sentence(in: .english)),
                    ]))
            return false
        }
    }
}

extension DeviceMessage {
    /// Whether it is a `device.pair`.
    var isPairing: Bool {
        switch topic {
        case .command(_, let verb): verb == Verb.devicePair.rawValue
        case .single: EnvelopeHint(payload).verb == Verb.devicePair.rawValue
        case .ask, .presence, .stray: false
        }
    }
}

extension DeviceWatch.Presence {
    /// What a presence message says: `{"state":"here"}` is there, everything else is gone, a cleared one too.
    init(_ payload: [UInt8]) {
        let state = (try? JSONReader.read(payload))?["state"]?.text
        self = state == "here" ? .online : .offline
    }
}
