// The devices of a shop, as its configuration lists them.

import ShopModel

/// A device of the shop.
public struct Device: Equatable, Sendable {
    /// Its name, which is its MQTT user name too.
    public let id: DeviceID
    /// What it is.
    public let family: Family
    /// What it may see and ask.
    public let role: Role
    /// The screen or tablet to whose `show/card` its scans go too.
    public let screen: DeviceID?
    /// How to understand a device whose topic or payload cannot be changed.
    public let profile: DeviceProfile?

    /// How many days a certificate of the shop's authority is good for a device: one lives some years. Revoking ends it
    /// at once, and its name is not given to another before these days are over.
    public static let certificateDays = 825

    /// What a device is.
    public enum Family: String, CaseIterable, Sendable {
        case scanner, mirror, tablet, till, screen

        /// What a device of this family may see and ask when the configuration does not say.
        public var role: Role {
            switch self {
            case .mirror, .screen: .public
            case .scanner, .tablet: .clerk
            case .till: .till
            }
        }
    }

    /// What a device may see and ask; a clerk's own role counts together with it.
    public enum Role: String, CaseIterable, Sendable {
        /// Where customers look: the public card, nothing about a person.
        case `public`
        /// In a clerk's hands.
        case clerk
        /// The till: sales, and what the counter needs.
        case till
    }

    /// A device.
    public init(
        id: DeviceID, family: Family, role: Role? = nil, screen: DeviceID? = nil, profile: DeviceProfile? = nil
    ) {
        self.id = id
        self.family = family
        self.role = role ?? family.role
        self.screen = screen
        self.profile = profile
    }

    init(from reader: inout ObjectReader) throws(Refusal) {
        let id = try reader.identifier("id", as: DeviceID.self)
        let family = try reader.choice("family", as: Family.self)
        let role = try reader.optionalChoice("role", as: Role.self)
        let screen = try reader.optionalIdentifier("screen", as: DeviceID.self)
        var profile: DeviceProfile?
        if var fields = try reader.optionalObject("profile") { profile = try DeviceProfile(from: &fields) }
        try reader.refuseUnknown()
        self.init(id: id, family: family, role: role, screen: screen, profile: profile)
    }
}

/// How a device that cannot be changed speaks: its topic and payload become a verb and its fields (DESIGN §7).
public struct DeviceProfile: Equatable, Sendable {
    /// The topic on which the device publishes, 1 to 160 bytes, no wildcards.
    public let topic: String
    /// What each of its messages means.
    public let verb: Verb
    /// How its payload is written.
    public let encoding: Encoding
    /// Where in a JSON payload each field of the verb stands, as JSON pointers, at most 32.
    public let pointers: [Pointer]
    /// Fields of the verb that are the same in every message, at most 32.
    public let constants: [Constant]

    /// How a payload is written.
    public enum Encoding: String, CaseIterable, Sendable {
        /// The bare code.
        case text
        /// A JSON object or array.
        case json
    }

    /// Where a field of the verb stands in the device's payload.
    public struct Pointer: Equatable, Sendable {
        /// The verb's field; one that lies deeper by its path, `lines/0/sku`.
        public let field: String
        /// The place in the payload (RFC 6901).
        public let pointer: String

        /// Where a field stands.
        public init(field: String, pointer: String) {
            self.field = field
            self.pointer = pointer
        }
    }

    /// A field of the verb that the device never says, since it is always the same.
    public struct Constant: Equatable, Sendable {
        /// The verb's field; one that lies deeper by its path, `lines/0/kind`.
        public let field: String
        /// A text, a whole number or a truth value.
        public let value: JSON

        /// A field that is always the same.
        public init(field: String, value: JSON) {
            self.field = field
            self.value = value
        }
    }

    /// How a device speaks.
    public init(
        topic: String, verb: Verb, encoding: Encoding = .text, pointers: [Pointer] = [], constants: [Constant] = []
    ) {
        self.topic = topic
        self.verb = verb
        self.encoding = encoding
        self.pointers = pointers
        self.constants = constants
    }

    /// Reads a profile, as the configuration and `edgectl device enrol --profile` have it.
    ///
    /// - Throws: what single fields refuse, and `contract.unknownKey`.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        let topicField = try reader.required("topic")
        topic = try topicField.text(max: 160)
        guard !topic.utf8.contains(where: { $0 == 0x23 || $0 == 0x2B || $0 < 0x20 }) else {
            throw topicField.refusal(
                .contractBadIdentifier, [.text("kind", "topic without wildcards"), .text("seen", topic)])
        }
        verb = try reader.choice("verb", as: Verb.self)
        encoding = try reader.optionalChoice("encoding", as: Encoding.self) ?? .text
        var pointers: [Pointer] = []
        if var places = try reader.optionalObject("pointers") {
            for name in places.names() {
                let field = try places.required(name)
                let pointer = try field.text(max: 256)
                guard pointer.utf8.first == UInt8(ascii: "/") else {
                    throw field.refusal(
                        .contractBadIdentifier, [.text("kind", "JSON pointer (begins with /)"), .text("seen", pointer)])
                }
                pointers.append(Pointer(field: name, pointer: pointer))
            }
        }
        self.pointers = pointers
        var constants: [Constant] = []
        if var values = try reader.optionalObject("constants") {
            for name in values.names() {
                let field = try values.required(name)
                switch field.value {
                case .string, .integer, .bool: constants.append(Constant(field: name, value: field.value))
                default:
                    throw field.refusal(
                        .contractWrongType,
                        [.text("expected", "string, integer or boolean"), .text("seen", field.value.typeName)])
                }
            }
        }
        self.constants = constants
        try reader.refuseUnknown()
    }

    /// The profile as `init(from:)` reads it.
    public var json: JSON {
        .fields(
            ("topic", .string(topic)), ("verb", verb.json), ("encoding", encoding.json),
            ("pointers", pointers.isEmpty ? nil : .object(pointers.map { .init($0.field, .string($0.pointer)) })),
            ("constants", constants.isEmpty ? nil : .object(constants.map { .init($0.field, $0.value) })))
    }
}
