// What every ledger's storage must do, SQLite's and the simulated disk's alike. Rules are sentences; each gets a new one.

import EdgeAgent
import ShopCore
import ShopModel
import Testing

/// A new, empty ledger whose home is `LedgerConformance.home`.
struct LedgerUnderTest {
    let ledger: any LedgerStorage
    /// Opens what a loss of power at this moment would leave.
    let afterPowerLoss: () throws -> any LedgerStorage
}

/// A rule that every ledger keeps.
struct LedgerRule: Sendable, CustomTestStringConvertible {
    let sentence: String
    let check: @Sendable (LedgerUnderTest) throws -> Void

    init(_ sentence: String, _ check: @escaping @Sendable (LedgerUnderTest) throws -> Void) {
        self.sentence = sentence
        self.check = check
    }

    /// A rule that needs no loss of power: it runs in one transaction.
    static func rule(
        _ sentence: String, _ check: @escaping @Sendable (any LedgerStorage) throws -> Void
    ) -> LedgerRule {
        LedgerRule(sentence) { test in
            try test.ledger.begin()
            try check(test.ledger)
            try test.ledger.commit()
        }
    }

    var testDescription: String { sentence }
}

/// All rules, and the values that they are told with.
///
/// ```swift
/// @Test(arguments: LedgerConformance.rules)
/// func keeps(_ rule: LedgerRule) throws { try rule.check(newLedger()) }
/// ```
enum LedgerConformance {
    static let rules =
        transactionRules + commandRules + stockRules + journalRules + reservationRules + pickupRules + saleRules
        + peopleRules + feedRules + outboxRules + operatorRules + deviceRules

    static let incarnation = Incarnation.named("life-1")
    static let home = Holder.edge(incarnation)

    static func sku(_ name: String) -> SKU { SKU.named(name) }
    static func at(_ seconds: Int64) -> Instant { Instant(milliseconds: 1_700_000_000_000 + seconds * 1_000) }
    static func commandID(_ number: Int) -> CommandID {
        let digits = String(number)
        return CommandID.named("00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits)
    }

    static func command(_ number: Int, reply: [UInt8]? = [1, 2], decidedAt: Instant = at(0)) -> StoredCommand {
        StoredCommand(
            id: commandID(number), device: DeviceID.named("scanner-1"), verb: "reservation.place", digest: [9, 0, 9],
            outcome: "done", reply: reply, decidedAt: decidedAt)
    }
}

extension Identifier {
    /// A name that a rule is told with.
    static func named(_ text: String) -> Self { known(Self(text)) }
}

/// What a rule's author knows to be there.
func known<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("A rule is told with a value that does not exist.") }
    return value
}

/// Numbers that look random and are the same in every run.
struct RepeatableNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    // SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

// MARK: - Transactions and commands

