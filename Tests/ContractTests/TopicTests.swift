// Who speaks where: topics of the shop's broker and of headquarters'.

import Contract
import ShopModel
import Testing

@Suite("A topic")
struct TopicTests {
    @Test("says which device speaks, and what it wants")
    func read() throws {
        let scanner = try #require(DeviceID("scanner-1"))
        #expect(try DeviceTopic("shop/v1/scanner-1/ask/scan") == .ask(scanner, verb: "scan"))
        #expect(try DeviceTopic("shop/v1/scanner-1/do/sale.record") == .command(scanner, verb: "sale.record"))
        #expect(try DeviceTopic("shop/v1/scanner-1") == .single(scanner))
        #expect(try DeviceTopic("shop/v1/scanner-1/presence") == .presence(scanner))
    }

    @Test(
        "with a wildcard, an empty level, a reserved or foreign name is refused",
        arguments: [
            "", "shop", "shop/v1", "shop/v1/", "/shop/v1/a/ask/scan", "shop/v2/a/ask/scan", "shop/v1/+/ask/scan",
            "shop/v1/a/ask/#", "shop/v1/a/ask/", "shop/v1/a//scan", "shop/v1/a/ask/scan/x", "shop/v1/a/reply",
            "shop/v1/a/show/card", "shop/v1/all/ask/scan", "shop/v1/staff", "shop/v1/agent/do/x", "shop/v1/A/ask/scan",
            "shop/v1/a b/ask/scan", "shop/v1/a/ask/sc an", "shop/v1/a/ask/sca\u{7F}n", "SHOP/v1/a/ask/scan",
            "shop/v1/a/tell/scan", "shop/v1/" + String(repeating: "a", count: 33),
            "shop/v1/a/ask/" + String(repeating: "x", count: 200),
        ])
    func foreign(topic: String) {
        #expect(refusal { _ = try DeviceTopic(topic) }?.code == .contractTopic)
    }

    @Test("for an answer lies in the device's own branch")
    func answers() throws {
        let device = try #require(DeviceID("tablet-1"))
        #expect(ShopTopics.reply(to: device) == "shop/v1/tablet-1/reply")
        #expect(ShopTopics.show(.card, on: device) == "shop/v1/tablet-1/show/card")
        #expect(ShopTopics.everyone(.agent) == "shop/v1/all/agent")
        #expect(ShopTopics.staff(.queue) == "shop/v1/staff/queue")
        #expect(ShopTopics.isOwn("shop/v1/tablet-1/reply", of: device))
        #expect(ShopTopics.isOwn("shop/v1/tablet-1/reply/7", of: device))
        for other in [
            "shop/v1/tablet-2/reply", "shop/v1/tablet-1/replyx", "shop/v1/tablet-1/reply/+", "shop/v1/all/agent",
        ] {
            #expect(!ShopTopics.isOwn(other, of: device), "\(other)")
        }
    }

    @Test(
        "of headquarters with an unknown lane, a wildcard or a missing level is refused",
        arguments: [
            "hq/v1/paris-1/up", "hq/v1/paris-1/up/gossip", "hq/v1/+/up/orders", "hq/v1/paris-1/down/feed",
            "hq/v1/paris-1/down/receipts/x", "hq/v1/group/france/down/feed", "hq/v1/group/fr ance/down/feed/stock",
            "hq/v2/paris-1/up/orders", "shop/v1/paris-1/up/orders",
        ])
    func foreignHeadquarters(topic: String) {
        #expect(refusal { _ = try HeadquartersTopic(topic) }?.code == .contractTopic)
    }

    @Test("of a feed of a later version is refused by its name")
    func laterFeed() {
        #expect(refusal { _ = try HeadquartersTopic("hq/v1/paris-1/down/feed/drones") }?.code == .contractUnknownFeed)
    }

    @Test("filter covers what the shop is told, and nothing of other shops")
    func filters() throws {
        let shop = try #require(ShopID("paris-1"))
        let group = try #require(GroupID("france"))
        #expect(
            HeadquartersTopic.filters(of: shop, groups: [group]) == [
                "hq/v1/paris-1/down/receipts", "hq/v1/paris-1/down/echo", "hq/v1/paris-1/down/feed/+",
                "hq/v1/group/france/down/feed/+",
            ])
    }
}

/// The refusal that `body` throws; `nil` when it throws none.
func refusal(_ body: () throws -> Void) -> Refusal? {
    do {
        try body()
        return nil
    } catch { return error as? Refusal }
}
