// A technician gives a device its credential, or takes it back: what may be asked, and what the ledger keeps of it.

import Contract
import ShopCore
import ShopModel

/// What `device.enrol` asks for.
public struct EnrolmentRequest: Equatable, Sendable {
    /// The device's name.
    public let device: DeviceID
    /// What it is; the configuration's word when that lists it.
    public let family: Device.Family?
    /// What it may see and ask; the family's usual role when nobody says.
    public let role: Device.Role?
    /// The screen or tablet to whose `show/card` its scans go too.
    public let screen: DeviceID?
    /// How to understand it.
    public let profile: DeviceProfile?
    /// What it is to sign in with.
    public let credential: EnrolledDevice.Credential
    /// Whether a credential that it has may end.
    public let again: Bool
    /// The name or address of the box that the device is told.
    public let boxAddress: String?

    /// For how long a code waits to be used.
    public static let codeMilliseconds: Int64 = 86_400_000
    /// Names of accounts that are the box's own.
    static let reserved: Set<String> = ["admin", "probe", "technician"]

    /// Reads the fields of the request.
    public init(from fields: inout ObjectReader) throws(Refusal) {
        device = try fields.identifier("device", as: DeviceID.self)
        family = try fields.optionalChoice("family", as: Device.Family.self)
        role = try fields.optionalChoice("role", as: Device.Role.self)
        screen = try fields.optionalIdentifier("screen", as: DeviceID.self)
        if var reader = try fields.optionalObject("profile") {
            profile = try DeviceProfile(from: &reader)
        } else {
            profile = nil
        }
        credential = try fields.optionalChoice("credential", as: EnrolledDevice.Credential.self) ?? .code
        again = try fields.optionalTruth("again") ?? false
        boxAddress = try fields.optionalText("boxAddress", max: 255, min: 1)
    }
}

extension LedgerCommand {
    /// What enrolment changes in the ledger. Whoever answers the command sees to the broker's account before.
    static let devices = [
        act("device.enrol") { fields throws(Refusal) in
            let request = try EnrolmentRequest(from: &fields)
            return ControlAct(target: request.device.value) { ledger, _, turn in
                let device = try ledger.enrolment(request)
                let oldCertificate = ledger.enrolled[device.id]?.certificateUntil
                try ledger.save(device, in: turn)
                let row = ControlDevices.row(device.id, ledger.profile.fleet.merged(with: [device]), nil)
                guard let oldCertificate, turn.now < oldCertificate, case .object(let members) = row else { return row }
                // A renewal: whoever asked has to know that two certificates work from now on.
                return .object(members + [.init("oldCertificateUntil", .moment(oldCertificate))])
            }
        },
        act("device.revoke") { fields throws(Refusal) in
            let id = try fields.identifier("device", as: DeviceID.self)
            let reason = try fields.text("reason", max: 256)
            return ControlAct(target: id.value, reason: reason) { ledger, _, turn in
                let device = try ledger.revocation(of: id, at: turn.now)
                try ledger.save(device, in: turn)
                return ControlDevices.row(id, ledger.profile.fleet.merged(with: [device]), nil)
            }
        },
    ]
}

extension Ledger {
    /// What technicians did about a device, newest first.
    public func deviceActs(_ device: DeviceID) throws(Refusal) -> [JSON] {
        do throws(StorageFailure) {
            try storage.begin()
            defer { storage.rollback() }
            let acts = try storage.acts(about: device.value, limit: 20)
            return acts.filter { $0.command.hasPrefix("device.") || $0.command.hasPrefix("simulate.") }
                .map(ControlDevices.act)
        } catch {
            throw Refusal(.controlStorageFailed, [.text("reason", "\(error)")])
        }
    }
}

extension Ledger {
    /// The device as it would be enrolled now.
    ///
    /// - Throws: `device.nameTaken`, `device.certificateLives`, `device.enrolled`, `device.tooMany`,
    ///   `device.familyMissing`, `device.configured`, `device.screenUnknown`, `device.cannotPair`, and what makes a
    ///   profile unusable.
    public func enrolment(_ request: EnrolmentRequest) throws(Refusal) -> EnrolledDevice {
        let device = Refusal.Fact.text("device", request.device.value)
        guard !EnrolmentRequest.reserved.contains(request.device.value) else {
            throw Refusal(.deviceNameTaken, field: "/device", [device])
        }
        let known = enrolled[request.device]
        if let known { try known.checkCertificate(before: request.credential, at: clock.now) }
        switch known?.state {
        case .offered, .active:
            guard request.again else {
                throw Refusal(.deviceEnrolled, [device, .text("state", known?.state.name ?? "")])
            }
        case nil:
            guard enrolled.count < Fleet.enrolledMax else {
                throw Refusal(.deviceTooMany, [.integer("limit", Fleet.enrolledMax)])
            }
        case .expired, .revoked: break
        }
        let (family, role, screen, profile) = try settings(of: request, known)
        guard profile == nil || request.credential != .code else {
            throw Refusal(.deviceCannotPair, field: "/credential", [device])
        }
        let state: EnrolledDevice.State =
            request.credential == .code
            ? .offered(until: clock.now + EnrolmentRequest.codeMilliseconds) : .active(since: clock.now)
        return EnrolledDevice(
            id: request.device, family: family, role: role, screen: screen, profile: profile,
            credential: request.credential, state: state, enrolledAt: clock.now, boxAddress: request.boxAddress)
    }

