// Pseudonymous moments of a visit for headquarters' analytics. The first to be given up when space is short.

import ShopModel

/// `moment.record`: something happened that analytics should know. No person is ever named.
public struct MomentRecord: RequestPayload {
    /// The verb.
    public static let verb = Verb.momentRecord
    /// What happened.
    public let kind: Kind
    /// With which product, if with one.
    public let sku: SKU?

    /// The moments of a visit (RETAIL §1.20).
    public enum Kind: String, CaseIterable, Sendable { case discovery, interest, need, trial }

    /// A moment.
    public init(kind: Kind, sku: SKU? = nil) {
        self.kind = kind
        self.sku = sku
    }

    /// Reads the fields.
    public init(from reader: inout ObjectReader) throws(Refusal) {
        kind = try reader.choice("kind", as: Kind.self)
        sku = try reader.optionalIdentifier("sku", as: SKU.self)
    }

    /// The fields.
    public var json: JSON { .fields(("kind", kind.json), ("sku", sku?.json)) }
}
