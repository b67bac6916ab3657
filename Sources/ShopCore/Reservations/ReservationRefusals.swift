// Why a reservation was not placed or not changed, in words.

import ShopModel

extension Reservation.ReleaseReason {
    /// What a clerk reads for it.
    public var word: Word {
        switch self {
        case .customer: Word(rawValue, en: "the customer no longer wanted it", fr: "le client n'en voulait plus")
        case .noShow: Word(rawValue, en: "the customer did not come", fr: "le client n'est pas venu")
        case .mistake: Word(rawValue, en: "it was placed by mistake", fr: "elle avait été faite par erreur")
        case .notCollected: Word(rawValue, en: "it was not collected", fr: "elle n'a pas été retirée")
        }
    }
}

extension Refusal.Code {
    /// No reservation of that code.
    public static let reservationUnknown = Refusal.Code(
        "reservation.unknown", retry: .newId,
        en: "No reservation {reservation} is known here. Check the code with the customer.",
        fr: "Aucune réservation {reservation} n'est connue ici. Vérifiez le code avec le client.")
    /// The hold ended at its term.
    public static let reservationExpired = Refusal.Code(
        "reservation.expired", retry: .never,
        en: "Reservation {reservation} ended at {at}. Place a new one.",
        fr: "La réservation {reservation} a pris fin à {at}. Faites-en une nouvelle.")
    /// The reservation was sold.
    public static let reservationSold = Refusal.Code(
        "reservation.sold", retry: .never,
        en: "Reservation {reservation} has been sold at the till.",
        fr: "La réservation {reservation} a été vendue en caisse.")
    /// The reservation was given up.
    public static let reservationReleased = Refusal.Code(
        "reservation.released", retry: .never,
        en: "Reservation {reservation} was given up: {reason}. Place a new one if it is still wanted.",
        fr:
            "La réservation {reservation} a été abandonnée : {reason}. Faites-en une nouvelle si elle est encore voulue."
    )
    /// The reservation is already in the customer's hands.
    public static let reservationCollected = Refusal.Code(
        "reservation.collected", retry: .never,
        en: "Reservation {reservation} was collected at {since} and awaits its sale at the till.",
        fr: "La réservation {reservation} a été retirée à {since} et attend sa vente en caisse.")
    /// More units were named than a line has.
    public static let reservationUnits = Refusal.Code(
        "reservation.units", retry: .newId,
        en: "Reservation {reservation} holds {locked} of {sku}, not {asked}.",
        fr: "La réservation {reservation} retient {locked} de {sku}, pas {asked}.")
    /// A customer has too many open reservations.
    public static let reservationLimit = Refusal.Code(
        "reservation.limit", retry: .later,
        en: "This customer already has {open} open reservations, and {limit} are allowed.",
        fr: "Ce client a déjà {open} réservations ouvertes, et {limit} sont permises.")
    /// The end of a hold is not in the future.
    public static let termPast = Refusal.Code(
        "term.past", retry: .newId,
        en: "The term {asked} is not later than now ({now}).",
        fr: "Le terme {asked} n'est pas après l'heure actuelle ({now}).")
    /// The new end is no later than the present one.
    public static let termNotLater = Refusal.Code(
        "term.notLater", retry: .newId,
        en: "The hold already lasts until {present}; {asked} would not prolong it.",
        fr: "La réservation dure déjà jusqu'à {present} ; {asked} ne la prolongerait pas.")
    /// The end of a hold is too far away.
    public static let termTooLong = Refusal.Code(
        "term.tooLong", retry: .newId,
        en: "A hold until {asked} is too long; the latest is {latest}.",
        fr: "Une réservation jusqu'à {asked} est trop longue ; le plus tard est {latest}.")
    /// A term by opening hours, where none are known.
    public static let termHoursUnknown = Refusal.Code(
        "term.hoursUnknown", retry: .newId,
        en: "The shop's opening hours are not known here yet; give the term as a time or in minutes.",
        fr: "Les horaires du magasin ne sont pas encore connus ici ; donnez le terme en heure ou en minutes.")

    /// All refusals of reservations.
    public static let reservationCodes: [Refusal.Code] = [
        reservationUnknown, reservationExpired, reservationSold, reservationReleased, reservationCollected,
        reservationUnits, reservationLimit, termPast, termNotLater, termTooLong, termHoursUnknown,
    ]
}
