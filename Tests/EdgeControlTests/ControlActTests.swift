// The technician's tool where it changes something: what it says, asks first, and who may.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopModel
import Testing

@testable import EdgeControl

@Suite("edgectl, to change something,")
struct ControlActTests {
    /// A customer with a card and an address.
    private func feedCustomer(_ shop: ControlShop) throws {
        try shop.feed(
            .customers,
            #"{"key":"C-88","value":{"cards":["L-00000009-1"],"name":"Marie Dupont","tier":"gold","consent":["advice"],"fields":{"address":"secret street"},"expires":"2099-01-01T00:00:00Z"}}"#
        )
    }

    @Test("parks an event, says how to let it go, and lets it go by the line that it said")
    func parkAndGo() throws {
        try withAgent { shop, ask in
            _ = try shop.day()
            let parked = ask(["queue", "park", "1", "--reason", "ticket 88"])
            #expect(parked.status == .fine)
            #expect(
                parked.output == """
                    Parked: stock.changed, sku/SHIRT-M (stock, #1), and 2 that follow it.
                    To let it go again: edgectl queue unpark 1
                    Kept with your name: edgectl explain act/1

                    """)
            let line = try #require(parked.output.split(separator: "\n").dropFirst().first)
            let again = line.split(separator: " ").suffix(3).map(String.init)
            #expect(ask(again).output.hasPrefix("Goes again: stock.changed, sku/SHIRT-M (stock, #1), and 2 that"))
            #expect(ask(["queue", "retry", "--all"]).output.hasPrefix("Nothing was parked. What is pending is sent"))
            #expect(ask(["queue", "retry", "1"]).output.hasPrefix("Sent at once: stock.changed, sku/SHIRT-M"))
            #expect(try shop.disk.acts(afterNumber: 0, limit: 9).map(\.name) == Array(repeating: "nadia", count: 4))
        }
    }

    @Test("is refused for somebody who may only look, with the mend, in their language")
    func reader() throws {
        try withAgent(language: "fr_FR.UTF-8", asker: ControlShop.reader) { shop, ask in
            _ = try shop.day()
            let outcome = ask(["queue", "park", "1", "--reason", "x"])
            #expect(outcome.status == .fault)
            #expect(outcome.output == "")
            #expect(
                outcome.complaint.hasPrefix(
                    "control.notTechnician: paul peut consulter mais rien changer : queue.park est réservé"))
            #expect(try shop.disk.acts(afterNumber: 0, limit: 9).isEmpty)
        }
    }

    @Test("asks before it erases somebody, shows whom, and takes anything but a yes for a no")
    func erase() throws {
        let arguments = ["customer", "erase", "C-88", "--reason", "ticket 92"]
        try withFolder { folder in
            try withAgentIn(folder) { shop, ask in
                try feedCustomer(shop)
                for typed in [["no"], [""], [], ["yesterday"]] {
                    let outcome = ask(arguments, typed)
                    #expect(outcome.status == .fault)
                    #expect(
                        outcome.complaint.hasPrefix(
                            "Erase C-88 (M. D***, gold) from this box for good? [yes/NO] control.notConfirmed: Nothing")
                    )
                }
                let nobody = ask(arguments, nil)
                #expect(nobody.status == .wrongUse)
                #expect(nobody.complaint.contains("--yes"))
                #expect(try !shop.disk.isErased(wanted(CustomerID("C-88"))))
                let done = ask(arguments, ["yes"])
                #expect(done.status == .fine)
                #expect(done.output.hasPrefix("Erased: C-88. Its key is destroyed; headquarters is told by event"))
                #expect(try shop.disk.isErased(wanted(CustomerID("C-88"))))
                #expect(ask(arguments + ["--yes"], nil).complaint.hasPrefix("customer.erased: "))
            }
        }
    }

    @Test("shows a customer masked, and unmasked for a reason alone")
    func unmask() throws {
        try withAgent { shop, ask in
            try feedCustomer(shop)
            let masked = ask(["customer", "show", "C-88"]).output
            #expect(
                masked.hasPrefix(
                    """
                    Customer C-88: kept
                    Name         M. D***
                    """))
            #expect(!masked.contains("Dupont") && !masked.contains("secret"))
            #expect(ask(["customer", "unmask", "C-88"]).status == .wrongUse)
            #expect(ask(["customer", "unmask", "C-88", "--reason", "why"]).status == .wrongUse)
            let unmasked = ask(["customer", "unmask", "C-88", "--reason", "copy, ticket 91"]).output
            #expect(unmasked.contains("Marie Dupont") && unmasked.contains("secret street"))
        }
    }

    @Test("takes options of its usual verb without naming that")
    func usualVerb() throws {
        try withAgent { shop, ask in
            _ = try shop.day()
            #expect(ask(["stock", "--limit", "1"]) == ask(["stock", "list", "--limit", "1"]))
            #expect(ask(["queue", "--lane", "orders"]) == ask(["queue", "list", "--lane", "orders"]))
        }
    }
}
