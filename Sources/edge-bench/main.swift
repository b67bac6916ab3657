// edge-bench: the load, the headquarters and the raw commits that `make bench` measures edged with.

import ArgumentParser

/// The command line.
struct EdgeBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge-bench",
        abstract: "Parts of a measurement; `make bench` puts them together.",
        discussion: "Each part prints one JSON object a line. Everything happens on loopback.",
        subcommands: [LoadCommand.self, HeadquartersCommand.self, CommitsCommand.self])
}

EdgeBench.main()
