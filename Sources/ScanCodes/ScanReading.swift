// What a scan turned out to be: the value that the rest of the house works with.

import ShopModel

/// A code that was read and understood.
public struct ScanReading: Equatable, Sendable {
    /// What the code says.
    public let code: ScannedCode
    /// The text as the scanner meant it: without what scanners add around it and without the AIM identifier.
    public let text: String
    /// What should be looked at although the code was read, in order of discovery. Each has a code, facts and
    /// a sentence, as a refusal has.
    public let warnings: [Refusal]
    /// The kind of symbol, when the scanner sent an AIM identifier.
    public let symbology: SymbologyIdentifier?

    init(
        _ code: ScannedCode, text: String, warnings: [Refusal] = [], symbology: SymbologyIdentifier? = nil
    ) {
        self.code = code
        self.text = text
        self.warnings = warnings
        self.symbology = symbology
    }
}

/// The kinds of codes that a shop meets (RETAIL §4).
public enum ScannedCode: Equatable, Sendable {
    /// A product, with what its label says of this unit or batch.
    case item(ItemCode)
    /// A number of the shop's own making: weighed goods, in-store labels.
    case restricted(RestrictedItem)
    /// One of our own: a reservation, a pickup code, a loyalty card, a wish list, an enrolment.
    case own(OwnCode)
    /// A parcel or pallet, by its SSCC.
    case logisticUnit(LogisticUnit)
    /// A GS1 message about something else: a place, a person's service relation, a coupon, an asset.
    case elements([GS1Element])
}

/// A parcel, box or pallet that travels as one (GS1 General Specifications, 2.2).
public struct LogisticUnit: Equatable, Sendable {
    /// The serial shipping container code, 18 digits with a right check digit.
    public let sscc: String
    /// What is inside, when the label says so (identifiers 02 and 37).
    public let content: ItemCode?
    /// Every element of the label in its order, the SSCC included.
    public let elements: [GS1Element]
}

/// One element of a GS1 message: an application identifier and its value, checked against the identifier's format.
public struct GS1Element: Equatable, Sendable {
    /// Two to four digits.
    public let identifier: String
    /// The value without identifier and separator; percent-decoded when it came by a link.
    public let value: String
}
