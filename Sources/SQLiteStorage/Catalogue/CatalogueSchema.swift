// The tables of catalogue.db, and what reader and writer share of them.

import EdgeAgent
import ShopModel

/// The schema of `catalogue.db`.
///
/// Every value belongs to a generation: what one scope said in one feed, in one snapshot. Living generations are read;
/// a snapshot comes into a staged one, and taking it over is a change of two rows, whatever its size. What is over is
/// removed in small steps.
enum CatalogueSchema {
    /// `EdCa`.
    static var migrations: Migrations {
        Migrations(
            applicationID: 0x4564_4361,
            steps: [
                Migrations.Step("first tables", sql: FeedTables.schema + tables),
                Migrations.Step("when feeds were taken in", sql: FeedTables.momentsOfCursors),
            ])
    }

    static let fileName = "catalogue.db"

    private static let tables = """
        CREATE TABLE generation (
            id INTEGER PRIMARY KEY AUTOINCREMENT, feed TEXT NOT NULL, scope TEXT NOT NULL, standing INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX generationStanding ON generation (feed, standing, scope);
        CREATE TABLE product (
            id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, sku TEXT NOT NULL, gtin INTEGER, otherGTINs BLOB,
            safety INTEGER, document BLOB NOT NULL, UNIQUE (generation, sku)
        ) STRICT;
        CREATE TABLE gtin (
            gtin INTEGER NOT NULL, product INTEGER NOT NULL, PRIMARY KEY (gtin, product)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE network (
            generation INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (generation, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE entry (
            generation INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (generation, key)
        ) STRICT, WITHOUT ROWID;
        """
}

/// Where a generation stands.
enum GenerationStanding: Int {
    case staged, living, over
}

/// The numbers that decisions and lookups need of a product's document.
struct ProductNumbers: Equatable {
    var gtins: [GTIN] = []
    var safety: Int?

    /// GTINs behind the first, 8 bytes each, lowest first; nil for none.
    var otherGTINs: [UInt8]? {
        guard gtins.count > 1 else { return nil }
        return gtins.dropFirst().flatMap { gtin in
            (0..<8).map { UInt8(truncatingIfNeeded: gtin.number >> (UInt64($0) * 8)) }
        }
    }

    /// The numbers of all GTINs as a row has them.
    static func numbers(first: Int?, others: [UInt8]?) -> [Int] {
        var numbers = first.map { [$0] } ?? []
        let others = others ?? []
        for start in stride(from: 0, to: others.count - 7, by: 8) {
            numbers.append((0..<8).reduce(0) { $0 | Int(others[start + $1]) << ($1 * 8) })
        }
        return numbers
    }
}