    /// What the device is: by the configuration, the request, or an earlier enrolment, in this order.
    private func settings(
        of request: EnrolmentRequest, _ known: EnrolledDevice?
    ) throws(Refusal) -> (Device.Family, Device.Role, DeviceID?, DeviceProfile?) {
        let name = Refusal.Fact.text("device", request.device.value)
        if let configured = profile.fleet[request.device] {
            let said = [
                ("--family", request.family != nil), ("--role", request.role != nil),
                ("--screen", request.screen != nil), ("--profile", request.profile != nil),
            ]
            if let field = said.first(where: \.1)?.0 {
                throw Refusal(.deviceConfigured, [name, .text("field", field)])
            }
            let family = configured.family ?? .scanner
            return (family, configured.role.contractRole ?? family.role, configured.screen, configured.profile)
        }
        guard let family = request.family ?? known?.family else {
            throw Refusal(.deviceFamilyMissing, field: "/family", [name])
        }
        let screen = request.screen ?? known?.screen
        if let screen, fleet[screen] == nil {
            throw Refusal(.deviceScreenUnknown, field: "/screen", [.text("device", screen.value)])
        }
        let profile = request.profile ?? known?.profile
        try profile?.check()
        if let topic = profile?.topic, let other = fleet.profile(on: topic), other.device != request.device {
            throw Refusal(
                .profileTopicTwice, field: "/profile/topic",
                [.text("topic", topic), .text("device", other.device.value)])
        }
        return (family, request.role ?? (request.family == nil ? known?.role : nil) ?? family.role, screen, profile)
    }

    /// The device as it is once its credential was taken back.
    ///
    /// - Throws: `device.notEnrolled` for one that neither an enrolment nor the configuration knows.
    func revocation(of id: DeviceID, at now: Instant) throws(Refusal) -> EnrolledDevice {
        if var device = enrolled[id] {
            device.state = .revoked(at: now)
            device.accountIsToEnd = true
            return device
        }
        guard let configured = profile.fleet[id] else {
            throw Refusal(.deviceNotEnrolled, [.text("device", id.value)])
        }
        let family = configured.family ?? .scanner
        return EnrolledDevice(
            id: id, family: family, role: configured.role.contractRole ?? family.role, screen: configured.screen,
            profile: configured.profile, credential: .password, state: .revoked(at: now), enrolledAt: now,
            boxAddress: nil, accountIsToEnd: true)
    }

    /// Stores a device; it counts once this turn is committed.
    func save(_ device: EnrolledDevice, in turn: Turn) throws(StorageFailure) {
        try storage.put(device)
        turn.devices.append(device)
        turn.changedAnything = true
    }

    /// Shows what the commit of a turn changed of the fleet.
    func publishFleet(_ turn: Turn) {
        guard !turn.devices.isEmpty else { return }
        for device in turn.devices { enrolled[device.id] = device }
        publishFleet()
    }

    /// Shows the fleet as it is committed.
    func publishFleet() {
        let devices = enrolled.values.sorted { $0.id < $1.id }
        fleet = profile.fleet.merged(with: devices)
        accountsToEnd = devices.filter(\.accountIsToEnd).map(\.id)
        nextCodeEnd = devices.compactMap(\.codeUntil).min()
        view.setFleet(fleet)
    }

    /// Ends the codes that were not used in their time.
    func endCodes(in turn: Turn) throws(StorageFailure) {
        guard let nextCodeEnd, nextCodeEnd <= turn.now else { return }
        for var device in enrolled.values.sorted(by: { $0.id < $1.id }) {
            guard let until = device.codeUntil, until <= turn.now else { continue }
            device.state = .expired(at: until)
            device.accountIsToEnd = true
            try save(device, in: turn)
        }
    }

    /// Remembers that the broker has ended the account of a device whose credential is over.
    public func accountEnded(_ id: DeviceID) throws(StorageFailure) -> TurnOutcome {
        try takeTurn { (turn) throws(StorageFailure) in
            guard var device = enrolled[id], device.accountIsToEnd else { return }
            device.accountIsToEnd = false
            try save(device, in: turn)
        }
    }
}

extension EnrolledDevice {
    /// Until when a certificate that the device was given may work; `nil` when it was given none.
    ///
    /// The end of the last one is that of all. A day more than it is good: the tool that signed it read the clock at
    /// another moment than the agent that wrote the enrolment down.
    public var certificateUntil: Instant? {
        guard credential == .certificate else { return nil }
        return enrolledAt + Int64(Device.certificateDays + 1) * 86_400_000
    }

    /// Refuses a credential that would bring a certificate back to life.
    ///
    /// The broker knows a certificate by the name in it alone and keeps no list of revoked ones: any account of that
    /// name lets it in. So a name that was revoked stays without an account until its certificates have ended, and one
    /// that was not has certificates only, which `device.revoke` ends together.
    ///
    /// - Throws: `device.certificateLives`.
    func checkCertificate(before next: Credential, at now: Instant) throws(Refusal) {
        guard let certificateUntil, now < certificateUntil else { return }
        if case .active = state, next == .certificate { return }
        throw Refusal(
            .deviceCertificateLives, field: "/device", [.text("device", id.value), .instant("until", certificateUntil)])
    }

    /// The end of a code that waits to be used; `nil` when none does.
    public var codeUntil: Instant? {
        if case .offered(let until) = state { until } else { nil }
    }
}

extension DeviceRole {
    /// The role as the configuration names it; `nil` for that of strangers.
    var contractRole: Device.Role? {
        switch self {
        case .scan: nil
        case .customer: .public
        case .clerk: .clerk
        case .till: .till
        }
    }
}
