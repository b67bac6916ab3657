// Events of a shop: each once, in the order of its subject, answered only when it is on disk.

import Contract
import Headquarters
import ShopCore
import ShopModel
import Testing

@Suite("An event of a shop")
struct EventTests {
    @Test("is durable, and durable again when it comes again, counted but applied once")
    func twiceIsOnce() throws {
        let house = try House()
        let event = stockChanged("A-1", 1, onHand: 5, created: 5)
        #expect(try house.send([event]).receipts == ["P1-one-A-1-1 durable"])
        #expect(try house.send([event, event]).receipts == ["P1-one-A-1-1 durable", "P1-one-A-1-1 durable"])
        let ledger = try house.storage.events(after: 0, of: nil, limit: 10)
        #expect(ledger.map(\.arrived) == [3])
        #expect(try house.stock("A-1").onHand == 5)
    }

    @Test("that a restored ledger decides again takes its place in the new life, and what follows does not wait")
    func decidedAgain() throws {
        let house = try House()
        let ids = ["feed-1", "feed-2"]
        #expect(
            try house.send([
                stockChanged("A-1", 1, id: "feed-1", onHand: 5, created: 5),
                stockChanged("A-1", 2, id: "feed-2", onHand: 9, created: 9),
            ]).receipts == ids.map { "\($0) durable" })
        // The backup is of before both. What the new life says of the stock is what it has.
        let again = [
            stockChanged("A-1", 1, id: "feed-1", of: "two", onHand: 5, created: 5),
            stockChanged("A-1", 2, id: "feed-2", of: "two", onHand: 8, created: 8),
        ]
        #expect(try house.send([again[1]]).receipts == ["feed-2 blocked expects 1"])
        #expect(try house.send(again).receipts == ids.map { "\($0) durable" })
        #expect(try house.stock("A-1").onHand == 8)
        // A repeated one moves nothing, in either life, and the box is no second one.
        let repeated = again + [stockChanged("A-1", 1, id: "feed-1", onHand: 5, created: 5)]
        #expect(try house.send(repeated).receipts.allSatisfy { $0.hasSuffix("durable") })
        let next = stockChanged("A-1", 3, of: "two", onHand: 7, created: 8, spent: 1)
        #expect(try house.send([next]).receipts == ["P1-two-A-1-3 durable"])
        #expect(try house.stock("A-1").onHand == 7)
        #expect(try house.storage.lives(of: "P1").map(\.state) == [.fenced, .current])
    }

    @Test("waits for the one before it of its subject, and the receipt says which number is missing")
    func blockedUntilItsTurn() throws {
        let house = try House()
        let late = stockChanged("A-1", 3, onHand: 3, created: 5, spent: 2)
        #expect(try house.send([late]).receipts == ["P1-one-A-1-3 blocked expects 1"])
        #expect(try house.storage.eventCount() == 0)
        let all = [
            stockChanged("A-1", 1, onHand: 5, created: 5), stockChanged("A-1", 2, onHand: 4, created: 5, spent: 1),
            late,
        ]
        #expect(try house.send(all).receipts.allSatisfy { $0.hasSuffix("durable") })
        #expect(try house.stock("A-1").onHand == 3)
    }

    @Test("of another subject does not wait")
    func subjectsAreIndependent() throws {
        let house = try House()
        let receipts = try house.send([
            stockChanged("A-1", 2, onHand: 1, created: 1), stockChanged("B-2", 1, onHand: 7, created: 7),
        ]).receipts
        #expect(receipts == ["P1-one-A-1-2 blocked expects 1", "P1-one-B-2-1 durable"])
    }

    @Test("about an entry that the shop set aside is kept, and said to those who look after headquarters")
    func setAside() throws {
        let house = try House()
        func event(_ data: JSON) -> CloudEvent {
            CloudEvent(
                id: "aside-1", shop: "P1", type: "store.feed.entrySetAside", subject: "feed/orders/shop",
                time: Instant(milliseconds: 0), incarnation: "one", subjectSequence: 1, data: data)
        }
        let bad = try house.send([event(["feed": "orders"])], lane: .status)
        #expect(try bad.receipts.first?.hasPrefix("aside-1 refused") == true)
        let outcome = try house.send(
            [
                event([
                    "feed": "orders", "scope": "shop", "epoch": "e1", "sequence": 17, "code": "contract.wrongType",
                    "field": "/entries/0/lines/0/quantity", "detail": "…", "by": "feed.orders",
                ])
            ], lane: .status)
        #expect(try outcome.receipts == ["aside-1 durable"])
        #expect(
            outcome.reports.contains { $0.contains("entry 17 of feed orders") && $0.contains("contract.wrongType") })
        #expect(try house.storage.events(after: 0, of: nil, limit: 9).map(\.lane) == [.status])
    }

    @Test("with data that cannot be is refused with the field, holds back its subject, and is tried again later")
    func malformedIsRefused() throws {
        let house = try House()
        let bad = CloudEvent(
            id: "bad", shop: "P1", type: "store.stock.changed", subject: "sku/A-1",
            time: Instant(milliseconds: 0), incarnation: "one", subjectSequence: 1, data: ["sku": "A-1"])
        let receipts = try house.send([bad, stockChanged("A-1", 2, onHand: 1, created: 1)]).receipts
        #expect(receipts.count == 2)
        #expect(receipts[0].hasPrefix("bad refused") && receipts[0].contains("onHand"))
        #expect(receipts[1] == "P1-one-A-1-2 blocked expects 1")
        #expect(try house.send([bad]).receipts[0].hasPrefix("bad refused"))
        #expect(try house.storage.events(after: 0, of: nil, limit: 9).map(\.arrived) == [2])
    }

    @Test("with a row of rights that is not its own life's is refused")
    func foreignRow() throws {
        let house = try House()
        var event = stockChanged("A-1", 1, onHand: 1, created: 1)
        event = CloudEvent(
            id: event.id, shop: event.shop, type: event.type, subject: event.subject, time: event.time,
            incarnation: "two", subjectSequence: 1, data: event.data)
        #expect(try house.send([event]).receipts[0].contains("refused"))
    }

    @Test("on the topic of another shop is refused, and a message that is no batch disturbs nobody")
    func foreignTopic() throws {
        let house = try House()
        #expect(try house.send([stockChanged("A-1", 1, onHand: 1)], from: "P2").receipts[0].contains("refused"))
        let outcome = try house.headquarters.take(
            [HeadquartersInbound(topic: "hq/v1/P1/up/stock", payload: Array("{".utf8))], now: house.now)
        #expect(outcome.messages.isEmpty && outcome.reports.count == 1)
    }

    @Test("that no reader takes is refused by itself, and those beside it are taken in")
    func unreadableAmongOthers() throws {
        let house = try House()
        let deep = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
        let good = String(decoding: stockChanged("A-1", 1, onHand: 5, created: 5).json.encoded(), as: UTF8.self)
        let bad = #"{"specversion":"1.0","id":"bad/1","source":"shop/P1","data":\#(deep)}"#
        let outcome = try house.headquarters.take(
            [HeadquartersInbound(topic: "hq/v1/P1/up/stock", payload: Array("[\(bad),\(good)]".utf8))], now: house.now)
        let receipts = try outcome.receipts
        #expect(receipts.count == 2 && receipts[0].hasPrefix("bad/1 refused") && receipts[1] == "P1-one-A-1-1 durable")
        #expect(outcome.reports.contains { $0.hasPrefix("an event of shop P1 cannot be read") })
    }

    @Test("that wishes for more rights than there can be is taken as the largest wish, and holds up nothing")
    func wishBeyondAll() throws {
        let house = try House()
        _ = try house.tell()
        try house.perform(.stockDelta("P1", "A-1", units: 10, cause: "opening", share: 6))
        func wish(_ level: JSON, _ sequence: Int64) -> CloudEvent {
            CloudEvent(
                id: "want-\(sequence)", shop: "P1", type: "store.rights.wanted", subject: "sku/A-1",
                time: Instant(milliseconds: 0), incarnation: "one", subjectSequence: sequence,
                data: [
                    "sku": "A-1", "level": level,
                    "rights": ["holder": "edge.one", "created": 0, "given": [:], "spent": 0],
                ])
        }
        #expect(
            try house.send([wish(1_000_000, 1), wish(49_999_951, 2)]).receipts == ["want-1 durable", "want-2 durable"])
        #expect(try house.stock("A-1").rights.localRights(of: .edge("one")) == 10)
        #expect(try house.send([wish(-1, 3)]).receipts.first?.hasPrefix("want-3 refused") == true)
    }

    @Test("and a cursor beyond all numbers are not confused: it is refused, and headquarters goes on")
    func cursorBeyondAll() throws {
        let house = try House()
        try house.perform(.stockDelta("P1", "A-1", units: 10, cause: "opening", share: 6))
        let outcome = try house.tell([(.shop, .stock, .max)])
        #expect(outcome.reports.count == 1)
        #expect(try house.tell([(.shop, .stock, 0)]).sequences(.stock).isEmpty == false)
    }

    @Test("is not receipted when the commit fails, nor known afterwards")
    func noReceiptWithoutCommit() throws {
        let house = try House()
        house.storage.commitsUntilFailure = 0
        #expect(throws: MemoryHeadquartersStorage.CommitFailed.self) {
            try house.send([stockChanged("A-1", 1, onHand: 5, created: 5)])
        }
        #expect(try house.storage.eventCount() == 0)
        #expect(try house.storage.stock("A-1", in: "P1") == nil)
        #expect(try house.send([stockChanged("A-1", 1, onHand: 5, created: 5)]).receipts == ["P1-one-A-1-1 durable"])
    }

    @Test("receipts keep within a message's size however many they are, and say the epoch")
    func receiptsAreParted() throws {
        let house = try House()
        let long = String(repeating: "x", count: 90)
        var messages: [HeadquartersInbound] = []
        for part in 0..<4 {
            let events = (1...250).map { noted("moment/\(part)-\($0)", 1, id: "\(long)-\(part)-\($0)") }
            messages.append(
                HeadquartersInbound(topic: "hq/v1/P1/up/moments", payload: CloudEventBatch.encoded(events)))
        }
        let outcome = try house.headquarters.take(messages, now: house.now)
        #expect(try outcome.receipts.count == 1_000)
        #expect(outcome.messages.count > 1)
        #expect(outcome.messages.allSatisfy { $0.payload.count <= 61_440 })
        #expect(try ReceiptMessage(outcome.messages[0].payload).epoch == "epoch-one")
    }

    @Test("of a sale is counted once for its ticket line, and a void takes it back")
    func salesTotals() throws {
        let house = try House()
        func sale(_ id: String, _ data: JSON, _ sequence: Int64) -> CloudEvent {
            CloudEvent(
                id: id, shop: "P1", type: "store.sale.recorded", subject: "ticket/T1/9",
                time: Instant(milliseconds: 0), incarnation: "one", subjectSequence: sequence, data: data)
        }
        _ = try house.send(
            [
                sale("s1", ["till": "T1", "ticket": "9", "line": 1, "kind": "sale", "sku": "A-1", "quantity": 2], 1),
                sale("s2", ["till": "T1", "ticket": "9", "line": 2, "kind": "sale", "sku": "A-1", "quantity": 3], 2),
                sale(
                    "s3",
                    [
                        "till": "T1", "ticket": "9", "line": 3, "kind": "void",
                        "original": ["till": "T1", "ticket": "9", "line": 1],
                    ], 3),
            ], lane: .orders)
        #expect(try house.storage.salesTotals(in: "P1") == [SalesTotal(sku: "A-1", sold: 3)])
    }
}
