// The catalogue: filled from feeds, replaced in one switch, read while it is written, begun anew when it is bad.

import EdgeAgent
import Glibc
import ShopModel
import Testing

@testable import SQLiteStorage

@Suite("The catalogue")
struct CatalogueTests {
    private let state: TestState
    private let catalogue: SQLiteCatalogue

    init() throws {
        state = try TestState()
        catalogue = try SQLiteCatalogue(in: state.directory)
    }

    private func reader() throws -> SQLiteCatalogueReader { try SQLiteCatalogueReader(in: state.directory) }

    private func gtin(_ number: Int) -> GTIN {
        let digits = String(repeating: "0", count: 13 - String(number).count) + String(number)
        return known(GTIN(digits + String(known(GTIN.checkDigit(of: Array(digits.utf8))))))
    }

    private func document(_ sku: String, _ gtins: [GTIN], safety: Int? = nil, name: String = "n") -> [UInt8] {
        let codes = gtins.map { "\"\($0)\"" }.joined(separator: ",")
        let tail = safety.map { ",\"safety\":\($0)" } ?? ""
        return Array("{\"sku\":\"\(sku)\",\"gtins\":[\(codes)],\"name\":{\"fr\":\"\(name)\"}\(tail)}".utf8)
    }

    private func snapshot(_ id: String, feed: String = "catalogue", scope: String = "shop") -> FeedSnapshot {
        FeedSnapshot(scope: scope, feed: feed, epoch: "e1", id: id, sequence: 9, count: 1, hash: [1])
    }

    @Test("finds a product by its SKU and by each of its GTINs, with the numbers of its document")
    func lookups() throws {
        let bytes = document("A", [gtin(1), gtin(2), gtin(3)], safety: 4)
        try catalogue.setFed("catalogue", scope: "shop", key: "A", bytes)
        let reader = try reader()
        let expected = CatalogueProduct(sku: SKU.named("A"), gtin: gtin(1), safety: 4, document: bytes)
        #expect(try reader.product(SKU.named("A")) == expected)
        for number in 1...3 { #expect(try reader.product(gtin(number)) == expected) }
        #expect(try reader.product(gtin(4)) == nil)
        #expect(try reader.product(SKU.named("B")) == nil)
        let bare = Array("{}".utf8)
        try catalogue.setFed("catalogue", scope: "shop", key: "A", bare)
        #expect(
            try reader.product(SKU.named("A"))
                == CatalogueProduct(sku: SKU.named("A"), gtin: nil, safety: nil, document: bare))
        #expect(try reader.product(gtin(1)) == nil)
    }

    @Test("follows a GTIN that passes from one product to another, and forgets a removed product")
    func changes() throws {
        let reader = try reader()
        try catalogue.setFed("catalogue", scope: "shop", key: "A", document("A", [gtin(1), gtin(2)]))
        try catalogue.setFed("catalogue", scope: "shop", key: "A", document("A", [gtin(2), gtin(3)]))
        try catalogue.setFed("catalogue", scope: "shop", key: "B", document("B", [gtin(1)]))
        #expect(try reader.product(gtin(1))?.sku.value == "B")
        #expect(try reader.product(gtin(3))?.gtin == gtin(2))
        try catalogue.setFed("catalogue", scope: "shop", key: "A", nil)
        try catalogue.setFed("catalogue", scope: "shop", key: "A", nil)
        #expect(try reader.product(gtin(2)) == nil)
        #expect(try reader.product(SKU.named("A")) == nil)
    }

    @Test("prefers the shop's own word to a group's")
    func scopes() throws {
        let reader = try reader()
        let group = document("A", [gtin(1), gtin(2)], name: "group")
        let shop = document("A", [gtin(1)], name: "shop")
        try catalogue.setFed("catalogue", scope: "group/fr", key: "A", group)
        #expect(try reader.product(gtin(1))?.document == group)
        try catalogue.setFed("catalogue", scope: "shop", key: "A", shop)
        #expect(try reader.product(gtin(1))?.document == shop)
        #expect(try reader.product(SKU.named("A"))?.document == shop)
        #expect(try reader.product(gtin(2))?.document == group)
        try catalogue.setFed("network", scope: "group/fr", key: "A", [1])
        #expect(try reader.network(SKU.named("A")) == [1])
        try catalogue.setFed("network", scope: "shop", key: "A", [2])
        #expect(try reader.network(SKU.named("A")) == [2])
        #expect(try reader.network(SKU.named("B")) == nil)
    }

