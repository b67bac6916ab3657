// What headquarters has to say is numbered and stored before anybody hears it.

import Contract
import ShopCore
import ShopModel

extension Headquarters {
    /// The largest entry that still fits a message.
    static let entryBytesMax = 56 * 1024

    /// Appends to a shop's feed `stock`.
    func append(_ entry: StockFeedEntry, to shop: ShopID) throws {
        try append(entry.json.encoded(), to: FeedStream(.shop(shop), .stock), key: nil, isRemoval: false)
    }

    /// Appends to a shop's feed `orders`.
    func append(_ entry: OrderFeedEntry, to shop: ShopID) throws {
        try append(entry.json.encoded(), to: FeedStream(.shop(shop), .orders), key: nil, isRemoval: false)
    }

    /// Sets or removes a key of a state feed; what is so already is not said again.
    ///
    /// - Returns: whether anything changed.
    @discardableResult
    func set(_ entry: StateEntry, of stream: FeedStream) throws -> Bool {
        let bytes = entry.json.encoded()
        guard bytes.count <= Self.entryBytesMax else {
            throw Refusal(
                .feedEntryTooLarge,
                [.text("key", entry.key), .integer("bytes", bytes.count), .integer("limit", Self.entryBytesMax)])
        }
        let known = try storage.living(entry.key, of: stream)
        guard entry.value == nil ? known != nil : known != bytes else { return false }
        try append(bytes, to: stream, key: entry.key, isRemoval: entry.value == nil)
        return true
    }

    func append(_ entry: [UInt8], to stream: FeedStream, key: String?, isRemoval: Bool) throws {
        let sequence = try storage.append(entry, to: stream, key: key, isRemoval: isRemoval)
        if grown[stream] == nil { grown[stream] = sequence - 1 }
        if sequence == 1, !stream.feed.isState { try beginsInThisEpoch(stream) }
    }

    /// Forgets old entries of state feeds; in steps, so that not every turn pays for it.
    func trim() throws {
        for shop in policy.shops {
            for owner in [.shop(shop.id)] + shop.groups.map(FeedOwner.group) {
                for feed in Feed.allCases where feed.isState {
                    let stream = FeedStream(owner, feed)
                    guard grown[stream] != nil, let head = try storage.head(stream),
                        head.last - head.oldestKept >= Int64(policy.entriesKept + policy.entriesKept / 4)
                    else { continue }
                    try storage.trim(stream, kept: policy.entriesKept)
                }
            }
        }
    }
}

extension Refusal.Code {
    /// An entry of a feed does not fit a message.
    public static let feedEntryTooLarge = Refusal.Code(
        "feed.entryTooLarge", retry: .never,
        en: "The value of {key} has {bytes} bytes, and a feed's entry may have {limit}.",
        fr: "La valeur de {key} a {bytes} octets, une entrée de flux peut en avoir {limit}.")
}
