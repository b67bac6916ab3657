// Messages of devices that speak on topics and in words of their own, turned into ours by their profiles (DESIGN §7).

import Contract
import ShopModel

/// What a message on a topic of no contract is.
public enum ForeignMessage: Sendable {
    /// A question or command of a device.
    case message(DeviceMessage)
    /// A message that its device's profile cannot understand: this is the answer.
    case refused(DeviceReply)
}

extension Fleet {
    /// The message that a payload on a device's own topic means; `nil` for a topic that is nobody's.
    fileprivate func message(
        on topic: String, _ payload: [UInt8], retained: Bool, identify: (_ seed: String?) -> CommandID?
    ) -> (DeviceMessage, Refusal?)? {
        guard let (device, profile) = profile(on: topic) else { return nil }
        do throws(Refusal) {
            let (place, meant) = try profile.request(of: device, payload, identify: identify)
            var message = DeviceMessage(topic: place, payload: meant, retained: retained)
            message.hasDerivedID = profile.derivesIDs
            return (message, nil)
        } catch {
            let verb = profile.verb.rawValue
            let place: DeviceTopic =
                profile.verb.isQuestion ? .ask(device, verb: verb) : .command(device, verb: verb)
            return (DeviceMessage(topic: place, payload: payload, retained: retained), error)
        }
    }
}

extension ShopProfile {
    fileprivate func foreign(
        _ read: (message: DeviceMessage, refusal: Refusal?), at now: Instant
    ) -> ForeignMessage {
        guard let refusal = read.refusal else { return .message(read.message) }
        let reply = Reply.unreadable(
            EnvelopeHint([]), verb: read.message.topic.verb, refusal, in: language, time: localTime)
        let head = MessageHead(read.message, reply, at: now, isListed: true)
        return .refused(DeviceReply(to: read.message, payload: reply.encoded(), head: head))
    }
}

extension Front {
    /// The devices of the shop, as the ledger last showed them.
    public var fleet: Fleet { view.fleet }

    /// Grows with every change of the fleet.
    public var fleetVersion: Int { view.fleetVersion }

    /// What a message on a device's own topic means; `nil` for a topic that is nobody's.
    public func foreign(_ topic: String, _ payload: [UInt8], retained: Bool) -> ForeignMessage? {
        let fleet = view.fleet
        let read = fleet.message(on: topic, payload, retained: retained) { _ in nextQuestionID() }
        return read.map { profile.foreign($0, at: shopTime) }
    }
}

extension Ledger {
    /// Whether a device is one of the shop's.
    public func lists(_ device: DeviceID) -> Bool { fleet[device] != nil }

    /// The topics of commands of devices that speak on their own, by name.
    public var profileTopics: [String] { fleet.profileTopics(ofQuestions: false) }

    /// The topic of a device that speaks on its own; `nil` for one that uses ours.
    public func profileTopic(of device: DeviceID) -> String? { fleet[device]?.profile?.topic }

    /// Grows with every change of the fleet.
    public var fleetVersion: Int { view.fleetVersion }

    /// What a message on a device's own topic means; `nil` for a topic that is nobody's.
    public func foreign(_ topic: String, _ payload: [UInt8], retained: Bool) -> ForeignMessage? {
        let read = fleet.message(on: topic, payload, retained: retained) { seed in
            // A command without anything that makes it one was refused when its device was enrolled.
            seed.flatMap { CommandID(digest: ports.digest.digest(Array($0.utf8))) }
        }
        return read.map { profile.foreign($0, at: now) }
    }
}
