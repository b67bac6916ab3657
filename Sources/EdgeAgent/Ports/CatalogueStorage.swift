// The shop's copy of the assortment and of the neighbours' stock: refilled from the feeds when bad.

import ShopModel

/// A product as the card needs it, and the numbers that decisions need.
public struct CatalogueProduct: Equatable, Sendable {
    /// Which SKU.
    public let sku: SKU
    /// Its first GTIN, if it has one.
    public let gtin: GTIN?
    /// Units never to be promised here, when the assortment says so.
    public let safety: Int?
    /// The product as headquarters sent it: `ProductRecord`'s JSON bytes.
    public let document: [UInt8]

    /// A product.
    public init(sku: SKU, gtin: GTIN?, safety: Int?, document: [UInt8]) {
        self.sku = sku
        self.gtin = gtin
        self.safety = safety
        self.document = document
    }
}

/// Looking up what is in the assortment. Each reader belongs to one thread.
public protocol CatalogueReading: AnyObject {
    /// The product of a SKU; the shop's own record before a group's.
    func product(_ sku: SKU) throws(StorageFailure) -> CatalogueProduct?
    /// The product of any of its GTINs.
    func product(_ gtin: GTIN) throws(StorageFailure) -> CatalogueProduct?
    /// The neighbours' stock of a SKU: `NetworkRecord`'s JSON bytes.
    func network(_ sku: SKU) throws(StorageFailure) -> [UInt8]?
}

/// Filling the assortment, by the thread of headquarters' link alone.
public protocol CatalogueWriting: FeedStorage, AnyObject {
    /// Begins a transaction.
    func begin() throws(StorageFailure)
    /// Ends it.
    func commit() throws(StorageFailure)
    /// Forgets it.
    func rollback()
    /// Takes the staged snapshot over as the feed's living values, in one switch.
    func adoptSnapshot(scope: String, feed: String) throws(StorageFailure)
    /// Lets the log of the database shrink, in small steps.
    func checkpoint() throws(StorageFailure)
}
