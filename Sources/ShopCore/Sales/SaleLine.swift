// A line of a till's ticket, as the shop remembers it. A ticket's line is recorded once, whoever sends it again.

import ShopModel

/// A line of a ticket that the till reported.
public struct SaleLine: Equatable, Sendable {
    /// Till, ticket and line: unique.
    public let key: TicketLine
    /// What kind of line.
    public let kind: Kind
    /// Which SKU left, or came back for `return`; `nil` for a void, which names a line.
    public let sku: SKU?
    /// How many units; 0 for a void.
    public let units: Int
    /// For an exchange, what came back.
    public let returned: Reservation.Units?
    /// The line that a void takes back.
    public let original: TicketLine?
    /// The paid order whose goods these are: such a line never lowers stock again.
    public let order: OrderID?
    /// Units that an awaited sale had locked, by reservation.
    public let consumed: [Consumed]
    /// The day in the shop's books, as the till says it.
    public let businessDate: CivilDate?
    /// When it was recorded here.
    public let recordedAt: Instant
    /// Whether a later line took it back.
    public var voided: Bool

    /// The kinds of line.
    public enum Kind: String, Sendable, CaseIterable {
        case sale
        case void
        case `return`
        case exchange
    }

    /// Units of a reservation that this line sold.
    public struct Consumed: Equatable, Sendable {
        /// Which reservation.
        public let reservation: ReservationID
        /// How many of its units.
        public let units: Int

        /// Units of a reservation.
        public init(reservation: ReservationID, units: Int) {
            self.reservation = reservation
            self.units = units
        }
    }

    /// A line of a ticket.
    public init(
        key: TicketLine, kind: Kind, sku: SKU?, units: Int, returned: Reservation.Units? = nil,
        original: TicketLine? = nil, order: OrderID? = nil, consumed: [Consumed] = [], businessDate: CivilDate? = nil,
        recordedAt: Instant, voided: Bool = false
    ) {
        self.key = key
        self.kind = kind
        self.sku = sku
        self.units = units
        self.returned = returned
        self.original = original
        self.order = order
        self.consumed = consumed
        self.businessDate = businessDate
        self.recordedAt = recordedAt
        self.voided = voided
    }
}

extension Refusal.Code {
    /// A void names a line that is not known.
    public static let saleOriginalUnknown = Refusal.Code(
        "sale.originalUnknown", retry: .later,
        en:
            "Line {line} of ticket {ticket} at till {till}, which is to be voided, is not known here. Send that line first, then the void in a new message.",
        fr:
            "La ligne {line} du ticket {ticket} de la caisse {till}, à annuler, n'est pas connue ici. Envoyez d'abord cette ligne, puis l'annulation dans un nouveau message."
    )
    /// A void names a line that was voided before.
    public static let saleOriginalVoided = Refusal.Code(
        "sale.originalVoided", retry: .never,
        en: "Line {line} of ticket {ticket} at till {till} was voided before.",
        fr: "La ligne {line} du ticket {ticket} de la caisse {till} a déjà été annulée.")
    /// The same till, ticket and line was recorded with other contents.
    public static let saleKeyReused = Refusal.Code(
        "sale.keyReused", retry: .never,
        en:
            "Line {line} of ticket {ticket} at till {till} was recorded before with other contents, which count. To correct it, void that line and send the right one as a line of its own.",
        fr:
            "La ligne {line} du ticket {ticket} de la caisse {till} a déjà été enregistrée avec un autre contenu, qui compte. Pour corriger, annulez cette ligne et envoyez la bonne comme nouvelle ligne."
    )
    /// A recorded line names an order that the shop does not know. A warning: the line counts.
    public static let saleOrderUnknown = Refusal.Code(
        "sale.orderUnknown", retry: .newId,
        en:
            "Order {order} is not known in this shop. The line is recorded and stock stays as it was, as for any goods of an order. If they came from the shelf, void the line and send it without the order.",
        fr:
            "La commande {order} n'est pas connue dans ce magasin. La ligne est enregistrée et le stock reste tel quel, comme pour tout article de commande. Si l'article vient du rayon, annulez la ligne et renvoyez-la sans la commande."
    )
    /// A recorded line names a reservation that the shop does not know. A warning: the line counts.
    public static let saleReservationUnknown = Refusal.Code(
        "sale.reservationUnknown", retry: .newId,
        en:
            "Reservation {reservation} is not known in this shop. The line is recorded as one that names none. Check the code: the right reservation may still hold its units.",
        fr:
            "La réservation {reservation} n'est pas connue dans ce magasin. La ligne est enregistrée comme si elle n'en nommait pas. Vérifiez le code : la bonne réservation retient peut-être encore ses articles."
    )
    /// A delivery's SKU was received before.
    public static let deliveryKnown = Refusal.Code(
        "delivery.known", retry: .never,
        en:
            "Delivery {delivery} was received before with {sku}. If more of it came, receive that under the number of its own delivery note.",
        fr:
            "La livraison {delivery} a déjà été reçue avec {sku}. S'il en est arrivé d'autre, enregistrez-le sous le numéro de son propre bon."
    )
    /// A count waits for approval, or none does.
    public static let countNotPending = Refusal.Code(
        "count.notPending", retry: .newId,
        en: "No count of {sku} waits for approval.",
        fr: "Aucun comptage de {sku} n'attend d'approbation.")
    /// The journal position of a count lies in the future.
    public static let countPositionUnknown = Refusal.Code(
        "count.positionUnknown", retry: .newId,
        en: "The journal has not reached position {position} yet; the last is {last}.",
        fr: "Le journal n'a pas encore atteint la position {position} ; la dernière est {last}.")

    /// All refusals of sales, deliveries and counts.
    public static let saleCodes: [Refusal.Code] = [
        saleOriginalUnknown, saleOriginalVoided, saleKeyReused, saleOrderUnknown, saleReservationUnknown, deliveryKnown,
        countNotPending, countPositionUnknown,
    ]
}
