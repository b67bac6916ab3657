// Which devices the shop has, and what each may ask.

import Contract
import ShopModel

/// What a device may do, together with the clerk who is signed in at it.
public enum DeviceRole: String, Sendable, CaseIterable {
    /// Anyone may stand before it: scans, and sees the public card.
    case scan
    /// A mirror or a screen: what `scan` may, and customers may reserve at it.
    case customer
    /// A clerk's tablet or its backend: everything but the till's own.
    case clerk
    /// A till.
    case till

    /// Whether a device of this role may send that verb.
    public func allows(_ verb: Verb) -> Bool {
        switch verb {
        case .scan, .productGet, .availabilityGet: true
        case .momentRecord: self != .scan
        case .reservationPlace: self != .scan
        case .saleRecord: self == .till
        default: self == .clerk || self == .till
        }
    }
}

/// The devices of the shop.
public struct Fleet: Sendable {
    /// A device of the shop.
    public struct Device: Sendable {
        /// What it may do.
        public let role: DeviceRole
        /// The screen or tablet that shows the cards of its scans too.
        public let screen: DeviceID?

        /// A device of the shop.
        public init(role: DeviceRole, screen: DeviceID? = nil) {
            self.role = role
            self.screen = screen
        }
    }

    private let devices: [DeviceID: Device]

    /// A fleet; who is not in it may only scan.
    public init(_ devices: [DeviceID: Device] = [:]) { self.devices = devices }

    /// What a device may do.
    public func role(of device: DeviceID) -> DeviceRole { devices[device]?.role ?? .scan }

    /// The screen that a device is paired with.
    public func screen(of device: DeviceID) -> DeviceID? { devices[device]?.screen }
}

/// Slows down a device that sends without end, so that it takes nothing from the others: a bucket of messages that
/// fills at the allowed rate and holds twice that much.
struct DeviceRates {
    /// The span of time that the allowed number is for.
    let spanMilliseconds: Int64
    private var buckets: [DeviceID: (tokens: Int64, at: Instant)] = [:]

    init(perMilliseconds spanMilliseconds: Int64 = 1_000) { self.spanMilliseconds = spanMilliseconds }

    /// Takes one message out of the device's bucket; false when it is empty. `now` is the machine's uptime: by a clock
    /// that stands still no bucket would ever fill again.
    mutating func admit(_ device: DeviceID, now: Instant, limit: Int) -> Bool {
        // Counted in message-milliseconds, so that nothing is rounded.
        let full = Int64(limit) * 2 * spanMilliseconds
        var bucket = buckets[device] ?? (full, now)
        bucket.tokens = min(full, bucket.tokens + max(0, now - bucket.at) * Int64(limit))
        bucket.at = now
        defer { buckets[device] = bucket }
        guard bucket.tokens >= spanMilliseconds else { return false }
        bucket.tokens -= spanMilliseconds
        return true
    }
}
