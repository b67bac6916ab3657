// The topics of the shop's broker: which device said what, and where answers go (DESIGN §7).

import ShopModel

/// A topic on which a device speaks to the agent.
public enum DeviceTopic: Equatable, Sendable {
    /// `shop/v1/<device>/ask/<verb>`: a question.
    case ask(DeviceID, verb: String)
    /// `shop/v1/<device>/do/<verb>`: a command.
    case command(DeviceID, verb: String)
    /// `shop/v1/<device>`: a question or command that names its verb itself.
    case single(DeviceID)
    /// `shop/v1/<device>/presence`: whether the device is there.
    case presence(DeviceID)
    /// Anything else below `ask` and `do` of a device's own branch: it means nothing, and its device is told so.
    case stray(DeviceID, topic: String)

    /// Reads a topic.
    ///
    /// - Throws: `contract.topic` for anything that no device says to the agent: other trees and versions, empty
    ///   levels, wildcards, reserved or malformed device ids, and the agent's own branches.
    public init(_ topic: String) throws(Refusal) {
        let levels = topic.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard topic.utf8.count <= 160, (3...5).contains(levels.count), levels[0].elementsEqual("shop".utf8),
            levels[1].elementsEqual("v1".utf8), let device = DeviceID(String(Substring(levels[2])))
        else { throw Self.refusal(topic) }
        if levels.count == 3 {
            self = .single(device)
        } else if levels.count == 4 {
            guard levels[3].elementsEqual("presence".utf8) else { throw Self.refusal(topic) }
            self = .presence(device)
        } else {
            guard !levels[4].isEmpty, levels[4].allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 && $0 != 0x2B })
            else { throw Self.refusal(topic) }
            let verb = String(Substring(levels[4]))
            if levels[3].elementsEqual("ask".utf8) {
                self = .ask(device, verb: verb)
            } else if levels[3].elementsEqual("do".utf8) {
                self = .command(device, verb: verb)
            } else {
                throw Self.refusal(topic)
            }
        }
    }

    /// What a device says on a topic to which the agent listens; `nil` where no device can be read, and outside of the
    /// branches `ask` and `do`, where a device is not heard.
    public static func said(on topic: String) -> DeviceTopic? {
        if let known = try? DeviceTopic(topic) { return known }
        let levels = topic.utf8.prefix(160).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard levels.count >= 4, levels[0].elementsEqual("shop".utf8), levels[1].elementsEqual("v1".utf8),
            let device = DeviceID(String(Substring(levels[2]))),
            levels[3].elementsEqual("ask".utf8) || levels[3].elementsEqual("do".utf8)
        else { return nil }
        return .stray(device, topic: String(topic.prefix(160)))
    }

    /// The device that speaks.
    public var device: DeviceID {
        switch self {
        case .ask(let device, _), .command(let device, _), .single(let device), .presence(let device),
            .stray(let device, _):
            device
        }
    }

    /// Whether it stands in the branch of questions.
    public var isInAsk: Bool {
        switch self {
        case .ask: true
        case .stray(let device, let topic): topic.utf8.starts(with: "shop/v1/\(device)/ask".utf8)
        case .command, .single, .presence: false
        }
    }

    static func refusal(_ topic: String) -> Refusal {
        Refusal(
            .contractTopic,
            [
                .text("topic", String(topic.prefix(160))),
                .text(
                    "expected",
                    "shop/v1/<device>/ask/<verb>, shop/v1/<device>/do/<verb>, shop/v1/<device> or shop/v1/<device>/presence"
                ),
            ])
    }
}

extension DeviceTopic: CustomStringConvertible {
    /// The topic.
    public var description: String {
        switch self {
        case .ask(let device, let verb): "shop/v1/\(device)/ask/\(verb)"
        case .command(let device, let verb): "shop/v1/\(device)/do/\(verb)"
        case .single(let device): "shop/v1/\(device)"
        case .presence(let device): "shop/v1/\(device)/presence"
        case .stray(_, let topic): topic
        }
    }
}

/// The topics on which the agent speaks to devices, and those to which it listens.
public enum ShopTopics {
    /// What is pushed to one device without its asking.
    public enum Show: String, CaseIterable, Sendable { case card, task, content, answer, ping }
    /// What is told to every device; retained, so never about a person.
    public enum Everyone: String, CaseIterable, Sendable { case agent, devices }
    /// What is told to the devices of clerks.
    public enum Staff: String, CaseIterable, Sendable { case queue, calls }

    /// Where a device is answered.
    public static func reply(to device: DeviceID) -> String { "shop/v1/" + device.value + "/reply" }
    /// Where something is pushed to a device.
    public static func show(_ what: Show, on device: DeviceID) -> String {
        "shop/v1/" + device.value + "/show/" + what.rawValue
    }
    /// Where something is told to every device.
    public static func everyone(_ what: Everyone) -> String { "shop/v1/all/" + what.rawValue }
    /// Where something is told to the devices of clerks.
    public static func staff(_ what: Staff) -> String { "shop/v1/staff/" + what.rawValue }

    /// What the front listens to. A device with one topic only sends everything there: front and ledger both hear it,
    /// and each takes what is its own, so that such a device's scan waits for nothing either.
    public static let frontFilters = ["shop/v1/+/ask/#", "shop/v1/+"]
    /// What the ledger listens to.
    public static let ledgerFilters = ["shop/v1/+/do/#", "shop/v1/+", "shop/v1/+/presence"]

    /// Whether a response topic of MQTT 5 lies inside the device's own branch and is no filter.
    public static func isOwn(_ responseTopic: String, of device: DeviceID) -> Bool {
        let branch = "shop/v1/" + device.value + "/reply"
        guard responseTopic.utf8.count <= 160 else { return false }
        guard responseTopic != branch else { return true }
        return responseTopic.utf8.starts(with: (branch + "/").utf8)
            && !responseTopic.utf8.contains { $0 == 0x23 || $0 == 0x2B || $0 < 0x20 }
    }
}
