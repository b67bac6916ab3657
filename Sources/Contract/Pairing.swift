// `device.pair`: a device that was enrolled with a one-time code gives itself a secret of its own.

import ShopModel

/// `device.pair`: from now on the device's password at the shop's broker is this one, and the code is worth nothing.
public struct DevicePair: RequestPayload {
    /// The verb.
    public static let verb = Verb.devicePair
    /// The fewest bytes of a password.
    public static let bytesMin = 16
    /// The most bytes of a password.
    public static let bytesMax = 128

    /// The device's own new secret: 16 to 128 bytes of UTF-8 without control characters. It is never stored, logged or
    /// shown.
    public let password: String

    /// Gives a device its own secret.
    public init(password: String) { self.password = password }

    /// Reads the field. A password is never shown in a refusal.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        let field = try reader.required("password")
        let password = try field.text(max: Self.bytesMax, min: Self.bytesMin)
        guard password.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw field.refusal(
                .contractBadIdentifier, [.text("kind", "password without control characters"), .text("seen", "****")])
        }
        self.password = password
    }

    /// The field.
    public var json: JSON { .fields(("password", .string(password))) }
}

/// What `device.pair` answers: who the device now is.
public struct DevicePairResult: MessagePart {
    /// The device.
    public let device: DeviceID
    /// What it is.
    public let family: Device.Family
    /// What it may see and ask.
    public let role: Device.Role
    /// The screen or tablet to whose `show/card` its scans go too.
    public let screen: DeviceID?

    /// A device that is paired.
    public init(device: DeviceID, family: Device.Family, role: Device.Role, screen: DeviceID?) {
        self.device = device
        self.family = family
        self.role = role
        self.screen = screen
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        device = try reader.identifier("device", as: DeviceID.self)
        family = try reader.choice("family", as: Device.Family.self)
        role = try reader.choice("role", as: Device.Role.self)
        screen = try reader.optionalIdentifier("screen", as: DeviceID.self)
    }

    /// The fields.
    public var json: JSON {
        .fields(("device", device.json), ("family", family.json), ("role", role.json), ("screen", screen?.json))
    }
}
