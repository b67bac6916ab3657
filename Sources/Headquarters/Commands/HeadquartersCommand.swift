// What those who run headquarters may ask of it.

import Contract
import ShopCore
import ShopModel

/// A command to headquarters.
public enum HeadquartersCommand: Equatable, Sendable {
    /// Units came to a shop or left it. What comes in is shared with the shop's edge: `share` units, or the policy's
    /// part when absent. What leaves uses headquarters' own rights, and is refused beyond them.
    case stockDelta(ShopID, SKU, units: Int, cause: String, share: Int?)
    /// What a shop has of a SKU, as of one of its own events (or of now). The difference falls on the shop's rights.
    case stockAbsolute(ShopID, SKU, onHand: Int, asOf: StockFeedEntry.AsOf?)
    /// Gives rights of headquarters' own to a shop's edge.
    case rightsGrant(ShopID, SKU, units: Int)
    /// Asks a shop's edge to give rights until headquarters has `level`.
    case rightsWant(ShopID, SKU, level: Int)
    /// A paid order for a shop to prepare.
    case orderPlace(ShopID, OrderRequest)
    /// Headquarters would like to cancel an order; the shop confirms or refuses.
    case orderCancel(OrderID, reason: String?)
    /// Forgets a customer everywhere.
    case customerErase(CustomerID, request: String)
    /// Sets a key of a state feed, or removes it with `value` absent.
    case feedSet(FeedOwner, Feed, StateEntry)

    /// A paid order.
    public struct OrderRequest: Equatable, Sendable {
        /// Its id.
        public let order: OrderID
        /// The pickup code for the customer.
        public let code: String
        /// Where the goods come from.
        public let source: PickupSource
        /// What was ordered, 1 to 200 lines.
        public let lines: [Line]
        /// Whom it is for.
        public let customer: PlacedOrder.Customer?
        /// Whether it is a gift.
        public let gift: Bool
        /// The last moment to collect it.
        public let collectBy: Instant?

        /// Units of a SKU.
        public struct Line: Equatable, Sendable {
            /// Which SKU.
            public let sku: SKU
            /// How many.
            public let quantity: Quantity

            /// Units of a SKU.
            public init(sku: SKU, quantity: Quantity) {
                self.sku = sku
                self.quantity = quantity
            }
        }

        /// A paid order.
        public init(
            order: OrderID, code: String, source: PickupSource = .fromStock, lines: [Line],
            customer: PlacedOrder.Customer? = nil, gift: Bool = false, collectBy: Instant? = nil
        ) {
            self.order = order
            self.code = code
            self.source = source
            self.lines = lines
            self.customer = customer
            self.gift = gift
            self.collectBy = collectBy
        }
    }
}

extension Refusal.Code {
    /// A shop that headquarters' configuration does not have.
    public static let shopUnknown = Refusal.Code(
        "shop.unknown", retry: .never,
        en: "Shop {shop} is not configured. Known are: {known}.",
        fr: "Le magasin {shop} n'est pas configuré. Sont connus : {known}.")
    /// A group that no configured shop is in.
    public static let groupUnknown = Refusal.Code(
        "group.unknown", retry: .never,
        en: "No configured shop is in group {group}. Known are: {known}.",
        fr: "Aucun magasin configuré n'est dans le groupe {group}. Sont connus : {known}.")
    /// A shop whose edge was never heard of, or of which two boxes run.
    public static let shopNotLiving = Refusal.Code(
        "shop.notLiving", retry: .later,
        en: "No edge of shop {shop} can be given rights: none was heard of yet, or two boxes run as it (see status).",
        fr:
            "Aucun boîtier du magasin {shop} ne peut recevoir de droits : aucun n'est connu, ou deux tournent (voir status)."
    )
    /// Headquarters has fewer rights than an order needs.
    public static let orderNoRights = Refusal.Code(
        "order.noRights", retry: .later,
        en: "Headquarters may promise {available} of {sku} in shop {shop}, and {asked} were ordered. "
            + "Ask the shop for rights (rights want), or bring stock in.",
        fr: "Le siège peut promettre {available} de {sku} au magasin {shop}, et {asked} sont commandés. "
            + "Demandez des droits au magasin (rights want) ou ajoutez du stock.")
    /// An order of that id exists.
    public static let orderKnown = Refusal.Code(
        "order.known", retry: .never,
        en: "Order {order} was placed before, in shop {shop}.",
        fr: "La commande {order} a déjà été passée, au magasin {shop}.")
    /// An order that was never placed here.
    public static let orderUnknown = Refusal.Code(
        "order.unknown", retry: .never,
        en: "Order {order} was never placed here.", fr: "La commande {order} n'a jamais été passée ici.")
    /// Headquarters takes units out of a shop only against its own rights.
    public static let stockNoRights = Refusal.Code(
        "stock.noRights", retry: .later,
        en: "Headquarters has {available} rights to {sku} in shop {shop}, and {asked} units were to leave. "
            + "Ask the shop for rights first (rights want), or state what is there (stock set).",
        fr: "Le siège a {available} droits sur {sku} au magasin {shop}, et {asked} unités devaient partir. "
            + "Demandez d'abord des droits (rights want) ou indiquez ce qui s'y trouve (stock set).")
    /// A delta of nothing.
    public static let stockNothing = Refusal.Code(
        "stock.nothing", retry: .never,
        en: "A delta of {units} of {sku} cannot be: give 1 to 999,999 units, or as many less.",
        fr: "Un mouvement de {units} de {sku} est impossible : de 1 à 999 999 unités, en plus ou en moins.")
    /// A feed that is no state feed has no keys.
    public static let feedNotState = Refusal.Code(
        "feed.notState", retry: .never,
        en: "Feed {feed} is a log: it has entries, no keys.",
        fr: "Le flux {feed} est un journal : il a des entrées, pas de clés.")
}
