// Which devices the shop has, what each may ask, and who is turned away before anything is read.

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

    /// The role of a device that the configuration or a technician names.
    public init(_ role: Device.Role) {
        switch role {
        case .public: self = .customer
        case .clerk: self = .clerk
        case .till: self = .till
        }
    }

    /// Whether a device of this role may send that verb.
    public func allows(_ verb: Verb) -> Bool {
        switch verb {
        case .scan, .productGet, .availabilityGet: true
        // Whether there is a code to pair with is told by the device's enrolment, not by its role.
        case .devicePair: true
        case .momentRecord: self != .scan
        case .reservationPlace: self != .scan
        case .saleRecord: self == .till
        default: self == .clerk || self == .till
        }
    }
}

/// The devices of the shop: those of the configuration and those that technicians enrolled.
public struct Fleet: Sendable {
    /// A device of the shop. An object, since every message looks its device up and few are changed.
    public final class Device: Sendable {
        /// What it may do.
        public let role: DeviceRole
        /// The screen or tablet that shows the cards of its scans too.
        public let screen: DeviceID?
        /// What it is, as far as somebody said.
        public let family: Contract.Device.Family?
        /// How to understand it, when its topic or payload cannot be changed.
        public let profile: DeviceProfile?
        /// Whether the configuration lists it.
        public let isConfigured: Bool
        /// Its enrolment, when a technician made it a credential.
        public let enrolment: EnrolledDevice?

        /// A device that the configuration lists.
        public init(
            role: DeviceRole, screen: DeviceID? = nil, family: Contract.Device.Family? = nil,
            profile: DeviceProfile? = nil
        ) {
            self.role = role
            self.screen = screen
            self.family = family
            self.profile = profile
            isConfigured = true
            enrolment = nil
        }

        /// A device that a technician enrolled; where the configuration lists it, its settings count.
        init(_ enrolment: EnrolledDevice, configured: Device?) {
            role = configured?.role ?? DeviceRole(enrolment.role)
            screen = configured == nil ? enrolment.screen : configured?.screen
            family = configured == nil ? enrolment.family : configured?.family
            profile = configured == nil ? enrolment.profile : configured?.profile
            isConfigured = configured?.isConfigured ?? false
            self.enrolment = enrolment
        }
    }

    /// Devices that a technician may enrol, at most, revoked ones included.
    public static let enrolledMax = 1_000

    private var devices: [DeviceID: Device]
    /// The devices that speak by a profile, by their topics.
    private var topics: [String: DeviceID] = [:]

    /// A fleet; who is not in it may only scan.
    public init(_ devices: [DeviceID: Device] = [:]) {
        self.devices = devices
        for (id, device) in devices.sorted(by: { $0.key < $1.key }) { listen(to: id, device) }
    }

    /// This fleet, which is the configuration's, with enrolled devices. Where the configuration lists a device its
    /// settings count, and the enrolment only says what became of its credential.
    public func merged(with enrolled: [EnrolledDevice]) -> Fleet {
        var fleet = self
        for enrolment in enrolled {
            let device = Device(enrolment, configured: fleet.devices[enrolment.id])
            fleet.devices[enrolment.id] = device
            fleet.listen(to: enrolment.id, device)
        }
        return fleet
    }

    /// A device that cannot be understood by its profile is not listened to on a topic that is another's: the first by
    /// name has it.
    private mutating func listen(to id: DeviceID, _ device: Device) {
        guard let profile = device.profile, device.isAdmitted, (try? profile.check()) != nil,
            topics[profile.topic] == nil
        else { return }
        topics[profile.topic] = id
    }

    /// What is known of a device; `nil` for one that is not of the shop.
    public subscript(_ device: DeviceID) -> Device? { devices[device] }

    /// The devices, by name.
    public var ids: [DeviceID] { devices.keys.sorted() }

    /// What a device may do.
    public func role(of device: DeviceID) -> DeviceRole { devices[device]?.role ?? .scan }

    /// The screen that a device is paired with.
    public func screen(of device: DeviceID) -> DeviceID? { devices[device]?.screen }

    /// The device that speaks on a topic of its own, and how.
    public func profile(on topic: String) -> (device: DeviceID, profile: DeviceProfile)? {
        guard !topics.isEmpty, let id = topics[topic], let profile = devices[id]?.profile else { return nil }
        return (id, profile)
    }

    /// The topics of devices that speak on their own, those of questions or those of commands, by name.
    public func profileTopics(ofQuestions: Bool) -> [String] {
        topics.filter { devices[$0.value]?.profile?.verb.isQuestion == ofQuestions }.map(\.key).sorted()
    }

    /// Turns a device away that a technician turned away, whatever the broker lets through.
    ///
    /// - Parameter verb: what it asks, as its topic or message names it.
    /// - Throws: `device.revoked`, `device.codeOver`; `device.notPaired` for all but `device.pair` while its code waits
    ///   to be used; `device.noCode` for a `device.pair` of a device that nobody enrolled.
    public func admit(_ device: DeviceID, verb: String?) throws(Refusal) {
        guard let enrolment = devices[device]?.enrolment else {
            if verb == Verb.devicePair.rawValue { throw Refusal(.deviceNoCode, [.text("device", device.value)]) }
            return
        }
        let isPairing = verb == Verb.devicePair.rawValue
        switch enrolment.state {
        case .active: return
        case .offered:
            if !isPairing { throw Refusal(.deviceNotPaired, [.text("device", device.value)]) }
        case .expired(let at):
            throw Refusal(.deviceCodeOver, [.text("device", device.value), .instant("until", at)])
        case .revoked: throw Refusal(.deviceRevoked, [.text("device", device.value)])
        }
    }
}

extension Fleet.Device {
    /// Whether it was not turned away.
    var isAdmitted: Bool {
        switch enrolment?.state {
        case .revoked, .expired: false
        case nil, .offered, .active: true
        }
    }
}
