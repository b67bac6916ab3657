// From the elements of a GS1 message to what the label is about.

import ShopModel

/// Finds the subject of a GS1 message: a product, a logistic unit, or something else.
enum GS1Message {
    /// What the elements are about. A GTIN (01, 03, 8006) makes it a product; an SSCC (00) without one a logistic unit;
    /// contained goods (02) alone are taken as that product.
    static func code(
        from elements: [GS1Element], source: ItemCode.Source, referenceYear: Int?
    ) throws(Refusal) -> ScannedCode {
        func value(_ identifier: String) -> String? { elements.first { $0.identifier == identifier }?.value }
        if let digits = value("01") ?? value("03") ?? value("8006").map({ String($0.prefix(14)) }) {
            return .item(try item(digits, elements, source, referenceYear))
        }
        let content = try value("02").map { (digits) throws(Refusal) in
            try item(digits, elements, source, referenceYear)
        }
        if let sscc = value("00") {
            return .logisticUnit(LogisticUnit(sscc: sscc, content: content, elements: elements))
        }
        if let content { return .item(content) }
        return .elements(elements)
    }

    private static func item(
        _ digits: String, _ elements: [GS1Element], _ source: ItemCode.Source, _ referenceYear: Int?
    ) throws(Refusal) -> ItemCode {
        guard let gtin = GTIN(digits) else { throw Refusal(.scanNumberZero, [.text("code", digits)]) }
        var item = ItemCode(gtin: gtin, source: source)
        item.elements = elements
        for element in elements {
            let value = element.value.utf8
            switch element.identifier {
            case "10": item.lot = element.value
            case "21": item.serial = element.value
            case "22": item.variant = element.value
            case "15": item.bestBefore = CodeDate(Array(value), referenceYear: referenceYear)
            case "17": item.expiry = CodeDate(Array(value), referenceYear: referenceYear)
            case "30", "37": item.count = Int(element.value)
            default: measure(element, &item)
            }
        }
        return item
    }

    private static func measure(_ element: GS1Element, _ item: inout ItemCode) {
        let identifier = Array(element.identifier.utf8)
        guard identifier.count == 4, identifier[0] == UInt8(ascii: "3") else { return }
        let decimals = Int(identifier[3] - 0x30)
        let value = Array(element.value.utf8)
        switch (identifier[1], identifier[2]) {
        case (UInt8(ascii: "9"), UInt8(ascii: "2")):
            item.price = LabelPrice(amount: decimalText(value, decimals: decimals), currencyNumber: nil)
        case (UInt8(ascii: "9"), UInt8(ascii: "3")):
            item.price = LabelPrice(
                amount: decimalText(value.dropFirst(3), decimals: decimals),
                currencyNumber: String(decoding: value.prefix(3), as: UTF8.self))
        case (UInt8(ascii: "1")...UInt8(ascii: "6"), _):
            guard let (row, _) = ApplicationIdentifier.find(element.identifier) else { return }
            item.measures.append(
                Measure(
                    identifier: element.identifier, title: row.title, value: decimalText(value, decimals: decimals)))
        default: break
        }
    }
}

extension Refusal.Code {
    /// A product number of zeros only.
    public static let scanNumberZero = Refusal.Code(
        "scan.numberZero", retry: .never,
        en: "{code} names no product: a GTIN of zeros only; expected the number of the article.",
        fr: "{code} ne désigne aucun article : un GTIN composé de zéros ; attendu le numéro de l'article.")
}
