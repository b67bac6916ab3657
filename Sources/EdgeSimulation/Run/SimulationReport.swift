// What a person reads of simulated shops: verdicts, repros, and how often each fault happened.

/// Runs seeds and prints what came of them.
public struct SimulationReport {
    private let commands: Int
    private let plant: PlantedFault?

    /// How many seeds it takes to say that a fault which never happened never will.
    private static let seedsToJudgeFaults = 50

    /// A report.
    public init(commands: Int, plant: PlantedFault?) {
        self.commands = commands
        self.plant = plant
    }

    private var runner: SeedRunner { SeedRunner(commands: commands, plant: plant) }

    /// Runs one seed; returns whether all is well.
    public func one(_ seed: UInt64, printsHash: Bool, printsTrace: Bool) -> Bool {
        let outcome = runner.run(seed, traceLines: printsTrace ? 1_000_000 : 60)
        if printsTrace, outcome.failure == nil { for line in outcome.lastLines { print(line) } }
        if printsHash { print(outcome.traceHash) }
        if outcome.failure != nil {
            explain(outcome)
            return false
        }
        if !printsHash {
            print(
                "seed \(seed): \(outcome.commandsDecided) commands in \(outcome.milliseconds / 60_000) simulated minutes, "
                    + "all sides agree")
            table(outcome.faults)
        }
        return true
    }

    /// Runs many seeds; returns whether all is well and every fault that was switched on happened.
    public func many(_ seeds: ClosedRange<UInt64>, jobs: Int) async -> Bool {
        let tally = await runner.run(seeds, jobs: jobs)
        print(
            "\(tally.seedCount) seeds, \(tally.commandsDecided) commands decided, "
                + "\(tally.milliseconds / 86_400_000) simulated days")
        table(tally.faults)
        for failure in tally.failures.prefix(10) { explain(runner.run(failure.seed, traceLines: 40)) }
        if tally.failures.count > 10 {
            print(
                "\(tally.failures.count) seeds failed: \(tally.failures.map { String($0.seed) }.joined(separator: " "))"
            )
        }
        let silent = tally.seedCount >= Self.seedsToJudgeFaults ? tally.faults.silent : []
        if !silent.isEmpty {
            print("Faults that were switched on and never happened: \(silent.map(\.rawValue).joined(separator: ", "))")
        }
        return tally.failures.isEmpty && silent.isEmpty
    }

    /// Searches each planted fault; returns whether all were found.
    public func plants(_ seeds: ClosedRange<UInt64>, jobs: Int) async -> Bool {
        var isFine = true
        for plant in PlantedFault.allCases {
            let tally = await SeedRunner(commands: commands, plant: plant).run(seeds, jobs: jobs, stopsAtFailure: true)
            if let found = tally.failures.first {
                print("\(plant.rawValue): found by seed \(found.seed): \(found.failure ?? "")")
                // Only a seed that is well without the mistake has found it.
                if let failure = SeedRunner(commands: commands).run(found.seed).failure {
                    print("  and seed \(found.seed) fails without it too: \(failure)")
                    isFine = false
                }
            } else {
                print("\(plant.rawValue): NOT FOUND in \(tally.seedCount) seeds")
                isFine = false
            }
        }
        return isFine
    }

    private func explain(_ outcome: SeedOutcome) {
        for line in outcome.lastLines { print("  " + line) }
        print("seed \(outcome.seed) failed: \(outcome.failure ?? "it did not fail this time")")
        let planted = plant.map { " --plant \($0.rawValue)" } ?? ""
        print("edge-sim --seed \(outcome.seed) --commands \(commands)\(planted)")
    }

    private func table(_ faults: FaultCounts) {
        for fault in Fault.allCases where faults.enabled(fault) > 0 || faults.fired(fault) > 0 {
            let name = fault.rawValue + String(repeating: " ", count: max(1, 30 - fault.rawValue.utf8.count))
            print("  \(name)\(faults.fired(fault)) times, switched on in \(faults.enabled(fault)) seeds")
        }
    }
}
