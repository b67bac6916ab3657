// `edgectl hq`: headquarters' application, behind its broker.

import ArgumentParser

struct HeadquartersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hq", abstract: "Ask headquarters for a word, or for its feeds once more.",
        subcommands: [HqPing.self, HqResync.self])
}
