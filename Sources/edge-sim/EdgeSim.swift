// edge-sim: runs simulated shops from their seeds; one-line repros for those that fail.

import ArgumentParser
import EdgeSimulation

struct EdgeSim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge-sim",
        abstract: "Runs the real agent and headquarters in simulated shops where everything goes wrong.")

    @Option(help: "Run one seed.") var seed: UInt64?
    @Option(help: "Run many seeds: 1..1000.") var seeds: String?
    @Option(help: "Commands that the devices of a shop send.") var commands = 500
    @Option(help: "Seeds at a time.") var jobs = 2
    @Option(help: "Put a mistake into the world: \(PlantedFault.allCases.map(\.rawValue).joined(separator: ", ")).")
    var plant: String?
    @Flag(help: "Put each mistake in, and search the seeds until it is found.") var plants = false
    @Flag(help: "Print the hash of everything that happened.") var traceHash = false
    @Flag(help: "Print the last lines of the trace.") var verbose = false

    mutating func run() async throws {
        guard commands > 0, jobs > 0 else { throw ValidationError("--commands and --jobs are 1 or more.") }
        let planted = try plant.map { name in
            guard let plant = PlantedFault(rawValue: name) else {
                throw ValidationError("There is no mistake named \(name).")
            }
            return plant
        }
        let report = SimulationReport(commands: commands, plant: planted)
        let isFine: Bool
        if let seed {
            isFine = report.one(seed, printsHash: traceHash, printsTrace: verbose)
        } else if plants {
            isFine = await report.plants(try range(seeds ?? "1..1000"), jobs: jobs)
        } else {
            isFine = await report.many(try range(seeds ?? "1..1000"), jobs: jobs)
        }
        if !isFine { throw ExitCode.failure }
    }

    private func range(_ text: String) throws -> ClosedRange<UInt64> {
        let parts = text.split(separator: ".", omittingEmptySubsequences: true).compactMap { UInt64($0) }
        guard parts.count == 2, parts[0] <= parts[1] else { throw ValidationError("--seeds is FIRST..LAST.") }
        return parts[0]...parts[1]
    }
}