    @Test(
        "serves the former snapshot until the new one is taken over, absent meaning deleted",
        arguments: ["catalogue", "network", "offers"])
    func switches(_ feed: String) throws {
        let (old, new) = (document("A", [gtin(1)], name: "old"), document("A", [gtin(1), gtin(2)], name: "new"))
        try catalogue.setFed(feed, scope: "shop", key: "A", old)
        try catalogue.setFed(feed, scope: "shop", key: "B", document("B", [gtin(3)]))
        try catalogue.setFed(feed, scope: "group/fr", key: "G", document("G", [gtin(4)]))
        try catalogue.beginSnapshot(snapshot("s0", feed: feed))
        try catalogue.stage(scope: "shop", feed: feed, key: "X", document("X", [gtin(5)]))
        var coming = snapshot("s1", feed: feed)
        try catalogue.beginSnapshot(coming)
        try catalogue.stage(scope: "shop", feed: feed, key: "C", document("C", [gtin(6)]))
        try catalogue.stage(scope: "shop", feed: feed, key: "A", new)
        coming.seen = 2
        try catalogue.updateSnapshot(coming)
        #expect(try catalogue.snapshot(scope: "shop", feed: feed) == coming)
        #expect(try catalogue.staged(scope: "shop", feed: feed).map(\.key) == ["A", "C"])
        #expect(try catalogue.fed(feed, scope: "shop", key: "A") == old)
        let reader = try reader()
        if feed == "catalogue" {
            #expect(try reader.product(gtin(1))?.document == old)
            #expect(try reader.product(gtin(2)) == nil)
            #expect(try reader.product(gtin(5)) == nil)
        }
        try catalogue.begin()
        try catalogue.adoptSnapshot(scope: "shop", feed: feed)
        try catalogue.commit()
        #expect(try catalogue.snapshot(scope: "shop", feed: feed) == nil)
        #expect(try catalogue.fedAll(feed, scope: "shop").map(\.key) == ["A", "C"])
        #expect(try catalogue.fedAll(feed, scope: "group/fr").map(\.key) == ["G"])
        #expect(try catalogue.staged(scope: "shop", feed: feed) == [])
        for _ in 0..<4 { try catalogue.checkpoint() }
        if feed == "catalogue" {
            #expect(try reader.product(gtin(1))?.document == new)
            #expect(try reader.product(gtin(2))?.document == new)
            #expect(try reader.product(gtin(3)) == nil)
            #expect(try reader.product(gtin(4))?.sku.value == "G")
            #expect(try reader.product(gtin(5)) == nil)
        }
        let database = try Database(path: state.folder.file("catalogue.db"), mode: .readOnly)
        let left = try database.first("SELECT (SELECT count(*) FROM gtin), (SELECT count(*) FROM generation)") {
            [try $0.int(0), try $0.int(1)]
        }
        #expect(left == [feed == "catalogue" ? 4 : 0, 2], "what is over is gone")
    }

    @Test("keeps its living values when a snapshot is dropped, rolled back, or was never begun")
    func notSwitched() throws {
        try catalogue.setFed("offers", scope: "shop", key: "A", [1])
        try catalogue.adoptSnapshot(scope: "shop", feed: "offers")
        #expect(try catalogue.fed("offers", scope: "shop", key: "A") == [1])
        try catalogue.beginSnapshot(snapshot("s1", feed: "offers"))
        try catalogue.stage(scope: "shop", feed: "offers", key: "B", [2])
        try catalogue.begin()
        try catalogue.adoptSnapshot(scope: "shop", feed: "offers")
        #expect(try catalogue.fed("offers", scope: "shop", key: "A") == nil)
        catalogue.rollback()
        #expect(try catalogue.fed("offers", scope: "shop", key: "A") == [1])
        try catalogue.dropSnapshot(scope: "shop", feed: "offers")
        #expect(try catalogue.staged(scope: "shop", feed: "offers") == [])
        #expect(try catalogue.fedAll("offers", scope: "shop") == [FedValue(key: "A", value: [1])])
        try catalogue.beginSnapshot(snapshot("s2", feed: "offers"))
        try catalogue.adoptSnapshot(scope: "shop", feed: "offers")
        #expect(try catalogue.fedAll("offers", scope: "shop") == [], "an empty snapshot deletes everything")
    }

    @Test("keeps cursors and entries set aside like the ledger")
    func cursors() throws {
        let cursor = FeedCursor(scope: "shop", feed: "network", epoch: "e", sequence: 4)
        try catalogue.setCursor(cursor)
        try catalogue.parkEntry(scope: "shop", feed: "network", sequence: 5, reason: "?", [1])
        #expect(try catalogue.cursors() == [cursor])
        #expect(try catalogue.cursor(scope: "shop", feed: "network") == cursor)
        #expect(try catalogue.parkedEntryCount() == 1)
    }

