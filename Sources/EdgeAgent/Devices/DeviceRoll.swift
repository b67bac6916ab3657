// Which devices the shop has and which are there: what is retained on `shop/v1/all/devices` (DESIGN §7).

import Contract
import ShopModel

/// The shop's devices as every device may see them: name, kind, presence, pairing. Nothing of a person, no stranger, and
/// none that was turned away.
public enum DeviceRoll {
    /// Devices that are told, at most, the first by name: with the longest names they take 54 KiB, and a message has 64.
    public static let devicesMax = 400
    /// The message is sent at most so often, however fast devices come and go.
    public static let millisecondsMin: Int64 = 1_000

    static func message(_ fleet: Fleet, _ watch: DeviceWatch) -> [UInt8] {
        let admitted = fleet.ids.filter { fleet[$0]?.isAdmitted == true }
        let rows = admitted.prefix(devicesMax).map { id -> JSON in
            let device = fleet[id]
            return .told(
                ("device", .name(id)), ("family", device?.family.map { .string($0.rawValue) }),
                ("presence", .string((watch.seen(id)?.presence ?? .never).rawValue)),
                ("screen", device?.screen.map { .name($0) }))
        }
        let left = admitted.count - rows.count
        return JSON.told(("devices", .array(rows)), ("more", left > 0 ? .count(left) : nil)).encoded()
    }
}

/// When the roll is to be told again.
public struct DeviceRollTimer: Sendable {
    private struct Version: Equatable {
        let fleet: Int
        let presences: Int
    }

    private var told: Version?
    private var notBefore: Int64 = 0
    private var isPending = false

    /// Nothing was told yet.
    public init() {}

    /// The broker was reached: what devices say of themselves comes first, then the roll is told anew.
    public mutating func connected(at now: Int64) {
        told = nil
        notBefore = now + DeviceRoll.millisecondsMin
    }

    /// Whether the roll is to be told now: when something changed and the last time is long enough ago.
    ///
    /// - Parameters:
    ///   - fleet: grows with every change of the fleet.
    ///   - presences: grows with every change of a presence.
    ///   - now: monotonic milliseconds.
    public mutating func isDue(fleet: Int, presences: Int, at now: Int64) -> Bool {
        let version = Version(fleet: fleet, presences: presences)
        isPending = version != told
        guard isPending, now >= notBefore else { return false }
        told = version
        isPending = false
        notBefore = now + DeviceRoll.millisecondsMin
        return true
    }

    /// When something waits to be told; `nil` when nothing does.
    public var due: Int64? { isPending ? notBefore : nil }
}

extension Ledger {
    /// The roll of the shop's devices.
    public func deviceRoll(_ watch: DeviceWatch) -> [UInt8] { DeviceRoll.message(fleet, watch) }
}
