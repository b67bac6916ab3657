// What every device may know of the agent: retained on `shop/v1/all/agent` (DESIGN §7).

import Contract
import EdgeAgent
import MQTT
import ShopCore
import ShopModel

/// The agent's own word on itself.
struct StatusMessage: Sendable {
    private let shop: ShopID
    private let since: Instant

    init(_ profile: ShopProfile, since: Instant) {
        shop = profile.shop
        self.since = since
    }

    /// The agent as it is now.
    ///
    /// - Parameter figures: the ledger's latest; how long orders wait is told in steps, so that the message is not
    ///   published again with every second that passes.
    func bytes(_ ledger: Ledger, lineIsUp: Bool, figures: LedgerFigures?) -> [UInt8] {
        let oldest = figures?.lanes.first { $0.lane == .orders }?.oldest
        let waited = oldest.flatMap { oldest in figures.map { Int(max(0, $0.now - oldest) / 1_000) } } ?? 0
        return message(
            state: "open", line: lineIsUp ? "up" : "down", clock: ledger.trust.rawValue,
            more: [
                .init("since", .string(since.description)),
                .init("ordersWaitSeconds", .count(Self.waitSteps.last { $0 <= waited } ?? 0)),
            ])
    }

    /// A minute, five, a quarter of an hour, an hour, four, a day.
    private static let waitSteps = [0, 60, 300, 900, 3_600, 14_400, 86_400]

    /// The last will: the broker says this when the agent is gone.
    func gone() -> [UInt8] { message(state: "gone", line: "unknown", clock: "unknown") }

    /// What the broker is asked to say then.
    var will: MQTTOptions.Will {
        MQTTOptions.Will(topic: ShopTopics.everyone(.agent), payload: gone(), isRetained: true)
    }

    private func message(state: String, line: String, clock: String, more: [JSON.Member] = []) -> [UInt8] {
        let members: [JSON.Member] = [
            .init("state", .string(state)), .init("shop", .string(shop.value)), .init("line", .string(line)),
            .init("clock", .string(clock)), .init("contract", .string("v1")),
            .init("agent", .string(Version.text)),
            .init("verbs", .array(Verb.allCases.map { .string($0.rawValue) })),
            .init("journeys", ["scan", "reserveAndCollect", "clickAndCollect", "till", "clerks", "customers"]),
        ]
        return JSON.object(members + more).encoded()
    }
}
