// The topics of headquarters' broker.

import ShopModel

/// A topic between a shop and headquarters.
public enum HeadquartersTopic: Hashable, Sendable {
    /// `hq/v1/<shop>/up/<lane>`: events.
    case events(ShopID, Lane)
    /// `hq/v1/<shop>/up/cursor`: how far the shop has heard.
    case cursor(ShopID)
    /// `hq/v1/<shop>/up/echo`: the shop asks headquarters' application for a word.
    case echoRequest(ShopID)
    /// `hq/v1/<shop>/down/echo`: the word.
    case echo(ShopID)
    /// `hq/v1/<shop>/down/receipts`: what headquarters has.
    case receipts(ShopID)
    /// `hq/v1/<shop>/down/feed/<feed>`: entries for one shop.
    case feed(ShopID, Feed)
    /// `hq/v1/group/<group>/down/feed/<feed>`: entries for many.
    case groupFeed(GroupID, Feed)

    /// Reads a topic.
    ///
    /// - Throws: `contract.topic`; `contract.unknownFeed` for a feed of a later version.
    public init(_ topic: String) throws(Refusal) {
        let levels = topic.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard topic.utf8.count <= 160, levels.count >= 5, levels[0] == "hq", levels[1] == "v1" else {
            throw Self.refusal(topic)
        }
        if levels[2] == "group" {
            guard levels.count == 7, levels[4] == "down", levels[5] == "feed", let group = GroupID(levels[3]) else {
                throw Self.refusal(topic)
            }
            self = .groupFeed(group, try Feed(name: levels[6]))
            return
        }
        guard let shop = ShopID(levels[2]) else { throw Self.refusal(topic) }
        switch (levels[3], levels[4], levels.count) {
        case ("up", "cursor", 5): self = .cursor(shop)
        case ("up", "echo", 5): self = .echoRequest(shop)
        case ("down", "echo", 5): self = .echo(shop)
        case ("up", let name, 5):
            guard let lane = Lane(name: name) else { throw Self.refusal(topic) }
            self = .events(shop, lane)
        case ("down", "receipts", 5): self = .receipts(shop)
        case ("down", "feed", 6): self = .feed(shop, try Feed(name: levels[5]))
        default: throw Self.refusal(topic)
        }
    }

    /// What a shop listens to.
    public static func filters(of shop: ShopID, groups: [GroupID]) -> [String] {
        ["hq/v1/\(shop)/down/receipts", "hq/v1/\(shop)/down/echo", "hq/v1/\(shop)/down/feed/+"]
            + groups.map { "hq/v1/group/\($0)/down/feed/+" }
    }

    /// What headquarters listens to.
    public static let headquartersFilters = ["hq/v1/+/up/+"]

    private static func refusal(_ topic: String) -> Refusal {
        Refusal(
            .contractTopic,
            [
                .text("topic", String(topic.prefix(160))),
                .text(
                    "expected",
                    "hq/v1/<shop>/up/<lane>|cursor|echo, hq/v1/<shop>/down/receipts|echo, hq/v1/<shop>/down/feed/<feed> or hq/v1/group/<group>/down/feed/<feed>"
                ),
            ])
    }
}

extension HeadquartersTopic: CustomStringConvertible {
    /// The topic.
    public var description: String {
        switch self {
        case .events(let shop, let lane): "hq/v1/\(shop)/up/\(lane.name)"
        case .cursor(let shop): "hq/v1/\(shop)/up/cursor"
        case .echoRequest(let shop): "hq/v1/\(shop)/up/echo"
        case .echo(let shop): "hq/v1/\(shop)/down/echo"
        case .receipts(let shop): "hq/v1/\(shop)/down/receipts"
        case .feed(let shop, let feed): "hq/v1/\(shop)/down/feed/\(feed.rawValue)"
        case .groupFeed(let group, let feed): "hq/v1/group/\(group)/down/feed/\(feed.rawValue)"
        }
    }
}
