// Looking up products while the catalogue is being written: the path of every scan.

import EdgeAgent
import ShopModel

/// A read-only connection to `catalogue.db`, for one thread. It waits for nobody: the writer's commits are seen by the
/// next look-up, the present one sees what it began with.
///
/// The writer opens the file first, which makes or migrates it.
public final class SQLiteCatalogueReader: CatalogueReading {
    let findByGTIN: TableStatement
    let findBySKU: TableStatement
    let findNetwork: TableStatement

    /// Opens the file.
    ///
    /// - Parameter cacheKibibytesMax: memory for pages, in KiB.
    /// - Throws: `.unreadable` when the writer has not made the file, `.olderSchema`, and what `Database` throws besides.
    public init(in directory: StateDirectory, cacheKibibytesMax: Int = 1_024) throws(StorageError) {
        let file = CatalogueFile(in: directory)
        var settings = Database.Settings()
        settings.cacheKibibytesMax = cacheKibibytesMax
        let database = try Database(
            path: file.path, mode: .readOnly, settings: settings, schema: CatalogueSchema.migrations)
        let named: @Sendable (StorageError) -> StorageFailure = { file.failure($0) }
        let columns = "product.sku, product.gtin, product.safety, product.document, generation.scope"
        // CROSS JOIN keeps the order of the tables: the numbers first, of which one or two fit.
        findByGTIN = TableStatement(
            database, "product",
            """
            SELECT \(columns) FROM gtin CROSS JOIN product ON product.id = gtin.product
                CROSS JOIN generation ON generation.id = product.generation
            WHERE gtin.gtin = ? AND generation.standing = 1
            """, named: named)
        findBySKU = TableStatement(
            database, "product",
            """
            SELECT \(columns) FROM generation
                CROSS JOIN product ON product.generation = generation.id AND product.sku = ?
            WHERE generation.feed = 'catalogue' AND generation.standing = 1
            """, named: named)
        findNetwork = TableStatement(
            database, "network",
            """
            SELECT network.value, generation.scope FROM generation
                CROSS JOIN network ON network.generation = generation.id AND network.key = ?
            WHERE generation.feed = 'network' AND generation.standing = 1
            """, named: named)
    }

    /// The product of a SKU; the shop's own record before a group's.
    public func product(_ sku: SKU) throws(StorageFailure) -> CatalogueProduct? {
        preferred(try findBySKU.all(sku.value, make: Self.candidate))
    }

    /// The product of any of its GTINs; of several that claim one, the shop's own first, then by scope and SKU.
    public func product(_ gtin: GTIN) throws(StorageFailure) -> CatalogueProduct? {
        preferred(try findByGTIN.all(Int(gtin.number), make: Self.candidate))
    }

    /// The neighbours' stock of a SKU: `NetworkRecord`'s JSON bytes.
    public func network(_ sku: SKU) throws(StorageFailure) -> [UInt8]? {
        let found = try findNetwork.all(sku.value) { (row) throws(StorageError) in
            (value: try row.bytes(0), scope: Scope(name: try row.text(1)))
        }
        return found.count < 2 ? found.first?.value : found.min { $0.scope < $1.scope }?.value
    }

    private func preferred(_ found: [(product: CatalogueProduct, scope: Scope)]) -> CatalogueProduct? {
        if found.count < 2 { return found.first?.product }
        return found.min { ($0.scope, $0.product.sku) < ($1.scope, $1.product.sku) }?.product
    }

    private static func candidate(
        _ row: borrowing Row
    ) throws(StorageError) -> (product: CatalogueProduct, scope: Scope)? {
        let product = CatalogueProduct(
            sku: try row.name(0), gtin: try row.optionalInt(1).flatMap { GTIN(number: UInt64($0)) },
            safety: try row.optionalInt(2), document: try row.bytes(3))
        return (product, Scope(name: try row.text(4)))
    }

    /// A scope, the shop's own first.
    private struct Scope: Comparable {
        let name: String

        static func < (a: Scope, b: Scope) -> Bool {
            if (a.name == "shop") != (b.name == "shop") { return a.name == "shop" }
            return a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
        }
    }
}

@available(*, unavailable)
extension SQLiteCatalogueReader: Sendable {}
