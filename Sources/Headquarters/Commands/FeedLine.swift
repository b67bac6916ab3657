// A line of `feed load`: NDJSON, so that an OMS, PIM or CRM joins by a pipe.

import Contract
import ShopModel

/// Reads lines of NDJSON as commands.
///
/// - State feeds: `{"feed":"catalogue","key":"A-1","value":{…}}`, a removal with `"value":null`. `scope` says for whom:
///   `shop/<id>` or `group/<name>`; absent, it is the default that the caller gives.
/// - Feed `stock`, always with `shop`: `{"feed":"stock","shop":"P1","entry":{"type":"delta","sku":"A-1","quantity":5,
///   "cause":"opening","share":3}}`, `{"type":"absolute","sku","onHand","asOf"}`, `{"type":"rights","sku","units"}`,
///   `{"type":"rightsWanted","sku","level"}`. Rows of rights are headquarters' own affair and cannot be given.
/// - Feed `orders`, with `shop`: `{"type":"placed","order","code","source","lines","customer","gift","collectBy"}`,
///   `{"type":"cancelRequested","order","reason"}`.
/// - Feed `erasures`: `{"type":"erase","customer","request"}`.
public enum FeedLine {
    /// Reads a line.
    ///
    /// - Parameters:
    ///   - bytes: one line, without its end; at most 64 KiB.
    ///   - owners: for whom a line of a state feed without `scope` is.
    ///   - defaultCode: makes the pickup code of an order that brings none.
    /// - Returns: the commands it means; one for each owner of a state feed's line.
    /// - Throws: why it cannot be read, with the field.
    public static func read(
        _ bytes: [UInt8], owners: [FeedOwner], defaultCode: () -> String
    ) throws(Refusal) -> [HeadquartersCommand] {
        try read(try JSONReader.read(bytes), owners: owners, defaultCode: defaultCode)
    }

    /// Reads a line that is JSON already, as `read(_:owners:defaultCode:)` does.
    public static func read(
        _ json: JSON, owners: [FeedOwner], defaultCode: () -> String
    ) throws(Refusal) -> [HeadquartersCommand] {
        var line = try ObjectReader(json)
        let feed = try Feed(name: try line.text("feed", max: 64))
        guard feed.isState else { return [try logEntry(feed, &line, defaultCode)] }
        let targets: [FeedOwner]
        if let field = line.optional("scope") {
            targets = [try owner(try field.text(max: 64), field)]
        } else if let shop = try line.optionalIdentifier("shop", as: ShopID.self) {
            targets = [.shop(shop)]
        } else {
            targets = owners
        }
        let entry = try StateEntry(from: &line)
        try line.refuseUnknown()
        return targets.map { .feedSet($0, feed, entry) }
    }

    private static func owner(_ text: String, _ field: JSONField) throws(Refusal) -> FeedOwner {
        if text.hasPrefix("shop/"), let shop = ShopID(String(text.dropFirst(5))) { return .shop(shop) }
        if text.hasPrefix("group/"), let group = GroupID(String(text.dropFirst(6))) { return .group(group) }
        throw field.refusal(
            .contractBadIdentifier, [.text("kind", "shop/<id> or group/<name>"), .text("seen", text)])
    }

    private static func logEntry(
        _ feed: Feed, _ line: inout ObjectReader, _ defaultCode: () -> String
    ) throws(Refusal) -> HeadquartersCommand {
        let shop = try line.optionalIdentifier("shop", as: ShopID.self)
        var entry = try line.object("entry")
        try line.refuseUnknown()
        enum Erasure: String, CaseIterable { case erase }
        if feed == .erasures {
            _ = try entry.choice("type", as: Erasure.self)
            let customer = try entry.identifier("customer", as: CustomerID.self)
            let request = try entry.optionalText("request", max: 64, min: 1) ?? "erase-\(customer)"
            return .customerErase(customer, request: request)
        }
        if feed == .orders, try entry.text("type", max: 64) == "cancelRequested" {
            return .orderCancel(
                try entry.identifier("order", as: OrderID.self), reason: try entry.optionalText("reason", max: 256))
        }
        guard let shop else { return try missingShop(&line) }
        return feed == .orders ? try placed(shop, &entry, defaultCode) : try stock(shop, &entry)
    }

