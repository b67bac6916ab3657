// What comes in as lines and tables.

import Contract
import Headquarters
import ShopModel
import Testing

@Suite("A table")
struct TableTests {
    @Test("of an assortment becomes products, quotes, blanks and French separators included")
    func assortment() throws {
        let text = """
            sku,gtin,name_fr,name_en,price,currency,vat,image,attributes
            A-1,3760123456784,"Robe ""Été"", longue",Dress,19.90,EUR,20,https://x/1.jpg,colour=red;size=M

            A-2,,Jupe,,"5,5",,5.5,,
            """
        var table = try AssortmentTable(Array(text.utf8))
        let first = try #require(try table.next())
        #expect(first.name.french == "Robe \"Été\", longue")
        #expect(first.price?.amount.minorUnits == 1_990)
        #expect(first.attributes == [.init("colour", "red"), .init("size", "M")])
        let second = try #require(try table.next())
        #expect(second.price?.amount.minorUnits == 550 && second.price?.vatRate?.hundredthsOfPercent == 550)
        #expect(try table.next() == nil)
    }

    @Test("that is wrong says the line, the column and what was expected")
    func wrong() throws {
        var table = try AssortmentTable(Array("sku,name_fr,gtin\nA-1,Robe,3760123456780\n".utf8))
        let refusal = try #require(throws: Refusal.self) { try table.next() }
        #expect(refusal.sentence(in: .english).contains("Line 2, column gtin"))
        #expect(refusal.sentence(in: .english).contains("check digit"))
        #expect(throws: Refusal.self) { try AssortmentTable(Array("name_fr\nRobe\n".utf8)) }
        #expect(throws: Refusal.self) { try AssortmentTable(Array("sku,nom\nA,B\n".utf8)) }
        var opening = try OpeningTable(Array("shop;sku;quantity;share\nP1;A-1;5;6\n".utf8))
        #expect(throws: Refusal.self) { try opening.next() }
    }

    @Test("of opening stock becomes deltas")
    func opening() throws {
        var table = try OpeningTable(Array("shop,sku,quantity,share\r\nP1,A-1,5,3\r\nP1,A-2,4,\r\n".utf8))
        #expect(try table.next() == .stockDelta("P1", "A-1", units: 5, cause: "opening", share: 3))
        #expect(try table.next() == .stockDelta("P1", "A-2", units: 4, cause: "opening", share: nil))
        #expect(try table.next() == nil)
    }

    @Test("of NDJSON lines becomes commands, and refuses what is headquarters' own affair")
    func lines() throws {
        func read(_ text: String) throws -> [HeadquartersCommand] {
            try FeedLine.read(Array(text.utf8), owners: [.group("france")], defaultCode: { "P-NEW" })
        }
        #expect(
            try read(#"{"feed":"settings","key":"safetyStock","value":2}"#)
                == [.feedSet(.group("france"), .settings, StateEntry(key: "safetyStock", value: 2))])
        #expect(
            try read(
                #"{"feed":"stock","shop":"P1","entry":{"type":"delta","sku":"A-1","quantity":5,"cause":"opening"}}"#)
                == [.stockDelta("P1", "A-1", units: 5, cause: "opening", share: nil)])
        for source in [#""fromParcel""#, "7", #"{"fromParcel":"376123450000000017"}"#, #"{"parcel":"x"}"#] {
            // A check digit that is wrong, or no source at all: never taken for the shelf.
            #expect(throws: Refusal.self, "\(source)") {
                try read(
                    #"{"feed":"orders","shop":"P1","entry":{"type":"placed","order":"O","lines":[{"sku":"A","quantity":1}],"source":\#(source)}}"#
                )
            }
        }
        for code in ["P-AAAAAAAA-A", "R-4F7K92QX-H"] {
            // No scanner would ever read it at the counter.
            #expect(throws: Refusal.self, "\(code)") {
                try read(
                    #"{"feed":"orders","shop":"P1","entry":{"type":"placed","order":"O","code":"\#(code)","lines":[{"sku":"A","quantity":1}]}}"#
                )
            }
        }
        guard
            case .orderPlace("P1", let request) = try read(
                #"{"feed":"orders","shop":"P1","entry":{"type":"placed","order":"O-1","lines":[{"sku":"A-1","quantity":1}]}}"#
            )[0]
        else { return #expect(Bool(false), "no order") }
        #expect(request.code == "P-NEW" && request.source == .fromStock)
        for bad in [
            #"{"feed":"stock","shop":"P1","entry":{"type":"rights","sku":"A-1","rights":{}}}"#,
            #"{"feed":"stock","entry":{"type":"rightsWanted","sku":"A-1","level":1}}"#,
            #"{"feed":"nothing","key":"a","value":1}"#, #"{"feed":"settings","key":"a"}"#, "[]",
        ] {
            #expect(throws: Refusal.self) { try read(bad) }
        }
    }
}
