// The simulated disk keeps the rules of every ledger: what is proved over it holds for SQLite's as far as they agree.

import EdgeAgent
import EdgeSimulation
import Testing

@Suite("The simulated ledger")
struct SimulatedLedgerTests {
    @Test("keeps the rules of every ledger", arguments: LedgerConformance.rules)
    func conforms(_ rule: LedgerRule) throws {
        let ledger = SimulatedLedger(random: SeededRandom(seed: 1))
        ledger.home = LedgerConformance.home
        try rule.check(
            LedgerUnderTest(ledger: ledger) {
                ledger.crash(.power)
                ledger.home = LedgerConformance.home
                return ledger
            })
    }
}
