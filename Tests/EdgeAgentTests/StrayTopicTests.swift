// A device that misses the contract's topics is told so, by the one loop that hears it.

import Contract
import EdgeAgent
import EdgeSimulation
import ShopModel
import Testing

@Suite("A device that sends beside the contract's topics")
struct StrayTopicTests {
    private func message(_ topic: String, _ payload: String) throws -> DeviceMessage {
        DeviceMessage(topic: try #require(DeviceTopic.said(on: topic)), payload: Array(payload.utf8))
    }

    private static let body = #"{"id":"00000000-0000-4000-8000-0000000000aa","verb":"scan","code":"1","seat":"a"}"#

    @Test("in its branch ask is answered by the front, with its id", arguments: ["ask", "ask/", "ask/scan/x"])
    func questions(rest: String) throws {
        let message = try message("shop/v1/tablet-1/\(rest)", Self.body)
        #expect(message.isForFront)
        guard case .replies(let replies) = try AgentBox().front().answer(message), let reply = replies.first else {
            return #expect(Bool(false), "nobody answers")
        }
        let told = try Reply(reply.payload)
        #expect(told.problem?.code == "contract.topic" && told.id?.value.hasSuffix("aa") == true)
        #expect(told.seat == "a" && reply.device.value == "tablet-1")
        #expect(told.problem?.detail.contains("shop/v1/tablet-1/\(rest)") == true)
    }

    @Test("in its branch do is answered by the ledger, with its id", arguments: ["do", "do/", "do/sale.record/x"])
    func commands(rest: String) throws {
        let message = try message("shop/v1/tablet-1/\(rest)", Self.body)
        #expect(!message.isForFront)
        let outcome = try AgentBox().ledger.take([.device(message)])
        let told = try Reply(try #require(outcome.replies.first).payload)
        #expect(outcome.replies.count == 1 && told.problem?.code == "contract.topic" && told.id != nil)
        let bare = try AgentBox().ledger.take([.device(try self.message("shop/v1/tablet-1/do", ""))])
        #expect(try Reply(try #require(bare.replies.first).payload).problem?.code == "contract.topic")
    }

    @Test(
        "elsewhere, or in nobody's name, is not heard",
        arguments: [
            "shop/v1/tablet-1/say/scan", "shop/v1/tablet-1/ASK/scan", "shop/v1/all/do", "shop/v1/A/ask/",
            "shop/v1/tablet-1/reply", "shop/v1/tablet-1/show/card", "shop/v2/tablet-1/ask/", "shop/v1//ask",
        ])
    func elsewhere(topic: String) {
        #expect(DeviceTopic.said(on: topic) == nil)
    }
}