    private static func missingShop(_ line: inout ObjectReader) throws(Refusal) -> HeadquartersCommand {
        _ = try line.required("shop")
        throw Refusal(.contractMissing, field: "/shop", [.text("name", "shop")])
    }

    private static func stock(_ shop: ShopID, _ entry: inout ObjectReader) throws(Refusal) -> HeadquartersCommand {
        enum Kind: String, CaseIterable { case delta, absolute, rights, rightsWanted }
        let kind = try entry.choice("type", as: Kind.self)
        let sku = try entry.identifier("sku", as: SKU.self)
        let command: HeadquartersCommand
        switch kind {
        case .delta:
            command = .stockDelta(
                shop, sku, units: try entry.integer("quantity", in: -999_999...999_999),
                cause: try entry.optionalText("cause", max: 64, min: 1) ?? "headquarters",
                share: try entry.optionalInteger("share", in: 0...999_999))
        case .absolute:
            var asOf: StockFeedEntry.AsOf?
            if var reader = try entry.optionalObject("asOf") { asOf = try StockFeedEntry.AsOf(from: &reader) }
            command = .stockAbsolute(shop, sku, onHand: try entry.integer("onHand", in: 0...999_999), asOf: asOf)
        case .rights: command = .rightsGrant(shop, sku, units: try entry.integer("units", in: 1...999_999))
        case .rightsWanted: command = .rightsWant(shop, sku, level: try entry.integer("level", in: 0...999_999))
        }
        try entry.refuseUnknown()
        return command
    }

    private static func placed(
        _ shop: ShopID, _ entry: inout ObjectReader, _ defaultCode: () -> String
    ) throws(Refusal) -> HeadquartersCommand {
        enum Kind: String, CaseIterable { case placed, cancelRequested }
        _ = try entry.choice("type", as: Kind.self)
        let order = try entry.identifier("order", as: OrderID.self)
        let code = try entry.optional("code").map { (field) throws(Refusal) in try field.pickupCode() } ?? defaultCode()
        var lines: [HeadquartersCommand.OrderRequest.Line] = []
        for var line in try entry.objects("lines", max: 200, min: 1) {
            lines.append(
                HeadquartersCommand.OrderRequest.Line(
                    sku: try line.identifier("sku", as: SKU.self), quantity: try line.quantity("quantity")))
        }
        var customer: PlacedOrder.Customer?
        if var reader = try entry.optionalObject("customer") { customer = try PlacedOrder.Customer(from: &reader) }
        let gift = try entry.optionalTruth("gift") ?? false
        let collectBy = try entry.optionalInstant("collectBy")
        var source = PickupSource.fromStock
        if let field = entry.optional("source") {
            if case .string(let text) = field.value {
                // Whatever else it says, it does not mean the shelf.
                guard text == "fromStock" else {
                    throw field.refusal(
                        .contractUnknownValue,
                        [.text("seen", text), .texts("known", ["fromStock", "{\"fromParcel\": SSCC}"])])
                }
            } else {
                var parcel = try field.object()
                let sscc = try parcel.required("fromParcel")
                source = .fromParcel(sscc: try checked(sscc))
                try parcel.refuseUnknown()
            }
        }
        try entry.refuseUnknown()
        return .orderPlace(
            shop,
            HeadquartersCommand.OrderRequest(
                order: order, code: code, source: source, lines: lines, customer: customer, gift: gift,
                collectBy: collectBy))
    }

    private static func checked(_ field: JSONField) throws(Refusal) -> String {
        let text = try field.text(max: 18, min: 18)
        guard GTIN.checkDigit(of: Array(text.utf8).dropLast()).map({ 0x30 + $0 }) == text.utf8.last else {
            throw field.refusal(.contractBadIdentifier, [.text("kind", "SSCC"), .text("seen", text)])
        }
        return text
    }
}
