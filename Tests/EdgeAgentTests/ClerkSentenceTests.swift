// What a clerk reads: whole sentences in the shop's language, with what to do next, and no words of the program.

import Contract
import EdgeAgent
import EdgeSimulation
import ScanCodes
import ShopCore
import ShopModel
import Testing

@Suite("A clerk reads")
struct ClerkSentenceTests {
    private static let pickup = OwnCode.mint(kind: .pickup, from: 7)

    /// A French shop with Alice (clerk) and Bruno (manager), an order, and stock.
    private func box(_ language: Language = .french) throws -> AgentBox {
        let box = try AgentBox(language: language)
        try box.feed(
            .clerks,
            [
                #"{"key":"c1","value":{"badge":"B1","name":"Alice","roles":["clerk"],"pin":"\#(SimulatedPINs.derive("4711"))"}}"#,
                #"{"key":"c2","value":{"badge":"B2","name":"Bruno","roles":["clerk","manager"],"pin":"\#(SimulatedPINs.derive("1234"))"}}"#,
            ])
        try box.stock("TEE", 5, share: 3)
        try box.feed(
            .orders,
            [
                #"{"type":"placed","order":"O-1","code":"\#(Self.pickup.text)","source":"fromStock","placedAt":"2026-11-22T09:00:00Z","lines":[{"sku":"TEE","quantity":1,"rights":{"holder":"hq","created":5,"given":{"edge.one":3},"spent":1}}]}"#
            ])
        return box
    }

