// `edgectl hq`: headquarters' application, behind its broker.

import ArgumentParser

struct HeadquartersCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "hq",
            abstract: Help.say(
                "Ask headquarters for a word, or for its feeds once more.",
                "Interroger le siège, ou lui redemander ses flux."),
            subcommands: [HqPing.self, HqResync.self])
    }
}
