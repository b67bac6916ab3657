// What a device that cannot be changed says, as the question or command that its profile makes of it (DESIGN §7).

import ShopModel

extension DeviceProfile {
    /// The request that a payload means: the topic on which a device of ours would send it, and its bytes.
    ///
    /// Law 2 holds for such a device too: a command's id comes from the payload (`id` among the pointers), or is
    /// derived from all that the command says, so that the same said twice is one command. Said otherwise it is
    /// another command, which the physical key decides (till, receipt number and line of a sale): so a till can correct
    /// what was parked. A question changes nothing; its id only has to be one.
    ///
    /// - Parameters:
    ///   - device: whose profile this is.
    ///   - payload: as it came, at most 65,536 bytes.
    ///   - identify: makes an id of a text, always the same of the same; of no text, one for a question, that nobody
    ///     asks for twice.
    /// - Throws: what the reader of JSON refuses, and `profile.fieldMissing`.
    public func request(
        of device: DeviceID, _ payload: [UInt8], identify: (_ seed: String?) -> CommandID?
    ) throws(Refusal) -> (topic: DeviceTopic, payload: [UInt8]) {
        let topic: DeviceTopic =
            verb.isQuestion ? .ask(device, verb: verb.rawValue) : .command(device, verb: verb.rawValue)
        var fields = JSON.object([])
        for constant in constants { fields = fields.setting(constant.field.path, constant.value) ?? fields }
        switch encoding {
        case .text:
            // A bare code goes on as it is; only `{` at its start would make it something else.
            guard verb != .scan || payload.first == UInt8(ascii: "{") else { return (topic, payload) }
            guard payload.count <= ScanQuestion.bytesMax else {
                throw Refusal(
                    .contractBadLength,
                    [
                        .text("name", "code"), .integer("seen", payload.count), .integer("least", 1),
                        .integer("most", ScanQuestion.bytesMax),
                    ])
            }
            fields = fields.setting(textField.path, .string(String(decoding: payload, as: UTF8.self))) ?? fields
        case .json:
            let json = try JSONReader.read(payload)
            for pointer in pointers {
                guard let value = json.value(at: pointer.pointer), value != .null else {
                    throw Refusal(
                        .profileFieldMissing, field: pointer.pointer,
                        [.text("name", pointer.field), .text("pointer", pointer.pointer)])
                }
                fields = fields.setting(pointer.field.path, value) ?? fields
            }
        }
        if fields["id"] == nil {
            guard let id = identify(try seed(of: device, fields)) else {
                throw Refusal(.profileNoIdentity, [.text("verb", verb.rawValue)])
            }
            fields = fields.setting(["id"], .string(id.value)) ?? fields
        }
        return (topic, fields.encoded())
    }

    /// Whether the ids of this device's commands are derived, since it sends none.
    public var derivesIDs: Bool {
        !verb.isQuestion && !pointers.contains { $0.field == "id" } && !constants.contains { $0.field == "id" }
    }

    /// What the id of a message is made of.
    private func seed(of device: DeviceID, _ fields: JSON) throws(Refusal) -> String? {
        guard !verb.isQuestion else { return nil }
        for name in Self.identity(of: verb) ?? [] where fields.value(at: "/" + name) == nil {
            throw Refusal(.profileFieldMissing, field: "/" + name, [.text("name", name), .text("pointer", "–")])
        }
        return "\(verb.rawValue)\n\(device)\n" + String(decoding: fields.encoded(), as: UTF8.self)
    }

    /// The fields that make a command physically one, without which it cannot be told from another; `nil` where
    /// nothing in it does.
    static func identity(of verb: Verb) -> [String]? {
        switch verb {
        case .saleRecord: ["lines/0/till", "lines/0/ticket", "lines/0/line"]
        default: nil
        }
    }

