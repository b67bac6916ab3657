// Tickets are subjects of their own: what one says of another may come first.

import Contract
import Headquarters
import ShopCore
import ShopModel
import Testing

@Suite("A ticket")
struct TicketOrderTests {
    private func line(_ ticket: String, _ type: String, _ data: JSON) throws -> CloudEvent {
        CloudEvent(
            id: "event-\(ticket)", shop: "P1", type: type, subject: "ticket/T1/\(ticket)",
            time: Instant(milliseconds: 1_800_000_000_000), incarnation: "one", subjectSequence: 1, data: data)
    }

    @Test("that voids a line of another is remembered when it comes before that line")
    func voidComesFirst() throws {
        let house = try House()
        let void = try line(
            "8", "store.sale.voided",
            [
                "till": "T1", "ticket": "8", "line": 1, "kind": "void",
                "original": ["till": "T1", "ticket": "7", "line": 1],
            ])
        let sale = try line(
            "7", "store.sale.recorded",
            ["till": "T1", "ticket": "7", "line": 1, "kind": "sale", "sku": "A-1", "quantity": 2])
        _ = try house.send([void, sale], lane: .orders)
        #expect(try house.storage.salesTotals(in: "P1").allSatisfy { $0.sold == 0 })
        #expect(
            try house.storage.sale(try #require(TicketLine(till: "T1", ticket: "7", line: 1)), in: "P1")?.isVoided
                == true)
    }

    @Test("of an exchange counts what came back, though the till named it by GTIN")
    func exchangeByGTIN() throws {
        let house = try House()
        let exchange = try line(
            "9", "store.sale.recorded",
            [
                "till": "T1", "ticket": "9", "line": 1, "kind": "exchange", "sku": "A-1", "quantity": 1,
                "returned": ["gtin": "4006381333931", "quantity": 1], "resolvedReturnedSku": "B-2",
            ])
        _ = try house.send([exchange], lane: .orders)
        #expect(
            try house.storage.salesTotals(in: "P1") == [
                SalesTotal(sku: "A-1", sold: 1), SalesTotal(sku: "B-2", returned: 1),
            ])
    }
}
