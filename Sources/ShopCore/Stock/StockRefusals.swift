// All refusals of stock and rights, for the list of problems that devices read.

import ShopModel

extension Refusal.Code {
    /// No product of that code or name.
    public static let productUnknown = Refusal.Code(
        "product.unknown", retry: .later,
        en:
            "{item} is not in this shop's assortment. Check the code; a new article comes once headquarters has sent it.",
        fr:
            "{item} ne fait pas partie de l'assortiment de ce magasin. Vérifiez le code ; un nouvel article arrive dès que le siège l'a envoyé."
    )

    /// All refusals of stock and rights.
    public static let stockCodes: [Refusal.Code] = [
        productUnknown, stockShort, rightsForeignRow, rightsRowImpossible, rightsToOneself, rightsNotPositive,
        rightsBeyond,
    ]
}
