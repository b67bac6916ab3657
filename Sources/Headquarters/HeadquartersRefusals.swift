// All refusals of the reference headquarters, for the list of problems that lies beside the contract.

import ShopModel

extension Refusal.Code {
    /// All refusals of headquarters' own: commands, feeds, tables and events.
    public static let headquartersCodes: [Refusal.Code] = [
        shopUnknown, groupUnknown, shopNotLiving, orderNoRights, orderKnown, orderUnknown, stockNoRights, stockNothing,
        feedNotState, feedEntryTooLarge, eventForeign, eventForked, tableNoHeader, tableColumnMissing,
        tableColumnUnknown, tableFieldCount, tableQuote, tableEncoding, tableValue,
    ]
}
