// Every number of a stock line, and where the latest of them came from.

import Contract
import ShopCore
import ShopModel

extension LedgerCommand {
    /// What is on the shelves, and what of it may be promised.
    static let stock = [
        question("stock.show") { fields throws(Refusal) in
            let item = try ItemSelector(from: &fields)
            let entries = try fields.optionalInteger("entries", in: 0...100) ?? 10
            return { ledger, _ in try ledger.stock(item, entries: entries) }
        },
        question("stock.list") { fields throws(Refusal) in
            let after = try fields.optionalIdentifier("after", as: SKU.self)
            let limit = try fields.pageLimit()
            return { ledger, _ in try ledger.stockPage(after: after, limit: limit) }
        },
    ]
}

extension Ledger {
    /// `stock.show`: all numbers of a SKU, and the latest entries of its journal, newest first.
    ///
    /// - Throws: `product.unknown`.
    func stock(_ item: ItemSelector, entries: Int) throws -> JSON {
        let sku = try resolve(item)
        let line = try storage.stockLine(sku) ?? StockLine(sku: sku, home: home)
        let journal = entries == 0 ? [] : try storage.journal(of: sku, limit: entries)
        return .told(
            ("now", .moment(now)), ("stock", try described(line)),
            ("journal", .array(journal.map { $0.described() })))
    }

    /// `stock.list`: a page of lines with the numbers that matter most.
    func stockPage(after: SKU?, limit: Int) throws -> JSON {
        let lines = try storage.stockLines(after: after, limit: limit)
        let rows = try lines.map { line -> JSON in
            let safety = try safety(of: line.sku)
            return .told(
                ("sku", .name(line.sku)), ("onHand", .count(line.onHand)),
                ("unsellable", .count(line.unsellable.total)), ("holds", .count(line.holds)),
                ("owed", .count(line.owed)), ("safety", .count(safety)),
                ("promisable", .count(line.promisable(safety: safety))), ("shortfall", .count(line.shortfall)))
        }
        return .told(
            ("now", .moment(now)), ("lines", .array(rows)),
            ("next", lines.count == limit ? lines.last.map { .name($0.sku) } : nil))
    }

    /// A line with everything that its availability is made of.
    func described(_ line: StockLine) throws -> JSON {
        let product = try ports.catalogue.product(line.sku)
        let safety = try safety(of: line.sku)
        let promises = try storage.lockingReservations(of: line.sku)
        let waiting = try storage.pendingCount(line.sku)
        return .told(
            ("kind", "stock"), ("sku", .name(line.sku)),
            ("gtin", product?.gtin.map { .string($0.description) }),
            ("name", product.flatMap { try? JSONReader.read($0.document, limits: .feed) }?["name"]),
            ("inAssortment", .bool(product != nil)), ("onHand", .count(line.onHand)),
            (
                "unsellable",
                .told(
                    ("inspection", .count(line.unsellable.inspection)), ("damaged", .count(line.unsellable.damaged)),
                    ("display", .count(line.unsellable.display)), ("missing", .count(line.unsellable.missing)))
            ),
            ("holds", .count(line.holds)), ("owed", .count(line.owed)),
            ("localRights", .count(line.localRights)), ("totalRights", .count(line.rights.total)),
            ("home", .name(line.home)),
            (
                "rights",
                .array(
                    line.rights.rows.map { row in
                        .told(
                            ("holder", .name(row.holder)), ("created", .count(row.row.created)),
                            ("given", .object(row.row.given.map { .init($0.to.value, .count($0.units)) })),
                            ("spent", .count(row.row.spent)),
                            ("local", .count(line.rights.localRights(of: row.holder))))
                    })
            ),
            ("safety", .count(safety)), ("promisable", .count(line.promisable(safety: safety))),
            ("shortfall", .count(line.shortfall)), ("balanced", .bool(line.isBalanced)),
            ("promises", .array(promises.prefix(50).map { .name($0) })),
            ("promiseCount", .count(promises.count)),
            (
                "countWaiting",
                waiting.map {
                    .told(
                        ("counted", .count($0.counted)), ("position", .integer($0.position)),
                        ("by", $0.by.map { .name($0) }), ("at", .moment($0.at)))
                }
            ))
    }
}

extension JournalEntry {
    /// The entry with its cause.
    ///
    /// - Parameter event: where the event that tells headquarters of it stands, when that is known.
    func described(_ event: OutboxEntry? = nil) -> JSON {
        .told(
            ("position", .integer(position)), ("at", .moment(at)), ("sku", .name(sku)),
            ("kind", .string(change.kind.rawValue)), ("moved", change.moved), ("rights", change.movedRights),
            ("by", .string(cause.by)), ("reference", .string(cause.reference)),
            ("command", cause.command.map { .name($0) }),
            ("device", cause.device == .agent ? nil : .name(cause.device)),
            ("clerk", cause.clerk.map { .name($0) }), ("eventSequence", .integer(eventSequence)),
            ("eventState", event.map { .string($0.state.name) }), ("eventRow", event.map { .integer($0.event.row) }),
            ("eventReason", event?.reason.map(JSON.string)), ("eventFollows", event?.follows.map(JSON.string)))
    }
}

extension StockChange {
    /// The numbers that moved.
    fileprivate var moved: JSON {
        .nonZero([
            ("onHand", onHand), ("inspection", inspection), ("damaged", damaged), ("display", display),
            ("missing", missing), ("holds", holds), ("owed", owed),
        ])
    }

    /// The row of rights that moved, if one did.
    fileprivate var movedRights: JSON? {
        guard let holder = rightsOf, created != 0 || spent != 0 || !given.isEmpty else { return nil }
        return .told(
            ("holder", .name(holder)), ("created", created == 0 ? nil : .count(created)),
            ("spent", spent == 0 ? nil : .count(spent)),
            ("given", given.isEmpty ? nil : .object(given.map { .init($0.to.value, .count($0.units)) })))
    }
}
