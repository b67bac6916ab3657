// What can be read of a damaged ledger's outbox: before the damage, behind it, and nothing that was not there.

import EdgeAgent
import Glibc
import ShopModel
import Testing

@testable import SQLiteStorage

@Suite("Of a damaged ledger")
struct ReadableOutboxTests {
    /// A ledger with so many events that wait for headquarters, each long enough that a page holds few of them, and as
    /// many that have arrived; a page of it may be spoilt.
    private func withOutbox(
        _ count: Int, spoilingPageOf text: String? = nil, _ look: (_ path: String) throws -> Void
    ) throws {
        let state = try TestState()
        do { _ = try state.ledger() }
        let path = state.directory.file("ledger.db")
        do {
            let database = try BareDatabase(path: path)
            try database.execute(
                """
                PRAGMA journal_mode = DELETE;
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(2 * count))
                INSERT INTO outbox (row, lane, state, id, type, subject, subjectSequence, incarnation, time, data)
                SELECT i, 0, i % 2, 'event-' || i, 't', iif(i % 10 = 1, 'order/W-' || i, 'sku/SKU-' || i), 1, 'first', i,
                    zeroblob(600) FROM n
                """)
        }
        if let text { try spoilPage(of: text, in: path) }
        try look(path)
        withExtendedLifetime(state) {}
    }

    /// The page of the table that holds an event is overwritten, as by a bad block.
    private func spoilPage(of text: String, in path: String) throws {
        let file = open(path, O_RDWR)
        defer { close(file) }
        var status = stat()
        #expect(fstat(file, &status) == 0)
        var content = [UInt8](repeating: 0, count: Int(status.st_size))
        #expect(pread(file, &content, content.count, 0) == content.count)
        let wanted = Array(text.utf8)
        // Indexes hold the text too, in pages that are full of it; the table's hold at most six rows.
        let page = try #require(
            stride(from: 0, to: content.count, by: 4_096).first { start in
                guard content[start] == 13 else { return false }
                let rows = content[start..<start + 4_096]
                return rows.indices.contains { rows[$0] == wanted[0] && rows[$0...].starts(with: wanted) }
            })
        let noise = (0..<4_096).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        #expect(pwrite(file, noise, noise.count, off_t(page)) == noise.count)
    }

    @Test("all events that wait are counted where only something else is damaged")
    func whole() throws {
        try withOutbox(300) { path in
            let readable = try #require(ReadableOutbox(of: try BareDatabase(path: path)))
            #expect(readable.unreceipted == 300 && readable.isWhole)
            #expect(readable.promises.isEmpty, "those of even rows wait, and they are about stock")
        }
    }

    @Test("events before and behind the damage are read, and that there were others is said")
    func broken() throws {
        try withOutbox(300, spoilingPageOf: "sku/SKU-300") { path in
            let readable = try #require(ReadableOutbox(of: try BareDatabase(path: path)))
            #expect(!readable.isWhole)
            #expect((290..<300).contains(readable.unreceipted), "a page holds few: \(readable.unreceipted)")
        }
    }

    @Test("orders are named, each once, and not more than a person can write down")
    func named() throws {
        try withOutbox(400) { path in
            do {
                let database = try BareDatabase(path: path)
                try database.execute(
                    "UPDATE outbox SET state = 0; UPDATE outbox SET subject = 'order/W-1' WHERE row = 11")
            }
            let readable = try #require(ReadableOutbox(of: try BareDatabase(path: path)))
            #expect(readable.unreceipted == 800)
            #expect(readable.promises.count == ReadableOutbox.promisesMax)
            #expect(readable.promises.prefix(2) == ["order/W-1", "order/W-21"])
        }
    }

    @Test("nothing is told where not even the table is found")
    func nothing() throws {
        try withOutbox(10) { path in
            let file = open(path, O_RDWR)
            defer { close(file) }
            let noise = [UInt8](repeating: 0xAA, count: 3_900)
            #expect(pwrite(file, noise, noise.count, 100) == noise.count)
            let readable = (try? BareDatabase(path: path)).flatMap { ReadableOutbox(of: $0) }
            #expect(readable == nil)
        }
    }
}
