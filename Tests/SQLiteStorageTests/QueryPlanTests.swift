// No query walks through a large table: SQLite's own plans say so.

import EdgeAgent
import Testing

@testable import SQLiteStorage

@Suite("SQLite's plans")
struct QueryPlanTests {
    /// What may be walked through: tables of a few rows, and lists of everything that is asked for.
    private static let allowed: [String: Set<String>] = [
        "feedCursor": ["SCAN feedCursor"], "parkedEntry": ["SCAN parkedEntry"],
        "generation": ["SCAN generation"],
        "stock": ["SCAN stock USING INDEX sqlite_autoindex_stock_1"],
        "customer": ["SCAN customer"], "device": ["SCAN device"],
    ]

    /// Every statement that an adapter holds, whatever it is held in.
    private func statements(of value: Any) -> [TableStatement] {
        if let statement = value as? TableStatement { return [statement] }
        // Keys lie in a file of their own.
        if value is Database || value is any ContactSealing { return [] }
        return Mirror(reflecting: value).children.flatMap { statements(of: $0.value) }
    }

    private func check(_ statements: [TableStatement], in database: Database) throws {
        for statement in statements {
            let plan = try database.prepare("EXPLAIN QUERY PLAN " + statement.sql)
            while try plan.step() {
                let step = try plan.row.text(3)
                guard step.hasPrefix("SCAN") else { continue }
                let allowed = Self.allowed["\(statement.table)"] ?? []
                let isOfTheSubquery = step.hasPrefix("SCAN (subquery") || step.hasPrefix("SCAN CONSTANT ROW")
                #expect(isOfTheSubquery || allowed.contains(step), "\(step) in \(statement.sql)")
            }
        }
    }

    @Test("of the ledger find every row through an index")
    func ledger() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        let all = statements(of: ledger)
        #expect(all.count > 90)
        try check(all, in: ledger.database)
    }

    @Test("look for a parked event of a subject among the parked ones, not among all that the subject ever had")
    func parked() throws {
        let state = try TestState()
        let ledger = try state.ledger()
        let plan = try ledger.database.prepare("EXPLAIN QUERY PLAN " + ledger.outbox.findParked.sql)
        #expect(try plan.step())
        #expect(try plan.row.text(3).contains("USING INDEX outboxParked"))
    }

    @Test("of the catalogue find every row through an index")
    func catalogue() throws {
        let state = try TestState()
        let catalogue = try SQLiteCatalogue(in: state.directory)
        let reader = try SQLiteCatalogueReader(in: state.directory)
        let all = statements(of: catalogue) + statements(of: reader)
        #expect(all.count > 30)
        let database = try Database(path: state.folder.file("catalogue.db"), mode: .readOnly)
        try check(all, in: database)
    }
}
