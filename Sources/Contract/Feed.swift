// The feeds by which headquarters tells the shop what it has to know (DESIGN §7).

import ShopModel

/// A feed by name.
public enum Feed: String, CaseIterable, Sendable {
    case catalogue, network, customers, offers, settings, hours, clerks, keys, media
    case stock, orders, erasures

    /// Whether the last value of each key counts. Of a log feed every entry counts, and absence deletes nothing.
    public var isState: Bool {
        switch self {
        case .stock, .orders, .erasures: false
        default: true
        }
    }

    /// Whether its entries say things of people, which may lie in no file in clear (DESIGN §9). Orders do too, beside what
    /// they say of goods.
    public var isAboutPeople: Bool { [.customers, .clerks, .erasures].contains(self) }

    /// The feed of a name.
    ///
    /// - Throws: `contract.unknownFeed`.
    public init(name: String) throws(Refusal) {
        guard let feed = Feed(rawValue: name) else {
            throw Refusal(
                .contractUnknownFeed,
                [.text("feed", String(name.prefix(64))), .texts("known", Feed.allCases.map(\.rawValue))])
        }
        self = feed
    }
}

/// A group of shops, as headquarters names it: `[A-Za-z0-9-]{1,32}`, since it is a level of MQTT topics.
public struct GroupID: Identifier {
    /// The text of the name.
    public let value: String
    /// Reads a group's name; `nil` outside `[A-Za-z0-9-]{1,32}`.
    public init?(_ value: String) {
        guard ShopID(value) != nil else { return nil }
        self.value = value
    }
}

/// For whom a feed's entries are numbered: one shop, or a group of shops together.
public enum FeedScope: Hashable, Sendable {
    case shop
    case group(GroupID)

    /// Reads `shop` or `group/<name>`; `nil` for anything else.
    public init?(_ text: String) {
        if text == "shop" {
            self = .shop
        } else {
            guard text.hasPrefix("group/"), let group = GroupID(String(text.dropFirst(6))) else { return nil }
            self = .group(group)
        }
    }

    /// Reads the field `scope`; the shop when it is absent.
    init(from reader: inout ObjectReader) throws(Refusal) {
        guard let field = reader.optional("scope") else {
            self = .shop
            return
        }
        let text = try field.text(max: 64)
        guard let scope = FeedScope(text) else {
            throw field.refusal(.contractBadIdentifier, [.text("kind", "scope"), .text("seen", text)])
        }
        self = scope
    }
}

extension FeedScope: CustomStringConvertible {
    /// `shop` or `group/<name>`.
    public var description: String {
        switch self {
        case .shop: "shop"
        case .group(let group): "group/" + group.value
        }
    }
}
