// What somebody on another thread wants of the shop's broker: the control socket, for a technician.

import Contract
import EdgeAgent
import ShopModel

/// A piece of work that needs the ledger's connection to the shop's broker.
public enum BusErrand: Sendable {
    /// Changes accounts.
    case accounts([AccountCommand], answer: @Sendable (Result<[JSON], AccountFailure>) -> Void)
    /// Publishes something to a device that is there, and only then; tells whether it left.
    case push(topic: String, payload: [UInt8], answer: @Sendable (Bool) -> Void)
}

/// A scan that a technician makes in a device's name.
public struct SimulatedScan: Sendable {
    let message: DeviceMessage
    let answer: @Sendable (SimulatedAnswer) -> Void

    /// A scan in a device's name.
    public init(_ device: DeviceID, code: [UInt8], answer: @escaping @Sendable (SimulatedAnswer) -> Void) {
        var message = DeviceMessage(topic: .ask(device, verb: Verb.scan.rawValue), payload: code)
        message.isSimulated = true
        self.message = message
        self.answer = answer
    }
}

/// What came of a simulated scan.
public enum SimulatedAnswer: Sendable {
    /// The reply that the device would have got, and the screen that shows the card, if one does.
    case reply([UInt8], shownOn: DeviceID?)
    /// Only the ledger knows the answer: a code of ours that is no longer open.
    case forLedger(DeviceMessage)
}
