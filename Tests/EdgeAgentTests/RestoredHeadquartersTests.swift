// The real ledger and the real headquarters, joined by their messages: one side is restored from a backup.

import Contract
import EdgeAgent
import EdgeSimulation
import Headquarters
import ShopCore
import ShopModel
import Testing

/// Headquarters whose storage can be copied and brought back, with one shop at a line without loss.
private final class RestorableHeadquarters {
    let box: AgentBox
    private var storage = MemoryHeadquartersStorage()
    private var headquarters: Headquarters
    private var commands: [HeadquartersCommand] = []
    private var lives = 0
    private var now = Instant(milliseconds: 1_800_000_000_000)
    private let shop: ShopID

    init() throws {
        box = try AgentBox()
        shop = try #require(ShopID("S1"))
        headquarters = try Self.open(storage, shop, "life-0")
        try tellCursors()
    }

    private static func open(
        _ storage: MemoryHeadquartersStorage, _ shop: ShopID, _ name: String
    ) throws -> Headquarters {
        var names = 0
        return try Headquarters(
            storage: storage, policy: HeadquartersPolicy(shops: [.init(id: shop)]), digest: FNVDigest(),
            mint: {
                names += 1
                return "\(name)-\(names)"
            })
    }

    func perform(_ command: HeadquartersCommand, remembers: Bool = true) throws {
        if remembers { commands.append(command) }
        try deliver(try headquarters.perform([command], now: now).messages)
    }

    /// Storage as it was when only the remembered commands had been carried out, under the first epoch, and a new
    /// process that knows nothing of what came after.
    func restore(saying isSaid: Bool) throws {
        lives += 1
        let backup = MemoryHeadquartersStorage()
        let former = try Self.open(backup, shop, "life-0")
        _ = try former.take([cursor([])], now: now)
        for command in commands { _ = try former.perform([command], now: now) }
        storage = backup
        headquarters = try Self.open(backup, shop, "life-\(lives)")
        if isSaid { _ = try headquarters.beginEpoch(now: now) }
    }

    /// The shop tells its cursors until nothing more comes of it.
    func tellCursors() throws {
        for _ in 0..<20 {
            let outcome = try box.ledger.take([.link(up: false), .link(up: true)])
            now = now + 2_000
            let answer = try headquarters.take([cursor(try #require(outcome.cursors))], now: now).messages
                .filter { $0.topic.contains("/down/feed/") }
            guard !answer.isEmpty else { return }
            try deliver(answer)
        }
        Issue.record("headquarters and shop never agree where the feeds stand")
    }

    private func cursor(_ cursors: [FeedCursor]) -> HeadquartersInbound {
        let message = CursorMessage(
            incarnation: box.ledger.incarnation,
            cursors: cursors.compactMap { cursor in
                guard let scope = FeedScope(cursor.scope), let feed = Feed(rawValue: cursor.feed) else { return nil }
                return CursorMessage.Cursor(
                    scope: scope, feed: feed, epoch: cursor.epoch, sequence: cursor.sequence)
            })
        return HeadquartersInbound(
            topic: HeadquartersTopic.cursor(shop).description, payload: message.json.encoded())
    }

    private func deliver(_ messages: [HeadquartersMessage]) throws {
        for message in messages {
            let topic = try HeadquartersTopic(message.topic)
            guard case .feed = topic else { continue }
            _ = try box.ledger.take([.feed(try FeedMessage(message.payload, on: topic))])
        }
    }
}

@Suite("A restored headquarters")
struct RestoredHeadquartersTests {
    private func order(_ name: String) throws -> HeadquartersCommand {
        .orderPlace(
            try #require(ShopID("S1")),
            HeadquartersCommand.OrderRequest(
                order: try #require(OrderID(name)), code: "P-\(name)",
                source: .fromParcel(sscc: "376123450000000016"),
                lines: [.init(sku: try #require(SKU("TEE")), quantity: .one)]))
    }

    private func goodsIn(_ units: Int) throws -> HeadquartersCommand {
        .stockDelta(
            try #require(ShopID("S1")), try #require(SKU("TEE")), units: units, cause: "delivery", share: units)
    }

    @Test(
        "takes nothing back, counts nothing twice, and what it says anew is heard, whether its operator said so or not",
        arguments: [true, false])
    func goesOn(isSaid: Bool) throws {
        let side = try RestorableHeadquarters()
        try side.perform(try goodsIn(5))
        try side.perform(try order("O-1"))
        // Lost with the disk: the shop has them, headquarters will not.
        try side.perform(try goodsIn(3), remembers: false)
        try side.perform(try order("O-2"), remembers: false)
        #expect(try side.box.line("TEE").onHand == 8)

        try side.restore(saying: isSaid)
        try side.tellCursors()
        #expect(try side.box.line("TEE").onHand == 8, "what was applied stays applied, and counts once")
        try side.perform(try order("O-3"))
        try side.perform(try goodsIn(2))
        try side.tellCursors()
        #expect(try side.box.line("TEE").onHand == 10)
        for name in ["O-1", "O-2", "O-3"] {
            #expect(try side.box.send("pickup.get", #""order":"\#(name)""#)["outcome"] == "done", "\(name)")
        }
    }

    @Test("that is restored again, to before its last life, still counts nothing twice")
    func twice() throws {
        let side = try RestorableHeadquarters()
        try side.perform(try goodsIn(5))
        try side.perform(try goodsIn(3), remembers: false)
        try side.restore(saying: true)
        try side.tellCursors()
        try side.perform(try goodsIn(2), remembers: false)
        try side.tellCursors()
        #expect(try side.box.line("TEE").onHand == 10)
        try side.restore(saying: true)
        try side.tellCursors()
        #expect(try side.box.line("TEE").onHand == 10)
        try side.perform(try goodsIn(1))
        try side.tellCursors()
        #expect(try side.box.line("TEE").onHand == 11)
    }

    @Test("survives the shop's own restart between the epoch and what follows")
    func shopRestarts() throws {
        let side = try RestorableHeadquarters()
        try side.perform(try goodsIn(5))
        try side.perform(try goodsIn(3), remembers: false)
        try side.restore(saying: true)
        try side.tellCursors()
        try side.box.restart()
        try side.tellCursors()
        try side.perform(try goodsIn(2))
        try side.tellCursors()
        #expect(try side.box.line("TEE").onHand == 10)
    }

    @Test("that shares no epoch with the shop gets nothing taken, and the technician is told")
    func stranger() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        let shop = try #require(ShopID("S1"))
        let message = FeedMessage(
            feed: .stock, epoch: "x", body: .follows([FeedMessage.Ancestor(epoch: "elsewhere", sequence: 9)]))
        let outcome = try box.ledger.take([.feed(try FeedMessage(message.json.encoded(), on: .feed(shop, .stock)))])
        #expect(outcome.problems.count == 1 && outcome.cursors == nil)
        #expect(try box.line("TEE").onHand == 5)
        let report = try #require(try box.reports().first { $0.feed == "stock" })
        #expect(report.foreign == 0 && report.cursor?.epoch == "e1" && report.cursor?.takenAt != nil)
        let findings = try box.findings()
        #expect(findings.contains("finding.feedUnrelated") && !findings.contains("finding.foreignFeed"))
    }
}
