// What comes down headquarters' line and is not for this shop or not for this version; and feeds sent once more.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopModel
import Testing

@Suite("The session at headquarters")
struct HeadquartersSessionTests {
    private let board = LinkBoard()
    private let catalogue = SimulatedCatalogue(random: SeededRandom(seed: 3))
    private let session: HeadquartersSession
    private let now = Instant(milliseconds: 1_800_000_000_000)

    init() throws {
        session = HeadquartersSession(
            shop: try #require(ShopID("S1")), incarnation: try #require(Incarnation("one")),
            instance: try #require(BoxInstance("box-1")), groups: [try #require(GroupID("france"))],
            catalogue: catalogue, digest: FNVDigest(), board: board)
    }

    private func receive(_ topic: String, _ text: String) throws -> LinkOutcome {
        try session.receive(topic: topic, payload: Array(text.utf8), now: now)
    }

    @Test(
        "takes nothing that is for another shop, counts it by feed, and says so",
        arguments: [
            ("hq/v1/S2/down/feed/stock", "stock", #"{"feed":"stock","epoch":"e1","first":1,"entries":[]}"#),
            ("hq/v1/S2/down/receipts", "receipts", #"{"epoch":"e1","receipts":[]}"#),
            ("hq/v1/group/spain/down/feed/catalogue", "catalogue", "{}"),
            (
                "hq/v1/S1/down/feed/catalogue", "catalogue",
                #"{"feed":"catalogue","shop":"S2","epoch":"e1","first":1,"entries":[{"key":"A","value":null}]}"#
            ),
        ])
    func foreign(topic: String, feed: String, text: String) throws {
        let outcome = try receive(topic, text)
        #expect(outcome.forLedger.isEmpty && outcome.publications.isEmpty && outcome.problems.count == 1)
        let trouble = try #require(board.now.troubles.first)
        #expect(trouble.kind == .foreign && trouble.feed == feed && trouble.count == 1 && trouble.lastAt == now)
    }

    @Test(
        "takes nothing that insists on a later version, and counts it by feed",
        arguments: [
            (
                "hq/v1/S1/down/feed/stock", "stock",
                #"{"feed":"stock","epoch":"e1","must":["hologram"],"first":1,"entries":[{"type":"rightsWanted","sku":"A","level":1}]}"#
            ), ("hq/v1/S1/down/feed/drones", "drones", "{}"),
        ])
    func newer(topic: String, feed: String, text: String) throws {
        for _ in 0..<2 { #expect(try receive(topic, text).forLedger.isEmpty) }
        let trouble = try #require(board.now.troubles.first)
        #expect(trouble.kind == .newer && trouble.feed == feed && trouble.count == 2)
    }

    @Test("counts nothing against a message that is just malformed")
    func malformed() throws {
        #expect(try receive("hq/v1/S1/down/feed/stock", "{").problems.count == 1)
        #expect(board.now.troubles.isEmpty)
    }

    @Test("shows every product that it takes in, and sets the ones aside that no card could show")
    func productSizes() throws {
        func product(_ sku: String, _ attribute: String) -> String {
            #"{"key":"\#(sku)","value":{"gtins":[],"name":{"en":"\#(sku)"},"attributes":{"x":\#(attribute)}}}"#
        }
        let many = "[" + (0..<1_500).map(String.init).joined(separator: ",") + "]"
        let entries = [
            product("LONG", "\"" + String(repeating: "x", count: 65_536) + "\""), product("MANY", many),
            product("NEXT", "1"),
        ]
        _ = try receive(
            "hq/v1/S1/down/feed/catalogue",
            #"{"feed":"catalogue","epoch":"e1","first":1,"entries":[\#(entries.joined(separator: ","))]}"#)
        #expect(board.now.catalogueSetAside.map(\.code) == ["contract.valueTooLong"])
        for (key, isThere) in [("LONG", false), ("MANY", true), ("NEXT", true)] {
            let sku = try #require(SKU(key))
            let stored = try catalogue.product(sku)
            #expect((stored != nil) == isThere)
            if let stored { #expect(try ProductRecord(sku, stored.document).name.english == key) }
        }
    }

    @Test("hands headquarters' word to whoever asked, and shows it on the board")
    func echo() throws {
        let outcome = try receive(
            "hq/v1/S1/down/echo",
            #"{"id":"q","epoch":"e1","time":"2026-11-22T10:00:00Z","sees":{"twoBoxes":true,"later":1}}"#)
        #expect(outcome.echo?.id == "q" && outcome.echo?.sees.twoBoxes == true)
        #expect(board.now.echo?.answer == outcome.echo && board.now.echo?.at == now)
        let question = session.echoRequest(id: "q", now: now)
        #expect(question.topic == "hq/v1/S1/up/echo")
        #expect(try EchoRequest(question.payload).instance.value == "box-1")
    }

    @Test(
        "asks for a state feed by saying that nothing was heard, until its snapshot has come; of a log it says the truth"
    )
    func resync() throws {
        _ = try receive(
            "hq/v1/S1/down/feed/catalogue",
            #"{"feed":"catalogue","epoch":"e1","first":1,"entries":[{"key":"A","value":null},{"key":"B","value":null}]}"#
        )
        #expect(try session.resync(nil) == nil, "the ledger has not told its cursors yet")
        _ = try session.send([], cursors: [FeedCursor(scope: "shop", feed: "stock", epoch: "e1", sequence: 7)])
        let (publication, asked) = try #require(try session.resync(nil))
        #expect(
            asked.map { "\($0.cursor.feed) \($0.cursor.sequence) \($0.fromStart)" } == [
                "stock 7 false", "catalogue 2 true",
            ])
        func told(_ payload: [UInt8]) throws -> [String] {
            let message = try CursorMessage(payload)
            #expect(message.instance?.value == "box-1")
            return message.cursors.map { "\($0.feed.rawValue) \($0.epoch ?? "–") \($0.sequence)" }
        }
        #expect(try told(publication.payload) == ["stock e1 7", "catalogue – 0"])
        // Another word in between must not call it off.
        let between = try #require(
            try session.send([], cursors: [FeedCursor(scope: "shop", feed: "stock", epoch: "e1", sequence: 8)]).first)
        #expect(try told(between.payload) == ["stock e1 8", "catalogue – 0"])
        let zero = String(repeating: "0", count: 64)
        _ = try receive(
            "hq/v1/S1/down/feed/catalogue",
            #"{"feed":"catalogue","epoch":"e1","begin":{"snapshot":"s","sequence":2,"count":0,"hash":"\#(zero)"}}"#)
        let end = try receive(
            "hq/v1/S1/down/feed/catalogue", #"{"feed":"catalogue","epoch":"e1","end":{"snapshot":"s"}}"#)
        #expect(try told(try #require(end.publications.first).payload) == ["stock e1 8", "catalogue e1 2"])
        #expect(board.now.catalogueCursors?.first?.takenAt == now)
    }

    @Test("forgets what was set aside of a feed once a whole snapshot of it has come, and no sooner")
    func snapshotMends() throws {
        let topic = "hq/v1/S1/down/feed/catalogue"
        let broken = #"{"key":"A","value":{"gtins":[],"name":{"fr":"A"},"price":{"amount":"x"}}}"#
        _ = try receive(topic, #"{"feed":"catalogue","epoch":"e1","first":1,"entries":[\#(broken),\#(broken)]}"#)
        #expect(board.now.catalogueParked.map(\.count) == [2])
        #expect(board.now.catalogueParked.map(\.code) == ["contract.wrongType"])
        let hash = FNVDigest().digest([UInt8](repeating: 0, count: 32) + Array(broken.utf8))
        let digits = hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        // Begun twice: what the first try set aside is not counted again.
        for name in ["s", "t"] {
            _ = try receive(
                topic,
                #"{"feed":"catalogue","epoch":"e1","begin":{"snapshot":"\#(name)","sequence":2,"count":1,"hash":"\#(digits)"}}"#
            )
            _ = try receive(
                topic, #"{"feed":"catalogue","epoch":"e1","snapshot":"\#(name)","index":0,"entries":[\#(broken)]}"#)
        }
        #expect(board.now.catalogueParked.map(\.count) == [3])
        _ = try receive(topic, #"{"feed":"catalogue","epoch":"e1","end":{"snapshot":"t"}}"#)
        #expect(board.now.catalogueParked.map(\.count) == [1])
    }

    @Test("keeps what was known of a product that cannot be read in a snapshot")
    func snapshotKeeps() throws {
        let topic = "hq/v1/S1/down/feed/catalogue"
        let known = #"{"key":"A","value":{"gtins":[],"name":{"fr":"A"}}}"#
        let broken = #"{"key":"A","value":{"gtins":[],"name":{"fr":"A"},"price":{"amount":"x"}}}"#
        _ = try receive(topic, #"{"feed":"catalogue","epoch":"e1","first":1,"entries":[\#(known)]}"#)
        let sku = try #require(SKU("A"))
        let before = try #require(try catalogue.product(sku))
        let hash = FNVDigest().digest([UInt8](repeating: 0, count: 32) + Array(broken.utf8))
        let digits = hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        _ = try receive(
            topic,
            #"{"feed":"catalogue","epoch":"e1","begin":{"snapshot":"s","sequence":2,"count":1,"hash":"\#(digits)"}}"#)
        _ = try receive(
            topic, #"{"feed":"catalogue","epoch":"e1","snapshot":"s","index":0,"entries":[\#(broken)]}"#)
        _ = try receive(topic, #"{"feed":"catalogue","epoch":"e1","end":{"snapshot":"s"}}"#)
        #expect(board.now.catalogueParked.map(\.count) == [1])
        #expect(try catalogue.product(sku) == before)
    }
}

@Suite("The link's findings")
struct LinkFindingTests {
    @Test(
        "an unknown type in a log feed is set aside as newer, an entry for another shop as foreign, both with their feed"
    )
    func setAside() throws {
        let box = try AgentBox()
        try box.stock("TEE", 5, share: 5)
        try box.feed(
            .stock,
            [
                #"{"type":"teleported","sku":"TEE"}"#,
                #"{"type":"rightsWanted","sku":"TEE","level":1,"shop":"S2"}"#,
                #"{"type":"delta","sku":"TEE"}"#,
            ])
        let report = try #require(try box.reports().first { $0.feed == "stock" })
        #expect(report.parked == 3 && report.newer == 1 && report.foreign == 1 && report.cursor?.sequence == 4)
        let findings = try box.findings()
        #expect(findings.contains("finding.foreignFeed") && findings.contains("finding.feedNewer"))
        #expect(findings.contains("finding.feedEntriesParked"), "the malformed one has no finding of its own")
    }

    @Test("a box that lacks the assortment is told, once the link knows that it does")
    func lacking() throws {
        let box = try AgentBox()
        #expect(!(try box.findings().contains("finding.catalogueLacking")))
        box.ledger.board.write { $0.catalogueCursors = [] }
        #expect(try box.findings().contains("finding.catalogueLacking"))
        box.ledger.board.write {
            $0.catalogueCursors = [FeedCursor(scope: "shop", feed: "catalogue", epoch: "e1", sequence: 4)]
        }
        #expect(!(try box.findings().contains("finding.catalogueLacking")))
    }

    @Test("a ledger that woke up elsewhere is told until headquarters grants it rights")
    func copied() throws {
        let box = try AgentBox()
        #expect(!(try box.findings().contains("finding.copiedLedger")), "a first start is no copy")
        try box.restart(identity: "another box", incarnation: "two")
        #expect(try box.findings().contains("finding.copiedLedger"))
        try box.restart(identity: "another box", incarnation: "three")
        #expect(try box.findings().contains("finding.copiedLedger"), "also after the next start")
        try box.feed(
            .stock,
            [#"{"type":"rights","sku":"TEE","rights":{"holder":"hq","created":5,"given":{"edge.two":2},"spent":0}}"#])
        #expect(!(try box.findings().contains("finding.copiedLedger")))
    }

    @Test("a second box is told by headquarters' word, or by a session that is taken over again and again")
    func twoBoxes() throws {
        let box = try AgentBox()
        let at = box.ledger.now
        box.ledger.board.write { $0.thrownOutAt = [at, at] }
        #expect(!(try box.findings().contains("finding.twoBoxes")), "twice may be a broker's doing")
        box.ledger.board.write { $0.thrownOutAt = [at, at, at] }
        #expect(try box.findings().contains("finding.twoBoxes"))
        box.ledger.board.write { facts in
            facts.thrownOutAt = []
            facts.echo = (
                EchoAnswer(
                    id: "q", epoch: "e", version: nil, time: at,
                    sees: EchoAnswer.Sight(
                        incarnation: nil, state: nil, instance: nil, lastEventAt: nil, otherInstance: nil,
                        twoBoxes: true)), at
            )
        }
        #expect(try box.findings().contains("finding.twoBoxes"))
    }

    @Test("a box that headquarters lets promise nothing is told so, as long as that is headquarters' last word")
    func fenced() throws {
        let box = try AgentBox()
        let at = box.ledger.now
        for (state, isTold) in [("fenced", true), ("current", false), ("forked", true), (nil, false)] {
            box.ledger.board.write { facts in
                facts.echo = (
                    EchoAnswer(
                        id: "q", epoch: "e", version: nil, time: at,
                        sees: EchoAnswer.Sight(
                            incarnation: nil, state: state, instance: nil, lastEventAt: nil, otherInstance: nil,
                            twoBoxes: false)), at
                )
            }
            #expect(try box.findings().contains("finding.fenced") == isTold, "\(state ?? "nothing")")
        }
    }
}