extension LedgerConformance {
    static let transactionRules: [LedgerRule] = [
        LedgerRule("what was committed survives a loss of power, what was not never happened") { test in
            try test.ledger.begin()
            try test.ledger.insert(command(1))
            try test.ledger.setValue("clock.committed", "1")
            try test.ledger.commit()
            try test.ledger.begin()
            try test.ledger.insert(command(2))
            try test.ledger.setValue("clock.committed", "2")
            let found = try test.afterPowerLoss()
            #expect(try found.command(commandID(1)) == command(1))
            #expect(try found.command(commandID(2)) == nil)
            #expect(try found.value("clock.committed") == "1")
            test.ledger.rollback()
        },
        LedgerRule("a transaction that is rolled back leaves nothing, and the next one works") { test in
            let ledger = test.ledger
            try ledger.begin()
            try ledger.put(LedgerConformance.line("A", onHand: 5))
            _ = try ledger.nextSequence(of: "sku/A", incarnation)
            ledger.rollback()
            #expect(try ledger.stockLine(sku("A")) == nil)
            try ledger.begin()
            #expect(try ledger.nextSequence(of: "sku/A", incarnation) == 1)
            try ledger.put(LedgerConformance.line("A", onHand: 7))
            try ledger.commit()
            #expect(try ledger.stockLine(sku("A"))?.onHand == 7)
        },
        LedgerRule("rolling back without a transaction does nothing") { test in
            test.ledger.rollback()
            try test.ledger.begin()
            try test.ledger.setValue("a", "1")
            try test.ledger.commit()
            test.ledger.rollback()
            #expect(try test.ledger.value("a") == "1")
        },
        .rule("reads see the transaction's own writes") { ledger in
            try ledger.setValue("identity", "x")
            try ledger.setValue("identity", "y")
            #expect(try ledger.value("identity") == "y")
            #expect(try ledger.value("nothing") == nil)
        },
        .rule("a point that is undone takes its own changes only, rights and their holders included") { ledger in
            try ledger.put(line("A", onHand: 1))
            try ledger.savepoint()
            try ledger.put(line("A", onHand: 2, created: 9))
            try ledger.put(line("B", onHand: 2))
            try ledger.rollbackToSavepoint()
            #expect(try ledger.stockLine(sku("A")) == line("A", onHand: 1))
            #expect(try ledger.stockLine(sku("B")) == nil)
            try ledger.savepoint()
            try ledger.put(line("B", onHand: 3))
            try ledger.releaseSavepoint()
            #expect(try ledger.stockLine(sku("B")) == line("B", onHand: 3))
        },
        .rule("points nest, and the latest one is meant") { ledger in
            try ledger.savepoint()
            try ledger.setValue("outer", "1")
            try ledger.savepoint()
            try ledger.setValue("inner", "1")
            try ledger.rollbackToSavepoint()
            #expect(try ledger.value("inner") == nil)
            #expect(try ledger.value("outer") == "1")
            try ledger.savepoint()
            try ledger.setValue("inner", "2")
            try ledger.releaseSavepoint()
            try ledger.rollbackToSavepoint()
            #expect(try ledger.value("outer") == nil)
            #expect(try ledger.value("inner") == nil)
        },
        LedgerRule("the ballast can be given back more than once") { test in
            test.ledger.releaseBallast()
            test.ledger.releaseBallast()
            try test.ledger.begin()
            try test.ledger.setValue("a", "1")
            try test.ledger.commit()
        },
    ]

    static let commandRules: [LedgerRule] = [
        .rule("a command is found by its id for ever, with all it had") { ledger in
            let done = command(1)
            let refused = StoredCommand(
                id: CommandID.named("01ARZ3NDEKTSV4RRFFQ69G5FAV"), device: .agent, verb: "sale.record", digest: [],
                outcome: "refused", reply: [], decidedAt: at(5))
            try ledger.insert(done)
            try ledger.insert(refused)
            #expect(try ledger.command(done.id) == done)
            #expect(try ledger.command(refused.id) == refused)
            #expect(try ledger.command(commandID(3)) == nil)
        },
        .rule("old replies are forgotten, oldest first and at most so many; id, digest and outcome stay") { ledger in
            for number in 1...6 { try ledger.insert(command(number, decidedAt: at(Int64(number)))) }
            #expect(try ledger.forgetReplies(before: at(5), limit: 3) == 3)
            #expect(try ledger.command(commandID(3))?.reply == nil)
            #expect(try ledger.command(commandID(3))?.digest == command(3).digest)
            #expect(try ledger.command(commandID(3))?.outcome == "done")
            #expect(try ledger.command(commandID(4))?.reply == [1, 2])
            #expect(try ledger.forgetReplies(before: at(5), limit: 100) == 1)
            #expect(try ledger.forgetReplies(before: at(5), limit: 100) == 0)
            #expect(try ledger.command(commandID(5))?.reply == [1, 2])
        },
        .rule("deaths are counted by digest") { ledger in
            #expect(try ledger.deaths(of: [1]) == 0)
            try ledger.countDeath(of: [1])
            try ledger.countDeath(of: [1])
            try ledger.countDeath(of: [2])
            #expect(try ledger.deaths(of: [1]) == 2)
            #expect(try ledger.deaths(of: [2]) == 1)
        },
    ]
}
