// Why nothing is told of a customer, in words. The snippet itself is sealed by the vault and never lives in the core.

import ShopModel

extension Refusal.Code {
    /// No snippet of that card or customer is here.
    public static let customerUnknown = Refusal.Code(
        "customer.unknown", retry: .later,
        en: "Nothing is known here of this customer or card.",
        fr: "Ce client ou cette carte n'est pas connu ici.")
    /// The customer was erased.
    public static let customerErased = Refusal.Code(
        "customer.erased", retry: .never,
        en: "This customer's data was erased at their wish.",
        fr: "Les données de ce client ont été effacées à sa demande.")
    /// This device may not see customers.
    public static let customerNotAllowed = Refusal.Code(
        "customer.notAllowed", retry: .never,
        en: "A device of the role {role} may not see customers.",
        fr: "Un appareil du rôle {role} ne peut pas voir les clients.")

    /// All refusals about customers.
    public static let customerCodes: [Refusal.Code] = [customerUnknown, customerErased, customerNotAllowed]
}
