// What a label says by itself: its kind of symbol, its kind of code, its fields with their names.

import Contract
import ScanCodes
import ShopModel

/// A label that was read, as JSON and as lines.
struct LabelReading {
    private let reading: ScanReading
    private let language: Language

    init(_ reading: ScanReading, _ language: Language) {
        self.reading = reading
        self.language = language
    }

    /// The label for a program.
    var json: JSON {
        var members: [JSON.Member] = [.init("code", .string(reading.text)), .init("kind", .string(kind))]
        if let symbology = reading.symbology { members.append(.init("symbology", .string(symbology.description))) }
        for (name, value) in numbers { members.append(.init(name, .string(value))) }
        if !elements.isEmpty {
            members.append(
                .init(
                    "elements",
                    .array(elements.map { ["identifier": .string($0.identifier), "value": .string($0.value)] })))
        }
        members.append(
            .init(
                "warnings",
                .array(
                    reading.warnings.map {
                        ["code": .string($0.code.name), "detail": .string($0.sentence(in: language))]
                    })))
        return .object(members)
    }

    /// The label for people.
    func add(to page: inout Page, _ words: Words) {
        page.title(kindName(words))
        var facts = [(words.say("Text", "Texte"), reading.text.replacing("\u{1D}", with: "{GS}"))]
        if let symbology = reading.symbology {
            facts.append((words.say("Symbol", "Symbole"), "\(symbology), \(symbolName(symbology, words))"))
        }
        for (name, value) in numbers { facts.append((name == "gtin" ? "GTIN" : words.term(name), value)) }
        page.facts(facts)
        if !elements.isEmpty {
            page.blank()
            var table = Table(
                .init("AI"), .init(words.say("Field", "Champ")), .init(words.say("Value", "Valeur")))
            for element in elements {
                table.add(element.identifier, Self.title(of: element.identifier, words), element.value)
            }
            page.table(table)
        }
        for warning in reading.warnings {
            page.paragraph(
                words.term("warning") + words.colon + "\(warning.code.name): \(warning.sentence(in: language))",
                hanging: 2)
        }
    }

    /// The stable name of the kind of code.
    private var kind: String {
        switch reading.code {
        case .item: "product"
        case .restricted: "inStore"
        case .own(let own):
            switch own.kind {
            case .reservation: "reservation"
            case .pickup: "pickup"
            case .loyalty: "loyalty"
            case .wishList: "wishList"
            case .enrolment: "enrolment"
            }
        case .logisticUnit: "logisticUnit"
        case .elements: "other"
        }
    }

    private func kindName(_ words: Words) -> String {
        switch reading.code {
        case .item(let item):
            return words.say("A product, by ", "Un article, par ") + Self.sourceName(item.source, words)
        case .restricted:
            return words.say("A number of the shop's own making", "Un numéro propre au magasin")
        case .own(let own):
            switch own.kind {
            case .reservation: return words.say("A reservation", "Une réservation")
            case .pickup:
                return words.say("A pickup code, held by a customer", "Un code de retrait, tenu par un client")
            case .loyalty: return words.say("A loyalty card", "Une carte de fidélité")
            case .wishList: return words.say("A wish list", "Une liste d'envies")
            case .enrolment: return words.say("An enrolment code of a device", "Un code d'enrôlement d'appareil")
            }
        case .logisticUnit: return words.say("A parcel or pallet (SSCC)", "Un colis ou une palette (SSCC)")
        case .elements:
            return words.say(
                "A GS1 message about neither product nor parcel",
                "Un message GS1 qui ne nomme ni article ni colis")
        }
    }

    private static func sourceName(_ source: ItemCode.Source, _ words: Words) -> String {
        switch source {
        case .ean13: "EAN-13"
        case .ean8: "EAN-8"
        case .upcA: "UPC-A"
        case .upcE: "UPC-E"
        case .gtin14: "GTIN-14"
        case .gs1ElementString: words.say("a GS1 element string", "une chaîne d'éléments GS1")
        case .gs1Bracketed: words.say("a GS1 text in brackets", "un texte GS1 entre parenthèses")
        case .digitalLink: words.say("a GS1 Digital Link", "un GS1 Digital Link")
        case .sgtin96: words.say("an SGTIN-96 tag", "une puce SGTIN-96")
        case .epcURN: words.say("an EPC URN", "un URN EPC")
        }
    }

    /// AIM's letters (ISO/IEC 15424), as far as shops meet them.
    private func symbolName(_ symbology: SymbologyIdentifier, _ words: Words) -> String {
        let name =
            switch symbology.symbology {
            case UInt8(ascii: "E"): "EAN/UPC"
            case UInt8(ascii: "C"): "Code 128"
            case UInt8(ascii: "e"): "DataBar"
            case UInt8(ascii: "d"): "Data Matrix"
            case UInt8(ascii: "Q"): "QR Code"
            case UInt8(ascii: "J"): "DotCode"
            case UInt8(ascii: "I"): "ITF"
            case UInt8(ascii: "A"): "Code 39"
            case UInt8(ascii: "L"): "PDF417"
            default: words.say("another kind", "autre genre")
            }
        return symbology.isGS1 ? "GS1 \(name)" : name
    }

    private var numbers: [(String, String)] {
        switch reading.code {
        case .item(let item): [("gtin", item.gtin.description)]
        case .restricted(let item):
            [("gtin", item.gtin.description), ("item", item.itemReference)]
        case .own(let own): [("own", own.text)]
        case .logisticUnit(let unit):
            [("sscc", unit.sscc)] + (unit.content.map { [("gtin", $0.gtin.description)] } ?? [])
        case .elements: []
        }
    }

    private var elements: [GS1Element] {
        switch reading.code {
        case .item(let item): item.elements
        case .logisticUnit(let unit): unit.elements
        case .elements(let elements): elements
        case .restricted, .own: []
        }
    }

    /// The fields that a shop's labels have (GS1 General Specifications, 3.2), in words.
    private static func title(of identifier: String, _ words: Words) -> String {
        let titles: [String: (String, String)] = [
            "00": ("SSCC", "SSCC"), "01": ("GTIN", "GTIN"), "02": ("GTIN inside", "GTIN contenu"),
            "10": ("batch or lot", "lot"), "11": ("produced", "production"), "13": ("packed", "emballage"),
            "15": ("best before", "à consommer de préférence"), "16": ("sell by", "vente avant"),
            "17": ("expires", "péremption"), "20": ("variant", "variante"), "21": ("serial number", "n° de série"),
            "22": ("consumer variant", "variante consommateur"), "30": ("count", "quantité"),
            "37": ("count inside", "quantité contenue"), "240": ("item of the maker", "réf. du fabricant"),
            "241": ("customer's part", "réf. du client"), "400": ("order of the customer", "n° de commande"),
            "410": ("ship to", "livrer à"), "414": ("place", "lieu"), "8003": ("returnable asset", "bien consigné"),
            "8005": ("unit price", "prix unitaire"), "8020": ("payment slip", "bordereau"),
        ]
        if let pair = titles[identifier] { return words.say(pair.0, pair.1) }
        switch identifier.prefix(2) {
        case "31", "32", "33", "34", "35", "36": return words.say("measure", "mesure")
        case "39": return words.say("price", "prix")
        case "90"..."99": return words.say("of the company's own", "propre à l'entreprise")
        default: return "–"
        }
    }
}
