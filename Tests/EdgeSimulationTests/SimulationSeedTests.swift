// Whole shops in which everything goes wrong: the seeds agree with the notebook, and every planted mistake is found.

import EdgeSimulation
import Testing

@Suite("A simulated shop")
struct SimulationSeedTests {
    @Test("keeps every promise once, whatever goes wrong", arguments: UInt64(1)...24)
    func keepsPromises(seed: UInt64) {
        let outcome = SeedRunner(commands: 150).run(seed)
        #expect(outcome.failure == nil, "edge-sim --seed \(seed) --commands 150")
        #expect(outcome.commandsDecided >= 100)
    }

    @Test("decides at least five hundred commands in a whole seed")
    func wholeSeed() {
        let outcome = SeedRunner().run(7)
        #expect(outcome.failure == nil, "edge-sim --seed 7")
        #expect(outcome.commandsDecided >= 500)
    }

    @Test("runs the same way twice, and another way from another seed")
    func isDetermined() {
        let runner = SeedRunner(commands: 120)
        let first = runner.run(31)
        #expect(first.traceHash == runner.run(31).traceHash)
        #expect(first.traceHash != runner.run(32).traceHash)
    }

    @Test("keeps no trace that nobody asked for, and its last lines for those who do")
    func lastLines() {
        let runner = SeedRunner(commands: 40)
        #expect(runner.run(3).lastLines.isEmpty)
        #expect(runner.run(3, traceLines: 25).lastLines.count == 25)
    }

    @Test("counts the faults that happened, and names those that never did")
    func countsFaults() async {
        let tally = await SeedRunner(commands: 60).run(1...12, jobs: 2)
        #expect(tally.failures.isEmpty)
        #expect(tally.seedCount == 12)
        #expect(tally.faults.fired(.messageLost) > 0)
        #expect(tally.faults.fired(.crashInCommitLost) + tally.faults.fired(.crashInCommitKept) > 0)
        for fault in tally.faults.silent { #expect(tally.faults.enabled(fault) > 0) }
    }

    @Test("in which a mistake was planted is found out", arguments: PlantedFault.allCases)
    func findsPlanted(plant: PlantedFault) async {
        let tally = await SeedRunner(plant: plant).run(1...20, stopsAtFailure: true)
        #expect(!tally.failures.isEmpty, "edge-sim --plant \(plant.rawValue) --seeds 1..20")
    }
}
