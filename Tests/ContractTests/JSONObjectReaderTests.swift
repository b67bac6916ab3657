// The fields of messages and configurations: what is taken, what is refused, and where the refusal points.

import Contract
import ShopModel
import Testing

private enum Channel: String, CaseIterable { case store, web, phone }

private func fields(_ text: String) throws -> ObjectReader {
    try ObjectReader(try JSONReader.read(Array(text.utf8)))
}

@Suite("The fields of a message")
struct JSONObjectReaderTests {
    @Test("become values of the shop")
    func values() throws {
        var message = try fields(
            #"""
            {"id":"018f2b3c-7d4e-7a1b-8c2d-9e0f1a2b3c4d","sku":"TSHIRT-M","gtin":"4006381333931","quantity":2,
             "partial":true,"at":"2026-11-22T10:00:00+01:00","businessDate":"2026-11-22","channel":"web",
             "context":"","note":"été","must":["term"],"term":{"minutes":30},"lines":[{"q":1},{"q":2}]}
            """#)
        #expect(
            try message.identifier("id", as: CommandID.self).value == "018f2b3c-7d4e-7a1b-8c2d-9e0f1a2b3c4d")
        #expect(try message.identifier("sku", as: SKU.self) == SKU("TSHIRT-M"))
        #expect(try message.gtin("gtin") == GTIN("04006381333931"))
        #expect(try message.quantity("quantity").units == 2)
        #expect(try message.integer("quantity", in: 1...2) == 2)
        #expect(try message.truth("partial"))
        #expect(try message.instant("at") == Instant(rfc3339: "2026-11-22T09:00:00Z"))
        #expect(try message.day("businessDate") == CivilDate("2026-11-22"))
        #expect(try message.choice("channel", as: Channel.self) == .web)
        #expect(try message.optionalText("context", max: 256) == "")
        #expect(try message.text("note", max: 5) == "été")
        #expect(try message.texts("must", max: 16, bytesMax: 64) == ["term"])
        var term = try message.object("term")
        #expect(try term.integer("minutes", in: 1...4320) == 30)
        #expect(term.pointer == "/term")
        var sum = 0
        for var line in try message.objects("lines", max: 50, min: 1) { sum += try line.integer("q", in: 1...9) }
        #expect(sum == 3)
        #expect(message.unknownNames == [])
    }

    @Test("that are absent or null are missing, or nothing where they may be")
    func absence() throws {
        var message = try fields(#"{"clerk":null}"#)
        #expect(try message.optionalIdentifier("clerk", as: ClerkID.self) == nil)
        #expect(try message.optionalText("seat", max: 32) == nil)
        #expect(try message.optionalInteger("limit", in: 1...100) == nil)
        #expect(try message.optionalQuantity("quantity") == nil)
        #expect(try message.optionalTruth("partial") == nil)
        #expect(try message.optionalInstant("at") == nil)
        #expect(try message.optionalDay("businessDate") == nil)
        #expect(try message.optionalGTIN("gtin") == nil)
        #expect(try message.optionalChoice("channel", as: Channel.self) == nil)
        #expect(try message.optionalArray("lines", max: 50) == nil)
        #expect(try message.optionalObjects("lines", max: 50) == nil)
        #expect(try message.optionalObject("term") == nil)
        #expect(try message.texts("must", max: 16, bytesMax: 64) == [])
        let (hasClerk, clerk, seat) = (message.has("clerk"), message.value("clerk"), message.value("seat"))
        #expect(!hasClerk)
        #expect(clerk == .null)
        #expect(seat == nil)
        let missing = refusal { try message.identifier("clerk", as: ClerkID.self) }
        #expect(missing == Refusal(.contractMissing, field: "/clerk", [.text("name", "clerk")]))
        #expect(missing?.sentence(in: .french) == "Le champ clerk manque.")
    }

    @Test(
        "of another type are refused with what was expected and what was seen",
        arguments: [
            ("true", "boolean"), ("1", "integer"), ("1.0", "number"), ("\"x\"", "string"), ("[]", "array"),
            ("{}", "object"),
        ])
    func types(_ value: String, _ seen: String) throws {
        var message = try fields("{\"f\":\(value)}")
        func check(_ expected: String, _ body: () throws -> some Any) {
            let refusal = refusal(body)
            guard seen != expected else {
                #expect(refusal?.code != .contractWrongType)
                return
            }
            #expect(
                refusal
                    == Refusal(
                        .contractWrongType, field: "/f",
                        [.text("name", "f"), .text("expected", expected), .text("seen", seen)]))
        }
        check("string") { try message.text("f", max: 9) }
        check("string") { try message.identifier("f", as: SKU.self) }
        check("string") { try message.instant("f") }
        check("string") { try message.day("f") }
        check("string") { try message.gtin("f") }
        check("string") { try message.choice("f", as: Channel.self) }
        check("integer") { try message.integer("f", in: 0...9) }
        check("integer") { try message.quantity("f") }
        check("boolean") { try message.truth("f") }
        check("array") { try message.array("f", max: 9) }
        check("object") { try message.object("f") }
    }

    @Test("beyond their bounds are refused with the bounds")
    func bounds() throws {
        var message = try fields(#"{"n":0,"big":9223372036854775807,"t":"été","e":"","a":[1,2,3]}"#)
        #expect(
            refusal { try message.integer("n", in: 1...9) }
                == Refusal(
                    .contractOutOfRange, field: "/n",
                    [.text("name", "n"), .integer("seen", 0), .integer("least", 1), .integer("most", 9)]))
        #expect(refusal { try message.quantity("big") }?.code == .contractOutOfRange)
        #expect(
            refusal { try message.text("t", max: 4) }
                == Refusal(
                    .contractBadLength, field: "/t",
                    [.text("name", "t"), .integer("seen", 5), .integer("least", 1), .integer("most", 4)]))
        #expect(refusal { try message.text("e", max: 4) }?.code == .contractBadLength)
        #expect(try message.text("e", max: 4, min: 0) == "")
        #expect(refusal { try message.array("a", max: 2) }?.code == .contractBadLength)
        #expect(refusal { try message.array("a", max: 9, min: 4) }?.code == .contractBadLength)
        #expect(try message.array("a", max: 3, min: 3).count == 3)
    }

    @Test("that are no name, no moment and no known case are refused as such")
    func names() throws {
        let long = String(repeating: "x", count: 300)
        var message = try fields(
            "{\"sku\":\"\(long)\",\"device\":\"a/+\",\"at\":\"soon\",\"gtin\":\"4006381333930\",\"channel\":\"fax\"}")
        #expect(
            refusal { try message.identifier("device", as: DeviceID.self) }
                == Refusal(
                    .contractBadIdentifier, field: "/device",
                    [.text("name", "device"), .text("kind", "DeviceID"), .text("seen", "a/+")]))
        let cut = String(repeating: "x", count: 64) + "…"
        #expect(refusal { try message.identifier("sku", as: SKU.self) }?.facts.last == .text("seen", cut))
        #expect(refusal { try message.instant("at") }?.code == .contractBadIdentifier)
        #expect(refusal { try message.day("at") }?.code == .contractBadIdentifier)
        #expect(refusal { try message.gtin("gtin") }?.code == .contractBadIdentifier)
        #expect(
            refusal { try message.choice("channel", as: Channel.self) }
                == Refusal(
                    .contractUnknownValue, field: "/channel",
                    [.text("name", "channel"), .text("seen", "fax"), .texts("known", ["store", "web", "phone"])]))
    }

    @Test("are pointed to, however deep they lie")
    func pointers() throws {
        var message = try fields(#"{"lines":[{"sku":"A"},{"sku":7}],"mon":[["09:30","19:00"],["x"]],"a/b~c":{"d":1}}"#)
        let lines = try message.objects("lines", max: 9)
        var second = lines[1]
        let wrong = refusal { try second.identifier("sku", as: SKU.self) }
        #expect(wrong?.field == "/lines/1/sku")
        #expect(
            wrong?.sentence(in: .english) == "The field lines/1/sku must be of type string; seen: integer.")
        let day = try message.array("mon", max: 9)
        #expect(try day[0].array(max: 2, min: 2)[1].text(max: 5) == "19:00")
        #expect(refusal { try day[1].array(max: 2, min: 2) }?.field == "/mon/1")
        #expect(refusal { try day[1].array(max: 2)[0].integer(in: 0...1) }?.field == "/mon/1/0")
        var odd = try message.object("a/b~c")
        #expect(refusal { try odd.text("d", max: 1) }?.field == "/a~1b~0c/d")
        #expect(refusal { try ObjectReader(["x"], at: "/entries/3") }?.field == "/entries/3")
        #expect(
            refusal { try ObjectReader(["x"]) }
                == Refusal(
                    .contractWrongType, field: "",
                    [.text("name", "JSON"), .text("expected", "object"), .text("seen", "array")]))
        #expect(refusal { try JSONField(root: 1).text(max: 1) }?.field == "")
    }

    @Test("that exclude each other are exactly one")
    func exactlyOne() throws {
        var both = try fields(#"{"sku":"A","gtin":"4006381333931"}"#)
        #expect(
            refusal { try both.exactlyOne(of: ["sku", "gtin"]) }
                == Refusal(
                    .contractExactlyOne, field: "",
                    [.text("name", "JSON"), .texts("names", ["sku", "gtin"]), .integer("seen", 2)]))
        var none = try fields(#"{"sku":null}"#)
        #expect(refusal { try none.exactlyOne(of: ["sku", "gtin"]) }?.code == .contractExactlyOne)
        var one = try fields(#"{"sku":null,"gtin":"4006381333931"}"#)
        #expect(try one.exactlyOne(of: ["sku", "gtin"]) == "gtin")
    }

    @Test("that nobody knows are ignored, unless the message says they must be understood")
    func must() throws {
        var message = try fields(#"{"sku":"A","giftWrap":true,"must":["sku","giftWrap"]}"#)
        _ = try message.identifier("sku", as: SKU.self)
        let must = try message.texts("must", max: 16, bytesMax: 64)
        #expect(message.unknownNames == ["giftWrap"])
        #expect(
            refusal { try message.refuseUnlessUnderstood(must) }
                == Refusal(.contractMustUnknown, field: "/giftWrap", [.text("name", "giftWrap")]))
        #expect(refusal { try message.refuseUnlessUnderstood(["sku"]) } == nil)
    }

    @Test("of a configuration are all known, and a wrong one is named with the nearest")
    func configuration() throws {
        var configuration = try fields(#"{"stateDirectory":"/var","ControlSoket":"/run"}"#)
        _ = try configuration.text("stateDirectory", max: 99)
        _ = try configuration.optionalText("controlSocket", max: 99)
        let unknown = refusal { try configuration.refuseUnknown() }
        #expect(
            unknown
                == Refusal(
                    .contractUnknownKey, field: "/ControlSoket",
                    [.text("name", "ControlSoket"), .text("nearest", "controlSocket")]))
        #expect(
            unknown?.sentence(in: .english)
                == "The key ControlSoket is unknown; the nearest known key is controlSocket.")
        var fine = try fields(#"{"stateDirectory":"/var"}"#)
        _ = fine.has("stateDirectory")
        #expect(refusal { try fine.refuseUnknown() } == nil)
        var free = try fields(#"{"A1":1,"B2":2}"#)
        let names = free.names()
        #expect(names == ["A1", "B2"])
        #expect(refusal { try free.refuseUnknown() } == nil)
    }

    @Test("have refusals that are complete in both languages")
    func sentences() {
        let codes = Refusal.Code.jsonCodes + Refusal.Code.fieldCodes
        #expect(Set(codes.map(\.name)).count == codes.count)
        for code in codes {
            #expect(code.english != code.french)
            let facts = { (text: String) in Set(text.split(separator: "{").dropFirst().map { $0.prefix { $0 != "}" } })
            }
            #expect(facts(code.english) == facts(code.french))
        }
    }
}
