// What is refused before anybody looks at what a message asks for, and how the refusal finds its way back.

import Contract
import ShopModel
import Testing

private let id = "0d5f2c1a-7b3e-4c89-9a10-000000000001"

/// The refusal of a message on a topic below `shop/v1/tablet-1`.
private func refused(_ branch: String, _ payload: String) -> Refusal? {
    refusal {
        let topic = try DeviceTopic("shop/v1/tablet-1" + (branch.isEmpty ? "" : "/" + branch))
        _ = try Request.decode(topic, payload: Array(payload.utf8))
    }
}

private func decoded(_ branch: String, _ payload: String) throws -> (envelope: Envelope, request: Request) {
    let topic = try DeviceTopic("shop/v1/tablet-1" + (branch.isEmpty ? "" : "/" + branch))
    return try Request.decode(topic, payload: Array(payload.utf8))
}

@Suite("A message of a device")
struct RequestTests {
    @Test("without an id, or with one that is none, is refused")
    func ids() {
        #expect(refused("ask/pickup.list", "{}")?.code == .contractIDMissing)
        #expect(refused("ask/pickup.list", #"{"id": null}"#)?.field == "/id")
        #expect(refused("ask/pickup.list", #"{"id": "17"}"#)?.code == .contractIDMalformed)
        #expect(refused("ask/pickup.list", #"{"id": 17}"#)?.facts == [.text("seen", "integer")])
    }

    @Test("that is empty, broken or no object is refused")
    func broken() {
        #expect(refused("ask/scan", "")?.code == .contractEmpty)
        #expect(refused("do/clerk.signOut", "{")?.code == .jsonSyntax)
        #expect(refused("do/clerk.signOut", "[]")?.code == .contractWrongType)
        #expect(refused("do/clerk.signOut", #"{"id":"\#(id)","id":"\#(id)"}"#)?.code == .jsonDuplicateKey)
        #expect(refused("do/clerk.signOut", String(repeating: " ", count: 65_537))?.code == .jsonTooLarge)
    }

    @Test("with an unknown verb is told the nearest one")
    func unknownVerb() {
        let refusal = refused("do/reservation.plce", "{}")
        #expect(refusal?.code == .contractUnknownVerb)
        #expect(refusal?.facts.last == .text("nearest", "reservation.place"))
    }

    @Test("is sent where it belongs: questions to ask, commands to do")
    func branches() {
        #expect(refused("do/scan", #"{"id":"\#(id)","code":"1"}"#)?.facts.last == .text("expected", "ask/scan"))
        #expect(refused("ask/sale.record", "{}")?.code == .contractWrongBranch)
        #expect(refused("presence", #"{"id":"\#(id)"}"#)?.code == .contractTopic)
    }

