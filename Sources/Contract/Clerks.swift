// Signing in and out at a device.

import ShopModel

/// `clerk.signIn`: a clerk stands at the device, and at the seat that the envelope names.
public struct ClerkSignIn: RequestPayload {
    /// The verb.
    public static let verb = Verb.clerkSignIn
    /// What the badge says, 1 to 64 bytes.
    public let badge: String
    /// The PIN, 4 to 16 digits.
    public let pin: String

    /// Signs a clerk in.
    public init(badge: String, pin: String) {
        self.badge = badge
        self.pin = pin
    }

    /// Reads the fields. A PIN is never shown in a refusal.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        badge = try reader.text("badge", max: 64)
        let field = try reader.required("pin")
        let pin = try field.text(max: 16, min: 4)
        guard pin.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw field.refusal(.contractBadIdentifier, [.text("kind", "PIN (digits)"), .text("seen", "****")])
        }
        self.pin = pin
    }

    /// The fields.
    public var json: JSON { .fields(("badge", .string(badge)), ("pin", .string(pin))) }
}

/// `clerk.signOut`: the session at this device and seat ends.
public struct ClerkSignOut: RequestPayload {
    /// The verb.
    public static let verb = Verb.clerkSignOut

    /// Signs the clerk of this device and seat out.
    public init() {}

    /// Nothing to read.
    public init(from reader: inout ObjectReader) throws(Refusal) {}

    /// No fields.
    public var json: JSON { .object([]) }
}

/// A clerk who is signed in.
public struct ClerkResult: MessagePart {
    /// Who; later commands name this.
    public let clerk: ClerkID
    /// The name on the badge.
    public let name: String
    /// What they may do, by name.
    public let roles: [String]
    /// The end of the session, exclusive.
    public let until: Instant

    /// A clerk who is signed in.
    public init(clerk: ClerkID, name: String, roles: [String], until: Instant) {
        self.clerk = clerk
        self.name = name
        self.roles = roles
        self.until = until
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        clerk = try reader.identifier("clerk", as: ClerkID.self)
        name = try reader.text("name", max: 256)
        roles = try reader.texts("roles", max: 16, bytesMax: 32)
        until = try reader.instant("until")
    }

    /// The fields.
    public var json: JSON {
        .fields(("clerk", clerk.json), ("name", .string(name)), ("roles", .texts(roles)), ("until", until.json))
    }
}
