// The names of things: what each kind admits, and what it refuses.

import ShopModel
import Testing

@Suite("A name")
struct IdentifierTests {
    /// What no name of headquarters may be.
    static let misfits = ["", " ", "a b", "a\tb", "a\u{0}", "a\u{7F}", "é", "a#", "a+", "\"", "\\", "a\nb"]

    @Test(
        "of a SKU, an order, a clerk, a customer, a reservation or a life is printable, without wildcards",
        arguments: misfits)
    func nameRules(name: String) {
        #expect(SKU(name) == nil)
        #expect(OrderID(name) == nil)
        #expect(ClerkID(name) == nil)
        #expect(CustomerID(name) == nil)
        #expect(ReservationID(name) == nil)
        #expect(Incarnation(name) == nil)
    }

    @Test("is as long as its kind admits and no longer")
    func lengths() {
        let letters = String(repeating: "x", count: 64)
        #expect(SKU(letters) != nil && OrderID(letters) != nil && ClerkID(letters) != nil)
        #expect(CustomerID(letters) != nil)
        #expect(SKU(letters + "x") == nil && OrderID(letters + "x") == nil && ClerkID(letters + "x") == nil)
        #expect(CustomerID(letters + "x") == nil)
        #expect(ReservationID(String(letters.prefix(32))) != nil && ReservationID(String(letters.prefix(33))) == nil)
        #expect(Incarnation(String(letters.prefix(36))) != nil && Incarnation(String(letters.prefix(37))) == nil)
    }

    @Test("of a device is small letters, digits and hyphens, at most 32, and none of the reserved")
    func devices() {
        #expect(DeviceID("till-1")?.value == "till-1")
        #expect(DeviceID(String(repeating: "a", count: 32)) != nil)
        for name in ["", "Till", "till_1", "till/1", "till 1", "all", "staff", "agent", "+", "#", "é", "a.b"] {
            #expect(DeviceID(name) == nil, "\(name)")
        }
        #expect(DeviceID(String(repeating: "a", count: 33)) == nil)
        #expect(DeviceID.agent.value == "agent")
    }

    @Test("of a shop may have capitals, and no level of a topic within")
    func shops() {
        #expect(ShopID("Lyon-2") != nil)
        for name in ["", "a/b", "a_b", "a b", "#", "é", String(repeating: "a", count: 33)] {
            #expect(ShopID(name) == nil, "\(name)")
        }
    }

    @Test("of a command is a UUID or a ULID, and the same however its letters are cased")
    func commands() {
        let uuid = CommandID("0192F3A1-7C4E-7B11-9A55-3D3C1F0E8B77")
        #expect(uuid?.value == "0192f3a1-7c4e-7b11-9a55-3d3c1f0e8b77")
        #expect(uuid == CommandID("0192f3a1-7c4e-7b11-9a55-3d3c1f0e8b77"))
        let ulid = CommandID("01arz3ndektsv4rrffq69g5fav")
        #expect(ulid?.value == "01ARZ3NDEKTSV4RRFFQ69G5FAV")
        #expect(ulid == CommandID("01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    }

    @Test(
        "of a command is refused when a character is off",
        arguments: [
            "", "1", "0192f3a17c4e7b119a553d3c1f0e8b77", "0192f3a1-7c4e-7b11-9a55-3d3c1f0e8b7",
            "0192f3a1-7c4e-7b11-9a55-3d3c1f0e8b77a", "0192f3a1_7c4e-7b11-9a55-3d3c1f0e8b77",
            "g192f3a1-7c4e-7b11-9a55-3d3c1f0e8b77", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAI",
            "01ARZ3NDEKTSV4RRFFQ69G5FAL", "01ARZ3NDEKTSV4RRFFQ69G5FAO", "01ARZ3NDEKTSV4RRFFQ69G5FAU",
            "01ARZ3NDEKTSV4RRFFQ69G5FA#", "01ARZ3NDEKTSV4RRFFQ69G5Fß", "01ARZ3NDEKTSV4RRFFQ69G5ﬀ",
        ])
    func commandsRefused(text: String) {
        #expect(CommandID(text) == nil)
    }

    @Test("sorts by its bytes, the same on every machine")
    func order() throws {
        let names = try ["b", "B", "a", "a1", "10", "9"].map { try #require(SKU($0)) }
        #expect(names.sorted().map(\.value) == ["10", "9", "B", "a", "a1", "b"])
    }

    @Test("of a ticket's line has two names and a line from 1 to 9,999")
    func ticketLines() {
        #expect(TicketLine(till: "T1", ticket: "4711", line: 1) != nil)
        #expect(TicketLine(till: "T1", ticket: "4711", line: 9_999) != nil)
        for (till, ticket, line) in [
            ("", "1", 1), ("T1", "", 1), ("T1", "a b", 1), ("T1", "1", 0), ("T1", "1", 10_000),
        ] {
            #expect(TicketLine(till: till, ticket: ticket, line: line) == nil)
        }
    }

    @Test("of a lane is the one in topics, and the orders leave first")
    func lanes() {
        #expect(Lane.allCases.sorted().map(\.name) == ["orders", "stock", "customer", "status", "moments"])
        for lane in Lane.allCases { #expect(Lane(name: lane.name) == lane) }
        #expect(Lane(name: "Orders") == nil)
    }
}

@Suite("An amount")
struct AmountTests {
    @Test("of units is 1 to 999,999")
    func quantity() {
        #expect(Quantity(1) == .one)
        #expect(Quantity(999_999)?.description == "999999")
        for units in [0, -1, 1_000_000, Int.min, Int.max] { #expect(Quantity(units) == nil) }
    }

    @Test("of money has a currency of three capital letters")
    func money() {
        #expect(Money(minorUnits: -1, currency: "EUR") != nil)
        for currency in ["", "eur", "EU", "EURO", "€€€", "E R"] {
            #expect(Money(minorUnits: 1, currency: currency) == nil, "\(currency)")
        }
    }
}

@Suite("A refusal")
struct RefusalTests {
    private static let code = Refusal.Code(
        "stock.test", retry: .later, en: "{asked} of {sku} until {until}: {list}.", fr: "{sku} : {asked} {nothing}.")

    @Test("says its facts in the sentence of each language, and a question mark for one that is not there")
    func sentence() {
        let refusal = Refusal(
            Self.code,
            [
                .integer("asked", 3), .text("sku", "A{b}"), .instant("until", Instant(milliseconds: 0)),
                .texts("list", ["x", "y"]),
            ])
        #expect(refusal.sentence(in: .english) == "3 of A{b} until 1970-01-01T00:00:00Z: x, y.")
        #expect(refusal.sentence(in: .french) == "A{b} : 3 ?.")
    }

    @Test("is known by the name of its code")
    func equality() {
        #expect(Self.code == Refusal.Code("stock.test", retry: .never, en: "", fr: ""))
        #expect(Refusal(Self.code) != Refusal(Self.code, field: "/lines/0"))
    }
}