    @Test("keeps what headquarters sent under a key that is no SKU, and puts it on no shelf")
    func badKeys() throws {
        let reader = try reader()
        try catalogue.setFed("catalogue", scope: "shop", key: "no sku", document("x", [gtin(1)]))
        try catalogue.setFed("catalogue", scope: "shop", key: "A", Array("not JSON".utf8))
        #expect(try reader.product(gtin(1)) == nil)
        #expect(try catalogue.fedAll("catalogue", scope: "shop").map(\.key) == ["A", "no sku"])
        #expect(try reader.product(SKU.named("A"))?.gtin == nil)
    }

    @Test("of 100,000 products is staged, taken over within a second, and found by GTIN")
    func large() throws {
        try catalogue.setFed("catalogue", scope: "shop", key: "old", document("old", [gtin(1)]))
        try catalogue.beginSnapshot(snapshot("s1"))
        for batch in 0..<20 {
            try catalogue.begin()
            for number in batch * 5_000..<(batch + 1) * 5_000 {
                try catalogue.stage(
                    scope: "shop", feed: "catalogue", key: "S\(number)", document("S\(number)", [gtin(1_000 + number)]))
            }
            try catalogue.commit()
            try catalogue.checkpoint()
        }
        let clock = ContinuousClock()
        let reader = try reader()
        #expect(try reader.product(gtin(1))?.sku.value == "old")
        let taken = try clock.measure {
            try catalogue.begin()
            try catalogue.adoptSnapshot(scope: "shop", feed: "catalogue")
            try catalogue.commit()
        }
        #expect(taken < .seconds(1))
        #expect(try reader.product(gtin(1)) == nil)
        #expect(try reader.product(gtin(51_000))?.sku.value == "S50000")
        #expect(try reader.product(SKU.named("S99999"))?.gtin == gtin(100_999))
    }
}

@Suite("A catalogue that is bad")
struct BadCatalogueTests {
    @Test("is set aside whole, said, and begun anew")
    func setAside() throws {
        let state = try TestState()
        let garbage = [UInt8](repeating: 0x41, count: 10_000)
        state.folder.write(garbage, to: "catalogue.db")
        do {
            let catalogue = try SQLiteCatalogue(in: state.directory)
            let aside = try #require(catalogue.setAside)
            #expect(aside.path == state.folder.file("catalogue.db.bad-1"))
            #expect(aside.reason.contains("storage.corrupt"))
            #expect(state.folder.bytes("catalogue.db.bad-1") == garbage)
            #expect(try catalogue.cursors() == [])
        }
        state.folder.write(garbage, to: "catalogue.db")
        unlink(state.folder.file("catalogue.db-wal"))
        let again = try SQLiteCatalogue(in: state.directory)
        #expect(again.setAside?.path == state.folder.file("catalogue.db.bad-2"))
    }

    @Test("because it is another program's is set aside too; one of a later release is left alone")
    func foreign() throws {
        let state = try TestState()
        do {
            let other = try Database(path: state.folder.file("catalogue.db"), mode: .exclusiveFull)
            try other.execute("CREATE TABLE song (name TEXT) STRICT")
        }
        #expect(try SQLiteCatalogue(in: state.directory).setAside?.reason.contains("storage.foreignFile") == true)
        do {
            let database = try Database(path: state.folder.file("catalogue.db"), mode: .exclusiveFull)
            try database.execute("PRAGMA user_version = 99")
        }
        #expect(storageErrorCode { try SQLiteCatalogue(in: state.directory) } == "storage.newerSchema")
        #expect(!state.folder.names.contains("catalogue.db.bad-2"))
    }

    @Test("in a page that is only found while the agent runs is begun anew at the next start")
    func damagedPage() throws {
        let state = try TestState()
        do {
            let catalogue = try SQLiteCatalogue(in: state.directory)
            try catalogue.begin()
            for number in 0..<2_000 {
                try catalogue.setFed("network", scope: "shop", key: "S\(number)", [UInt8](repeating: 1, count: 200))
            }
            try catalogue.commit()
        }
        var bytes = state.folder.bytes("catalogue.db")
        for index in 8 * 4_096..<bytes.count { bytes[index] = 0xEE }
        state.folder.write(bytes, to: "catalogue.db")
        do {
            let catalogue = try SQLiteCatalogue(in: state.directory)
            #expect(catalogue.setAside == nil)
            #expect(throws: StorageFailure.self) { try catalogue.fedAll("network", scope: "shop") }
        }
        let next = try SQLiteCatalogue(in: state.directory)
        #expect(next.setAside != nil)
        #expect(try next.fedAll("network", scope: "shop") == [])
        #expect(!state.folder.names.contains("catalogue.damaged"))
    }

    @Test("is no reason for the reader to make a file: the writer comes first")
    func readerFirst() throws {
        let state = try TestState()
        #expect(storageErrorCode { try SQLiteCatalogueReader(in: state.directory) } == "storage.unreadable")
        #expect(state.folder.names == [])
    }
}
