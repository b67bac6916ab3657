// What the control socket asks is done on the ledger's thread, between turns; the asker waits a bounded time.

import Contract
import DeviceBus
import EdgeAgent
import Glibc
import MQTT
import ShopModel
import Synchronization

/// Carries questions of the control socket to the ledger and answers back.
enum ControlErrands {
    /// How long an asker waits for the ledger: a healthy one answers within milliseconds.
    private static let waitMilliseconds: Int32 = 5_000

    static func answer(_ line: [UInt8], _ room: SharedRoom) -> [UInt8] {
        guard let letter = Letter() else { return problem("agent.busy", "no event descriptor is left") }
        let sent = room.errands.send(
            LedgerErrand { ledger, lineIsUp in
                letter.put(
                    ledger.control(
                        line, lineIsUp: lineIsUp, version: Version.text, startedAt: room.startedAt))
            })
        guard sent else { return problem("agent.busy", "too many questions wait already") }
        return letter.wait(milliseconds: waitMilliseconds)
            ?? problem("agent.stuck", "the ledger did not answer within \(waitMilliseconds / 1000) s")
    }

    private static func problem(_ code: String, _ detail: String) -> [UInt8] {
        JSON.object([
            .init("outcome", "refused"),
            .init("problem", ["code": .string(code), "detail": .string(detail), "facts": [:]]),
        ]).encoded()
    }

    /// An answer that is waited for.
    private final class Letter: Sendable {
        private let content = Mutex<[UInt8]?>(nil)
        private let arrival: WakeUp

        init?() {
            guard let arrival = try? WakeUp() else { return nil }
            self.arrival = arrival
        }

        func put(_ bytes: [UInt8]) {
            content.withLock { $0 = bytes }
            arrival.signal()
        }

        func wait(milliseconds: Int32) -> [UInt8]? {
            var descriptor = pollfd(fd: arrival.fileDescriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&descriptor, 1, milliseconds)
            return content.withLock { $0 }
        }
    }
}