    private func signIn(_ badge: String, _ pin: String, seat: String = "a", on box: AgentBox) throws {
        let reply = try box.send("clerk.signIn", #""badge":"\#(badge)","pin":"\#(pin)","seat":"\#(seat)""#)
        #expect(reply["outcome"] == "done")
    }

    private func detail(_ reply: JSON) -> String { reply["problem"]?["detail"]?.text ?? "" }

    @Test("where an order is and where it has to be, and a program reads the stable words")
    func states() throws {
        let box = try box()
        let reply = try box.send("pickup.ready", #""order":"O-1""#)
        #expect(reply["problem"]?["code"] == "pickup.state")
        #expect(
            detail(reply).hasPrefix(
                "La commande O-1 est reçue et pas encore acceptée ; cette étape demande qu'elle soit rangée à sa place."
            ))
        #expect(reply["problem"]?["facts"]?["state"] == "received")
        #expect(reply["problem"]?["facts"]?["expected"] == "staged")
        let unpick = try box.send("pickup.unpick", #""order":"O-1","sku":"TEE""#)
        #expect(detail(unpick).contains("en cours de préparation, préparée ou rangée à sa place"))
        #expect(unpick["problem"]?["facts"]?["expected"] == "picking, picked, staged")
    }

    @Test("no word of the program in any state, reason or role", arguments: Language.allCases)
    func everyWord(language: Language) {
        let words =
            [
                Pickup.State.received, .accepted, .rejected(.damaged), .picking, .picked, .staged,
                .ready(since: Instant(milliseconds: 0)), .overdue(since: Instant(milliseconds: 0)),
                .handedOver(at: Instant(milliseconds: 0)), .putBack(at: Instant(milliseconds: 0)),
                .cancelled(at: Instant(milliseconds: 0)), .nothingLeft(at: Instant(milliseconds: 0)),
            ].map(\.word) + Reservation.ReleaseReason.allCases.map(\.word) + Clerk.Role.allCases.map(\.word)
            + OwnCode.Kind.allCases.map(\.word)
        for word in words {
            let said = word.said(in: language)
            #expect(!said.isEmpty && !said.contains { $0.isUppercase }, "\(said)")
            if language == .french { #expect(said != word.name && said != word.english, "\(said)") }
        }
    }

    @Test("why a reservation is over")
    func released() throws {
        let box = try box()
        let held = try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)
        let code = try #require(held["result"]?["reservation"]?.text)
        try box.send("reservation.cancel", #""reservation":"\#(code)""#)
        let reply = try box.send("reservation.collect", #""reservation":"\#(code)""#)
        #expect(reply["problem"]?["code"] == "reservation.released")
        #expect(detail(reply).contains("le client n'en voulait plus"))
        #expect(reply["problem"]?["facts"]?["reason"] == "customer")
    }

    @Test("who prepares an order, by name, and how to take it over")
    func claimed() throws {
        let box = try box()
        try signIn("B1", "4711", on: box)
        try signIn("B2", "1234", seat: "b", on: box)
        try box.send("pickup.claim", #""order":"O-1","clerk":"c1","seat":"a""#)
        let reply = try box.send("pickup.claim", #""order":"O-1","clerk":"c2","seat":"b""#)
        #expect(detail(reply).contains("préparée par Alice") && detail(reply).contains("takeover"))
        #expect(reply["problem"]?["facts"]?["clerk"] == "c1")
        let taken = try box.send("pickup.claim", #""order":"O-1","clerk":"c2","seat":"b","takeover":true"#)
        #expect(taken["outcome"] == "done")
    }

    @Test("that a colleague signed in at the same place, and which role is needed")
    func replaced() throws {
        let box = try box()
        try signIn("B1", "4711", on: box)
        let role = try box.send("count.approve", #""sku":"TEE","clerk":"c1","seat":"a""#)
        #expect(role["problem"]?["code"] == "clerk.roleRequired" && detail(role).contains("un responsable"))
        #expect(role["problem"]?["facts"]?["role"] == "manager")
        try signIn("B2", "1234", on: box)
        let replaced = try box.send("pickup.claim", #""order":"O-1","clerk":"c1","seat":"a""#)
        #expect(replaced["problem"]?["code"] == "clerk.replaced" && replaced["problem"]?["field"] == "/clerk")
        // Once that session has ended by itself there is nobody to speak of.
        box.queue.run(until: box.queue.now + ClerkSession.millisecondsMax)
        let ended = try box.send("pickup.claim", #""order":"O-1","clerk":"c1","seat":"a""#)
        #expect(ended["problem"]?["code"] == "clerk.sessionRequired")
    }

    @Test("that a device's role does not have the verb, in the shop's language")
    func deviceRole() throws {
        let reply = try box().send("sale.record", #""lines":[]"#, from: "gun-9")
        #expect(reply["problem"]?["code"] == "device.notAllowed" || reply["problem"]?["code"] == "contract.badLength")
        let other = try box().send("clerk.signOut", "", from: "gun-9")
        #expect(detail(other).contains("un appareil qui peut seulement scanner"))
        #expect(other["problem"]?["facts"]?["role"] == "scan")
    }

    @Test("the right page for a code typed in small letters and without hyphens")
    func typedCodes() throws {
        let box = try box(.english)
        let held = try box.send("reservation.place", #""lines":[{"sku":"TEE"}]"#)
        let code = try #require(held["result"]?["reservation"]?.text)
        let typed = code.lowercased().filter { $0 != "-" }
        let found = try box.send("reservation.get", #""reservation":"\#(typed)""#)
        #expect(found["result"]?["reservation"]?.text == code)
        let extended = try box.send("reservation.extend", #""reservation":"\#(typed)","term":{"minutes":2000}"#)
        #expect(extended["outcome"] == "done", "\(extended)")
        let pickup = Self.pickup.text.lowercased().filter { $0 != "-" }
        #expect(try box.send("pickup.get", #""code":"\#(pickup)""#)["result"]?["order"] == "O-1")
    }

    @Test("which character of a typed code is wrong, and what a code of another kind stands for")
    func wrongCodes() throws {
        let box = try box(.english)
        let slip = try box.send("reservation.get", #""reservation":"R-4F7K92QX-A""#)
        #expect(slip["problem"]?["code"] == "scan.ownCodeCheck" && slip["problem"]?["field"] == "/reservation")
        #expect(detail(slip).contains("H was expected"))
        let other = try box.send("reservation.get", #""reservation":"\#(Self.pickup.text)""#)
        #expect(other["problem"]?["code"] == "scan.otherKind" && detail(other).contains("an order to be collected"))
        let reverse = try box.send("pickup.get", #""code":"R-4F7K92QX-H""#)
        #expect(reverse["problem"]?["code"] == "scan.otherKind" && detail(reverse).contains("a reservation"))
        let unknown = try box.send("reservation.get", #""reservation":"r4f7k92qxh""#)
        #expect(unknown["problem"]?["code"] == "reservation.unknown")
    }

    @Test("the number on the label, not the fourteen digits of the books")
    func printedNumbers() throws {
        let box = try box(.english)
        let reply = try box.send("reservation.place", #""lines":[{"gtin":"9521234500018"}]"#)
        #expect(detail(reply).hasPrefix("9521234500018 is not"))
        for digits in ["9521234500018", "96385074", "036000291452", "10614141000415"] {
            #expect(GTIN(digits)?.printed == digits)
        }
    }

    @Test("where a bare code belongs, when it came on a device's only topic")
    func bareCode() throws {
        let message = DeviceMessage(topic: try DeviceTopic("shop/v1/tablet-1"), payload: Array("9521234500018".utf8))
        let outcome = try box(.english).ledger.take([.device(message)])
        let problem = try Reply(try #require(outcome.replies.first).payload).problem
        #expect(problem?.code == "contract.bareCode" && problem?.detail.contains("shop/v1/tablet-1/ask/scan") == true)
    }
}