    /// Refuses a profile that could not work, before a device is enrolled with it.
    ///
    /// - Throws: `profile.topicTaken`, `profile.textField`, `profile.noIdentity`, `profile.badField`.
    public func check() throws(Refusal) {
        let first = topic.utf8.first
        guard first != UInt8(ascii: "$"), first != UInt8(ascii: "/"), topic != "shop", !topic.hasPrefix("shop/"),
            topic.utf8.last != UInt8(ascii: "/")
        else { throw Refusal(.profileTopicTaken, field: "/topic", [.text("topic", topic)]) }
        guard verb != .devicePair, verb != .clerkSignIn else {
            throw Refusal(.profileVerb, field: "/verb", [.text("verb", verb.rawValue)])
        }
        if encoding == .text, !pointers.isEmpty || textField.isEmpty {
            throw Refusal(.profileTextField, field: "/encoding", [.text("verb", verb.rawValue)])
        }
        let names = pointers.map(\.field) + constants.map { $0.field }
        var shape = JSON.object([])
        for name in names {
            guard let next = shape.setting(name.path, "x") else {
                throw Refusal(.profileBadField, field: "/pointers", [.text("name", name)])
            }
            shape = next
        }
        guard !verb.isQuestion, !pointers.contains(where: { $0.field == "id" }) else { return }
        let needed = Self.identity(of: verb) ?? ["id"]
        // A command without a text of its own in every message would be another one each time, or always the same.
        for name in needed where !pointers.contains(where: { $0.field == name }) {
            let isText = encoding == .text && textField == name
            let isConstant = name == "lines/0/till" && constants.contains { $0.field == name }
            guard isText || isConstant else {
                throw Refusal(.profileNoIdentity, field: "/pointers", [.text("verb", verb.rawValue)])
            }
        }
    }

    /// The field that a bare text fills: the one that the verb is about; empty where none is.
    private var textField: String {
        switch verb {
        case .scan: "code"
        case .productGet, .availabilityGet: "gtin"
        case .reservationGet: "reservation"
        case .pickupGet: "code"
        default: ""
        }
    }
}

extension CommandID {
    /// An id made of a digest: a UUID of version 8 (RFC 9562), for messages whose sender cannot mint one.
    ///
    /// - Parameter digest: at least 16 bytes, of which the first count; `nil` for fewer.
    public init?(digest: [UInt8]) {
        guard digest.count >= 16 else { return nil }
        var bytes = Array(digest[..<16])
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let text = hexadecimal(bytes)
        var parts: [Substring] = []
        var rest = text[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        self.init(parts.joined(separator: "-"))
    }
}

extension JSON {
    /// What a JSON pointer (RFC 6901) points to; `nil` when nothing is there.
    public func value(at pointer: String) -> JSON? {
        guard !pointer.isEmpty else { return self }
        guard pointer.utf8.first == UInt8(ascii: "/") else { return nil }
        var place = self
        for step in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let name = step.unescapedFromPointer
            switch place {
            case .object:
                guard let next = place[name] else { return nil }
                place = next
            case .array(let elements):
                guard let index = Int(name), String(index) == name, elements.indices.contains(index) else { return nil }
                place = elements[index]
            default: return nil
            }
        }
        return place
    }

    /// This with a value at a path of names and, where a step is a number, array indexes; `nil` when something else
    /// stands in the way, an index would leave a gap, or the path is deeper than 8.
    func setting(_ path: [String], _ value: JSON) -> JSON? {
        guard let step = path.first, path.count <= 8, !step.isEmpty else { return nil }
        let rest = Array(path.dropFirst())
        func filled(_ present: JSON?) -> JSON? {
            guard let next = rest.first else { return present == nil ? value : nil }
            let empty: JSON = Int(next) == nil ? .object([]) : .array([])
            return (present ?? empty).setting(rest, value)
        }
        switch self {
        case .object(let members):
            guard let new = filled(self[step]) else { return nil }
            var members = members
            if let index = members.firstIndex(where: { $0.name == step }) {
                members[index] = Member(step, new)
            } else {
                members.append(Member(step, new))
            }
            return .object(members)
        case .array(var elements):
            guard let index = Int(step), index >= 0, index <= elements.count, index < 1_000,
                let new = filled(index < elements.count ? elements[index] : nil)
            else { return nil }
            if index < elements.count { elements[index] = new } else { elements.append(new) }
            return .array(elements)
        default: return nil
        }
    }
}

extension String {
    /// The steps of a field's place: `lines/0/sku`.
    fileprivate var path: [String] {
        split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    }
}

extension Substring {
    /// This step of a JSON pointer as the name that it means (RFC 6901, 4).
    fileprivate var unescapedFromPointer: String {
        guard utf8.contains(UInt8(ascii: "~")) else { return String(self) }
        var name = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in unicodeScalars {
            if isEscaped {
                name.append(scalar == "1" ? "/" : scalar == "0" ? "~" : scalar)
                isEscaped = false
            } else if scalar == "~" {
                isEscaped = true
            } else {
                name.append(scalar)
            }
        }
        return String(name)
    }
}
