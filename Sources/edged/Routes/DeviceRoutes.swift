// What technicians ask and change about devices. Answers about what was seen come from memory, without the ledger.

import Contract
import CustomerVault
import DeviceBus
import EdgeAgent
import Logging
import MQTT
import ShopModel

/// The commands of devices.
enum DeviceRoutes {
    static let table: [String: ControlRoute] = [
        "device.list": .question { request, _, room throws(Refusal) in
            var fields = request.fields
            let after = try fields.optionalIdentifier("after", as: DeviceID.self)
            let limit = try fields.optionalInteger("limit", in: 1...200) ?? 200
            try fields.refuseUnknown()
            return .done(
                ControlDevices.list(room.view.fleet, room.devices, now: room.now, after: after, limit: limit))
        },
        "device.show": .question { request, asker, room throws(Refusal) in
            var fields = request.fields
            let device = try fields.identifier("device", as: DeviceID.self)
            try fields.refuseUnknown()
            let acts: [JSON] = try LedgerErrands.run(room) { ledger, _ in
                (Result { () throws(Refusal) in try ledger.deviceActs(device) }, nil)
            }
            return .done(
                try ControlDevices.show(
                    device, room.view.fleet, room.devices, acts: .array(acts), now: room.now))
        },
        "device.ping": .question { request, _, room throws(Refusal) in
            var fields = request.fields
            let device = try fields.identifier("device", as: DeviceID.self)
            try fields.refuseUnknown()
            return .done(try ping(device, room))
        },
        "trace.read": .question { request, _, room throws(Refusal) in
            var fields = request.fields
            let device = try fields.optionalIdentifier("device", as: DeviceID.self)
            let after = try fields.optionalInteger("after", in: 0...Int.max)
            let limit = try fields.optionalInteger("limit", in: 1...DeviceWatch.rowsMax) ?? 50
            try fields.refuseUnknown()
            return .done(
                try ControlDevices.trace(
                    room.view.fleet, room.devices, of: device, after: after.map(Int64.init), limit: limit,
                    language: request.language ?? room.profile.language, now: room.now))
        },
        "device.enrol": ControlRoute(journal: .ledger) { request, asker, room throws(Refusal) in
            try enrol(request, asker, room)
        },
        "device.revoke": ControlRoute(journal: .ledger) { request, asker, room throws(Refusal) in
            try revoke(request, asker, room)
        },
    ]

    /// Makes a device its account, then writes it down: a device that the ledger knows can sign in.
    private static func enrol(
        _ request: ControlRequest, _ asker: ControlAsker, _ room: SharedRoom
    ) throws(Refusal) -> ControlAnswer {
        var fields = request.fields
        let wanted = try EnrolmentRequest(from: &fields)
        try fields.refuseUnknown()
        guard wanted.device.value != room.configuration.devices.username else {
            throw Refusal(.deviceNameTaken, field: "/device", [.text("device", wanted.device.value)])
        }
        let device = try LedgerErrands.run(room) { ledger, _ in
            (Result { () throws(Refusal) in try ledger.enrolment(wanted) }, nil)
        }
        let secret = try DeviceSecret.make(for: device.credential)
        if device.profile != nil, let agent = room.configuration.devices.username {
            let account = try BusErrands.accounts(AccountCommand.account(agent), room)
            if !AccountCommand.hears(account) { try BusErrands.accounts(AccountCommand.letHear(agent), room) }
        }
        try BusErrands.accounts(AccountCommand.preparing(device), room)
        try BusErrands.accounts(AccountCommand.creating(device, secret: secret), room)
        let answer: ControlAnswer
        do throws(Refusal) {
            answer = try LedgerRoutes.answer(request, asker, room)
        } catch {
            takeBack(device, room)
            throw error
        }
        guard case .done(let result) = answer else {
            takeBack(device, room)
            return answer
        }
        // A device that asks on a topic of its own is listened to from now on.
        room.frontWakeUp.signal()
        return .done(
            result.adding(
                [.init("now", .string(room.now.description))] + (secret.map { [.init("secret", .string($0))] } ?? [])))
    }

    /// An account that the ledger did not take note of is nobody's.
    private static func takeBack(_ device: EnrolledDevice, _ room: SharedRoom) {
        do throws(Refusal) {
            try BusErrands.accounts(
                AccountCommand.ending(device.id, profileTopic: device.profile?.topic), room)
        } catch {
            room.log.log(.warning, "account.unchanged", [("wanted", "end"), ("device", device.id.value)])
        }
    }

    /// Turns a device away at once, then ends its account: the agent does not rest on the broker.
    private static func revoke(
        _ request: ControlRequest, _ asker: ControlAsker, _ room: SharedRoom
    ) throws(Refusal) -> ControlAnswer {
        let answer = try LedgerRoutes.answer(request, asker, room)
        guard case .done(let result) = answer, let device = result["device"]?.text.flatMap(DeviceID.init) else {
            return answer
        }
        let topic = room.view.fleet[device]?.profile?.topic
        do throws(Refusal) {
            try BusErrands.accounts(AccountCommand.ending(device, profileTopic: topic), room)
            try LedgerErrands.run(room) { ledger, _ throws(StorageFailure) in
                (.success(()), try ledger.accountEnded(device))
            }
            return .done(result.adding([.init("sessionEnded", true)]))
        } catch {
            // The agent refuses it from now on, and ends the account as soon as the broker lets it.
            return .done(
                result.adding([
                    .init("sessionEnded", false),
                    .init("because", .string(error.sentence(in: request.language ?? room.profile.language))),
                ]))
        }
    }

    /// Asks a device for a sign of life, which it gives by saying again that it is there.
    private static func ping(_ device: DeviceID, _ room: SharedRoom) throws(Refusal) -> JSON {
        let before = room.devices.seen(device)
        let fleet = room.view.fleet
        guard before != nil || fleet[device] != nil else {
            throw Refusal(.deviceUnknown, [.text("device", device.value)])
        }
        let payload: JSON = ["at": .string(room.now.description)]
        guard
            try BusErrands.push(topic: ShopTopics.show(.ping, on: device), payload: payload.encoded(), room)
        else { throw Refusal(.brokerNotConnected) }
        return ControlDevices.pinged(device, fleet, before, now: room.now)
    }
}

extension JSON {
    /// This object with members behind its own.
    fileprivate func adding(_ members: [Member]) -> JSON {
        guard case .object(let own) = self else { return self }
        return .object(own + members)
    }
}
