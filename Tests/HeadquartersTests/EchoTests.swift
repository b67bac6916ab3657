// Headquarters' word to a shop that asks for it, and how it tells two boxes that act as one.

import Contract
import Headquarters
import ShopModel
import Testing

@Suite("An echo")
struct EchoTests {
    private func ask(
        _ house: House, _ id: String = "q-1", from box: String = "box-a", as life: Incarnation = "one",
        of shop: ShopID = "P1"
    ) throws -> (answer: EchoAnswer?, outcome: HeadquartersOutcome) {
        let request = EchoRequest(
            id: id, sentAt: house.now, incarnation: life, instance: BoxInstance(written: box))
        let outcome = try house.headquarters.take(
            [
                HeadquartersInbound(
                    topic: HeadquartersTopic.echoRequest(shop).description, payload: request.json.encoded())
            ], now: house.now)
        let message = outcome.messages.first { $0.topic == HeadquartersTopic.echo(shop).description }
        return (try message.map { try EchoAnswer($0.payload) }, outcome)
    }

    @Test("is answered with its id, headquarters' life and version, and what is seen of the shop")
    func answered() throws {
        let house = try House()
        house.headquarters.version = "test 1"
        _ = try house.tell()
        house.now = house.now + 5_000
        _ = try house.send([stockChanged("A-1", 1, onHand: 5)])
        house.now = house.now + 60_000
        let answer = try #require(try ask(house).answer)
        #expect(answer.id == "q-1" && answer.epoch == "epoch-one" && answer.version == "test 1")
        #expect(answer.time == house.now)
        #expect(answer.sees.incarnation == "one" && answer.sees.state == "current")
        #expect(answer.sees.lastEventAt == house.now + -60_000)
        #expect(answer.sees.otherInstance == nil && !answer.sees.twoBoxes)
    }

    @Test("of a shop that was never heard before says that nothing is known of it")
    func unheard() throws {
        let answer = try #require(try ask(try House()).answer)
        #expect(answer.sees.incarnation == nil && answer.sees.state == nil && answer.sees.lastEventAt == nil)
        #expect(answer.sees.instance == nil)
    }

    @Test("of a shop that is not configured is not answered, and reported")
    func unknownShop() throws {
        let (answer, outcome) = try ask(try House(), of: "P9")
        #expect(answer == nil && outcome.reports.count == 1)
    }

    @Test("names a second box at once, and says that two act only when both go on")
    func secondBox() throws {
        let house = try House()
        _ = try ask(house, from: "box-a")
        house.now = house.now + 30_000
        let first = try #require(try ask(house, from: "box-b", as: "two").answer)
        #expect(first.sees.otherInstance?.instance == BoxInstance(written: "box-a"))
        #expect(first.sees.otherInstance?.incarnation == "one" && !first.sees.twoBoxes)
        _ = try ask(house, from: "box-a")
        _ = try ask(house, from: "box-b", as: "two")
        let (last, outcome) = try ask(house, from: "box-a")
        #expect(last?.sees.twoBoxes == true)
        #expect(outcome.reports.contains { $0.contains("box-a") && $0.contains("box-b") })
        #expect(house.headquarters.speakers(of: "P1", now: house.now).areTwo)
        // One of them is switched off: after ten minutes nobody speaks of it any more.
        house.now = house.now + 601_000
        let alone = try #require(try ask(house, from: "box-a").answer)
        #expect(alone.sees.otherInstance == nil && !alone.sees.twoBoxes)
    }

    @Test("of a box that was replaced, a late message of the old one included, is no sign of two")
    func replaced() throws {
        let house = try House()
        for box in ["box-a", "box-a", "box-b", "box-a", "box-b", "box-b", "box-b"] {
            #expect(try ask(house, from: box).answer?.sees.twoBoxes == false)
        }
    }

    @Test("of two boxes with one ledger fences that ledger: it is granted nothing more")
    func copiedBox() throws {
        let house = try House()
        _ = try house.tell()
        try house.perform(.stockDelta("P1", "A-1", units: 5, cause: "opening", share: 5))
        for box in ["box-a", "box-b", "box-a", "box-b", "box-a"] { _ = try ask(house, from: box) }
        let answer = try #require(try ask(house, from: "box-a").answer)
        #expect(answer.sees.state == "forked" && answer.sees.incarnation == nil)
        #expect(try house.perform(.rightsGrant("P1", "A-1", units: 1)).refusal?.code == .shopNotLiving)
    }

    @Test("is not needed to tell boxes: cursors name them too")
    func cursorsTell() throws {
        let house = try House()
        for box in ["box-a", "box-b", "box-a", "box-b", "box-a"] {
            let message = CursorMessage(incarnation: "one", instance: BoxInstance(written: box), cursors: [])
            _ = try house.headquarters.take(
                [
                    HeadquartersInbound(
                        topic: HeadquartersTopic.cursor("P1").description, payload: message.json.encoded())
                ], now: house.now)
        }
        #expect(house.headquarters.speakers(of: "P1", now: house.now).areTwo)
    }
}
