// For whom a feed is numbered, as headquarters keeps it: one of its shops, or one of its groups.

import Contract
import ShopModel

/// Whose feed it is.
public enum FeedOwner: Hashable, Sendable {
    /// One shop's own.
    case shop(ShopID)
    /// That of a group of shops.
    case group(GroupID)

    /// As the shop names it in its cursors.
    public var scope: FeedScope {
        switch self {
        case .shop: .shop
        case .group(let group): .group(group)
        }
    }

    /// The topic on which all whom it concerns hear it.
    func topic(_ feed: Feed) -> String {
        switch self {
        case .shop(let shop): HeadquartersTopic.feed(shop, feed).description
        case .group(let group): HeadquartersTopic.groupFeed(group, feed).description
        }
    }
}

extension FeedOwner: CustomStringConvertible {
    /// `shop/<id>` or `group/<name>`, by which storage knows it.
    public var description: String {
        switch self {
        case .shop(let shop): "shop/" + shop.value
        case .group(let group): "group/" + group.value
        }
    }
}

/// A feed of an owner: what is numbered without gaps.
public struct FeedStream: Hashable, Sendable {
    /// Whose it is.
    public let owner: FeedOwner
    /// Which feed.
    public let feed: Feed

    /// A feed of an owner.
    public init(_ owner: FeedOwner, _ feed: Feed) {
        self.owner = owner
        self.feed = feed
    }
}

/// How far a stream goes.
public struct FeedHead: Equatable, Sendable {
    /// Which stream.
    public let stream: FeedStream
    /// The sequence of the last entry; 0 for none.
    public let last: Int64
    /// The sequence of the oldest entry still kept; `last` + 1 when none is.
    public let oldestKept: Int64

    /// How far a stream goes.
    public init(stream: FeedStream, last: Int64, oldestKept: Int64) {
        self.stream = stream
        self.last = last
        self.oldestKept = oldestKept
    }
}
