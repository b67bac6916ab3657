// Stock, rights, documents and sales of headquarters' file.

import Contract
import Headquarters
import SQLiteStorage
import ShopCore
import ShopModel

extension SQLiteHeadquarters {
    func stock(_ sku: SKU, in shop: ShopID) throws -> ShopStock? {
        try database.first(
            """
            SELECT sku, onHand, unsellable, holds, owed, toldAt, toldBy, lackingAsked, shareWaiting, rights FROM stock
            WHERE shop = ? AND sku = ?
            """, shop.value, sku.value
        ) { try Self.stock($0, of: shop) }
    }

    func put(_ stock: ShopStock) throws {
        try database.run(
            "INSERT OR REPLACE INTO stock VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", stock.shop.value, stock.sku.value,
            stock.onHand, stock.unsellable, stock.holds, stock.owed, stock.toldAt?.milliseconds, stock.toldBy?.value,
            stock.lackingAsked, stock.shareWaiting,
            String(decoding: Self.rights(of: stock).encoded(), as: UTF8.self))
    }

    func stocks(in shop: ShopID, after sku: SKU?, limit: Int) throws -> [ShopStock] {
        try database.query(
            """
            SELECT sku, onHand, unsellable, holds, owed, toldAt, toldBy, lackingAsked, shareWaiting, rights FROM stock
            WHERE shop = ? AND sku > ? ORDER BY sku LIMIT ?
            """, shop.value, sku?.value ?? "", limit
        ) { try Self.stock($0, of: shop) }
    }

    private static func rights(of stock: ShopStock) -> JSON {
        [
            "rows": .array(stock.rights.rows.map { $0.row.message(of: $0.holder).json }),
            "takenOver": .object(stock.takenOver.map { .init($0.to.value, .count($0.units)) }),
        ]
    }

    private static func stock(_ row: borrowing Row, of shop: ShopID) throws -> ShopStock {
        var stock = ShopStock(shop: shop, sku: try row.name(0))
        stock.onHand = try row.int(1)
        stock.unsellable = try row.int(2)
        stock.holds = try row.int(3)
        stock.owed = try row.int(4)
        stock.toldAt = try row.optionalInt(5).map { Instant(milliseconds: Int64($0)) }
        if try row.optionalText(6) != nil { stock.toldBy = try row.name(6, as: Incarnation.self) }
        stock.lackingAsked = try row.int(7)
        stock.shareWaiting = try row.int(8)
        var rights = try ObjectReader(try JSONReader.read(try row.bytes(9)))
        for var part in try rights.objects("rows", max: 1_000) {
            let message = try RightsRowMessage(from: &part)
            guard let holder = Holder(message.holder) else { throw DamagedRow(what: "holder", text: message.holder) }
            stock.rights.set(try RightsRow(message), of: holder)
        }
        var taken = try rights.object("takenOver")
        for name in taken.names() {
            guard let holder = Holder(name) else { throw DamagedRow(what: "holder", text: name) }
            let range = -1_000_000_000...1_000_000_000
            stock.takenOver.append(RightsRow.Gift(to: holder, units: try taken.integer(name, in: range)))
        }
        return stock
    }

    func document(_ kind: ShopDocument.Kind, _ id: String) throws -> ShopDocument? {
        try database.first(
            "SELECT id, shop, state, sent, told FROM document WHERE kind = ? AND id = ?", kind.rawValue, id
        ) { try Self.document($0, kind) }
    }

    func put(_ document: ShopDocument) throws {
        try database.run(
            "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?, ?)", document.kind.rawValue, document.id,
            document.shop.value, document.state, String(decoding: document.sent.encoded(), as: UTF8.self),
            String(decoding: document.told.encoded(), as: UTF8.self))
    }

    func documents(_ kind: ShopDocument.Kind, after id: String?, limit: Int) throws -> [ShopDocument] {
        try database.query(
            """
            SELECT id, shop, state, sent, told FROM document WHERE kind = ? AND id > ? ORDER BY id LIMIT ?
            """, kind.rawValue, id ?? "", limit
        ) { try Self.document($0, kind) }
    }

    private static func document(_ row: borrowing Row, _ kind: ShopDocument.Kind) throws -> ShopDocument {
        ShopDocument(
            kind: kind, id: try row.text(0), shop: try row.name(1), state: try row.text(2),
            sent: try JSONReader.read(try row.bytes(3), limits: .events),
            told: try JSONReader.read(try row.bytes(4), limits: .events))
    }

    func sale(_ key: TicketLine, in shop: ShopID) throws -> ToldSale? {
        try database.first(
            """
            SELECT sold, soldUnits, returned, returnedUnits, isVoided FROM sale
            WHERE shop = ? AND till = ? AND ticket = ? AND line = ?
            """, shop.value, key.till, key.ticket, key.line
        ) { row in
            ToldSale(
                key: key, sold: try Self.units(row, 0), returned: try Self.units(row, 2), isVoided: try row.bool(4))
        }
    }

    private static func units(_ row: borrowing Row, _ column: Int) throws -> ToldSale.Units? {
        guard try row.optionalText(column) != nil else { return nil }
        return ToldSale.Units(sku: try row.name(column), count: try row.int(column + 1))
    }

    func put(_ sale: ToldSale, in shop: ShopID) throws {
        try database.run(
            "INSERT OR REPLACE INTO sale VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", shop.value, sale.key.till,
            sale.key.ticket, sale.key.line, sale.sold?.sku.value, sale.sold?.count ?? 0, sale.returned?.sku.value,
            sale.returned?.count ?? 0, sale.isVoided)
    }

    func salesTotal(_ sku: SKU, in shop: ShopID) throws -> SalesTotal? {
        try database.first("SELECT sold, returned FROM total WHERE shop = ? AND sku = ?", shop.value, sku.value) {
            SalesTotal(sku: sku, sold: try $0.int(0), returned: try $0.int(1))
        }
    }

    func put(_ total: SalesTotal, in shop: ShopID) throws {
        try database.run(
            "INSERT OR REPLACE INTO total VALUES (?, ?, ?, ?)", shop.value, total.sku.value, total.sold, total.returned)
    }

    func salesTotals(in shop: ShopID) throws -> [SalesTotal] {
        try database.query("SELECT sku, sold, returned FROM total WHERE shop = ? ORDER BY sku", shop.value) {
            SalesTotal(sku: try $0.name(0), sold: try $0.int(1), returned: try $0.int(2))
        }
    }
}
