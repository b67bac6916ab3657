// The two tables that a house exports: its assortment, and what its shops have at the opening.

import Contract
import ShopModel

/// An assortment as a table.
///
/// Columns `sku` and `name_fr` or `name_en`; optional `gtin` (several parted by blanks), `price` (major units, `19.90`),
/// `currency` (ISO 4217, default `EUR`), `vat` (percent, `20` or `5.5`), `image`, `attributes` (`colour=red;size=M`),
/// `safety`.
public struct AssortmentTable: Sendable {
    private var table: CommaSeparated

    /// Reads the header.
    public init(_ bytes: [UInt8]) throws(Refusal) {
        table = try CommaSeparated(
            bytes, needed: ["sku"],
            known: [
                "gtin", "name_fr", "name_en", "price", "currency", "vat", "image", "attributes", "safety",
            ])
    }

    /// The next product; `nil` at the end.
    ///
    /// - Throws: a refusal that names line and column.
    public mutating func next() throws(Refusal) -> ProductRecord? {
        guard let row = try table.next() else { return nil }
        let sku = try table.needed("sku", of: row)
        guard let name = SKU(sku) else { throw CommaSeparated.bad(row, "sku", sku, "1 to 64 printable characters") }
        var gtins: [GTIN] = []
        for digits in (table.value("gtin", of: row) ?? "").split(separator: " ") {
            guard let gtin = GTIN(String(digits)) else {
                throw CommaSeparated.bad(row, "gtin", String(digits), Self.expected(digits))
            }
            gtins.append(gtin)
        }
        let (french, english) = (table.value("name_fr", of: row), table.value("name_en", of: row))
        guard french != nil || english != nil else {
            throw CommaSeparated.bad(row, "name_fr", "", "a name in French or English")
        }
        for (column, text) in [("name_fr", french), ("name_en", english)] where (text?.utf8.count ?? 0) > 256 {
            throw CommaSeparated.bad(row, column, text ?? "", "at most 256 bytes")
        }
        var safety: Int?
        if let text = table.value("safety", of: row) {
            guard let units = Int(text), (0...999_999).contains(units) else {
                throw CommaSeparated.bad(row, "safety", text, "0 to 999999")
            }
            safety = units
        }
        return ProductRecord(
            sku: name, gtins: gtins, name: LocalizedText(french: french, english: english), price: try price(row),
            image: table.value("image", of: row), attributes: try attributes(row), safety: safety)
    }

    private func price(_ row: CommaSeparated.Row) throws(Refusal) -> Price? {
        guard let text = table.value("price", of: row) else { return nil }
        guard let minor = Self.hundredths(text) else {
            throw CommaSeparated.bad(row, "price", text, "an amount such as 19.90")
        }
        let currency = table.value("currency", of: row) ?? "EUR"
        let wholeOnly = ["JPY", "KRW", "CLP", "VND", "ISK"].contains(currency)
        guard !wholeOnly || minor % 100 == 0,
            let money = Money(
                minorUnits: wholeOnly ? minor / 100 : minor, currency: currency)
        else { throw CommaSeparated.bad(row, "currency", currency, "three capital letters that fit the price") }
        var rate: VATRate?
        if let vat = table.value("vat", of: row) {
            guard let hundredths = Self.hundredths(vat), let read = VATRate(hundredthsOfPercent: Int(hundredths)) else {
                throw CommaSeparated.bad(row, "vat", vat, "percent such as 20 or 5.5")
            }
            rate = read
        }
        return Price(money, vatRate: rate)
    }

    private func attributes(_ row: CommaSeparated.Row) throws(Refusal) -> [JSON.Member] {
        var members: [JSON.Member] = []
        for pair in (table.value("attributes", of: row) ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                throw CommaSeparated.bad(row, "attributes", String(pair), "pairs such as colour=red;size=M")
            }
            let name = CommaSeparated.trimmed(parts[0])
            guard !name.isEmpty, !members.contains(where: { $0.name == name }), members.count < 64 else {
                throw CommaSeparated.bad(row, "attributes", String(pair), "each name once, at most 64")
            }
            members.append(JSON.Member(name, .string(CommaSeparated.trimmed(parts[1]))))
        }
        return members
    }

    /// What was wrong with a GTIN, said so that it can be mended.
    private static func expected(_ digits: Substring) -> String {
        let bytes = Array(digits.utf8)
        guard [8, 12, 13, 14].contains(bytes.count), let check = GTIN.checkDigit(of: bytes.dropLast()) else {
            return "8, 12, 13 or 14 digits"
        }
        return "check digit \(check) at the end"
    }

    /// A number with up to two decimals, point or comma, in hundredths: money never goes through a rounded number.
    static func hundredths(_ text: String) -> Int64? {
        let parts = text.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ",")
        }
        let fraction = parts.count == 2 ? Array(parts[1]) : []
        guard parts.count <= 2, (1...12).contains(parts[0].count), fraction.count <= 2,
            (Array(parts[0]) + fraction).allSatisfy({ (0x30...0x39).contains($0) }),
            let whole = Int64(String(decoding: parts[0], as: UTF8.self))
        else { return nil }
        let cents = String(decoding: (fraction + [0x30, 0x30]).prefix(2), as: UTF8.self)
        return Int64(cents).map { whole * 100 + $0 }
    }
}

/// What shops have at the opening, as a table: columns `shop`, `sku`, `quantity`, and optionally `share`, how many of
/// them the shop may promise itself.
public struct OpeningTable: Sendable {
    private var table: CommaSeparated

    /// Reads the header.
    public init(_ bytes: [UInt8]) throws(Refusal) {
        table = try CommaSeparated(bytes, needed: ["shop", "sku", "quantity"], known: ["share"])
    }

    /// The next command; `nil` at the end.
    ///
    /// - Throws: a refusal that names line and column.
    public mutating func next() throws(Refusal) -> HeadquartersCommand? {
        guard let row = try table.next() else { return nil }
        let (shopText, skuText) = (try table.needed("shop", of: row), try table.needed("sku", of: row))
        guard let shop = ShopID(shopText) else { throw CommaSeparated.bad(row, "shop", shopText, "a shop's id") }
        guard let sku = SKU(skuText) else { throw CommaSeparated.bad(row, "sku", skuText, "a SKU") }
        let text = try table.needed("quantity", of: row)
        guard let quantity = Int(text), (1...999_999).contains(quantity) else {
            throw CommaSeparated.bad(row, "quantity", text, "1 to 999999")
        }
        var share: Int?
        if let text = table.value("share", of: row) {
            guard let units = Int(text), (0...quantity).contains(units) else {
                throw CommaSeparated.bad(row, "share", text, "0 to \(quantity)")
            }
            share = units
        }
        return .stockDelta(shop, sku, units: quantity, cause: "opening", share: share)
    }
}
