// What every device may know of the agent: retained on `shop/v1/all/agent` (DESIGN §7).

import Contract
import EdgeAgent
import MQTT
import ShopCore
import ShopModel

/// The agent's own word on itself.
struct StatusMessage: Sendable {
    private let shop: ShopID

    init(_ profile: ShopProfile) { shop = profile.shop }

    /// The agent as it is now.
    func bytes(_ ledger: Ledger, lineIsUp: Bool) -> [UInt8] {
        message(state: "open", line: lineIsUp ? "up" : "down", clock: ledger.trust.rawValue)
    }

    /// The last will: the broker says this when the agent is gone.
    func gone() -> [UInt8] { message(state: "gone", line: "unknown", clock: "unknown") }

    /// What the broker is asked to say then.
    var will: MQTTOptions.Will {
        MQTTOptions.Will(topic: ShopTopics.everyone(.agent), payload: gone(), isRetained: true)
    }

    private func message(state: String, line: String, clock: String) -> [UInt8] {
        JSON.object([
            .init("state", .string(state)), .init("shop", .string(shop.value)), .init("line", .string(line)),
            .init("clock", .string(clock)), .init("contract", .string("v1")),
            .init("agent", .string(Version.text)),
            .init("verbs", .array(Verb.allCases.map { .string($0.rawValue) })),
            .init("journeys", ["scan", "reserveAndCollect", "clickAndCollect", "till", "clerks", "customers"]),
        ]).encoded()
    }
}
