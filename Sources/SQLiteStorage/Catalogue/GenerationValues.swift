// The values of a generation, whichever table they lie in.

import EdgeAgent
import ShopModel

/// Keys and values by generation.
protocol GenerationValues {
    func value(_ generation: Int, _ key: String) throws(StorageFailure) -> [UInt8]?
    func all(_ generation: Int) throws(StorageFailure) -> [FedValue]
    func put(_ generation: Int, _ key: String, _ value: [UInt8]) throws(StorageFailure)
    func remove(_ generation: Int, _ key: String) throws(StorageFailure)
    /// Removes up to `limit` values. Returns how many.
    func sweep(_ generation: Int, limit: Int) throws(StorageFailure) -> Int
}

/// Values that storage does not look into: feeds `network`, `offers`, `media`.
struct PlainValues: GenerationValues {
    let find: TableStatement
    let listAll: TableStatement
    let put: TableStatement
    let remove: TableStatement
    let sweep: TableStatement

    init(
        _ database: Database, _ table: StaticString, named: @escaping @Sendable (StorageError) -> StorageFailure
    ) {
        func statement(_ sql: String) -> TableStatement { TableStatement(database, table, sql, named: named) }
        find = statement("SELECT value FROM \(table) WHERE generation = ? AND key = ?")
        listAll = statement("SELECT key, value FROM \(table) WHERE generation = ? ORDER BY key")
        put = statement("INSERT OR REPLACE INTO \(table) VALUES (?, ?, ?)")
        remove = statement("DELETE FROM \(table) WHERE generation = ? AND key = ?")
        sweep = statement(
            """
            DELETE FROM \(table) WHERE generation = ?1 AND key IN (
                SELECT key FROM \(table) WHERE generation = ?1 ORDER BY key LIMIT ?2)
            """)
    }

    func value(_ generation: Int, _ key: String) throws(StorageFailure) -> [UInt8]? {
        try find.first(generation, key) { (row) throws(StorageError) in try row.bytes(0) }
    }

    func all(_ generation: Int) throws(StorageFailure) -> [FedValue] {
        try listAll.all(generation, make: FedValue.init(row:))
    }

    func put(_ generation: Int, _ key: String, _ value: [UInt8]) throws(StorageFailure) {
        try put.run(generation, key, value)
    }

    func remove(_ generation: Int, _ key: String) throws(StorageFailure) { try remove.run(generation, key) }

    func sweep(_ generation: Int, limit: Int) throws(StorageFailure) -> Int { try sweep.run(generation, limit) }
}

/// Products, each found by every one of its GTINs.
struct ProductValues: GenerationValues {
    let find: TableStatement
    let findNumbers: TableStatement
    let listAll: TableStatement
    let listSome: TableStatement
    let add: TableStatement
    let change: TableStatement
    let remove: TableStatement
    let addGTIN: TableStatement
    let removeGTIN: TableStatement

    init(_ database: Database, named: @escaping @Sendable (StorageError) -> StorageFailure) {
        func statement(_ table: StaticString, _ sql: String) -> TableStatement {
            TableStatement(database, table, sql, named: named)
        }
        find = statement("product", "SELECT document FROM product WHERE generation = ? AND sku = ?")
        findNumbers = statement(
            "product", "SELECT id, gtin, otherGTINs FROM product WHERE generation = ? AND sku = ?")
        listAll = statement("product", "SELECT sku, document FROM product WHERE generation = ? ORDER BY sku")
        listSome = statement(
            "product", "SELECT id, gtin, otherGTINs FROM product WHERE generation = ? ORDER BY sku LIMIT ?")
        add = statement(
            "product",
            "INSERT INTO product (generation, sku, gtin, otherGTINs, safety, document) VALUES (?, ?, ?, ?, ?, ?)")
        change = statement(
            "product", "UPDATE product SET gtin = ?, otherGTINs = ?, safety = ?, document = ? WHERE id = ?")
        remove = statement("product", "DELETE FROM product WHERE id = ?")
        addGTIN = statement("gtin", "INSERT OR IGNORE INTO gtin VALUES (?, ?)")
        removeGTIN = statement("gtin", "DELETE FROM gtin WHERE gtin = ? AND product = ?")
        self.database = database
    }

    private let database: Database

    /// A product's row and the GTINs by which it is found.
    private struct Numbers {
        let id: Int
        let gtins: [Int]

        init(_ row: borrowing Row) throws(StorageError) {
            id = try row.int(0)
            gtins = ProductNumbers.numbers(first: try row.optionalInt(1), others: try row.optionalBytes(2))
        }
    }

    func value(_ generation: Int, _ key: String) throws(StorageFailure) -> [UInt8]? {
        try find.first(generation, key) { (row) throws(StorageError) in try row.bytes(0) }
    }

    func all(_ generation: Int) throws(StorageFailure) -> [FedValue] {
        try listAll.all(generation, make: FedValue.init(row:))
    }

    func put(_ generation: Int, _ key: String, _ value: [UInt8]) throws(StorageFailure) {
        // A key that is no SKU is kept as headquarters sent it, and found by nothing but its key.
        let numbers = SKU(key) == nil ? ProductNumbers() : ProductNumbers(document: value)
        let gtins = numbers.gtins.map { Int($0.number) }
        let id: Int
        var present: [Int] = []
        if let known = try self.numbers(generation, key) {
            try change.run(gtins.first, numbers.otherGTINs, numbers.safety, value, known.id)
            id = known.id
            present = known.gtins
        } else {
            try add.run(generation, key, gtins.first, numbers.otherGTINs, numbers.safety, value)
            id = Int(database.lastInsertedRow)
        }
        for gtin in present where !gtins.contains(gtin) { try removeGTIN.run(gtin, id) }
        for gtin in gtins where !present.contains(gtin) { try addGTIN.run(gtin, id) }
    }

    func remove(_ generation: Int, _ key: String) throws(StorageFailure) {
        if let known = try numbers(generation, key) { try remove(known) }
    }

    func sweep(_ generation: Int, limit: Int) throws(StorageFailure) -> Int {
        let some = try listSome.all(generation, limit) { (row) throws(StorageError) in try Numbers(row) }
        for numbers in some { try remove(numbers) }
        return some.count
    }

    private func numbers(_ generation: Int, _ key: String) throws(StorageFailure) -> Numbers? {
        try findNumbers.first(generation, key) { (row) throws(StorageError) in try Numbers(row) }
    }

    private func remove(_ numbers: Numbers) throws(StorageFailure) {
        for gtin in numbers.gtins { try removeGTIN.run(gtin, numbers.id) }
        try remove.run(numbers.id)
    }
}