    @Test("names the same verb as its topic, or none")
    func verbs() throws {
        #expect(
            refused("do/clerk.signOut", #"{"id":"\#(id)","verb":"clerk.signIn"}"#)?.code == .contractVerbMismatch)
        #expect(
            try decoded("do/clerk.signOut", #"{"id":"\#(id)","verb":"clerk.signOut"}"#).envelope.verb == .clerkSignOut)
        #expect(refused("", #"{"id":"\#(id)"}"#)?.code == .contractVerbMissing)
        #expect(try decoded("", #"{"id":"\#(id)","verb":"scan","code":"1"}"#).envelope.verb.isAnsweredByFront)
    }

    @Test("may insist on a field only if this version knows it")
    func must() throws {
        #expect(
            try decoded("ask/pickup.list", #"{"id":"\#(id)","must":["state","limit"],"new":1}"#).envelope.must.count
                == 2)
        let refusal = refused("ask/pickup.list", #"{"id":"\#(id)","must":["new"],"new":1}"#)
        #expect(refusal?.code == .contractMustUnknown)
        #expect(refusal?.field == "/new")
    }

    @Test("echoes seats and contexts within their limits")
    func echoes() {
        let seat = String(repeating: "s", count: 33)
        let context = String(repeating: "c", count: 257)
        #expect(refused("ask/pickup.list", #"{"id":"\#(id)","seat":"\#(seat)"}"#)?.field == "/seat")
        #expect(refused("ask/pickup.list", #"{"id":"\#(id)","context":"\#(context)"}"#)?.field == "/context")
    }

    @Test("that is a bare code is a scan, whatever the scanner added")
    func bare() throws {
        let (envelope, request) = try decoded("ask/scan", "\u{2}3012345678902\r\n")
        #expect(envelope.id == nil)
        #expect(request == .scan(ScanQuestion("\u{2}3012345678902\r\n")))
        #expect(refused("ask/scan", String(repeating: "1", count: 2_049))?.code == .contractBadLength)
        #expect(refused("ask/product.get", "3012345678902")?.code == .contractWrongType)
    }

    @Test("with a wrong check digit is told the digit expected, and where")
    func checkDigit() {
        let refusal = refused(
            "do/reservation.place", #"{"id":"\#(id)","lines":[{"sku":"A"},{"gtin":"3012345678909"}]}"#)
        #expect(refusal?.code == .contractGTINCheckDigit)
        #expect(refusal?.field == "/lines/1/gtin")
        #expect(refusal?.facts.last == .integer("expected", 2))
        #expect(refusal?.sentence(in: .english).contains("2 is expected") == true)
        #expect(refused("ask/product.get", #"{"id":"\#(id)","gtin":"30123x5678902"}"#)?.code == .contractBadIdentifier)
        #expect(refused("ask/product.get", #"{"id":"\#(id)","gtin":"123"}"#)?.code == .contractBadIdentifier)
    }

    @Test(
        "is refused for what its verb cannot mean, with the field's place",
        arguments: [
            ("ask/product.get", #""x":1"#, "contract.exactlyOne", ""),
            ("ask/product.get", #""sku":"A","gtin":"3012345678902""#, "contract.exactlyOne", ""),
            ("do/reservation.place", #""lines":[]"#, "contract.badLength", "/lines"),
            (
                "do/reservation.place", #""lines":[{"sku":"A","quantity":0}]"#, "contract.outOfRange",
                "/lines/0/quantity"
            ),
            (
                "do/reservation.place", #""lines":[{"sku":"A","quantity":1000000}]"#, "contract.outOfRange",
                "/lines/0/quantity"
            ),
            (
                "do/reservation.place", #""lines":[{"sku":"A","quantity":1.0}]"#, "contract.wrongType",
                "/lines/0/quantity"
            ),
            ("do/reservation.place", #""lines":[{"sku":"a b"}]"#, "contract.badIdentifier", "/lines/0/sku"),
            ("do/reservation.place", #""lines":[{"sku":"A"}],"term":{}"#, "contract.exactlyOne", "/term"),
            (
                "do/reservation.place", #""lines":[{"sku":"A"}],"term":{"minutes":1,"closing":true}"#,
                "contract.exactlyOne", "/term"
            ),
            (
                "do/reservation.place", #""lines":[{"sku":"A"}],"term":{"closing":false}"#, "contract.unknownValue",
                "/term/closing"
            ),
            (
                "do/reservation.place", #""lines":[{"sku":"A"}],"channel":"pigeon""#, "contract.unknownValue",
                "/channel"
            ),
            ("do/reservation.extend", #""reservation":"R-1""#, "contract.missing", "/term"),
            (
                "do/reservation.extend", #""reservation":"R-1","term":{"until":"tomorrow"}"#, "contract.badIdentifier",
                "/term/until"
            ),
            ("do/pickup.reject", #""order":"W-1","reason":"mood""#, "contract.unknownValue", "/reason"),
            ("do/pickup.pick", #""order":"W-1""#, "contract.exactlyOne", ""),
            ("do/pickup.handOver", #""order":"W-1","proof":{}"#, "contract.exactlyOne", "/proof"),
            (
                "do/pickup.handOver", #""order":"W-1","proof":{"method":"knownCustomer","facts":["name"]}"#,
                "contract.badLength", "/proof/facts"
            ),
            (
                "do/pickup.handOver", #""order":"W-1","proof":{"method":"knownCustomer","facts":["name","name"]}"#,
                "contract.unknownValue", "/proof/facts/1"
            ),
            ("do/pickup.stage", #""order":"W-1""#, "contract.missing", "/place"),
            ("do/pickup.accept", #""order":"W-1","ifRevision":0"#, "contract.outOfRange", "/ifRevision"),
            ("do/clerk.signIn", #""badge":"B","pin":"12""#, "contract.badLength", "/pin"),
            ("do/clerk.signIn", #""badge":"B","pin":"12a4""#, "contract.badIdentifier", "/pin"),
            ("do/count.record", #""sku":"A","counted":-1"#, "contract.outOfRange", "/counted"),
            ("do/delivery.receive", #""delivery":"D 1","lines":[{"sku":"A"}]"#, "contract.badIdentifier", "/delivery"),
            ("do/moment.record", #""kind":"boredom""#, "contract.unknownValue", "/kind"),
            ("ask/pickup.find", #""query":"1""#, "contract.badLength", "/query"),
            ("ask/reservation.list", #""limit":201"#, "contract.outOfRange", "/limit"),
            ("ask/customer.get", #""card":"1","customer":"c""#, "contract.exactlyOne", ""),
            ("do/sale.record", #""lines":[{"till":"t","line":1}]"#, "contract.missing", "/lines/0/ticket"),
        ])
    func fields(branch: String, fields: String, code: String, field: String) {
        let refusal = refused(branch, #"{"id":"\#(id)",\#(fields)}"#)
        #expect(refusal?.code.name == code)
        #expect(refusal?.field == field)
    }

    @Test("never shows a PIN in its refusal")
    func pin() {
        let refusal = refused("do/clerk.signIn", #"{"id":"\#(id)","badge":"B","pin":"12a4"}"#)
        #expect(refusal?.sentence(in: .english).contains("12a4") == false)
    }

    @Test("with a day's tickets keeps the lines around one that cannot be read")
    func parkedLine() throws {
        let lines = #"""
            {"till":"t","ticket":"1","line":1,"kind":"sale","sku":"A","quantity":1},
            {"till":"t","ticket":"1","line":2,"kind":"sale","gtin":"3012345678909"},
            {"till":"t","ticket":"1","line":3,"kind":"gift"},
            {"till":"t","ticket":"1","line":4,"kind":"void"}
            """#
        let (_, request) = try decoded("do/sale.record", #"{"id":"\#(id)","lines":[\#(lines)]}"#)
        guard case .saleRecord(let record) = request else { throw Refusal(.contractUnknownType) }
        let reasons = record.lines.map { line -> String? in
            if case .unreadable(_, let refusal, _) = line { refusal.code.name } else { nil }
        }
        #expect(reasons == [nil, "contract.gtinCheckDigit", "contract.unknownValue", "contract.missing"])
        #expect(record.lines.map(\.key.line) == [1, 2, 3, 4])
        var reader = try ObjectReader(record.json)
        #expect(try SaleRecord(from: &reader) == record)
    }
}

@Suite("The reply to a message that cannot be read")
struct EnvelopeHintTests {
    private func hint(_ text: String) -> EnvelopeHint { EnvelopeHint(Array(text.utf8)) }

    @Test("still carries its id, context and seat when those can be made out")
    func found() {
        for payload in [
            #"{"id":"\#(id)","context":"b\"12","seat":"a","lines":[{"#,
            #"{"context":"b\"12", "seat" : "a" , "id" : "\#(id)", "x": 1e, "#,
            #"{"lines":[{"id":"no","context":"no"}],"id":"\#(id)","context":"b\"12","seat":"a"}"#,
        ] {
            #expect(hint(payload).id?.value == id, "\(payload)")
            #expect(hint(payload).context == "b\"12")
            #expect(hint(payload).seat == "a")
        }
    }

    @Test("guesses nothing: not from within, not from two, not from halves")
    func notFound() {
        for payload in [
            "", "{", #"{"id""#, #"{"id":"\#(id)"#, #"{"a":{"id":"\#(id)"}}"#, #"["id","\#(id)"]"#,
            #"{"id":"\#(id)","id":"\#(id)"}"#, #"{"id":["\#(id)"]}"#, #"{"id":17,"\#(id)":1}"#,
            #"{"x":"id","\#(id)":2}"#,
        ] {
            #expect(hint(payload).id == nil, "\(payload)")
        }
        #expect(hint(#"{"seat":"\#(String(repeating: "s", count: 33))"}"#).seat == nil)
    }

    @Test("says why, in the shop's language, and whether to send again")
    func unreadable() throws {
        let reply = Reply.unreadable(
            hint(#"{"id":"\#(id)","verb":"scan","context":"x","#), verb: nil, Refusal(.contractEmpty), in: .french)
        #expect(reply.id?.value == id)
        #expect(reply.verb == "scan")
        #expect(reply.outcome == .refused)
        #expect(reply.problem?.detail == Refusal.Code.contractEmpty.french)
        #expect(try Reply(reply.encoded()) == reply)
    }
}

@Suite("A reply")
struct ReplyTests {
    @Test("that is told again differs in nothing but saying so")
    func replay() throws {
        let envelope = Envelope(id: CommandID(id), verb: .clerkSignOut, seat: "a", context: "x")
        let reply = Reply.done(envelope, ["a": "é", "b": .null])
        let again = try Reply(try Reply.replayed(reply.encoded()).encoded())
        #expect(again.replayed)
        #expect(again.result == reply.result)
        #expect(again.context == "x" && again.seat == "a" && again.id == envelope.id)
    }

    @Test("to a bare scan has the id null")
    func bare() {
        let reply = Reply.done(Envelope(id: nil, verb: .scan), ["kind": "loyalty"])
        #expect(
            String(decoding: reply.encoded(), as: UTF8.self).hasPrefix(#"{"id":null,"verb":"scan","outcome":"done""#))
    }

    @Test("that allows the same id again says later")
    func later() {
        let code = Refusal.Code("test.full", retry: .sameId, en: "{n} {at} {list}", fr: "")
        let refusal = Refusal(
            code, [.integer("n", 3), .instant("at", Instant(milliseconds: 0)), .texts("list", ["a", "b"])])
        let reply = Reply.refused(Envelope(id: CommandID(id), verb: .saleRecord), refusal, in: .english)
        #expect(reply.outcome == .later)
        #expect(reply.problem?.retry == .sameId)
        #expect(reply.problem?.facts.map(\.value) == [3, "1970-01-01T00:00:00Z", ["a", "b"]])
    }
}

@Suite("A refusal of the contract")
struct ContractCodesTests {
    @Test("has a code of its own, and a sentence in both languages")
    func codes() {
        let codes = Refusal.Code.contractCodes
        #expect(Set(codes.map(\.name)).count == codes.count)
        for code in codes {
            #expect(["contract.", "json.", "profile."].contains { code.name.hasPrefix($0) }, "\(code.name)")
            #expect(!code.english.isEmpty && !code.french.isEmpty && code.english != code.french)
            #expect(facts(code.english) == facts(code.french), "\(code.name)")
        }
    }

    private func facts(_ sentence: String) -> Set<Substring> {
        Set(sentence.split(separator: "{").dropFirst().compactMap { $0.split(separator: "}").first })
    }
}
