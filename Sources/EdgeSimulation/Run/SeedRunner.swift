// Many seeds, on as many threads as the machine has to spare, and what they prove together.

import Synchronization

/// Runs seeds and adds up what happened.
public struct SeedRunner: Sendable {
    /// Commands of each seed.
    public let commands: Int
    /// The mistake that is put into every world; none for the real shop.
    public let plant: PlantedFault?

    /// A runner.
    public init(commands: Int = 500, plant: PlantedFault? = nil) {
        self.commands = commands
        self.plant = plant
    }

    /// What came of many seeds.
    public struct Tally: Sendable {
        /// How many seeds ran.
        public internal(set) var seedCount = 0
        /// The failed ones, by seed.
        public internal(set) var failures: [SeedOutcome] = []
        /// The faults of all of them.
        public internal(set) var faults = FaultCounts()
        /// Commands that the shops decided.
        public internal(set) var commandsDecided = 0
        /// How long the simulated days were, in milliseconds.
        public internal(set) var milliseconds: Int64 = 0

        mutating func add(_ outcome: SeedOutcome) {
            seedCount += 1
            faults.add(outcome.faults)
            commandsDecided += outcome.commandsDecided
            milliseconds += outcome.milliseconds
            guard outcome.failure != nil else { return }
            failures.append(outcome)
            failures.sort { $0.seed < $1.seed }
        }
    }

    /// Runs one seed.
    public func run(_ seed: UInt64, traceLines: Int = 0) -> SeedOutcome {
        let simulation = Simulation(seed: seed, commands: commands, plant: plant, traceLines: traceLines)
        return simulation?.run() ?? SeedOutcome(neverBegan: seed)
    }

    /// Runs seeds until all ran, or until one failed when that is enough.
    ///
    /// - Parameters:
    ///   - jobs: how many at a time; each is alone in its own world.
    ///   - stopsAtFailure: whether no further seed begins once one failed.
    public func run(_ seeds: ClosedRange<UInt64>, jobs: Int = 1, stopsAtFailure: Bool = false) async -> Tally {
        let shared = Progress(seeds.lowerBound)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, jobs) {
                group.addTask {
                    while true {
                        guard let seed = shared.nextSeed(of: seeds, stopsAtFailure: stopsAtFailure) else { return }
                        shared.add(run(seed))
                    }
                }
            }
        }
        return shared.tally
    }
}

/// How far many threads have come together.
private final class Progress: Sendable {
    private let state: Mutex<(next: UInt64, tally: SeedRunner.Tally)>

    init(_ first: UInt64) { state = Mutex((first, SeedRunner.Tally())) }

    var tally: SeedRunner.Tally { state.withLock { $0.tally } }

    func nextSeed(of seeds: ClosedRange<UInt64>, stopsAtFailure: Bool) -> UInt64? {
        state.withLock { state in
            if stopsAtFailure, !state.tally.failures.isEmpty { return nil }
            guard state.next <= seeds.upperBound else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    func add(_ outcome: SeedOutcome) { state.withLock { $0.tally.add(outcome) } }
}
