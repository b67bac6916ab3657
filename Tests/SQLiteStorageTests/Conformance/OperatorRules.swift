// Rules on what people changed by the control socket.

import EdgeAgent
import ShopModel
import Testing

extension LedgerConformance {
    private static func act(
        _ target: String, at second: Int64 = 0, reason: String? = "broken", outcome: String = "done"
    ) -> OperatorAct {
        OperatorAct(
            at: at(second), user: 4_000_000_000, name: "nadia", command: "queue.park", target: target, reason: reason,
            outcome: outcome)
    }

    /// The act as it is stored under a number.
    private static func numbered(_ number: Int64, _ act: OperatorAct) -> OperatorAct {
        var act = act
        act.number = number
        return act
    }

    static let operatorRules: [LedgerRule] = [
        .rule("an act comes back whole by its number, and numbers rise from 1") { ledger throws in
            let (first, second) = (act("event/a"), act("event/b", reason: nil, outcome: "control.unknownEvent"))
            #expect(try ledger.append(first) == 1)
            #expect(try ledger.append(second) == 2)
            #expect(try ledger.act(1) == numbered(1, first))
            #expect(try ledger.act(2) == numbered(2, second))
            #expect(try ledger.act(3) == nil)
        },
        .rule("acts about a target come newest first, no other target's among them") { ledger throws in
            for second in 1...4 { _ = try ledger.append(act(second == 2 ? "B" : "A", at: Int64(second))) }
            #expect(try ledger.acts(about: "A", limit: 9).map(\.number) == [4, 3, 1])
            #expect(try ledger.acts(about: "A", limit: 2).map(\.number) == [4, 3])
            #expect(try ledger.acts(about: "a", limit: 9).isEmpty)
        },
        .rule("acts behind a number come oldest first, in pages that meet") { ledger throws in
            for second in 1...5 { _ = try ledger.append(act("A", at: Int64(second))) }
            #expect(try ledger.acts(afterNumber: 0, limit: 3).map(\.number) == [1, 2, 3])
            #expect(try ledger.acts(afterNumber: 3, limit: 3).map(\.number) == [4, 5])
            #expect(try ledger.acts(afterNumber: 5, limit: 3).isEmpty)
        },
        .rule("old acts are forgotten, oldest first and at most so many; their numbers are never used again") {
            ledger in
            for second in 1...4 { _ = try ledger.append(act("A", at: Int64(second))) }
            #expect(try ledger.forgetActs(before: at(4), limit: 2) == 2)
            #expect(try ledger.acts(afterNumber: 0, limit: 9).map(\.number) == [3, 4])
            #expect(try ledger.forgetActs(before: at(9), limit: 9) == 2)
            #expect(try ledger.append(act("A", at: 10)) == 5)
        },
        LedgerRule("an act that was not committed never happened") { test throws in
            try test.ledger.begin()
            _ = try test.ledger.append(act("A"))
            try test.ledger.commit()
            try test.ledger.begin()
            _ = try test.ledger.append(act("B"))
            let found = try test.afterPowerLoss()
            #expect(try found.acts(afterNumber: 0, limit: 9).map(\.target) == ["A"])
            test.ledger.rollback()
        },
        .rule("the latest commands of a device come newest first, no other device's among them") { ledger in
            for number in 1...5 {
                let sender = DeviceID.named(number == 3 ? "till-1" : "scanner-1")
                try ledger.insert(
                    StoredCommand(
                        id: commandID(number), device: sender, verb: "sale.record", digest: [1], outcome: "done",
                        reply: nil, decidedAt: at(Int64(number))))
            }
            let scanner = DeviceID.named("scanner-1")
            #expect(try ledger.commands(of: scanner, limit: 3).map(\.id) == [5, 4, 2].map(commandID))
            #expect(try ledger.commands(of: DeviceID.named("till-1"), limit: 9).map(\.id) == [commandID(3)])
            #expect(try ledger.commands(of: DeviceID.named("none"), limit: 9).isEmpty)
        },
        .rule("refused messages are found by id and by device, and the oldest give way") { ledger in
            func refusal(_ number: Int, _ device: String = "scanner-1") -> RefusedMessage {
                RefusedMessage(
                    id: commandID(number % 10), device: DeviceID.named(device), verb: "sale.record",
                    code: "device.notAllowed", field: number == 1 ? "/verb" : nil, role: "scan", at: at(Int64(number)))
            }
            try ledger.insert(refusal(1))
            try ledger.insert(refusal(2, "till-1"))
            try ledger.insert(refusal(11))
            #expect(try ledger.refusals(of: commandID(1), limit: 9) == [refusal(1), refusal(11)])
            #expect(try ledger.refusals(of: DeviceID.named("scanner-1"), limit: 9) == [refusal(11), refusal(1)])
            #expect(try ledger.refusals(of: DeviceID.named("till-1"), limit: 9) == [refusal(2, "till-1")])
            for number in 0..<RefusedMessage.keptMax - 1 { try ledger.insert(refusal(number * 10)) }
            #expect(try ledger.refusals(of: commandID(1), limit: 9) == [refusal(11)])
            try ledger.insert(refusal(10))
            #expect(try ledger.refusals(of: commandID(1), limit: 9).isEmpty)
        },
    ]
}
