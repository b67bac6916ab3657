// Feeds: entries as they come, what a shop misses, snapshots that verify, groups.

import Contract
import Headquarters
import ShopCore
import ShopModel
import Testing

@Suite("A feed")
struct FeedTests {
    private func product(_ sku: String, _ name: String = "Robe") -> StateEntry {
        ProductRecord(sku: SKU(written: sku), gtins: [], name: LocalizedText(french: name), price: nil).entry
    }

    @Test("publishes an entry when it is stored, and says the same value only once")
    func liveEntries() throws {
        let house = try House()
        let command = HeadquartersCommand.feedSet(.shop("P1"), .catalogue, product("A-1"))
        #expect(try house.perform(command).sequences(.catalogue) == [1])
        #expect(try house.perform(command).messages.isEmpty)
        #expect(
            try house.perform(.feedSet(.shop("P1"), .catalogue, product("A-1", "Robe rouge"))).sequences(.catalogue)
                == [2])
        #expect(
            try house.perform(.feedSet(.shop("P1"), .catalogue, StateEntry(key: "A-1", value: nil))).sequences(
                .catalogue) == [3])
        #expect(
            try house.perform(.feedSet(.shop("P1"), .catalogue, StateEntry(key: "A-1", value: nil))).messages.isEmpty)
    }

    @Test("with a value that no shop could read is refused before anybody hears it")
    func badValue() throws {
        let house = try House()
        let outcome = try house.perform(
            .feedSet(.shop("P1"), .clerks, StateEntry(key: "c1", value: ["badge": "1"])),
            .feedSet(.group("nowhere"), .catalogue, product("A-1")))
        #expect(outcome.messages.isEmpty)
        #expect(outcome.answers.count == 2)
        #expect(outcome.refusal?.field == "/value/name")
        if case .failure(let refusal) = outcome.answers[1] { #expect(refusal.code == .groupUnknown) }
    }

    @Test("sends a shop what it missed, from its cursor on, and nothing when it misses nothing")
    func gapRecovery() throws {
        let house = try House()
        for number in 1...5 {
            try house.perform(.feedSet(.shop("P1"), .settings, StateEntry(key: "k\(number)", value: .count(number))))
        }
        try house.restart()
        #expect(try house.tell([(.shop, .settings, 2)]).sequences(.settings) == [3, 4, 5])
        #expect(try house.tell([(.shop, .settings, 5)]).messages.isEmpty)
    }

    @Test("sends again what got lost, once the shop has told the same cursor twice and a second went by")
    func lostMessage() throws {
        let house = try House()
        _ = try house.tell([(.shop, .settings, 0)])
        for number in 1...3 {
            try house.perform(.feedSet(.shop("P1"), .settings, StateEntry(key: "k\(number)", value: .count(number))))
        }
        _ = try house.tell([(.shop, .settings, 1)])
        #expect(try house.tell([(.shop, .settings, 1)]).messages.isEmpty)
        let due = try #require(house.headquarters.nextTry)
        #expect(due - house.now == 1_000)
        #expect(try house.headquarters.poll(now: due).sequences(.settings) == [2, 3])
    }

    @Test("keeps a bounded number of messages on their way, and goes on as the shop takes them in")
    func bounded() throws {
        let house = try House()
        _ = try house.tell([])
        let big = JSON.string(String(repeating: "x", count: 30_000))
        for number in 1...40 {
            try house.perform(.feedSet(.shop("P1"), .settings, StateEntry(key: "k\(number)", value: big)))
        }
        var side = ShopSide(shop: "P1")
        try house.restart()
        var outcome = try house.tell([(.shop, .settings, 0)])
        #expect(try outcome.feeds(.settings).count == 8)
        var rounds = 0
        while !outcome.messages.isEmpty, rounds < 100 {
            try side.take(outcome.messages)
            outcome = try house.tell(side.told)
            rounds += 1
        }
        #expect(side.values["shop settings"]?.count == 40)
    }

    @Test("gives a fresh shop a snapshot of a state feed that verifies, and a log from its first entry")
    func freshShop() throws {
        let house = try House()
        for number in 1...30 {
            try house.perform(.feedSet(.shop("P1"), .catalogue, product("A-\(number)")))
        }
        try house.perform(.feedSet(.shop("P1"), .catalogue, StateEntry(key: "A-7", value: nil)))
        try house.perform(
            .stockDelta("P1", "A-1", units: 3, cause: "opening", share: 1),
            .stockDelta("P1", "A-2", units: 3, cause: "opening", share: 1))
        var side = ShopSide(shop: "P1")
        try side.take(try house.tell([]).messages)
        #expect(side.values["shop catalogue"]?.count == 29)
        #expect(side.cursors["shop catalogue"]?.sequence == 31)
        #expect(side.logs[.stock]?.count == 4)
        #expect(side.cursors["shop offers"] == nil)
        try side.take(try house.perform(.feedSet(.shop("P1"), .catalogue, product("B-1"))).messages)
        try side.take(try house.tell(side.told).messages)
        #expect(side.values["shop catalogue"]?.count == 30)
    }

    @Test("gives a snapshot to a shop of another epoch, and to one whose entries are no longer kept")
    func snapshotWhenNeeded() throws {
        let house = try House(entriesKept: 4)
        for number in 1...20 {
            try house.perform(.feedSet(.shop("P1"), .catalogue, product("A-\(number)")))
        }
        try house.restart()
        #expect(try house.tell([(.shop, .catalogue, 18)]).sequences(.catalogue) == [19, 20])
        try house.restart()
        let behind = try house.tell([(.shop, .catalogue, 3)])
        guard case .begin(let begin) = try behind.feeds(.catalogue)[0].message.body else {
            return #expect(Bool(false), "no snapshot began")
        }
        #expect(begin.count == 20 && begin.sequence == 20)
        try house.restart()
        let other = try house.tell([(.shop, .catalogue, 20)], epoch: "another")
        guard case .begin = try other.feeds(.catalogue)[0].message.body else {
            return #expect(Bool(false), "no snapshot began")
        }
    }

    @Test("sends a large snapshot in bursts, also while values go on changing")
    func largeSnapshot() throws {
        let house = try House(entriesKept: 10)
        let big = String(repeating: "x", count: 200)
        house.headquarters.linkChanged()
        var commands: [HeadquartersCommand] = []
        for number in 0..<6_000 {
            commands.append(.feedSet(.shop("P1"), .catalogue, product("A-\(number)", "\(big)")))
        }
        _ = try house.headquarters.perform(commands, now: house.now)
        var side = ShopSide(shop: "P1")
        var outcome = try house.tell([])
        #expect(try outcome.feeds(.catalogue).count == 16)
        for step in 0..<200 {
            try side.take(outcome.messages)
            if step == 1 {
                try side.take(try house.perform(.feedSet(.shop("P1"), .catalogue, product("A-1", "new"))).messages)
            }
            if let next = house.headquarters.nextTry {
                house.now = next
                outcome = try house.headquarters.poll(now: next)
            } else {
                outcome = try house.tell(side.told)
                if outcome.messages.isEmpty { break }
            }
        }
        #expect(side.values["shop catalogue"]?.count == 6_000)
        #expect(side.cursors["shop catalogue"]?.sequence == 6_001)
        #expect(side.values["shop catalogue"]?["A-1"]?["name"]?["fr"] == "new")
    }

    @Test("of a group is published once for all, and what one shop missed goes to its own topic with its scope")
    func groups() throws {
        let house = try House()
        _ = try house.tell([], from: "P1")
        _ = try house.tell([], of: "p2", from: "P2")
        let outcome = try house.perform(.feedSet(.group("france"), .catalogue, product("A-1")))
        #expect(outcome.messages.map(\.topic) == ["hq/v1/group/france/down/feed/catalogue"])
        try house.perform(.feedSet(.group("france"), .catalogue, product("A-2")))
        try house.restart()
        let group = FeedScope.group("france")
        #expect(try house.tell([(group, .catalogue, 2)], from: "P1").messages.isEmpty)
        let missed = try house.tell([(group, .catalogue, 1)], of: "p2", from: "P2").feeds(.catalogue)
        #expect(missed.map(\.topic) == ["hq/v1/P2/down/feed/catalogue"])
        #expect(missed[0].message.scope == group)
        guard case .entries(2, let entries) = missed[0].message.body else {
            return #expect(Bool(false), "other entries than the missed one")
        }
        #expect(entries.count == 1)
        #expect(
            try house.perform(.feedSet(.group("france"), .catalogue, product("A-3"))).messages.map(\.topic)
                == ["hq/v1/group/france/down/feed/catalogue"])
    }

    @Test("network tells each shop what the others have, one entry a SKU however often it moved")
    func network() throws {
        let house = try House()
        let outcome = try house.send([
            stockChanged("A-1", 1, onHand: 5, created: 5), stockChanged("A-1", 2, onHand: 5, holds: 2, created: 5),
        ])
        let entries = try outcome.feeds(.network)
        #expect(entries.map(\.topic) == ["hq/v1/P2/down/feed/network"])
        guard case .entries(1, let states) = entries[0].message.body, case .state(let state) = states[0] else {
            return #expect(Bool(false), "no entry")
        }
        let record = try NetworkRecord(state)
        #expect(states.count == 1 && record.shops.map(\.quantity) == [3] && record.shops[0].shop == "P1")
    }

    @Test("is told in a new epoch when headquarters stands behind what a shop heard of it")
    func restoredHeadquarters() throws {
        let house = try House()
        try house.perform(.feedSet(.shop("P1"), .settings, StateEntry(key: "k", value: 1)))
        try house.restart()
        let outcome = try house.tell([(.shop, .settings, 9)])
        #expect(house.headquarters.epoch == "epoch-two")
        #expect(outcome.reports.contains { $0.contains("restored") })
        guard case .begin = try outcome.feeds(.settings)[0].message.body else {
            return #expect(Bool(false), "no snapshot began")
        }
        #expect(try house.storage.value("epoch") == "epoch-two")
    }

    @Test("forgets a customer in its kept entries and in their orders, and asks every shop to")
    func erasure() throws {
        let house = try House()
        let customer = CustomerID(written: "C-1")
        let record = CustomerRecord(
            customer: customer, cards: ["1"], name: "Marie Dupont", consent: [], expires: house.now + 1_000)
        try house.perform(
            .feedSet(.group("france"), .customers, record.entry),
            .orderPlace(
                "P1",
                HeadquartersCommand.OrderRequest(
                    order: "O-1", code: "P-1", source: .fromParcel(sscc: "376123450000000017"),
                    lines: [.init(sku: "A-1", quantity: .one)],
                    customer: .init(name: "Marie Dupont", customer: customer))))
        try house.perform(.customerErase(customer, request: "R-1"))
        for (owner, feed) in [(FeedOwner.group("france"), Feed.customers), (.shop("P1"), .orders)] {
            for entry in try house.storage.entries(
                of: FeedStream(owner, feed), after: 0, bytesMax: 99_999, limit: 9)
            {
                #expect(!String(decoding: entry, as: UTF8.self).contains("Dupont"))
            }
        }
        #expect(try house.storage.head(FeedStream(.shop("P2"), .erasures))?.last == 1)
        #expect(try house.storage.document(.order, "O-1")?.sent["customer"] == nil)
    }
}
