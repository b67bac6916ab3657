// The port under which enrolled devices are kept: who was given a credential, by whom, and where that stands.

import Contract
import ShopModel

/// A device that a technician enrolled. What it may do is told by the configuration where that lists it, else by this.
public struct EnrolledDevice: Equatable, Sendable {
    /// Its name, which is its user name at the shop's broker.
    public let id: DeviceID
    /// What it is.
    public let family: Device.Family
    /// What it may see and ask.
    public let role: Device.Role
    /// The screen or tablet to whose `show/card` its scans go too.
    public let screen: DeviceID?
    /// How to understand it, when its topic or payload cannot be changed.
    public let profile: DeviceProfile?
    /// What it was given to sign in with.
    public let credential: Credential
    /// Where the enrolment stands.
    public var state: State
    /// When it was enrolled, last. By whom, the journal of operators' acts tells.
    public let enrolledAt: Instant
    /// The name or address of the box that the device was told.
    public let boxAddress: String?
    /// Whether its account at the shop's broker has to end, and is not known to have ended.
    public var accountIsToEnd: Bool

    /// What a device signs in with. None of it is ever stored here.
    public enum Credential: String, CaseIterable, Sendable {
        /// A code that works once: the device's first act is to give itself a password (`device.pair`).
        case code
        /// A password that stays, for a device that cannot pair.
        case password
        /// A certificate of the shop's own authority.
        case certificate
    }

    /// Where an enrolment stands.
    public enum State: Equatable, Sendable {
        /// The code was given out and not used; it ends at that moment, exclusive.
        case offered(until: Instant)
        /// The code was not used in its time.
        case expired(at: Instant)
        /// The device has its own credential.
        case active(since: Instant)
        /// A technician took the credential back.
        case revoked(at: Instant)

        /// The name, as answers have it.
        public var name: String {
            switch self {
            case .offered: "offered"
            case .expired: "expired"
            case .active: "active"
            case .revoked: "revoked"
            }
        }

        /// The moment that belongs to the state.
        public var moment: Instant {
            switch self {
            case .offered(let moment), .expired(let moment), .active(let moment), .revoked(let moment): moment
            }
        }

        /// The state of a name and its moment; `nil` for another name.
        public init?(name: String, moment: Instant) {
            switch name {
            case "offered": self = .offered(until: moment)
            case "expired": self = .expired(at: moment)
            case "active": self = .active(since: moment)
            case "revoked": self = .revoked(at: moment)
            default: return nil
            }
        }
    }

    /// A device that a technician enrolled.
    public init(
        id: DeviceID, family: Device.Family, role: Device.Role, screen: DeviceID?, profile: DeviceProfile?,
        credential: Credential, state: State, enrolledAt: Instant, boxAddress: String?, accountIsToEnd: Bool = false
    ) {
        self.id = id
        self.family = family
        self.role = role
        self.screen = screen
        self.profile = profile
        self.credential = credential
        self.state = state
        self.enrolledAt = enrolledAt
        self.boxAddress = boxAddress
        self.accountIsToEnd = accountIsToEnd
    }
}

/// Devices by their names.
public protocol DeviceStorage {
    /// All enrolled devices, by id, revoked ones included.
    func enrolledDevices() throws(StorageFailure) -> [EnrolledDevice]
    /// Stores a device, new or changed.
    func put(_ device: EnrolledDevice) throws(StorageFailure)
}
