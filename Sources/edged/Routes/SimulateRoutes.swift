// A technician tries what a device would be answered, as if it had scanned.

import Contract
import DeviceBus
import EdgeAgent
import ShopModel

/// The commands that act in a device's name.
enum SimulateRoutes {
    static let table: [String: ControlRoute] = [
        "simulate.scan": .change(journalling: .init(target: "device")) { request, _, room throws(Refusal) in
            var fields = request.fields
            let device = try fields.identifier("device", as: DeviceID.self)
            let code = try fields.text("code", max: ScanQuestion.bytesMax)
            try fields.refuseUnknown()
            let (reply, screen) = try scan(device, Array(code.utf8), room)
            return .done(
                .object(
                    [
                        .init("now", .string(room.now.description)), .init("device", .string(device.value)),
                        .init("reply", try JSONReader.read(reply, limits: JSONLimits(bytesMax: 262_144))),
                    ] + (screen.map { [.init("shownOn", .string($0.value))] } ?? [])))
        }
    ]

    /// How long the front may take: a healthy one answers within milliseconds.
    private static let waitMilliseconds: Int32 = 3_000

    private static func scan(
        _ device: DeviceID, _ code: [UInt8], _ room: SharedRoom
    ) throws(Refusal) -> ([UInt8], DeviceID?) {
        guard let letter = Letter<SimulatedAnswer>() else { throw Refusal(.agentBusy) }
        guard room.simulations.send(SimulatedScan(device, code: code, answer: { letter.put($0) })) else {
            throw Refusal(.agentBusy)
        }
        switch letter.wait(milliseconds: waitMilliseconds) {
        case nil: throw Refusal(.agentStuck, [.integer("seconds", Int(waitMilliseconds / 1_000))])
        case .reply(let reply, let screen): return (reply, screen)
        case .forLedger(let message):
            let reply = try LedgerErrands.run(room) { ledger, _ throws(StorageFailure) in
                var outcome = try ledger.take([.device(message)])
                // The answer is the technician's, not the device's.
                let reply = outcome.replies.first
                outcome.replies = []
                if let head = reply?.head { room.devices.note(head, microseconds: 0) }
                return (.success(reply?.payload ?? []), outcome)
            }
            return (reply, nil)
        }
    }
}
