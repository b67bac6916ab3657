// What `edge-hq status` is told by the serving one.

import Contract
import Headquarters
import ShopModel

extension ControlRequest {
    /// How headquarters is, and how it sees each shop.
    static func status(
        _ headquarters: Headquarters, _ storage: SQLiteHeadquarters, _ policy: HeadquartersPolicy, now: Instant,
        isConnected: Bool
    ) throws -> JSON {
        [
            "now": .string(now.description), "epoch": .string(headquarters.epoch),
            "broker": isConnected ? "connected" : "not connected", "events": .count(try storage.eventCount()),
            "shops": .array(try policy.shops.map { try status(of: $0, headquarters, storage, now: now) }),
        ]
    }

    private static func status(
        of shop: HeadquartersPolicy.Shop, _ headquarters: Headquarters, _ storage: SQLiteHeadquarters, now: Instant
    ) throws -> JSON {
        var feeds: [JSON.Member] = []
        for owner in [FeedOwner.shop(shop.id)] + shop.groups.map(FeedOwner.group) {
            for head in try storage.heads(of: owner) {
                feeds.append(.init("\(owner.scope)/\(head.stream.feed.rawValue)", .integer(head.last)))
            }
        }
        let totals = try storage.salesTotals(in: shop.id)
        let speakers = headquarters.speakers(of: shop.id, now: now)
        return [
            "shop": .string(shop.id.value), "groups": .array(shop.groups.map { .string($0.value) }),
            "lastEventAt": try headquarters.lastEventAt(of: shop.id).map { .string($0.description) } ?? .null,
            "lives": .array(
                try storage.lives(of: shop.id).map {
                    ["incarnation": .string($0.incarnation.value), "state": .string($0.state.rawValue)]
                }), "boxes": .array(speakers.boxes.map(\.json)), "twoBoxes": .bool(speakers.areTwo),
            "feeds": .object(feeds), "sold": .count(totals.reduce(0) { $0 + $1.sold }),
            "returned": .count(totals.reduce(0) { $0 + $1.returned }),
        ]
    }
}
