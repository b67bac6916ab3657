// What headquarters says: whole messages are refused, single entries set aside.

import Contract
import ShopModel
import Testing

private func message(_ topic: String, _ payload: String) throws -> FeedMessage {
    try FeedMessage(Array(payload.utf8), on: HeadquartersTopic(topic))
}

private let stock = "hq/v1/paris-1/down/feed/stock"
private let catalogue = "hq/v1/paris-1/down/feed/catalogue"
private let group = "hq/v1/group/france/down/feed/catalogue"

@Suite("A message of a feed")
struct FeedTests {
    @Test("goes on past an entry that it does not know or that breaks its rules")
    func parked() throws {
        let payload = #"""
            {"feed":"stock","epoch":"e","first":3,"entries":[{"type":"hologram","x":1},
            {"type":"rightsWanted","sku":"A","level":-1},17,{"type":"rightsWanted","sku":"A","level":2}]}
            """#
        guard case .entries(3, let entries) = try message(stock, payload).body else {
            throw Refusal(.contractUnknownType)
        }
        #expect(entries.count == 4)
        #expect(entries[0] == .unknown(name: "hologram", raw: ["type": "hologram", "x": 1]))
        guard case .unreadable(let refusal, _) = entries[1] else { throw Refusal(.contractUnknownType) }
        #expect(refusal.field == "/entries/1/level")
        guard case .unreadable(_, raw: 17) = entries[2] else { throw Refusal(.contractUnknownType) }
        #expect(entries[3] == .stock(.rightsWanted(SKU("A")!, level: 2)))
    }

    @Test("belongs to the topic it came on")
    func topics() throws {
        let entries = #""epoch":"e","first":1,"entries":[{"key":"A","value":null}]"#
        #expect(refusal { _ = try message(stock, #"{"feed":"catalogue",\#(entries)}"#) }?.code == .contractTopic)
        #expect(
            refusal { _ = try message(group, #"{"feed":"catalogue","scope":"group/spain",\#(entries)}"#) }?.code
                == .contractTopic)
        #expect(refusal { _ = try message(catalogue, #"{"feed":"x",\#(entries)}"#) }?.code == .contractUnknownFeed)
        #expect(
            refusal { _ = try message(catalogue, #"{"feed":"catalogue","scope":"world",\#(entries)}"#) }?.field
                == "/scope")
        #expect(
            refusal { _ = try message("hq/v1/paris-1/down/receipts", #"{"feed":"catalogue",\#(entries)}"#) }?.code
                == .contractTopic)
        #expect(try message(group, #"{"feed":"catalogue",\#(entries)}"#).scope.description == "group/france")
        #expect(
            try message(catalogue, #"{"feed":"catalogue","scope":"group/spain",\#(entries)}"#).scope.description
                == "group/spain")
    }

    @Test("is entries, or a part of a snapshot, and a log feed has no snapshot")
    func bodies() {
        #expect(
            refusal { _ = try message(catalogue, #"{"feed":"catalogue","epoch":"e"}"#) }?.code == .contractExactlyOne)
        #expect(
            refusal { _ = try message(stock, #"{"feed":"stock","epoch":"e","end":{"snapshot":"s"}}"#) }?.code
                == .contractExactlyOne)
        let begin = #"{"feed":"catalogue","epoch":"e","begin":{"snapshot":"s","sequence":1,"count":0,"hash":"xy"}}"#
        #expect(refusal { _ = try message(catalogue, begin) }?.field == "/begin/hash")
        #expect(
            refusal { _ = try message(stock, #"{"feed":"stock","epoch":"e","first":0,"entries":[]}"#) }?.field
                == "/first")
    }

    @Test(
        "counts no further than every reader of JSON does",
        arguments: [
            ("stock", #""first":N,"entries":[{"type":"rightsWanted","sku":"A","level":1}]"#, "/first"),
            (
                "catalogue",
                #""begin":{"snapshot":"s","sequence":N,"count":0,"hash":"HASH"}"#, "/begin/sequence"
            ),
            ("stock", #""follows":[{"epoch":"e0","sequence":N}]"#, "/follows/0/sequence"),
        ])
    func counters(feed: String, body: String, field: String) throws {
        let text = #"{"feed":"\#(feed)","epoch":"e",\#(body)}"#.replacing(
            "HASH", with: String(repeating: "0", count: 64))
        func read(_ number: String) throws {
            _ = try message("hq/v1/paris-1/down/feed/\(feed)", text.replacing("N", with: number))
        }
        try read("9007199254740991")
        for number in ["9007199254740992", "9223372036854775807"] {
            #expect(refusal { try read(number) }?.field == field)
        }
    }

    @Test("never deletes by a value that was forgotten")
    func forgottenValue() throws {
        let payload = #"{"feed":"catalogue","epoch":"e","first":1,"entries":[{"key":"A"},{"key":"B","value":null}]}"#
        guard case .entries(_, let entries) = try message(catalogue, payload).body else {
            throw Refusal(.contractUnknownType)
        }
        guard case .unreadable(let refusal, _) = entries[0] else { throw Refusal(.contractUnknownType) }
        #expect(refusal.code == .contractMissing)
        #expect(entries[1] == .state(StateEntry(key: "B", value: nil)))
    }

    @Test("snapshot has one hash, however its parts were cut, and another for another order")
    func snapshotHash() {
        struct Sum: Digesting {
            func digest(_ bytes: [UInt8]) -> [UInt8] {
                var state: UInt64 = 0xCBF2_9CE4_8422_2325
                for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
                return (0..<8).map { UInt8(truncatingIfNeeded: state >> (8 * $0)) }
            }
        }
        let entries = [StateEntry(key: "A", value: ["n": 1]), StateEntry(key: "B", value: ["n": .decimal("1.50")])]
        var whole = SnapshotHash(Sum())
        #expect(whole.text == String(repeating: "0", count: 64))
        for entry in entries { whole.add(entry) }
        var first = SnapshotHash(Sum())
        first.add(entries[0])
        var second = SnapshotHash(Sum(), from: first.value)
        second.add(entries[1])
        #expect(second.value == whole.value)
        var turned = SnapshotHash(Sum())
        for entry in entries.reversed() { turned.add(entry) }
        #expect(turned.value != whole.value)
        let plain = [UInt8](repeating: 0, count: 32) + Array(#"{"key":"A","value":{"n":1}}"#.utf8)
        #expect(first.value == Sum().digest(plain))
    }
}

@Suite("A record of a state feed")
struct FeedRecordTests {
    @Test("of hours says the time exactly, in order, within the day")
    func hours() throws {
        for bad in [
            #"[["9:30","19:00"]]"#, #"[["19:00","09:30"]]"#, #"[["09:30","24:01"]]"#, #"[["+9:30","19:00"]]"#,
            #"[["09:00","12:00"],["11:00","13:00"]]"#, #"["09:30","19:00"]"#, #"null"#,
        ] {
            let value = try JSONReader.read(Array(bad.utf8))
            #expect(refusal { _ = try HoursRecord(StateEntry(key: "2026-12-24", value: value)) } != nil, "\(bad)")
        }
        #expect(refusal { _ = try HoursRecord(StateEntry(key: "2026-13-01", value: [])) }?.field == "/key")
        #expect(try HoursRecord(StateEntry(key: "2026-12-25", value: [])) == .day(CivilDate("2026-12-25")!, []))
    }

    @Test("of a product is known by its key")
    func product() {
        let entry = StateEntry(key: "A", value: ["sku": "B", "name": ["fr": "x"]])
        #expect(refusal { _ = try ProductRecord(entry) }?.field == "/value/sku")
        #expect(refusal { _ = try ProductRecord(StateEntry(key: "A", value: ["name": [:]])) }?.field == "/value/name")
    }

    @Test("of a price keeps the rate of tax exactly")
    func rates() throws {
        for (written, hundredths) in [
            ("20", 2_000), ("5.5", 550), ("2.25", 225), ("0", 0), ("0.05", 5), ("10.0", 1_000),
        ] {
            let json: JSON = ["amount": 1, "currency": "EUR", "vatRate": try JSONReader.read(Array(written.utf8))]
            var reader = try ObjectReader(json)
            #expect(try Price(from: &reader).vatRate?.hundredthsOfPercent == hundredths, "\(written)")
        }
        for bad in ["-1", "100.01", "5.555", "1e1", #""20""#] {
            let json: JSON = ["amount": 1, "currency": "EUR", "vatRate": try JSONReader.read(Array(bad.utf8))]
            #expect(
                refusal {
                    var reader = try ObjectReader(json)
                    _ = try Price(from: &reader)
                }?.field == "/vatRate", "\(bad)")
        }
    }

    @Test("of an unknown setting is kept under its name, a known one within its bounds")
    func settings() throws {
        #expect(try SettingRecord(StateEntry(key: "x", value: [1])) == .unknown(name: "x", [1]))
        #expect(refusal { _ = try SettingRecord(StateEntry(key: "holdMinutesMax", value: 0)) }?.field == "/value")
    }
}

@Suite("A batch of events")
struct CloudEventTests {
    private let event: CloudEvent

    init() throws {
        event = CloudEvent(
            id: "a/1", shop: try #require(ShopID("paris-1")), type: "store.sale.recorded", subject: "ticket/t/1",
            time: Instant(milliseconds: 1_764_000_000_123), incarnation: try #require(Incarnation("i1")),
            subjectSequence: 3, data: ["text": "é \"quoted\"\n"])
    }

    @Test("is written without building it, byte for byte as the JSON says")
    func bytes() throws {
        var fast: [UInt8] = []
        event.append(to: &fast)
        #expect(fast == event.json.encoded())
        var stored: [UInt8] = []
        CloudEvent.append(
            id: event.id, shop: event.shop, type: event.type, subject: event.subject, time: event.time,
            incarnation: event.incarnation, subjectSequence: event.subjectSequence, data: event.data.encoded(),
            to: &stored)
        #expect(stored == fast)
        #expect(try CloudEventBatch.decode(CloudEventBatch.encoded([event, event])) == [.event(event), .event(event)])
        #expect(try CloudEventBatch.decode(CloudEventBatch.encoded([])).isEmpty)
    }

    @Test("goes on past an event that cannot be read, and names it")
    func unreadable() throws {
        let other: JSON = ["specversion": "0.3", "id": "x"]
        let batch = try CloudEventBatch.decode(JSON.array([other, event.json, 5]).encoded())
        guard case .unreadable(id: "x", let refusal) = batch[0] else { throw Refusal(.contractUnknownType) }
        #expect(refusal.field == "/0/specversion")
        #expect(batch[1] == .event(event))
        guard case .unreadable(id: nil, _) = batch[2] else { throw Refusal(.contractUnknownType) }
    }

    @Test("that cannot be read is named only by an id that a receipt can carry")
    func longID() throws {
        func named(_ count: Int) throws -> String? {
            let batch = try CloudEventBatch.decode(
                JSON.array([["id": .string(String(repeating: "x", count: count))]]).encoded())
            guard case .unreadable(let id, _) = batch.first else { throw Refusal(.contractUnknownType) }
            return id
        }
        let long = try #require(try named(200))
        #expect(try named(257) == nil)
        let message = ReceiptMessage(epoch: "e", receipts: [Receipt(id: long, outcome: .refused)])
        #expect(try ReceiptMessage(message.json.encoded()) == message)
    }

    @Test("goes on past an event that is no JSON of ours, and names that as well")
    func unreadableText() throws {
        let deep = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
        let many = "[" + (0..<10_001).map { _ in "0" }.joined(separator: ",") + "]"
        let good = String(decoding: event.json.encoded(), as: UTF8.self)
        let texts = [
            #"{"id":"x/1","data":{"a":\#(deep)}}"#, good, #"{"id":"x/2","data":\#(many)}"#,
            #"{"id":"x/3","a":1,"a":2}"#, #"{"id":"x/4","text":"]\"},{[\\"} "#, #"{"a":1 "b":2}"#, good,
        ]
        let batch = try CloudEventBatch.decode(Array(" [\(texts.joined(separator: " , "))] ".utf8))
        try #require(batch.count == texts.count)
        let expected: [(String?, Refusal.Code)] = [
            ("x/1", .jsonTooDeep), ("x/2", .jsonTooManyElements), ("x/3", .jsonDuplicateKey),
            ("x/4", .contractMissing), (nil, .jsonSyntax),
        ]
        #expect(batch[1] == .event(event) && batch[6] == .event(event))
        for (element, (id, code)) in zip([batch[0]] + batch[2...5], expected) {
            guard case .unreadable(id, let refusal) = element else { throw Refusal(.contractUnknownType) }
            #expect(refusal.code == code)
        }
    }

    @Test(
        "batch that is no array is refused as a whole",
        arguments: ["", "[", "[{]", "[}", "{}", "[1],[2]", #"["a]"#, "[1]]", "x[1]", #"[{"a":1,"a":2}"#])
    func noArray(text: String) {
        #expect(refusal { _ = try CloudEventBatch.decode(Array(text.utf8)) } != nil)
    }

    @Test("keeps a message of a device as deep as one may be")
    func deepest() throws {
        let deep = String(repeating: "[", count: 13) + String(repeating: "]", count: 13)
        let payload =
            #"{"id":"00000000-0000-4000-8000-000000000001","lines":[{"till":"T","ticket":"1","line":1,"odd":\#(deep)}]}"#
        let line = try #require(try JSONReader.read(Array(payload.utf8))["lines"]?.elements?.first)
        let parked = CloudEvent(
            id: "e/1", shop: event.shop, type: "store.sale.parked", subject: "ticket/T/1", time: event.time,
            incarnation: event.incarnation, subjectSequence: 1, data: ["line": line])
        #expect(try CloudEventBatch.decode(CloudEventBatch.encoded([parked])) == [.event(parked)])
        #expect(refusal { _ = try JSONReader.read(CloudEventBatch.encoded([parked])) }?.code == .jsonTooDeep)
    }

    @Test("receipt with a word of a later version is kept as it is")
    func laterReceipt() throws {
        let message = try ReceiptMessage(Array(#"{"epoch":"e","receipts":[{"id":"a/1","outcome":"archived"}]}"#.utf8))
        #expect(message.receipts.first?.outcome == .unknown("archived"))
    }

    @Test("for another shop than its topic's is refused, and so is an entry, with the others around it taken")
    func foreignShop() throws {
        let topic = HeadquartersTopic.feed(try #require(ShopID("paris-1")), .stock)
        let head = #"{"feed":"stock","epoch":"e1","first":1"#
        let wish = #"{"type":"rightsWanted","sku":"A","level":1"#
        let foreign = Array("\(head),\"shop\":\"lyon-2\",\"entries\":[\(wish)}]}".utf8)
        #expect(refusal { _ = try FeedMessage(foreign, on: topic) }?.code == .contractForeignShop)
        let ours = Array("\(head),\"shop\":\"paris-1\",\"entries\":[\(wish)}]}".utf8)
        #expect(throws: Never.self) { _ = try FeedMessage(ours, on: topic) }
        let mixed = Array("\(head),\"entries\":[\(wish),\"shop\":\"lyon-2\"},\(wish),\"shop\":\"paris-1\"}]}".utf8)
        guard case .entries(1, let entries) = try FeedMessage(mixed, on: topic).body else {
            throw Refusal(.contractUnknownType)
        }
        guard case .unreadable(let reason, _) = entries[0], case .stock = entries[1] else {
            throw Refusal(.contractUnknownType)
        }
        #expect(reason.code == .contractForeignShop)
    }

    @Test("that insists on a field of a later version is refused, and one that insists on a known field is not")
    func must() throws {
        let topic = HeadquartersTopic.feed(try #require(ShopID("paris-1")), .stock)
        func message(_ must: String, _ entryMust: String) -> [UInt8] {
            Array(
                #"{"feed":"stock","epoch":"e1","must":[\#(must)],"hologram":1,"first":1,"entries":[{"type":"rightsWanted","sku":"A","level":1,"must":[\#(entryMust)]}]}"#
                    .utf8)
        }
        #expect(
            refusal { _ = try FeedMessage(message(#""hologram""#, ""), on: topic) }?.code == .contractMustUnknown)
        guard case .entries(_, let known) = try FeedMessage(message(#""first""#, #""level""#), on: topic).body,
            case .stock = known[0],
            case .entries(_, let unknown) = try FeedMessage(message("", #""hologram""#), on: topic).body,
            case .unreadable(let reason, _) = unknown[0]
        else { throw Refusal(.contractUnknownType) }
        #expect(reason.code == .contractMustUnknown)
    }
}
